/*
 * Copyright (c) 2026 The moatd authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Who: moatctl. Holds: nothing. Callers: moatctl.c's table. The commands that
 * begin with `scope`; the engine answers them as it answers /admin/scopes.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "src/ctl_admin.h"

static const struct ctl_column columns[] = {
	{ "name", "NAME", 24 }, { "description", "DESCRIPTION", 0 },
	{ NULL, NULL, 0 }
};
static const struct ctl_view view = { columns, NULL, NULL, NULL };

static int
list(struct ctl *c, int argc, char *argv[])
{
	struct msg_scopes_list_req m = { .limit = 0 };

	(void)argv;
	if (argc != 0)
		return (CTL_USAGE);
	return (ctl_list(c, IMSG_SCOPES_LIST_REQ, &m, &m.cursor, &view));
}

static int
set(struct ctl *c, int argc, char *argv[])
{
	struct msg_scope_set_req m;
	int rv;

	if (argc != 2)
		return (CTL_USAGE);
	if ((rv = ctl_word(1, argv, 64, "scope")) != CTL_DONE ||
	    (rv = ctl_word(1, argv + 1, 1024, "description")) != CTL_DONE)
		return (rv);
	m = (struct msg_scope_set_req){ .name = argv[0],
	    .description = argv[1] };
	return (ctl_show(c, IMSG_SCOPE_SET_REQ, &m, &view));
}

static int
end(struct ctl *c, int argc, char *argv[])
{
	struct msg_scope_delete_req m = { .name = argv[0] };
	int rv;

	if ((rv = ctl_word(argc, argv, 64, "scope")) != CTL_DONE)
		return (rv);
	return (ctl_act(c, IMSG_SCOPE_DELETE_REQ, &m, ""));
}

static const struct ctl_word commands[] = {
	{ "list", list },
	{ "set", set },
	{ "delete", end },
	{ NULL, NULL }
};

int
ctl_scope(struct ctl *c, int argc, char *argv[])
{
	c->what = "scope";
	return (ctl_run(c, commands, argc, argv));
}
