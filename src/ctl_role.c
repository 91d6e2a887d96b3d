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
 * begin with `role`; the engine answers them as it answers /admin/roles.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ctl_admin.h"

static const struct ctl_column columns[] = {
	{ "name", "NAME", 24 }, { "builtin", "BUILTIN", 7 },
	{ "permissions", "PERMISSIONS", 0 }, { NULL, NULL, 0 }
};
static const char *const lists[] = { "permissions", NULL };
static const struct ctl_view view = { columns, NULL, lists, NULL };

static int
list(struct ctl *c, int argc, char *argv[])
{
	struct msg_roles_list_req m = { .limit = 0 };

	(void)argv;
	if (argc != 0)
		return (CTL_USAGE);
	return (ctl_list(c, IMSG_ROLES_LIST_REQ, &m, &m.cursor, &view));
}

static int
show(struct ctl *c, int argc, char *argv[])
{
	struct msg_role_get_req m = { .name = argv[0] };
	int rv;

	if ((rv = ctl_word(argc, argv, CAP_ROLE, "role")) != CTL_DONE)
		return (rv);
	return (ctl_show(c, IMSG_ROLE_GET_REQ, &m, &view));
}

struct wish {
	const char	*description, *permissions;
	char		*words;		/* owned: permissions for the wall */
};

/* Takes the options out of argv. CTL_DONE, or what ctl_word() says. */
static int
wish_take(struct wish *w, int argc, char *argv[])
{
	const struct ctl_option options[] = {
		{ "--description", &w->description },
		{ "--permissions", &w->permissions }, { NULL, NULL }
	};
	int n;

	memset(w, 0, sizeof(*w));
	if ((n = ctl_options(argc, argv, options)) == -1)
		return (CTL_USAGE);
	if (w->permissions != NULL &&
	    (w->words = ctl_words(w->permissions)) == NULL)
		return (CTL_REFUSED);
	if ((w->description != NULL && strlen(w->description) > 1024) ||
	    (w->words != NULL && strlen(w->words) > CAP_PERMISSIONS)) {
		fprintf(stderr, "moatctl: that is too long\n");
		return (CTL_REFUSED);
	}
	return (ctl_word(n, argv, CAP_ROLE, "role"));
}

static int
add(struct ctl *c, int argc, char *argv[])
{
	struct msg_role_create_req m;
	struct wish w;
	int rv;

	if ((rv = wish_take(&w, argc, argv)) == CTL_DONE) {
		m = (struct msg_role_create_req){ .name = argv[0],
		    .description = w.description, .permissions = w.words };
		rv = ctl_show(c, IMSG_ROLE_CREATE_REQ, &m, &view);
	}
	free(w.words);
	return (rv);
}

static int
set(struct ctl *c, int argc, char *argv[])
{
	struct msg_role_patch_req m;
	struct wish w;
	int rv;

	rv = wish_take(&w, argc, argv);
	if (rv == CTL_DONE && w.description == NULL && w.words == NULL)
		rv = CTL_USAGE;
	if (rv == CTL_DONE) {
		m = (struct msg_role_patch_req){ .name = argv[0],
		    .has_description = w.description != NULL,
		    .description = w.description,
		    .has_permissions = w.words != NULL,
		    .permissions = w.words };
		rv = ctl_show(c, IMSG_ROLE_PATCH_REQ, &m, &view);
	}
	free(w.words);
	return (rv);
}

static int
end(struct ctl *c, int argc, char *argv[])
{
	struct msg_role_delete_req m = { .name = argv[0] };
	char what[160];
	int rv;

	if ((rv = ctl_word(argc, argv, CAP_ROLE, "role")) != CTL_DONE)
		return (rv);
	snprintf(what, sizeof(what), "delete role %s, which all who hold it "
	    "lose", argv[0]);
	if (!ctl_confirm(c, what))
		return (CTL_REFUSED);
	return (ctl_act(c, IMSG_ROLE_DELETE_REQ, &m, ""));
}

static const struct ctl_word commands[] = {
	{ "list", list },
	{ "show", show },
	{ "add", add },
	{ "set", set },
	{ "delete", end },
	{ NULL, NULL }
};

int
ctl_role(struct ctl *c, int argc, char *argv[])
{
	c->what = "role";
	return (ctl_run(c, commands, argc, argv));
}
