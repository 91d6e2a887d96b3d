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
static const struct ctl_view user_view = { user_columns, user_aliases,
    user_lists, NULL };

/* One argument, which may be a user. */
static int
named(struct ctl *c, int argc, char *argv[])
{
	c->what = "user";
	return (ctl_word(argc, argv, CAP_USERNAME, c->what));
}

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

	if ((rv = named(c, argc, argv)) != CTL_DONE)
		return (rv);
	req.user = argv[0];
	return (ctl_show(c, IMSG_USER_GET_REQ, &req, &user_view));
}

/* ---- add, set-password-link ---- */

/* The answer's one line. */
static int
link_take(struct ctl *c, const char *user, char link[CAP_LINE + 1])
{
	struct msg_ctl_password_link_req req = { user, c->tenant };
	uint16_t type;
	union msg m;
	int rv;

	rv = ctl_ask(c, IMSG_CTL_PASSWORD_LINK_REQ, &req);
	link[0] = '\0';
	while (rv == CTL_DONE &&
	    (rv = ctl_next(c, ROLE_ENGINE, &type, &m)) == CTL_DONE &&
	    type != IMSG_CTL_DONE_RES)
		if (type == IMSG_CTL_TEXT_RES)
			snprintf(link, CAP_LINE + 1, "%s",
			    m.ctl_text_res.text);
	if (rv == CTL_DONE && m.ctl_done_res.code != CTL_DONE)
		rv = ctl_end(c, &m.ctl_done_res);
	return (rv);
}

static void
link_print(const char *link)
{
	ctl_text(link, 0);
	putchar('\n');
}

static int
set_password_link(struct ctl *c, int argc, char *argv[])
{
	char link[CAP_LINE + 1];
	int rv;

	if ((rv = named(c, argc, argv)) != CTL_DONE ||
	    (rv = link_take(c, argv[0], link)) != CTL_DONE)
		return (rv);
	if (c->json)
		ctl_print(json_pack("{s:s}", "link", link));
	else
		link_print(link);
	explicit_bzero(link, sizeof(link));
	return (CTL_DONE);
}

static int
add(struct ctl *c, int argc, char *argv[])
{
	struct msg_user_create_req req = { .roles = NULL };
	const struct ctl_option options[] = {
		{ "--role", &req.roles }, { NULL, NULL }
	};
	char link[CAP_LINE + 1], id[CAP_ID + 1];
	json_t *user;
	uint16_t got;
	union msg m;
	int rv;

	if (ctl_options(argc, argv, options) != 2)
		return (CTL_USAGE);
	if ((rv = ctl_word(1, argv, CAP_USERNAME, "username")) != CTL_DONE ||
	    (rv = ctl_word(1, argv + 1, CAP_EMAIL, "address")) != CTL_DONE)
		return (rv);
	req.username = argv[0];
	req.email = argv[1];
	if ((rv = ctl_admin(c, IMSG_USER_CREATE_REQ, &req, &got, &m)) !=
	    CTL_DONE)
		return (rv);
	user = ctl_object(got, &m, &user_view);
	snprintf(id, sizeof(id), "%s", m.user_res.id);
	if ((rv = link_take(c, id, link)) != CTL_DONE)
		json_decref(user);
	else if (c->json)
		ctl_print(json_pack("{s:o, s:s}", "user", user, "link", link));
	else {
		link_print(link);
		json_decref(user);
	}
	explicit_bzero(link, sizeof(link));
	return (rv);
}

/* ---- acts ---- */

static int
act(struct ctl *c, int argc, char *argv[], enum user_act what)
{
	struct msg_user_act_req req = { .act = (uint8_t)what };
	int rv;

	if ((rv = named(c, argc, argv)) != CTL_DONE)
		return (rv);
	req.user = argv[0];
	return (ctl_act(c, IMSG_USER_ACT_REQ, &req, ""));
}

static int
disable(struct ctl *c, int argc, char *argv[])
{
	return (act(c, argc, argv, USER_DISABLE));
}

static int
enable(struct ctl *c, int argc, char *argv[])
{
	return (act(c, argc, argv, USER_ENABLE));
}

static int
unlock(struct ctl *c, int argc, char *argv[])
{
	return (act(c, argc, argv, USER_UNLOCK));
}

static int
reset_mfa(struct ctl *c, int argc, char *argv[])
{
	int rv;

	if ((rv = named(c, argc, argv)) != CTL_DONE)
		return (rv);
	if (!ctl_confirm(c, "take a second factor away and end all sessions "
	    "of an account"))
		return (CTL_REFUSED);
	return (act(c, argc, argv, USER_RESET_MFA));
}

static int
end_sessions(struct ctl *c, int argc, char *argv[])
{
	return (act(c, argc, argv, USER_REVOKE_SESSIONS));
}

static int
delete(struct ctl *c, int argc, char *argv[])
{
	struct msg_user_delete_req req = { .user = NULL };
	int rv;

	if ((rv = named(c, argc, argv)) != CTL_DONE)
		return (rv);
	if (!ctl_confirm(c, "erase an account"))
		return (CTL_REFUSED);
	req.user = argv[0];
	return (ctl_act(c, IMSG_USER_DELETE_REQ, &req, ""));
}

static const struct ctl_word commands[] = {
	{ "add", add },
	{ "delete", delete },
	{ "disable", disable },
	{ "enable", enable },
	{ "import", ctl_import },
	{ "list", list },
	{ "reset-mfa", reset_mfa },
	{ "revoke-sessions", end_sessions },
	{ "set-password-link", set_password_link },
	{ "show", show },
	{ "unlock", unlock },
	{ NULL, NULL }
};

int
ctl_user(struct ctl *c, int argc, char *argv[])
{
	return (ctl_run(c, commands, argc, argv));
}
