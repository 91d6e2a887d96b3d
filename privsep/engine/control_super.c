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
 * What an operator on the host does to the super admin's place, and the end
 * of everybody's sessions. Runs in the engine, on moatctl's word; holds a
 * password that it made until it was handed over. No other message leads
 * here: over HTTP the place can neither be given nor taken.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/account.h"
#include "privsep/engine/control_super.h"

#define PASSWORD_LEN	24
#define REVOKE_BATCH	2000

struct act {
	struct control_super to;
	struct engine	*eng;
	char		 password[PASSWORD_LEN + 1];
	char		 after[CAP_ID + 1];	/* of revoke-all */
	long		 users;
};

static void
finish(struct act *a, int ok, const char *summary)
{
	a->to.to.done(ok, summary, a->to.to.arg);
	sodium_memzero(a->password, sizeof(a->password));
	free(a);
}

static const struct {
	enum msg_status	 st;
	const char	*text;
} failures[] = {
	{ ST_INVALID_REQUEST, "that is no username or no mail address" },
	{ ST_FORBIDDEN, "there is a super admin already" },
	{ ST_USERNAME_TAKEN, "another account has that username" },
	{ ST_WEAK_PASSWORD, "the password that was made does not fit the "
	    "configuration's rules" },
};

static void
failed(void *arg, enum msg_status st)
{
	const char *text = "database, vault or hashers are not available now";
	size_t i;

	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (failures[i].st == st)
			text = failures[i].text;
	finish(arg, -1, text);
}

static struct act *
act_new(struct engine *e, const struct control_super *to)
{
	struct act *a;

	if ((a = calloc(1, sizeof(*a))) == NULL) {
		to->to.done(-1, "out of memory", to->to.arg);
		return (NULL);
	}
	a->to = *to;
	a->eng = e;
	return (a);
}

static struct op *
begin(struct act *a, uint16_t type)
{
	struct op *op;

	if ((op = op_own(a->eng, type, failed, a)) == NULL)
		finish(a, -1, "out of memory");
	return (op);
}

static void
end(struct op *op, int ok, const char *summary)
{
	struct act *a = op->failed_arg;

	op_end(op);
	finish(a, ok, summary);
}

/* The act is done: whose password it is, and what it is. */
static void
hand_over(struct op *op)
{
	struct act *a = op->failed_arg;

	a->to.password(op->username, a->password, a->to.to.arg);
	end(op, 0, "");
}

/* ---- create ---- */

static void
created(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_SUPERADMIN_CREATE__OUTCOME) == 0) {
		op_fail(op, store_rows(res, SQL_SUPERADMIN_CREATE__HOLDER) >
		    0 ? ST_FORBIDDEN : ST_USERNAME_TAKEN);
		return;
	}
	op->eng->sync.superadmin = 1;
	sync_tell(op->eng, 1, "there is a super admin");
	hand_over(op);
}

static void
create_hashed(struct op *op, const union msg *m)
{
	if (account_hashed(op, m))
		superadmin_insert(op, created);
}

void
control_superadmin_create(struct engine *e, const char *username,
    const char *email, const struct control_super *to)
{
	struct act *a;
	struct op *op;

	if ((a = act_new(e, to)) == NULL ||
	    (op = begin(a, IMSG_CTL_SUPERADMIN_CREATE_REQ)) == NULL)
		return;
	rnd_text(a->password, PASSWORD_LEN);
	if (account_check(op, username, email) &&
	    account_password(op, a->password))
		account_hash(op, create_hashed);
}

/* ---- reset ---- */

static void
reset_stored(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_SUPERADMIN_RESET__OUTCOME) == 0)
		end(op, -1, "the super admin was changed meanwhile; try "
		    "again");
	else
		hand_over(op);
}

static void
reset_hashed(struct op *op, const union msg *m)
{
	struct sql_superadmin_reset p;

	if (!account_hashed(op, m))
		return;
	p = (struct sql_superadmin_reset){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.user = db_text(op->user_id),
		.version = db_int(op->version),
		.record = db_text(op->record),
	};
	op_sql(op, SQL_SUPERADMIN_RESET, &p, reset_stored);
}

static void
reset_found(struct op *op, const struct store_result *res)
{
	const int q = SQL_SUPERADMIN_FIND__USER;
	struct act *a = op->failed_arg;
	struct msg_pw_hash_req *m = &op->ask.pw_hash_req;
	const char *id, *name;

	if (store_rows(res, q) == 0) {
		end(op, -1, "there is no super admin; make one with "
		    "superadmin create");
		return;
	}
	id = store_text(res, q, 0, 0);
	name = store_text(res, q, 0, 1);
	op->version = store_int(res, q, 0, 2);
	if (id == NULL || name == NULL ||
	    op_copy(op->user_id, sizeof(op->user_id), id) == -1 ||
	    op_copy(op->username, sizeof(op->username), name) == -1) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	if (!account_password(op, a->password))
		return;
	memset(m, 0, sizeof(*m));
	m->user_id = op->user_id;
	m->password = op->secret->password;
	op_ask(op, op->eng->hashers, IMSG_PW_HASH_REQ, reset_hashed);
}

void
control_superadmin_reset(struct engine *e, const struct control_super *to)
{
	struct sql_superadmin_find p;
	struct act *a;
	struct op *op;

	if ((a = act_new(e, to)) == NULL ||
	    (op = begin(a, IMSG_CTL_SUPERADMIN_RESET_REQ)) == NULL)
		return;
	rnd_text(a->password, PASSWORD_LEN);
	memset(&p, 0, sizeof(p));
	op_sql(op, SQL_SUPERADMIN_FIND, &p, reset_found);
}

/* ---- transfer ---- */

static void
transferred(struct op *op, const struct store_result *res)
{
	const char *role;

	if (store_rows(res, SQL_SUPERADMIN_TRANSFER__OUTCOME) > 0) {
		end(op, 0, "the super admin's place is handed over; the "
		    "holder until now is an admin");
		return;
	}
	role = store_rows(res, SQL_SUPERADMIN_TRANSFER__TARGET) > 0 ?
	    store_text(res, SQL_SUPERADMIN_TRANSFER__TARGET, 0, 0) : NULL;
	if (role == NULL)
		end(op, -1, "no such user in the default tenant, or one that "
		    "is not active");
	else if (strcmp(role, "superadmin") == 0)
		end(op, -1, "that is the super admin already");
	else
		end(op, -1, "there was no super admin to take it from, or it "
		    "was handed over meanwhile");
}

void
control_superadmin_transfer(struct engine *e, const char *user,
    const struct control_super *to)
{
	struct sql_superadmin_transfer p;
	struct act *a;
	struct op *op;

	if ((a = act_new(e, to)) == NULL ||
	    (op = begin(a, IMSG_CTL_SUPERADMIN_TRANSFER_REQ)) == NULL)
		return;
	if (op_copy(op->target, sizeof(op->target), user) == -1)
		op->target[0] = '\0';
	if (name_key(user, op->key) == -1)
		op->key[0] = '\0';
	p = (struct sql_superadmin_transfer){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.user = db_text(op->target),
		.key = db_text(op->key[0] != '\0' ? op->key : NULL),
	};
	op_sql(op, SQL_SUPERADMIN_TRANSFER, &p, transferred);
}

/*
 * ---- revoke-all: by pieces, so that no statement takes long however many
 * there are. Sessions first, for they are what tokens hang on; a piece is
 * committed before the next is begun, and one that fails ends it, said.
 */

static void	revoke_users(struct act *);

static void
revoke_done(struct op *op, const struct store_result *res)
{
	struct act *a = op->failed_arg;
	char text[96];

	(void)res;
	snprintf(text, sizeof(text), "all sessions ended, tokens of %ld "
	    "accounts are dead", a->users);
	end(op, 0, text);
}

static void
revoke_audit(struct act *a)
{
	struct sql_revoke_audit p;
	struct op *op;

	if ((op = begin(a, IMSG_CTL_REVOKE_ALL_REQ)) == NULL)
		return;
	p = (struct sql_revoke_audit){
		.op = db_text(op->opid), .now = db_int(op->now),
	};
	op_sql(op, SQL_REVOKE_AUDIT, &p, revoke_done);
}

static void
users_revoked(struct op *op, const struct store_result *res)
{
	struct act *a = op->failed_arg;
	const char *last = store_text(res, SQL_REVOKE_USERS__LAST, 0, 0);

	a->users += store_changed(res, SQL_REVOKE_USERS__USERS);
	if (last != NULL)
		(void)op_copy(a->after, sizeof(a->after), last);
	op_end(op);
	if (last != NULL)
		revoke_users(a);
	else
		revoke_audit(a);
}

static void
revoke_users(struct act *a)
{
	struct sql_revoke_users p;
	struct op *op;

	if ((op = begin(a, IMSG_CTL_REVOKE_ALL_REQ)) == NULL)
		return;
	p = (struct sql_revoke_users){
		.op = db_text(op->opid),
		.after = db_text(a->after),
		.batch = db_int(REVOKE_BATCH),
	};
	op_sql(op, SQL_REVOKE_USERS, &p, users_revoked);
}

static void	revoke_sessions(struct act *);

static void
sessions_revoked(struct op *op, const struct store_result *res)
{
	struct act *a = op->failed_arg;
	int more = store_rows(res, SQL_REVOKE_SESSIONS__MORE) > 0;

	op_end(op);
	if (more)
		revoke_sessions(a);
	else
		revoke_users(a);
}

static void
revoke_sessions(struct act *a)
{
	struct sql_revoke_sessions p;
	struct op *op;

	if ((op = begin(a, IMSG_CTL_REVOKE_ALL_REQ)) == NULL)
		return;
	p = (struct sql_revoke_sessions){
		.now = db_int(op->now),
		.batch = db_int(REVOKE_BATCH),
	};
	op_sql(op, SQL_REVOKE_SESSIONS, &p, sessions_revoked);
}

void
control_revoke_all(struct engine *e, const struct control_super *to)
{
	struct act *a;

	if ((a = act_new(e, to)) != NULL)
		revoke_sessions(a);
}
