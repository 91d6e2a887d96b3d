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
 * begin with `user`.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "src/ctl_admin.h"

/* Lines, then how it ended. */
static int
answer(struct ctl *c, const char *member)
{
	uint16_t type = 0;
	union msg m;
	int rv;

	for (;;) {
		if ((rv = ctl_next(c, ROLE_ENGINE, &type, &m)) != CTL_DONE)
			return (rv);
		if (type == IMSG_CTL_DONE_RES)
			break;
		if (type != IMSG_CTL_TEXT_RES)
			continue;
		if (c->json)
			ctl_print(json_pack("{s:s}", member,
			    m.ctl_text_res.text));
		else {
			ctl_text(m.ctl_text_res.text, 0);
			putchar('\n');
		}
	}
	if (c->json && m.ctl_done_res.code == CTL_DONE)
		return (CTL_DONE);
	return (ctl_end(c, &m.ctl_done_res));
}

/* ---- list, show ---- */

static const struct ctl_column user_columns[] = {
	{ "id", "ID", 36 }, { "username", "USERNAME", 24 },
	{ "role", "ROLE", 10 }, { "status", "STATUS", 8 },
	{ "email", "EMAIL", 0 }, { NULL, NULL, 0 }
};
static const struct ctl_alias user_aliases[] = {
	{ "etag", "" }, { NULL, NULL }
};
static const char *const user_lists[] = { "roles", NULL };
static const char *const user_nulls[] = { "name", NULL };
static const struct ctl_view user_view = { user_columns, user_aliases,
    user_lists, user_nulls };

static int
list(struct ctl *c, int argc, char *argv[])
{
	struct msg_users_list_req req = { .q = NULL };
	const struct ctl_option options[] = {
		{ "--q", &req.q }, { "--role", &req.role },
		{ "--status", &req.state }, { NULL, NULL }
	};

	if (ctl_options(argc, argv, options) != 0)
		return (CTL_USAGE);
	return (ctl_list(c, IMSG_USERS_LIST_REQ, &req, &req.cursor,
	    &user_view));
}

static int
show(struct ctl *c, int argc, char *argv[])
{
	struct msg_user_get_req req = { .user = NULL };
	int rv;

	if ((rv = ctl_word(argc, argv, CAP_USERNAME, "user")) != CTL_DONE)
		return (rv);
	req.user = argv[0];
	return (ctl_show(c, IMSG_USER_GET_REQ, &req, &user_view));
}

/* ---- one account ---- */

static int
set_password_link(struct ctl *c, int argc, char *argv[])
{
	struct msg_ctl_password_link_req req;
	int rv;

	if ((rv = ctl_word(argc, argv, CAP_USERNAME, "user")) != CTL_DONE)
		return (rv);
	req.user = argv[0];
	req.tenant = c->tenant;
	if ((rv = ctl_ask(c, IMSG_CTL_PASSWORD_LINK_REQ, &req)) != CTL_DONE)
		return (rv);
	return (answer(c, "link"));
}

static int
unlock(struct ctl *c, int argc, char *argv[])
{
	struct msg_ctl_user_unlock_req req;
	uint16_t type = 0;
	union msg m;
	int rv;

	if ((rv = ctl_word(argc, argv, CAP_USERNAME, "user")) != CTL_DONE)
		return (rv);
	req.user = argv[0];
	req.tenant = c->tenant;
	if ((rv = ctl_ask(c, IMSG_CTL_USER_UNLOCK_REQ, &req)) != CTL_DONE)
		return (rv);
	do {
		if ((rv = ctl_next(c, ROLE_ENGINE, &type, &m)) != CTL_DONE)
			return (rv);
	} while (type != IMSG_CTL_DONE_RES);
	return (ctl_end(c, &m.ctl_done_res));
}

static const struct {
	const char	 *word;
	int		(*run)(struct ctl *, int, char *[]);
} commands[] = {
	{ "import", ctl_import },
	{ "list", list },
	{ "set-password-link", set_password_link },
	{ "show", show },
	{ "unlock", unlock },
};

int
ctl_user(struct ctl *c, int argc, char *argv[])
{
	size_t i;

	for (i = 0; argc > 0 && i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].word, argv[0]) == 0)
			return (commands[i].run(c, argc - 1, argv + 1));
	return (CTL_USAGE);
}
