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
 * begin with `tenant`; the engine answers them as it answers /admin/tenants.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/ctl_admin.h"

static const struct ctl_column columns[] = {
	{ "id", "ID", 24 }, { "status", "STATUS", 9 },
	{ "registration", "REGISTRATION", 12 }, { "require_mfa", "MFA", 3 },
	{ "password_min", "MIN", 3 }, { "name", "NAME", 0 },
	{ NULL, NULL, 0 }
};
static const struct ctl_alias aliases[] = {
	{ "state", "status" }, { NULL, NULL }
};
static const struct ctl_view view = { columns, aliases, NULL, NULL };

/* What can be no id is nobody's; the engine need not see it. */
static int
is_id(int argc, char *argv[])
{
	if (argc != 1)
		return (CTL_USAGE);
	if (ctl_tenant_ok(argv[0]))
		return (CTL_DONE);
	fprintf(stderr, "moatctl: an id of a tenant is 1 to 63 of a-z, 0-9 "
	    "and -, and does not begin with -\n");
	return (CTL_REFUSED);
}

static int
list(struct ctl *c, int argc, char *argv[])
{
	struct msg_tenants_list_req m = { .limit = 0 };

	(void)argv;
	if (argc != 0)
		return (CTL_USAGE);
	return (ctl_list(c, IMSG_TENANTS_LIST_REQ, &m, &m.cursor, &view));
}

static int
show(struct ctl *c, int argc, char *argv[])
{
	struct msg_tenant_get_req m = { .id = argv[0] };
	int rv;

	if ((rv = is_id(argc, argv)) != CTL_DONE)
		return (rv);
	return (ctl_show(c, IMSG_TENANT_GET_REQ, &m, &view));
}

/* ---- add and set ---- */

struct wish {
	uint32_t	 has, least;
	const char	*name, *state, *registration;
	uint8_t		 require_mfa;
};

static int
number(const char *s, uint32_t *v)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(s, &end, 10);
	if (errno != 0 || *s == '\0' || *end != '\0' || n < 0)
		return (-1);
	/* the wall carries no more than there can be */
	*v = n > 64 ? 1 : (uint32_t)n;
	return (0);
}

/* Takes the options out of argv; how many words are left, -1: usage. */
static int
wish_take(struct wish *w, int argc, char *argv[])
{
	const char *mfa = NULL, *least = NULL;
	const struct ctl_option options[] = {
		{ "--name", &w->name }, { "--status", &w->state },
		{ "--registration", &w->registration },
		{ "--require-mfa", &mfa }, { "--password-min", &least },
		{ NULL, NULL }
	};
	int n;

	memset(w, 0, sizeof(*w));
	n = ctl_options(argc, argv, options);
	if ((mfa != NULL && strcmp(mfa, "yes") != 0 &&
	    strcmp(mfa, "no") != 0) ||
	    (least != NULL && number(least, &w->least) == -1) ||
	    (w->name != NULL && strlen(w->name) > CAP_NAME) ||
	    (w->state != NULL && strlen(w->state) > 16) ||
	    (w->registration != NULL && strlen(w->registration) > 16))
		return (-1);
	w->require_mfa = mfa != NULL && strcmp(mfa, "yes") == 0;
	w->has = (w->name != NULL ? TENANT_HAS_NAME : 0) |
	    (w->state != NULL ? TENANT_HAS_STATE : 0) |
	    (w->registration != NULL ? TENANT_HAS_REGISTRATION : 0) |
	    (mfa != NULL ? TENANT_HAS_REQUIRE_MFA : 0) |
	    (least != NULL ? TENANT_HAS_PASSWORD_MIN : 0);
	return (n);
}

#define WISH(w)								\
	.has = (w).has, .name = (w).name, .state = (w).state,		\
	.registration = (w).registration,				\
	.require_mfa = (w).require_mfa, .password_min = (w).least

static int
add(struct ctl *c, int argc, char *argv[])
{
	struct msg_tenant_create_req m;
	struct wish w;
	int rv;

	if ((rv = is_id(wish_take(&w, argc, argv), argv)) != CTL_DONE)
		return (rv);
	m = (struct msg_tenant_create_req){ .id = argv[0], WISH(w) };
	return (ctl_show(c, IMSG_TENANT_CREATE_REQ, &m, &view));
}

static int
set(struct ctl *c, int argc, char *argv[])
{
	struct msg_tenant_patch_req m;
	struct wish w;
	int rv;

	if ((rv = is_id(wish_take(&w, argc, argv), argv)) != CTL_DONE)
		return (rv);
	if (w.has == 0)
		return (CTL_USAGE);
	m = (struct msg_tenant_patch_req){ .id = argv[0], WISH(w) };
	return (ctl_show(c, IMSG_TENANT_PATCH_REQ, &m, &view));
}

static int
erase(struct ctl *c, int argc, char *argv[])
{
	struct msg_tenant_delete_req m = { .id = argv[0] };
	char what[128];
	int rv;

	if ((rv = is_id(argc, argv)) != CTL_DONE)
		return (rv);
	snprintf(what, sizeof(what), "erase tenant %s with all its users",
	    argv[0]);
	if (!ctl_confirm(c, what))
		return (CTL_REFUSED);
	return (ctl_act(c, IMSG_TENANT_DELETE_REQ, &m, ""));
}

static const struct ctl_word commands[] = {
	{ "list", list },
	{ "show", show },
	{ "add", add },
	{ "set", set },
	{ "delete", erase },
	{ "theme", ctl_theme },
	{ "logo", ctl_logo },
	{ "texts", ctl_texts },
	{ NULL, NULL }
};

int
ctl_tenant(struct ctl *c, int argc, char *argv[])
{
	return (ctl_run(c, commands, argc, argv));
}
