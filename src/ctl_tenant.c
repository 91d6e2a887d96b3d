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

#include "privsep/wall/chan.h"
#include "src/base/clock.h"
#include "src/base/utf8.h"
#include "src/ctl.h"

#define PAGE	200

/* ---- what is printed ---- */

static void
print_json(const struct msg_tenant_res *t, const char *made)
{
	ctl_print(json_pack("{s:s, s:s, s:s, s:s, s:b, s:i, s:s}", "id", t->id,
	    "name", t->name, "status", t->state, "registration",
	    t->registration, "require_mfa", t->require_mfa, "password_min",
	    (int)t->password_min, "createdAt", made));
}

static void
print_row(const struct ctl *c, const struct msg_tenant_res *t)
{
	char made[CLOCK_RFC3339];

	clock_rfc3339(made, t->created_at);
	if (c->json) {
		print_json(t, made);
		return;
	}
	printf("%-24s  %-9s  %-6s  %-3s  %3u  ", t->id, t->state,
	    t->registration, t->require_mfa ? "mfa" : "-", t->password_min);
	ctl_text(t->name, 0);
	putchar('\n');
}

static void
print_one(const struct ctl *c, const struct msg_tenant_res *t)
{
	char made[CLOCK_RFC3339];

	clock_rfc3339(made, t->created_at);
	if (c->json) {
		print_json(t, made);
		return;
	}
	printf("id            %s\nname          ", t->id);
	ctl_text(t->name, 0);
	printf("\nstatus        %s\nregistration  %s\nrequire_mfa   %s\n"
	    "password_min  %u\ncreatedAt     %s\n", t->state,
	    t->registration, t->require_mfa ? "true" : "false",
	    t->password_min, made);
}

static int
refused(const struct ctl *c, const struct msg_error_res *e)
{
	static const struct {
		enum msg_status	 status;
		const char	*text;
	} texts[] = {
		{ ST_NOT_FOUND, "no such tenant" },
		{ ST_TENANT_TAKEN, "the tenant exists already" },
		{ ST_TENANT_ACTIVE, "the tenant is active: suspend it first" },
		{ ST_BUILTIN_TENANT, "the default tenant is built in" },
	};
	const char *text = "the engine or its database is not available now";
	char line[256];
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == e->status)
			text = texts[i].text;
	if (e->status == ST_INVALID_REQUEST) {
		snprintf(line, sizeof(line), "%s %s", e->path, e->reason);
		text = line;
	}
	if (c->json)
		ctl_print(json_pack("{s:b, s:i, s:s}", "ok", 0, "code",
		    CTL_REFUSED, "text", text));
	else
		fprintf(stderr, "moatctl: %s\n", text);
	return (CTL_REFUSED);
}

/* ---- asking ---- */

/* The answers of one request. next: where a list goes on, "" at its end. */
static int
answers(struct ctl *c, char next[CAP_CURSOR + 1])
{
	uint16_t type = 0;
	union msg m;
	int rv;

	for (;;) {
		if ((rv = ctl_next(c, ROLE_ENGINE, &type, &m)) != CTL_DONE)
			return (rv);
		switch (type) {
		case IMSG_TENANT_ITEM_RES:
			print_row(c, &m.tenant_res);
			break;
		case IMSG_TENANT_RES:
			print_one(c, &m.tenant_res);
			return (CTL_DONE);
		case IMSG_LIST_END_RES:
			snprintf(next, CAP_CURSOR + 1, "%s",
			    m.list_end_res.next);
			return (CTL_DONE);
		case IMSG_DONE_RES:
			if (c->json)
				ctl_print(json_pack("{s:b}", "ok", 1));
			return (CTL_DONE);
		case IMSG_ERROR_RES:
			return (refused(c, &m.error_res));
		default:
			fprintf(stderr, "moatctl: an answer that is none\n");
			return (CTL_REFUSED);
		}
	}
}

static int
one(struct ctl *c, uint16_t type, const void *m)
{
	char next[CAP_CURSOR + 1];
	int rv;

	if ((rv = ctl_ask(c, type, m)) != CTL_DONE)
		return (rv);
	return (answers(c, next));
}

/* All pages, on one connection. */
static int
list(struct ctl *c, int argc, char *argv[])
{
	struct msg_tenants_list_req m = { .limit = PAGE };
	char next[CAP_CURSOR + 1] = "", cursor[CAP_CURSOR + 1] = "";
	int rv;

	(void)argv;
	if (argc != 0)
		return (CTL_USAGE);
	m.cursor = cursor;
	for (rv = ctl_ask(c, IMSG_TENANTS_LIST_REQ, &m); rv == CTL_DONE;) {
		if ((rv = answers(c, next)) != CTL_DONE || *next == '\0')
			break;
		memcpy(cursor, next, sizeof(cursor));
		if (chan_send_blocking(c->fd, IMSG_TENANTS_LIST_REQ, 1, &m,
		    -1) == -1) {
			fprintf(stderr, "moatctl: %s\n", strerror(errno));
			rv = CTL_UNREACHABLE;
		}
	}
	return (rv);
}

/* ---- arguments ---- */

/* What can be no id is nobody's; the engine need not see it. */
static int
id_ok(const char *s)
{
	if (ctl_tenant_ok(s))
		return (1);
	fprintf(stderr, "moatctl: an id of a tenant is 1 to 63 of a-z, 0-9 "
	    "and -, and does not begin with -\n");
	return (0);
}

struct wish {
	uint32_t	 has, least;
	const char	*name, *state, *registration;
	int		 require_mfa;
};

static int
number(const char *s, uint32_t *v)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(s, &end, 10);
	if (errno != 0 || *s == '\0' || *end != '\0' || n < 0 || n > 1000)
		return (-1);
	/* the wall carries no more than there can be */
	*v = n > 64 ? 1 : (uint32_t)n;
	return (0);
}

static int
yes_no(const char *s, int *v)
{
	*v = strcmp(s, "yes") == 0;
	return (*v || strcmp(s, "no") == 0 ? 0 : -1);
}

static int
text(const char *s, size_t cap, const char **v)
{
	*v = s;
	return (strlen(s) <= cap && utf8_valid(s, strlen(s)) ? 0 : -1);
}

/* Options with a value each; 0, or -1: not one of ours. */
static int
wish_take(struct wish *w, int argc, char *argv[])
{
	int i, rv;

	memset(w, 0, sizeof(*w));
	for (i = 0; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--name") == 0) {
			rv = text(argv[i + 1], CAP_NAME, &w->name);
			w->has |= TENANT_HAS_NAME;
		} else if (strcmp(argv[i], "--status") == 0) {
			rv = text(argv[i + 1], 16, &w->state);
			w->has |= TENANT_HAS_STATE;
		} else if (strcmp(argv[i], "--registration") == 0) {
			rv = text(argv[i + 1], 16, &w->registration);
			w->has |= TENANT_HAS_REGISTRATION;
		} else if (strcmp(argv[i], "--require-mfa") == 0) {
			rv = yes_no(argv[i + 1], &w->require_mfa);
			w->has |= TENANT_HAS_REQUIRE_MFA;
		} else if (strcmp(argv[i], "--password-min") == 0) {
			rv = number(argv[i + 1], &w->least);
			w->has |= TENANT_HAS_PASSWORD_MIN;
		} else
			return (-1);
		if (rv == -1)
			return (-1);
	}
	return (i == argc ? 0 : -1);
}

#define WISH(w)								\
	.has = (w).has, .name = (w).name, .state = (w).state,		\
	.registration = (w).registration,				\
	.require_mfa = (uint8_t)(w).require_mfa, .password_min = (w).least

/* ---- commands ---- */

static int
show(struct ctl *c, int argc, char *argv[])
{
	struct msg_tenant_get_req m = { .id = argv[0] };

	if (argc != 1)
		return (CTL_USAGE);
	return (id_ok(argv[0]) ? one(c, IMSG_TENANT_GET_REQ, &m) :
	    CTL_REFUSED);
}

static int
add(struct ctl *c, int argc, char *argv[])
{
	struct msg_tenant_create_req m;
	struct wish w;

	if (argc < 1 || wish_take(&w, argc - 1, argv + 1) == -1)
		return (CTL_USAGE);
	m = (struct msg_tenant_create_req){ .id = argv[0], WISH(w) };
	return (id_ok(argv[0]) ? one(c, IMSG_TENANT_CREATE_REQ, &m) :
	    CTL_REFUSED);
}

static int
set(struct ctl *c, int argc, char *argv[])
{
	struct msg_tenant_patch_req m;
	struct wish w;

	if (argc < 3 || wish_take(&w, argc - 1, argv + 1) == -1)
		return (CTL_USAGE);
	m = (struct msg_tenant_patch_req){ .id = argv[0], WISH(w) };
	return (id_ok(argv[0]) ? one(c, IMSG_TENANT_PATCH_REQ, &m) :
	    CTL_REFUSED);
}

static int
erase(struct ctl *c, int argc, char *argv[])
{
	struct msg_tenant_delete_req m = { .id = argv[0] };
	char what[128];

	if (argc != 1)
		return (CTL_USAGE);
	if (!id_ok(argv[0]))
		return (CTL_REFUSED);
	snprintf(what, sizeof(what), "erase tenant %s with all its users",
	    argv[0]);
	return (ctl_confirm(c, what) ? one(c, IMSG_TENANT_DELETE_REQ, &m) :
	    CTL_REFUSED);
}

static const struct {
	const char	 *word;
	int		(*run)(struct ctl *, int, char *[]);
} commands[] = {
	{ "list", list },
	{ "show", show },
	{ "add", add },
	{ "set", set },
	{ "delete", erase },
};

int
ctl_tenant(struct ctl *c, int argc, char *argv[])
{
	size_t i;

	for (i = 0; argc > 0 && i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(argv[0], commands[i].word) == 0)
			return (commands[i].run(c, argc - 1, argv + 1));
	return (CTL_USAGE);
}
