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
 * Accounts that move here from another system, on moatctl's word. Runs in the
 * engine; holds a foreign hash until the hasher has bound it to the user's id.
 * The rules are those of registration; there is no password to look at, so
 * none is refused for being weak: the first login replaces the hash only.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/import.h"
#include "privsep/engine/tenant.h"
#include "src/base/clock.h"

/* A clock there may be ahead of ours. */
#define LATER	(INT64_C(86400) * CLOCK_SEC)

static const char no_tenant[] =
    "there is no such tenant, or it is suspended";

/* Lives as long as its op. */
struct import {
	import_cb	 done;
	void		*arg;
	int		 dry, verified;
	int64_t		 created;
	char		 hash[CAP_FOREIGN + 1];
};

static void
import_free(struct import *im)
{
	if (im != NULL)
		sodium_memzero(im->hash, sizeof(im->hash));
	free(im);
}

/* The op is over, one way or the other. */
static void
finish(struct import *im, enum msg_status st, const char *path,
    const char *reason)
{
	im->done(im->arg, st, path, reason);
	import_free(im);
}

static void
failed(void *arg, enum msg_status st)
{
	finish(arg, st, st == ST_NOT_FOUND ? "tenant" : "",
	    st == ST_NOT_FOUND ? no_tenant : "");
}

static void
end(struct op *op, enum msg_status st, const char *path, const char *reason)
{
	struct import *im = op->failed_arg;

	op_end(op);
	finish(im, st, path, reason);
}

static void
taken(struct op *op, int username)
{
	if (username)
		end(op, ST_USERNAME_TAKEN, "username", "is known already");
	else
		end(op, ST_EMAIL_TAKEN, "email",
		    "is verified by another account");
}

static void
stored(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_USER_IMPORT__OUTCOME) > 0)
		end(op, ST_OK, "", "");
	else if (store_rows(res, SQL_USER_IMPORT__THERE) == 0)
		end(op, ST_NOT_FOUND, "tenant", no_tenant);
	else
		taken(op, store_rows(res, SQL_USER_IMPORT__USERNAME) > 0);
}

static void
looked(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_USER_IMPORT_CHECK__USERNAME) > 0)
		taken(op, 1);
	else if (store_rows(res, SQL_USER_IMPORT_CHECK__EMAIL) > 0)
		taken(op, 0);
	else
		end(op, ST_OK, "", "");
}

static void
look(struct op *op)
{
	struct import *im = op->failed_arg;
	struct sql_user_import_check p = {
		.tenant = db_text(op->realm),
		.key = db_text(op->key),
		.key_email = db_text(im->verified ? op->email_key : NULL),
	};

	op_sql(op, SQL_USER_IMPORT_CHECK, &p, looked);
}

static void
store(struct op *op)
{
	struct import *im = op->failed_arg;
	struct sql_user_import p;

	if (im->dry) {
		look(op);
		return;
	}
	p = (struct sql_user_import){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.user = db_text(op->user_id),
		.username = db_text(op->username),
		.key = db_text(op->key),
		.email = db_text(op->email),
		.email_key = db_text(op->email_key),
		.verified = db_int(im->verified),
		.name = db_text(op->name[0] != '\0' ? op->name : NULL),
		.role = db_text(op->role),
		.record = db_text(op->record[0] != '\0' ? op->record : NULL),
		.created = db_int(im->created),
	};
	op_sql(op, SQL_USER_IMPORT, &p, stored);
}

const char *
import_reason(const char *said)
{
	static const char *const known[] = {
		"of no kind that is known",
		"asks for more than 256 MiB or too much time",
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(said, known[i]) == 0)
			return (known[i]);
	return ("is refused");
}

static void
bound(struct op *op, const union msg *m)
{
	const struct msg_pw_import_res *r = &m->pw_import_res;

	if (r->status != ST_OK || r->record[0] == '\0' ||
	    op_copy(op->record, sizeof(op->record), r->record) == -1)
		end(op, ST_INVALID_REQUEST, "password_hash",
		    import_reason(r->reason));
	else
		store(op);
}

/* ---- rules ---- */

/* Words between spaces; the highest one counts, `user` is everyone. NULL, or
 * why not. */
static const char *
roles_take(const char *s, char role[17])
{
	size_t n;

	memcpy(role, "user", 5);
	for (; *s != '\0'; s += n, s += *s == ' ') {
		n = strcspn(s, " ");
		if (n == 5 && memcmp(s, "admin", n) == 0)
			memcpy(role, "admin", 6);
		else if (n != 4 || memcmp(s, "user", n) != 0)
			return ("may be user and admin only");
	}
	return (NULL);
}

/* NULL: fine; else what is wrong with *path. */
static const char *
check(struct op *op, const struct msg_ctl_user_import_req *r,
    const char **path)
{
	enum name_err e;

	*path = "username";
	if ((e = name_check(r->username, op->username, op->key)) != NAME_OK)
		return (name_strerror(e));
	*path = "email";
	if (!email_check(r->email, op->email_key) ||
	    op_copy(op->email, sizeof(op->email), r->email) == -1)
		return ("is not a mail address");
	*path = "name";
	if (!name_display_ok(r->name) ||
	    op_copy(op->name, sizeof(op->name), r->name) == -1)
		return ("is not a name that can be shown");
	*path = "createdAt";
	if (r->created_at < 0 || r->created_at > op->now + LATER)
		return ("is not a time that has been");
	*path = "roles";
	return (roles_take(r->roles, op->role));
}

static void
ask_hasher(struct op *op)
{
	struct import *im = op->failed_arg;
	struct msg_pw_import_req *m = &op->ask.pw_import_req;

	memset(m, 0, sizeof(*m));
	m->user_id = op->user_id;
	m->hash = im->hash;
	op_ask(op, op->eng->hashers, IMSG_PW_IMPORT_REQ, bound);
}

static void
entered(struct op *op)
{
	struct import *im = op->failed_arg;

	if (im->hash[0] != '\0')
		ask_hasher(op);
	else
		store(op);
}

void
import_user(struct engine *e, const struct msg_ctl_user_import_req *r,
    import_cb done, void *arg)
{
	struct import *im;
	struct op *op;
	const char *path, *why;

	if ((im = calloc(1, sizeof(*im))) == NULL || (op = op_own(e,
	    IMSG_CTL_USER_IMPORT_REQ, failed, im)) == NULL) {
		import_free(im);
		done(arg, ST_UNAVAILABLE, "", "");
		return;
	}
	im->done = done;
	im->arg = arg;
	im->dry = r->dry_run;
	im->verified = r->email_verified;
	im->created = r->created_at != 0 ? r->created_at : op->now;
	(void)op_copy(im->hash, sizeof(im->hash), r->password_hash);
	rnd_uuid7(op->user_id, op->now);
	if ((why = check(op, r, &path)) != NULL)
		end(op, ST_INVALID_REQUEST, path, why);
	else
		tenant_need(op, r->tenant, entered);
}
