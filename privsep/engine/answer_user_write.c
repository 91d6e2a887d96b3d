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
 * USER_CREATE, USER_PATCH, USER_ROLE (API.md section 6). Runs in the engine;
 * holds a foreign hash until a hasher has bound it, and the token of a link
 * until its digest is stored. Each is one SQL operation, which finds out by
 * itself whether the actor may, and when it did nothing tells why.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/admin_user.h"
#include "privsep/engine/admin_words.h"
#include "privsep/engine/import.h"
#include "privsep/engine/link.h"
#include "privsep/engine/outbox.h"
#include "privsep/engine/throttle.h"
#include "src/base/buf.h"

#define DETAIL	4096

/* What is wished, in op->extra. */
struct wish {
	char		 id[UUID_LEN];		/* of a new account */
	int		 has_username, has_email, has_name;
	int		 has_role, has_roles;
	int		 verified;		/* -1: as it is */
	char		 hash[CAP_FOREIGN + 1];
	char		 detail[DETAIL], detail2[DETAIL];
	struct role_words roles;
	struct tag_words tags;
};

/* ---- details of the audit: members and roles, no other values ---- */

static void
detail_end(struct buf *b, char dst[DETAIL])
{
	const char *s = buf_cstr(b);

	if (s == NULL || op_copy(dst, DETAIL, s) == -1)
		(void)op_copy(dst, DETAIL, "{}");
	buf_free(b);
}

static void
detail_begin(struct buf *b, const struct op *op)
{
	buf_init(b);
	buf_adds(b, op->operator ? "{\"by\":\"operator\"," : "{");
}

static void
detail_roles(const struct op *op, const struct wish *w, char dst[DETAIL])
{
	struct buf b;
	int i;

	detail_begin(&b, op);
	buf_adds(&b, "\"role\":");
	buf_add_json(&b, w->roles.role);
	if (w->has_roles) {
		buf_adds(&b, ",\"roles\":[");
		for (i = 0; i < w->roles.n; i++) {
			if (i > 0)
				buf_addc(&b, ',');
			buf_add_json(&b, w->roles.name[i]);
		}
		buf_addc(&b, ']');
	}
	buf_addc(&b, '}');
	detail_end(&b, dst);
}

static void
detail_members(const struct op *op, const struct wish *w, char dst[DETAIL])
{
	struct buf b;
	const char *sep = "";

	detail_begin(&b, op);
	buf_adds(&b, "\"members\":[");
	if (w->has_username)
		buf_adds(&b, "\"username\""), sep = ",";
	if (w->has_email)
		buf_addf(&b, "%s\"email\"", sep), sep = ",";
	if (w->has_name)
		buf_addf(&b, "%s\"name\"", sep), sep = ",";
	if (w->verified != -1)
		buf_addf(&b, "%s\"email_verified\"", sep);
	buf_adds(&b, "]}");
	detail_end(&b, dst);
}

/* ---- rules ---- */

static int
take_username(struct op *op, const char *username)
{
	enum name_err e;

	if ((e = name_check(username, op->username, op->key)) == NAME_OK)
		return (1);
	admin_refuse(op, ST_INVALID_REQUEST, "username", name_strerror(e));
	return (0);
}

static int
take_email(struct op *op, const char *email)
{
	if (email_check(email, op->email_key) &&
	    op_copy(op->email, sizeof(op->email), email) == 0)
		return (1);
	admin_refuse(op, ST_INVALID_REQUEST, "email",
	    "is not a mail address");
	return (0);
}

static int
take_name(struct op *op, const char *name)
{
	if (name_display_ok(name) &&
	    op_copy(op->name, sizeof(op->name), name) == 0)
		return (1);
	admin_refuse(op, ST_INVALID_REQUEST, "name",
	    "is not a name that can be shown");
	return (0);
}

static int
take_roles(struct op *op, struct wish *w, const char *roles)
{
	if (role_words_take(&w->roles, roles) == 0)
		return (1);
	admin_refuse(op, ST_INVALID_REQUEST, "roles", "are more than 32");
	return (0);
}

/* So many must be there; one that can be none never is. */
static int
roles_wanted(const struct wish *w)
{
	return (w->roles.n + (w->roles.bad != -1));
}

/* ---- answers ---- */

static void
answer_user(struct op *op, const struct store_result *res, int user,
    int roles)
{
	struct user_row u;
	const char *role;
	int i;

	if (store_rows(res, user) == 0) {	/* and gone again */
		op_fail(op, ST_NOT_FOUND);
		return;
	}
	if (admin_user_row(&u, res, user, 0) == -1) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	for (i = 0; i < store_rows(res, roles); i++)
		if ((role = store_text(res, roles, i, 0)) != NULL)
			(void)admin_user_add_role(&u, role);
	op_answer(op, IMSG_USER_RES, &u.m);
}

/* Names the first role that is not there. 0: all are. */
static int
role_unknown(struct op *op, const struct store_result *res, int known)
{
	const struct wish *w = op->extra;
	char path[32];
	const char *s;
	int at = w->roles.bad, i, r, rows = store_rows(res, known);

	for (i = 0; i < w->roles.n; i++) {
		for (r = 0; r < rows; r++)
			if ((s = store_text(res, known, r, 0)) != NULL &&
			    strcmp(s, w->roles.name[i]) == 0)
				break;
		if (r == rows && (at == -1 || w->roles.at[i] < at))
			at = w->roles.at[i];
	}
	if (at == -1)
		return (0);
	snprintf(path, sizeof(path), "roles.%d", at);
	op_fail_at(op, ST_INVALID_REQUEST, path, "is no role");
	return (1);
}

/* ---- create ---- */

enum { C_GRANTABLE, C_USERNAME, C_EMAIL };

static void
created(struct op *op, const struct store_result *res)
{
	const int q = SQL_USER_CREATE__STATE;
	const struct wish *w = op->extra;

	if (store_rows(res, SQL_USER_CREATE__OUTCOME) > 0) {
		if (store_changed(res, SQL_USER_CREATE__MAIL) > 0)
			outbox_kick(op->eng);
		answer_user(op, res, SQL_USER_CREATE__USER,
		    SQL_USER_CREATE__ROLES);
		return;
	}
	if (!admin_may(op, res, SQL_USER_CREATE__WHO) ||
	    role_unknown(op, res, SQL_USER_CREATE__KNOWN))
		return;
	if (w->roles.superadmin)
		op_fail(op, ST_SUPERADMIN_PROTECTED);
	else if (store_int(res, q, 0, C_GRANTABLE) == 0)
		op_fail(op, ST_FORBIDDEN);
	else if (store_int(res, q, 0, C_USERNAME) != 0)
		op_fail(op, ST_USERNAME_TAKEN);
	else if (store_int(res, q, 0, C_EMAIL) != 0)
		op_fail(op, ST_EMAIL_TAKEN);
	else
		op_fail(op, ST_BUSY);
}

static void
create_store(struct op *op)
{
	struct wish *w = op->extra;
	struct sql_user_create p = {
		ADMIN_WRITE(op, "users:write"),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		.ua = db_text(op->ua),
		.user = db_text(w->id),
		.username = db_text(op->username),
		.username_key = db_text(op->key),
		.email = db_text(op->email),
		.email_key = db_text(op->email_key),
		.verified = db_int(w->verified),
		.name = db_text(op->name[0] != '\0' ? op->name : NULL),
		.role = db_text(w->roles.role),
		.roles = db_text(w->roles.words),
		/* no role is so called: nothing is made */
		.nroles = db_int(w->roles.superadmin ? -1 : roles_wanted(w)),
		.record = db_text(op->record[0] != '\0' ? op->record : NULL),
		.mail = db_int(op->link_id[0] != '\0'),
		.link = db_text(op->link_id),
		.hash = db_text(op->hash),
		.expires = db_int(op->now + LINK_RESET_US),
		.detail = db_text(w->detail),
		.password_stop = db_int(throttle_password_stop(op->eng)),
		.otp_stop = db_int(throttle_otp_stop(op->eng)),
	};

	op_sql(op, SQL_USER_CREATE, &p, created);
}

static void
bound(struct op *op, const union msg *m)
{
	const struct msg_pw_import_res *r = &m->pw_import_res;

	if (r->status != ST_OK || r->record[0] == '\0' ||
	    op_copy(op->record, sizeof(op->record), r->record) == -1)
		admin_refuse(op, ST_INVALID_REQUEST, "password_hash",
		    import_reason(r->reason));
	else
		create_store(op);
}

static void
create_hash(struct op *op)
{
	struct msg_pw_import_req *m = &op->ask.pw_import_req;
	struct wish *w = op->extra;

	memset(m, 0, sizeof(*m));
	m->user_id = w->id;
	m->hash = w->hash;
	op_ask(op, op->eng->hashers, IMSG_PW_IMPORT_REQ, bound);
}

void
answer_user_create(struct op *op, const union msg *m)
{
	const struct msg_user_create_req *r = &m->user_create_req;
	struct wish *w;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer) ||
	    (w = op_extra(op, sizeof(*w))) == NULL ||
	    !take_username(op, r->username) || !take_email(op, r->email) ||
	    !take_name(op, r->name) || !take_roles(op, w, r->roles))
		return;
	rnd_uuid7(w->id, op->now);
	w->verified = r->email_verified;
	w->has_roles = 1;
	(void)op_copy(w->hash, sizeof(w->hash), r->password_hash);
	detail_roles(op, w, w->detail);
	if (w->hash[0] != '\0')
		create_hash(op);
	else if (op->eng->conf.mail && !op->operator)
		link_make(op, LINK_RESET, create_store);
	else
		create_store(op);
}

/* ---- patch, role ---- */

enum { S_SUPERADMIN, S_BENEATH, S_GRANTABLE, S_TAGS, S_USERNAME, S_EMAIL };

/* Why nothing was changed. */
static void
patch_refuse(struct op *op, const struct store_result *res)
{
	const int q = SQL_USER_PATCH__STATE;
	const struct wish *w = op->extra;

	if (!admin_may(op, res, SQL_USER_PATCH__WHO))
		return;
	if (store_rows(res, q) == 0)
		op_fail(op, ST_NOT_FOUND);
	else if (store_int(res, q, 0, S_SUPERADMIN) != 0 ||
	    w->roles.superadmin)
		op_fail(op, ST_SUPERADMIN_PROTECTED);
	else if (store_int(res, q, 0, S_BENEATH) != 0)
		op_fail(op, ST_FORBIDDEN);
	else if (role_unknown(op, res, SQL_USER_PATCH__KNOWN))
		return;
	else if (store_int(res, q, 0, S_GRANTABLE) == 0)
		op_fail(op, ST_FORBIDDEN);
	else if (store_int(res, q, 0, S_TAGS) == 0)
		op_fail(op, ST_PRECONDITION_FAILED);
	else if (store_int(res, q, 0, S_USERNAME) != 0)
		op_fail(op, ST_USERNAME_TAKEN);
	else if (store_int(res, q, 0, S_EMAIL) != 0)
		op_fail(op, ST_EMAIL_TAKEN);
	else
		op_fail(op, ST_BUSY);
}

static void
patched(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_USER_PATCH__OUTCOME) == 0) {
		patch_refuse(op, res);
		return;
	}
	if (store_changed(res, SQL_USER_PATCH__NOTICE) > 0)
		outbox_kick(op->eng);
	answer_user(op, res, SQL_USER_PATCH__USER, SQL_USER_PATCH__ROLES);
}

static const char *
if_has(int has, const char *s)
{
	return (has ? s : NULL);
}

static void
patch_store(struct op *op, const char *key)
{
	struct wish *w = op->extra;
	int members = w->has_username || w->has_email || w->has_name ||
	    w->verified != -1;
	struct sql_user_patch p;

	if (w->has_role)
		detail_roles(op, w, members ? w->detail2 : w->detail);
	if (members)
		detail_members(op, w, w->detail);
	p = (struct sql_user_patch){
		ADMIN_WRITE(op, "users:write"),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		.ua = db_text(op->ua),
		.user = db_text(op->target),
		.key = db_text(*key != '\0' ? key : NULL),
		.tags = db_text(w->tags.words),
		.ntags = db_int(w->tags.n),
		.username = db_text(if_has(w->has_username, op->username)),
		.username_key = db_text(if_has(w->has_username, op->key)),
		.email = db_text(if_has(w->has_email, op->email)),
		.email_key = db_text(if_has(w->has_email, op->email_key)),
		.verified = db_int(w->verified),
		.has_name = db_int(w->has_name),
		.name = db_text(op->name[0] != '\0' ? op->name : NULL),
		.role = db_text(if_has(w->has_role, w->roles.role)),
		.has_roles = db_int(w->has_roles),
		.roles = db_text(w->roles.words),
		.nroles = db_int(w->roles.superadmin ? -1 : roles_wanted(w)),
		.mail = db_int(op->eng->conf.mail),
		.action = db_text(members ? "user.update" : "user.roles"),
		.detail = db_text(w->detail),
		.detail2 = db_text(if_has(members && w->has_role,
		    w->detail2)),
		.password_stop = db_int(throttle_password_stop(op->eng)),
		.otp_stop = db_int(throttle_otp_stop(op->eng)),
	};
	op_sql(op, SQL_USER_PATCH, &p, patched);
}

static int
patch_take(struct op *op, struct wish *w, const struct msg_user_patch_req *r)
{
	w->has_username = r->has_username;
	w->has_email = r->has_email;
	w->has_name = r->has_name;
	w->has_role = w->has_roles = r->has_roles;
	w->verified = r->has_verified ? r->email_verified : -1;
	if (!r->has_username && !r->has_email && !r->has_name &&
	    !r->has_roles && !r->has_verified) {
		admin_refuse(op, ST_INVALID_REQUEST, "",
		    "has nothing to change");
		return (0);
	}
	return ((!r->has_username || take_username(op, r->username)) &&
	    (!r->has_email || take_email(op, r->email)) &&
	    (!r->has_name || take_name(op, r->name)) &&
	    take_roles(op, w, r->has_roles ? r->roles : ""));
}

void
answer_user_patch(struct op *op, const union msg *m)
{
	const struct msg_user_patch_req *r = &m->user_patch_req;
	char key[NAME_KEY_CAP];
	struct wish *w;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer) ||
	    (w = op_extra(op, sizeof(*w))) == NULL)
		return;
	admin_user(op, r->user);
	(void)op_copy(key, sizeof(key), op->key);
	tag_words_take(&w->tags, r->if_match);
	if (patch_take(op, w, r))
		patch_store(op, key);
}

void
answer_user_role(struct op *op, const union msg *m)
{
	const struct msg_user_role_req *r = &m->user_role_req;
	struct wish *w;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer) ||
	    (w = op_extra(op, sizeof(*w))) == NULL)
		return;
	admin_user(op, r->user);
	tag_words_take(&w->tags, r->if_match);
	w->verified = -1;
	w->has_role = 1;
	if (role_words_take(&w->roles, r->role) == -1 || w->roles.n > 0 ||
	    w->roles.bad != -1 || r->role[0] == '\0' ||
	    strchr(r->role, ' ') != NULL)
		admin_refuse(op, ST_INVALID_REQUEST, "role",
		    "is neither user nor admin");
	else
		patch_store(op, op->key);
}
