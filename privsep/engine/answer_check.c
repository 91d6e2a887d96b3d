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
 * Decisions (API.md sections 4 and 7): what the bearer of a token may, asked
 * by an application or by a proxy in front of one. Runs in the engine; one
 * operation, which is also the bearer's check, so that what was taken away is
 * gone with the next answer.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/op.h"

enum { C_ID, C_USERNAME, C_ROLE, C_HELD };

struct subject {
	const char	*id, *username;
	char		 roles[CAP_ROLES + 1];
	int		 allowed;	/* holds all that was asked for */
};

/* 1: the word is one of the list. */
static int
has_word(const char *list, const char *word)
{
	size_t n, len = strlen(word);

	for (; *list != '\0'; list += list[n] == ' ' ? n + 1 : n) {
		n = strcspn(list, " ");
		if (n == len && memcmp(list, word, len) == 0)
			return (1);
	}
	return (0);
}

static int
add_word(char *list, size_t cap, const char *word)
{
	size_t n = strlen(list), len = strlen(word);

	if (n + 1 + len >= cap)
		return (-1);
	if (n > 0)
		list[n++] = ' ';
	memcpy(list + n, word, len + 1);
	return (0);
}

/* 0; -1: the op ended. op->target and op->wish hold what was asked for. */
static int
subject_take(struct op *op, struct subject *s, const struct store_result *res)
{
	const int q = SQL_CHECK__SUBJECT;
	const char *lower;
	int i;

	if (store_rows(res, q) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return (-1);
	}
	s->id = store_text(res, q, 0, C_ID);
	s->username = store_text(res, q, 0, C_USERNAME);
	lower = op->machine ? "" :
	    issue_roles(store_text(res, q, 0, C_ROLE));
	if (lower == NULL ||
	    op_copy(s->roles, sizeof(s->roles), lower) == -1) {
		op_fail(op, ST_INTERNAL);
		return (-1);
	}
	for (i = 0; i < store_rows(res, SQL_CHECK__ROLES); i++)
		(void)add_word(s->roles, sizeof(s->roles),
		    store_text(res, SQL_CHECK__ROLES, i, 0));
	s->allowed = (op->wish[0] == '\0' ||
	    store_int(res, q, 0, C_HELD) != 0) &&
	    (op->target[0] == '\0' || has_word(s->roles, op->target));
	return (0);
}

static void
check(struct op *op, const char *bearer, const char *permission,
    const char *role, op_sql_cb cb)
{
	struct sql_check p;

	if (!bearer_take_scope(op, bearer, BEARER_FULL))
		return;
	if (op_copy(op->wish, sizeof(op->wish), permission) == -1 ||
	    op_copy(op->target, sizeof(op->target), role) == -1) {
		op_fail(op, ST_INTERNAL);	/* the wall's caps are less */
		return;
	}
	p = (struct sql_check){
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.machine = db_int(op->machine),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.permission = db_text(op->wish),
	};
	op_sql(op, SQL_CHECK, &p, cb);
}

static void
checked(struct op *op, const struct store_result *res)
{
	struct msg_check_res m;
	struct subject s;

	if (subject_take(op, &s, res) == -1)
		return;
	m = (struct msg_check_res){ .allowed = s.allowed != 0,
	    .subject = s.id };
	op_answer(op, IMSG_CHECK_RES, &m);
}

void
answer_check(struct op *op, const union msg *m)
{
	const struct msg_check_req *r = &m->check_req;

	op_context(op, r->rid, r->ip, r->ua);
	op->wish[0] = op->target[0] = '\0';
	if (*r->permission == '\0' && *r->role == '\0') {
		if (bearer_take_scope(op, r->bearer, BEARER_FULL))
			bearer_refuse(op, ST_INVALID_REQUEST, "permission",
			    "is required, or role");
		return;
	}
	check(op, r->bearer, r->permission, r->role, checked);
}

static void
verified(struct op *op, const struct store_result *res)
{
	struct msg_verify_res m;
	struct subject s;

	if (subject_take(op, &s, res) == -1)
		return;
	if (!s.allowed) {
		op_fail(op, ST_FORBIDDEN);
		return;
	}
	m = (struct msg_verify_res){ .username = s.username, .subject = s.id,
	    .roles = s.roles, .tenant = op->tenant };
	op_answer(op, IMSG_VERIFY_RES, &m);
}

void
answer_verify(struct op *op, const union msg *m)
{
	const struct msg_verify_req *r = &m->verify_req;

	op_context(op, r->rid, r->ip, r->ua);
	check(op, r->bearer, r->permission, r->role, verified);
}
