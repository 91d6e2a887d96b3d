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
 * USERS_LIST (API.md section 6). Runs in the engine. Each way to ask is one
 * range of one index (users_list.sql), so a page takes the same time at any
 * number of accounts. A search has two such ranges, one behind the other:
 * usernames, then addresses of accounts whose username was no hit.
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/admin_user.h"
#include "privsep/engine/throttle.h"
#include "src/base/b64.h"
#include "src/base/utf8.h"

#define LIST_DEFAULT	50
/* Behind whatever begins with a text: no name has this code point. */
#define LAST	"\xf4\x8f\xbf\xbf"

/* As users_list.sql has them. */
enum kind { K_ALL = 1, K_NOT_ACTIVE, K_NOT_USER, K_ROLE, K_NAMES, K_EMAILS };

enum { I_KEY = USER_COLUMNS };
enum { R_USER, R_ROLE };

struct list {
	enum kind	 kind;
	int		 emails;	/* q can begin an address */
	uint32_t	 left;		/* of the page */
	char		 q_name[NAME_KEY_CAP], q_email[EMAIL_CAP];
	char		 q_end[NAME_KEY_CAP + sizeof(LAST)];
	char		 role[CAP_ROLE + 1], status[17];
	char		 after[NAME_KEY_CAP], after_id[CAP_ID + 1];
	char		 begin[NAME_KEY_CAP + 1];
};

static const char *
text(const struct store_result *res, int stmt, int row, int col)
{
	const char *s = store_text(res, stmt, row, col);

	return (s != NULL ? s : "");
}

/* ---- cursors: 'i' id, 'n' key, 'e' id key (or nothing: from its start) ---- */

static int
key_take(struct list *l, const char *s)
{
	long n;

	n = b64_decode(l->after, sizeof(l->after) - 1, s, strlen(s));
	if (n == -1 || !utf8_valid(l->after, (size_t)n))
		return (-1);
	l->after[n] = '\0';
	return (strlen(l->after) == (size_t)n ? 0 : -1);
}

/* 0; -1: not what a list of this kind ended with. */
static int
cursor_take(struct list *l, const char *s)
{
	char id[UUID_LEN];

	if (*s == '\0')
		return (0);
	if (*s == 'n')
		return (l->kind == K_NAMES ? key_take(l, s + 1) : -1);
	if (*s == 'e' && (l->kind == K_NAMES || l->kind == K_EMAILS) &&
	    l->emails) {
		l->kind = K_EMAILS;
		if (*++s == '\0')
			return (0);
	} else if (*s == 'i' && l->kind < K_NAMES)
		s++;
	else
		return (-1);
	snprintf(id, sizeof(id), "%s", s);
	if (!rnd_is_uuid(id))
		return (-1);
	(void)op_copy(l->after_id, sizeof(l->after_id), id);
	s += strlen(id);
	return (l->kind == K_EMAILS ? key_take(l, s) : *s == '\0' ? 0 : -1);
}

static void
cursor_make(char dst[CAP_CURSOR + 1], const struct list *l, const char *id,
    const char *key)
{
	char text64[B64_LEN(NAME_KEY_CAP) + 1];

	b64_encode(text64, key, strlen(key));
	if (l->kind == K_NAMES)
		snprintf(dst, CAP_CURSOR + 1, "n%s", text64);
	else if (l->kind == K_EMAILS)
		snprintf(dst, CAP_CURSOR + 1, "e%s%s", id, text64);
	else
		snprintf(dst, CAP_CURSOR + 1, "i%s", id);
}

/* ---- pages ---- */

static void	look(struct op *);

static int
send_item(struct op *op, const struct store_result *res, int row)
{
	const int q = SQL_USERS_LIST__ITEMS, r = SQL_USERS_LIST__ROLES;
	struct user_row u;
	int i;

	if (admin_user_row(&u, res, q, row) == -1)
		return (-1);
	for (i = 0; i < store_rows(res, r); i++)
		if (strcmp(text(res, r, i, R_USER), u.m.id) == 0)
			(void)admin_user_add_role(&u, text(res, r, i, R_ROLE));
	return (chan_send(op->worker->chan, IMSG_USER_ITEM_RES, op->id, &u.m,
	    -1));
}

static void
end(struct op *op, const char *next)
{
	struct msg_list_end_res m;

	memset(&m, 0, sizeof(m));
	m.next = next;
	op_answer(op, IMSG_LIST_END_RES, &m);
}

static void
listed(struct op *op, const struct store_result *res)
{
	const int q = SQL_USERS_LIST__ITEMS;
	struct list *l = op->extra;
	char next[CAP_CURSOR + 1] = "";
	int i, n = store_rows(res, q), more = n > (int)l->left;

	if (!admin_may(op, res, SQL_USERS_LIST__WHO))
		return;
	if (more && (n = (int)l->left) > 0)
		cursor_make(next, l, text(res, q, n - 1, 0),
		    text(res, q, n - 1, I_KEY));
	else if (more)
		(void)op_copy(next, sizeof(next), "e");
	for (i = 0; i < n; i++)
		if (send_item(op, res, i) == -1) {
			op_fail(op, ST_INTERNAL);
			return;
		}
	l->left -= (uint32_t)n;
	if (more || l->kind != K_NAMES || !l->emails) {
		end(op, next);
		return;
	}
	l->kind = K_EMAILS;
	l->after[0] = l->after_id[0] = '\0';
	look(op);
}

/* Where a page begins: never before q, whatever a cursor says. */
static void
begin(struct list *l, const char *q)
{
	if (strcmp(l->after, q) < 0) {
		l->after_id[0] = '\0';
		snprintf(l->begin, sizeof(l->begin), "%s", q);
	} else		/* \001: no name has it, so what follows is behind */
		snprintf(l->begin, sizeof(l->begin), "%s%s", l->after,
		    l->kind == K_NAMES && l->after[0] != '\0' ? "\001" : "");
}

static void
look(struct op *op)
{
	struct list *l = op->extra;
	const char *q = l->kind == K_EMAILS ? l->q_email : l->q_name;
	struct sql_users_list p;

	snprintf(l->q_end, sizeof(l->q_end), "%s" LAST, q);
	begin(l, q);
	p = (struct sql_users_list){
		ADMIN_READ(op, "users:read"),
		.kind = db_int(l->kind),
		.q = db_text(q),
		.q_end = db_text(l->q_end),
		.role = db_text(l->role),
		.status = db_text(l->status),
		.begin = db_text(l->begin),
		.after_id = db_text(l->after_id),
		.limit = db_int((int64_t)l->left + 1),
		.password_stop = db_int(throttle_password_stop(op->eng)),
		.otp_stop = db_int(throttle_otp_stop(op->eng)),
	};
	op_sql(op, SQL_USERS_LIST, &p, listed);
}

/* ---- what is asked for ---- */

/* A text that addresses may begin with, in lower case as their keys are. */
static int
email_prefix(const char *q, char key[EMAIL_CAP])
{
	size_t i;

	for (i = 0; q[i] != '\0'; i++) {
		if (i == EMAIL_CAP - 1 || (unsigned char)q[i] >= 0x80)
			return (0);
		key[i] = (char)tolower((unsigned char)q[i]);
	}
	key[i] = '\0';
	return (1);
}

static enum kind
kind_of(struct list *l, const char *q)
{
	if (*q != '\0') {
		l->emails = email_prefix(q, l->q_email);
		if (name_key(q, l->q_name) == 0)
			return (K_NAMES);
		if (l->emails)
			return (K_EMAILS);
		(void)op_copy(l->q_name, sizeof(l->q_name), LAST);
		return (K_NAMES);
	}
	/* The fewest first: a role of an application may be everybody's. */
	if (l->role[0] != '\0' && issue_roles(l->role) != NULL &&
	    strcmp(l->role, "user") != 0)
		return (K_NOT_USER);
	if (l->status[0] != '\0' && strcmp(l->status, "active") != 0)
		return (K_NOT_ACTIVE);
	if (l->role[0] != '\0' && issue_roles(l->role) == NULL)
		return (K_ROLE);
	return (K_ALL);
}

static int
is_status(const char *s)
{
	return (*s == '\0' || strcmp(s, "active") == 0 ||
	    strcmp(s, "disabled") == 0 || strcmp(s, "pending") == 0);
}

void
answer_users_list(struct op *op, const union msg *m)
{
	const struct msg_users_list_req *r = &m->users_list_req;
	struct list *l;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer) ||
	    (l = op_extra(op, sizeof(*l))) == NULL)
		return;
	l->left = r->limit > 0 ? r->limit : LIST_DEFAULT;
	(void)op_copy(l->role, sizeof(l->role), r->role);
	(void)op_copy(l->status, sizeof(l->status), r->state);
	l->kind = kind_of(l, r->q);
	if (!is_status(r->state))
		admin_refuse(op, ST_INVALID_REQUEST, "status",
		    "is none of active, disabled and pending");
	else if (cursor_take(l, r->cursor) == -1)
		admin_refuse(op, ST_INVALID_REQUEST, "cursor",
		    "is not one that a list ended with");
	else
		look(op);
}
