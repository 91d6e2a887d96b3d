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
 * Who: moatctl. Holds: one answer. Callers: the commands of administration.
 * Objects are made from the table of messages, so that a field that a message
 * gains is shown without a line here.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/utf8.h"
#include "src/ctl_admin.h"

#define PAGE	200

static const char *const statuses[ST__MAX] = {
	[ST_BUSY] = "moatd is too busy, try again",
	[ST_UNAVAILABLE] = "the database is not available now",
	[ST_INVALID_REQUEST] = "not valid",
	[ST_FORBIDDEN] = "not allowed",
	[ST_NOT_FOUND] = "not found",
	[ST_USERNAME_TAKEN] = "the username is taken",
	[ST_EMAIL_TAKEN] = "the address is verified by another account",
	[ST_MAIL_UNAVAILABLE] = "no mail server is configured",
	[ST_SUPERADMIN_PROTECTED] = "the super admin is protected",
	[ST_BUILTIN_ROLE] = "the role is built in",
	[ST_BUILTIN_TENANT] = "the tenant is built in",
	[ST_ROLE_TAKEN] = "there is such a role already",
	[ST_CLIENT_TAKEN] = "there is such a client already",
	[ST_PUBLIC_CLIENT] = "the client is public and has no secret",
	[ST_TENANT_TAKEN] = "there is such a tenant already",
	[ST_TENANT_ACTIVE] = "suspend the tenant first",
	[ST_KEY_ACTIVE] = "the key is active: rotate first",
	[ST_PRECONDITION_FAILED] = "it was changed meanwhile, try again",
};

/* ---- asking ---- */

static int
failed(const struct ctl *c, const struct msg_error_res *e)
{
	const char *why = e->status < ST__MAX ? statuses[e->status] : NULL;
	int other = strcmp(c->tenant, "default") != 0;
	char none[64];

	if (why == NULL)
		why = "an internal error; see moatd's log";
	if (e->status == ST_NOT_FOUND && c->what != NULL) {
		snprintf(none, sizeof(none), "no such %s%s", c->what,
		    other ? ", or no such tenant" : "");
		why = none;
	} else if (e->status == ST_NOT_FOUND && other)
		why = "no such tenant";
	if (c->json) {
		ctl_print(json_pack("{s:b, s:i, s:s, s:s, s:s}", "ok", 0,
		    "code", CTL_REFUSED, "text", why, "path", e->path,
		    "reason", e->reason));
		return (CTL_REFUSED);
	}
	fprintf(stderr, "moatctl: ");
	if (*e->path != '\0') {
		ctl_text_to(stderr, e->path, 0);
		putc(' ', stderr);
	}
	ctl_text_to(stderr, *e->reason != '\0' ? e->reason : why, 0);
	putc('\n', stderr);
	return (CTL_REFUSED);
}

/* What the command did not set. */
static void
fill(const struct ctl *c, uint16_t type, void *req)
{
	const struct msg_row *row = msg_row(type);
	const struct msg_field *f;
	const char *s;
	size_t i;

	for (i = 0; row != NULL && i < row->nfields; i++) {
		f = &row->fields[i];
		if (f->kind != MSG_K_str)
			continue;
		memcpy(&s, (char *)req + f->off, sizeof(s));
		if (s != NULL)
			continue;
		s = strcmp(f->name, "tenant") == 0 ? c->tenant :
		    strcmp(f->name, "ua") == 0 ? "moatctl" : "";
		memcpy((char *)req + f->off, &s, sizeof(s));
	}
}

static int
ask(struct ctl *c, uint16_t type, void *req)
{
	fill(c, type, req);
	return (ctl_ask(c, type, req));
}

/* The next message; an error has been said. */
static int
next(struct ctl *c, uint16_t *got, union msg *m)
{
	int rv;

	if ((rv = ctl_next(c, ROLE_ENGINE, got, m)) != CTL_DONE)
		return (rv);
	if (*got == IMSG_ERROR_RES)
		return (failed(c, &m->error_res));
	return (CTL_DONE);
}

int
ctl_admin(struct ctl *c, uint16_t type, void *req, uint16_t *got,
    union msg *m)
{
	int rv;

	if ((rv = ask(c, type, req)) == CTL_DONE)
		rv = next(c, got, m);
	return (rv);
}

/* ---- objects ---- */

static int
has(const char *const *list, const char *name)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return (1);
	return (0);
}

/* The member of a field: the API's times are in camel case. */
static const char *
member_of(const char *field, const struct ctl_view *v)
{
	static const char *const times[][2] = {
		{ "created_at", "createdAt" }, { "updated_at", "updatedAt" },
		{ "last_login_at", "lastLoginAt" },
		{ "active_at", "activeAt" }, { "retire_at", "retireAt" },
	};
	const struct ctl_alias *a;
	size_t i;

	for (a = v->aliases; a != NULL && a->field != NULL; a++)
		if (strcmp(a->field, field) == 0)
			return (a->member);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (strcmp(times[i][0], field) == 0)
			return (times[i][1]);
	return (field);
}

static json_t *
words(const char *s)
{
	json_t *list = json_array();
	size_t n;

	for (; *(s += strspn(s, " ")) != '\0'; s += n) {
		n = strcspn(s, " ");
		json_array_append_new(list, json_stringn(s, n));
	}
	return (list);
}

static json_t *
time_value(int64_t us)
{
	char text[CLOCK_RFC3339];

	if (us == 0)
		return (json_null());
	clock_rfc3339(text, us);
	return (json_string(text));
}

static json_t *
text_value(const char *s, const char *field, const char *member,
    const struct ctl_view *v)
{
	if (has(v->lists, field))
		return (words(s));
	if (*s == '\0' && has(v->nulls, member))
		return (json_null());
	return (json_string(s));
}

static json_t *
value(const struct msg_field *f, const char *at, const char *member,
    const struct ctl_view *v)
{
	uint32_t u32;
	uint64_t u64;
	int64_t i64;
	const char *s;
	size_t n = strlen(f->name);

	switch (f->kind) {
	case MSG_K_u8:
		return (json_boolean(*at));
	case MSG_K_u32:
		memcpy(&u32, at, sizeof(u32));
		return (json_integer((json_int_t)u32));
	case MSG_K_u64:
		memcpy(&u64, at, sizeof(u64));
		return (json_integer((json_int_t)u64));
	case MSG_K_i64:
		memcpy(&i64, at, sizeof(i64));
		if (n > 3 && strcmp(f->name + n - 3, "_at") == 0)
			return (time_value(i64));
		return (json_integer((json_int_t)i64));
	case MSG_K_str:
		memcpy(&s, at, sizeof(s));
		return (text_value(s, f->name, member, v));
	case MSG_K_bin:
		break;
	}
	return (NULL);
}

json_t *
ctl_object(uint16_t type, const union msg *m, const struct ctl_view *v)
{
	const struct msg_row *row = msg_row(type);
	const struct msg_field *f;
	const char *member;
	json_t *o = json_object();
	size_t i;

	for (i = 0; row != NULL && i < row->nfields; i++) {
		f = &row->fields[i];
		member = member_of(f->name, v);
		if (*member != '\0')
			json_object_set_new(o, member, value(f,
			    (const char *)m + f->off, member, v));
	}
	return (o);
}

/* ---- for people ---- */

/* A value in one line, into b. */
static void
cell(struct buf *b, const json_t *val)
{
	const json_t *e;
	size_t i;

	if (json_is_array(val)) {
		json_array_foreach(val, i, e)
			buf_addf(b, "%s%s", i > 0 ? "," : "",
			    json_string_value(e));
	} else if (json_is_string(val))
		buf_adds(b, json_string_value(val));
	else if (json_is_integer(val))
		buf_addf(b, "%lld", (long long)json_integer_value(val));
	else if (json_is_boolean(val))
		buf_adds(b, json_is_true(val) ? "yes" : "no");
	if (b->len == 0)
		buf_addc(b, '-');
	buf_addc(b, '\0');
}

static void
print_row(const json_t *o, const struct ctl_view *v)
{
	const struct ctl_column *k;
	struct buf b = BUF_INIT;
	size_t n, used;
	uint32_t cp;
	int wide;

	for (k = v->columns; k->member != NULL; k++) {
		buf_reset(&b);
		cell(&b, json_object_get(o, k->member));
		if (b.err)
			break;
		for (wide = 0, n = 0; b.p[n] != '\0'; n += used, wide++)
			if ((used = utf8_next((char *)b.p + n, b.len - 1 - n,
			    &cp)) == 0)
				used = 1;
		ctl_text((char *)b.p, 0);
		if (k[1].member != NULL)
			printf("%*s", wide < k->width ? k->width - wide + 2 :
			    2, "");
	}
	putchar('\n');
	buf_free(&b);
}

static void
print_head(const struct ctl_view *v)
{
	const struct ctl_column *k;

	for (k = v->columns; k->member != NULL; k++)
		if (k[1].member != NULL)
			printf("%-*s  ", k->width, k->title);
		else
			printf("%s\n", k->title);
}

void
ctl_object_print(const struct ctl *c, json_t *o)
{
	struct buf b = BUF_INIT;
	const char *member;
	json_t *val;

	if (c->json) {
		ctl_print(o);
		return;
	}
	json_object_foreach(o, member, val) {
		buf_reset(&b);
		cell(&b, val);
		if (b.err)
			break;
		printf("%-16s ", member);
		ctl_text((char *)b.p, 0);
		putchar('\n');
	}
	buf_free(&b);
	json_decref(o);
}

/* ---- commands ---- */

/* One page; next is what follows it, "" nothing. */
static int
page(struct ctl *c, const struct ctl_view *v, unsigned long *rows,
    char next_page[CAP_CURSOR + 1])
{
	uint16_t type;
	union msg m;
	json_t *o;
	int rv;

	for (;;) {
		if ((rv = next(c, &type, &m)) != CTL_DONE)
			return (rv);
		if (type == IMSG_LIST_END_RES)
			break;
		o = ctl_object(type, &m, v);
		if (c->json) {
			ctl_print(o);
			continue;
		}
		if ((*rows)++ == 0)
			print_head(v);
		print_row(o, v);
		json_decref(o);
	}
	snprintf(next_page, CAP_CURSOR + 1, "%s", m.list_end_res.next);
	return (CTL_DONE);
}

int
ctl_list(struct ctl *c, uint16_t type, void *req, const char **cursor,
    const struct ctl_view *v)
{
	const struct msg_row *row = msg_row(type);
	char next_page[CAP_CURSOR + 1] = "";
	unsigned long rows = 0;
	uint32_t limit = PAGE;
	size_t i;
	int rv;

	for (i = 0; i < row->nfields; i++)
		if (strcmp(row->fields[i].name, "limit") == 0)
			memcpy((char *)req + row->fields[i].off, &limit,
			    sizeof(limit));
	do {
		*cursor = next_page;
		if ((rv = ask(c, type, req)) != CTL_DONE)
			return (rv);
		rv = page(c, v, &rows, next_page);
	} while (rv == CTL_DONE && next_page[0] != '\0');
	return (rv);
}

int
ctl_show(struct ctl *c, uint16_t type, void *req, const struct ctl_view *v)
{
	uint16_t got;
	union msg m;
	int rv;

	if ((rv = ctl_admin(c, type, req, &got, &m)) == CTL_DONE)
		ctl_object_print(c, ctl_object(got, &m, v));
	return (rv);
}

int
ctl_act(struct ctl *c, uint16_t type, void *req, const char *done)
{
	const struct msg_ctl_done_res res = { CTL_DONE, done };
	uint16_t got;
	union msg m;
	int rv;

	if ((rv = ctl_admin(c, type, req, &got, &m)) == CTL_DONE)
		rv = ctl_end(c, &res);
	return (rv);
}

int
ctl_word(int argc, char *argv[], size_t cap, const char *what)
{
	if (argc != 1 || *argv[0] == '\0' || argv[0][0] == '-')
		return (CTL_USAGE);
	if (utf8_valid(argv[0], strlen(argv[0])) && strlen(argv[0]) <= cap)
		return (CTL_DONE);
	fprintf(stderr, "moatctl: no such %s\n", what);
	return (CTL_REFUSED);
}

int
ctl_options(int argc, char *argv[], const struct ctl_option *table)
{
	const struct ctl_option *o;
	int i, n = 0;

	for (i = 0; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) != 0) {
			argv[n++] = argv[i];
			continue;
		}
		for (o = table; o->name != NULL; o++)
			if (strcmp(o->name, argv[i]) == 0)
				break;
		if (o->name == NULL || ++i == argc ||
		    !utf8_valid(argv[i], strlen(argv[i])))
			return (-1);
		*o->value = argv[i];
	}
	return (n);
}

char *
ctl_words(const char *s)
{
	struct buf b = BUF_INIT;
	size_t n;

	for (; *(s += strspn(s, " ,")) != '\0'; s += n) {
		n = strcspn(s, " ,");
		if (b.len > 0)
			buf_addc(&b, ' ');
		buf_add(&b, s, n);
	}
	if (buf_cstr(&b) == NULL || !utf8_valid((char *)b.p, b.len)) {
		fprintf(stderr, "moatctl: that is no text\n");
		buf_free(&b);
		return (NULL);
	}
	return ((char *)b.p);
}
