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
 * Throttles: charging before, giving back after. Runs in the engine; holds
 * nothing, the counters are in the database. Called by the answers. A refused
 * request has cost one look at two rows: no account was read, and no hasher or
 * vault has seen it.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "privsep/engine/throttle.h"
#include "src/base/b64.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define NEVER		INT64_C(1000000000000)	/* a limit that is off */
#define HOUR_US		(3600 * CLOCK_SEC)
#define SOURCE_US	(600 * CLOCK_SEC)
/* Longer than a clock may jump (a day), so that a jump empties no counter. */
#define KEEP_US		(48 * HOUR_US)
#define KNOWN_US	(30 * 24 * HOUR_US)
#define PURGE_BATCH	500
#define AGAIN_MAX	3

struct rule {
	const char	*kind;
	size_t		 most;		/* offsets in engine_conf */
	size_t		 stop;
	int		 failure;	/* charges the source's failures too */
};

#define CONF(member)	offsetof(struct engine_conf, member)

static const struct rule rules[THROTTLE__MAX] = {
	[THROTTLE_OTP] = { "otp", CONF(otp_hour), CONF(otp_stop), 1 },
	[THROTTLE_REGISTER] = { "register", CONF(register_hour), 0, 0 },
	[THROTTLE_MAIL] = { "mail", CONF(mail_hour), 0, 0 },
	[THROTTLE_ADDRESS] = { "address", CONF(address_hour), 0, 0 },
	[THROTTLE_USER_CODE] = { "user_code", CONF(otp_hour), 0, 1 },
};

/* 0 is what a set-up says that knows no throttles. */
static int64_t
limit(uint32_t v)
{
	return (v != 0 ? (int64_t)v : NEVER);
}

static int64_t
limit_at(const struct engine_conf *c, size_t off)
{
	uint32_t v;

	if (off == 0)
		return (NEVER);
	memcpy(&v, (const char *)c + off, sizeof(v));
	return (limit(v));
}

int64_t
throttle_password_stop(const struct engine *e)
{
	return (limit(e->conf.password_suspend));
}

int64_t
throttle_client_most(const struct engine *e)
{
	return (limit(e->conf.client_minute));
}

int64_t
throttle_otp_stop(const struct engine *e)
{
	return (limit(e->conf.otp_stop));
}

static int
is_limited(const struct op *op)
{
	return (!op->loopback && op->ip[0] != '\0');
}

static const char *
source_of(struct op *op)
{
	if (op->source[0] == '\0')
		throttle_source(op->source, op->ip);
	return (op->source);
}

static void
refuse(struct op *op, int64_t until)
{
	int64_t left = (until - op->now + CLOCK_SEC - 1) / CLOCK_SEC;

	op->retry_after_s = left > 0 ? (uint32_t)left : 1;
	if (op->type == IMSG_LOGIN_REQ || op->type == IMSG_MFA_LOGIN_REQ)
		throttle_count(op->eng, 1);
	op_fail(op, ST_RATE_LIMITED);
}

/* ---- windows ---- */

/* Columns of throttle_take's verdict. */
enum { T_KIND, T_CHARGED, T_STREAK, T_UNTIL, T_CHARGES };

static void
taken(struct op *op, const struct store_result *res)
{
	const struct rule *r = &rules[op->throttle];
	const int q = SQL_THROTTLE_TAKE__VERDICT;
	int64_t until = 0, streak = 0;
	int i, charged = 0;

	for (i = 0; i < store_rows(res, q); i++) {
		if (strcmp(store_text(res, q, i, T_KIND), r->kind) == 0) {
			charged = store_int(res, q, i, T_CHARGED) != 0;
			streak = store_int(res, q, i, T_STREAK);
			/* Then it is the source that was refused. */
			if (store_int(res, q, i, T_CHARGES) <
			    limit_at(&op->eng->conf, r->most))
				continue;
		}
		if (!store_int(res, q, i, T_CHARGED) &&
		    store_int(res, q, i, T_UNTIL) > until)
			until = store_int(res, q, i, T_UNTIL);
	}
	op->throttled = !charged;
	if (charged && op->throttle == THROTTLE_OTP)
		op->otp_taken = 1;
	if (charged || op->throttle == THROTTLE_ADDRESS)
		op->throttle_cb(op);
	else if (streak >= limit_at(&op->eng->conf, r->stop))
		op_fail(op, ST_INVALID_OTP);
	else
		refuse(op, until);
}

static const char *
subject_of(struct op *op, enum throttle_kind kind)
{
	if (kind == THROTTLE_OTP || kind == THROTTLE_USER_CODE)
		return (op->user_id);
	return (kind == THROTTLE_ADDRESS ? op->email_key : source_of(op));
}

static const char *
tenant_of(struct op *op, enum throttle_kind kind)
{
	return (kind == THROTTLE_REGISTER || kind == THROTTLE_MAIL ?
	    "" : op->tenant);
}

void
throttle_take(struct op *op, enum throttle_kind kind, throttle_cb next)
{
	const struct rule *r = &rules[kind];
	const struct engine_conf *c = &op->eng->conf;
	struct sql_throttle_take p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.kind = db_text(r->kind),
		.tenant = db_text(tenant_of(op, kind)),
		.subject = db_text(subject_of(op, kind)),
		.most = db_int(limit_at(c, r->most)),
		.span = db_int(HOUR_US),
		.stop = db_int(limit_at(c, r->stop)),
		.keep = db_int(KEEP_US),
		.source = db_text(source_of(op)),
		.limited = db_int(r->failure && is_limited(op)),
		.source_most = db_int(limit(c->source_failures)),
		.source_span = db_int(SOURCE_US),
	};

	op->throttle = kind;
	op->throttle_cb = next;
	op->throttled = 0;
	if ((kind == THROTTLE_REGISTER || kind == THROTTLE_MAIL) &&
	    !is_limited(op))
		next(op);
	else
		op_sql(op, SQL_THROTTLE_TAKE, &p, taken);
}

static void
given(enum store_status status, const struct store_result *res, void *arg)
{
	(void)res;
	(void)arg;
	if (status != STORE_OK)
		log_warnx("a throttle keeps a charge for what was right");
}

/* As sql/operations/throttle_give.sql counts them. */
enum how { GIVE_ONE, GIVE_ALL, GIVE_PASSWORD, GIVE_CODE };

static void
give(struct op *op, const char *kind, const char *tenant, const char *subject,
    enum how how, int failure)
{
	struct sql_throttle_give p = {
		.kind = db_text(kind),
		.tenant = db_text(tenant),
		.subject = db_text(subject),
		.how = db_int(how),
		.source = db_text(source_of(op)),
		.limited = db_int(failure && is_limited(op)),
	};

	op->eng->gives++;
	store_run(op->eng->store, SQL_THROTTLE_GIVE, &p, given, NULL);
}

void
throttle_give(struct op *op, enum throttle_kind kind)
{
	if (kind == THROTTLE_OTP)
		op->otp_taken = 0;
	give(op, rules[kind].kind, tenant_of(op, kind), subject_of(op, kind),
	    GIVE_ONE, rules[kind].failure);
}

/* ---- passwords ---- */

/* Columns of throttle_password's verdict. What can be no name or no address
 * is looked for as NULL: it finds none. */
enum { P_KIND, P_CHARGED, P_CHARGES, P_UNTIL, P_SUBJECT, P_STREAK };

static void
charged(struct op *op, const struct store_result *res)
{
	const int q = SQL_THROTTLE_PASSWORD__VERDICT;
	int64_t until = 0, stop = throttle_password_stop(op->eng);
	const char *kind;
	int i, refused = 0;

	for (i = 0; i < store_rows(res, q); i++) {
		kind = store_text(res, q, i, P_KIND);
		if (strcmp(kind, "source") != 0) {
			op->pw_kind = *kind == 'd' ? "device" : "login";
			(void)op_copy(op->pw_subject, sizeof(op->pw_subject),
			    store_text(res, q, i, P_SUBJECT));
			op->suspended |= store_int(res, q, i, P_CHARGES) >=
			    stop && store_int(res, q, i, P_STREAK) >
			    store_int(res, q, i, P_CHARGES);
			if (store_int(res, q, i, P_CHARGES) >= stop)
				continue;
		}
		if (store_int(res, q, i, P_CHARGED))
			continue;
		refused = 1;
		if (store_int(res, q, i, P_UNTIL) > until)
			until = store_int(res, q, i, P_UNTIL);
	}
	if (refused) {
		if (trying_park(op))
			return;
		/* What gave back meanwhile was not seen yet. */
		if (op->gives != op->eng->gives && op->again++ < AGAIN_MAX)
			throttle_retry(op);
		else
			refuse(op, until);
		return;
	}
	if (op->pw_kind == NULL) {
		/* Another node made the source known while it was refused. */
		if (op->again++ < AGAIN_MAX)
			throttle_retry(op);
		else
			op_fail(op, ST_UNAVAILABLE);
		return;
	}
	if (*op->pw_kind == 'l' && store_int(res,
	    SQL_THROTTLE_PASSWORD__SUSPENDED, 0, 0) > stop)
		op->suspended = 1;
	if (op->suspended)
		op->record[0] = '\0';	/* the dummy's, which is never right */
	trying_add(op);
	if (op->pw_by_user)
		op->throttle_cb(op);
	else
		op->login_cb(op, res);
}

static void
charge(struct op *op)
{
	const struct engine_conf *c = &op->eng->conf;
	int by_user = op->pw_by_user;
	struct sql_throttle_password p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(by_user ? op->user_id : NULL),
		.key = db_text(!by_user && op->key[0] != '\0' ?
		    op->key : NULL),
		.email = db_text(!by_user && op->email_key[0] != '\0' ?
		    op->email_key : NULL),
		.subject = db_text(op->pw_name),
		.free = db_int(limit(c->password_free)),
		.first = db_int(c->password_first_s * CLOCK_SEC),
		.longest = db_int(c->password_max_s * CLOCK_SEC),
		.stop = db_int(limit(c->password_suspend)),
		.keep = db_int(KEEP_US),
		.since = db_int(op->now - KNOWN_US),
		.source = db_text(source_of(op)),
		.limited = db_int(is_limited(op)),
		.source_most = db_int(limit(c->source_failures)),
		.source_span = db_int(SOURCE_US),
		.lax = db_int(!c->mfa_admins),
		.browser = db_text(op->device[0] != '\0' ? op->device : NULL),
	};

	op->pw_kind = NULL;
	op->suspended = 0;
	op->gives = op->eng->gives;
	op_sql(op, SQL_THROTTLE_PASSWORD, &p, charged);
}

/* After it waited, as a new operation: what the last one charged was given
 * back. */
void
throttle_retry(struct op *op)
{
	op->now = clock_now();
	rnd_uuid7(op->opid, op->now);
	charge(op);
}

/*
 * An address or a username is counted by its comparison form, so that no other
 * spelling is another try. What can be neither is counted by its digest:
 * people type passwords into the wrong field.
 */
static void
name_of(struct op *op, const char *typed)
{
	char name[NAME_CAP], key[NAME_KEY_CAP];
	uint8_t raw[crypto_hash_sha256_BYTES];

	if (op->email_key[0] != '\0')
		(void)op_copy(op->pw_name, sizeof(op->pw_name),
		    op->email_key);
	else if (name_check(op->key, name, key) == NAME_OK)
		(void)op_copy(op->pw_name, sizeof(op->pw_name), op->key);
	else {
		if (op->key[0] != '\0')
			typed = op->key;
		crypto_hash_sha256(raw, (const uint8_t *)typed,
		    strlen(typed));
		op->pw_name[0] = '?';
		b64_encode(op->pw_name + 1, raw, sizeof(raw));
	}
}

void
throttle_login(struct op *op, const char *typed, op_sql_cb next)
{
	name_of(op, typed);
	op->pw_by_user = 0;
	op->login_cb = next;
	charge(op);
}

void
throttle_password(struct op *op, throttle_cb next)
{
	if (name_key(op->username, op->pw_name) == -1) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	op->pw_by_user = 1;
	op->throttle_cb = next;
	charge(op);
}

void
throttle_right(struct op *op)
{
	if (op->pw_kind == NULL)
		return;
	give(op, op->pw_kind, op->tenant, op->pw_subject, GIVE_ALL, 1);
	trying_end(op, 1);
	op->pw_kind = NULL;
}

/*
 * Wrong is wrong, and keeps its charge. Where a dependency was down, a queue
 * full, or nobody waits any more, nobody learned whether it was right.
 */
void
throttle_end(struct op *op)
{
	int idle = op->eng->tick == NULL;	/* there is no store any more */
	int right = op->answered && op->status == ST_OK;

	if (op->otp_taken && op->status != ST_INVALID_OTP && !idle)
		give(op, rules[THROTTLE_OTP].kind, op->tenant, op->user_id,
		    right ? GIVE_ONE : GIVE_CODE, 1);
	right |= op->status == ST_MFA_REQUIRED || op->status == ST_INVALID_OTP;
	if (op->try == TRY_RUNS && op->status != ST_INVALID_CREDENTIALS &&
	    !op->suspended && !idle)
		give(op, op->pw_kind, op->tenant, op->pw_subject,
		    right ? GIVE_ALL : GIVE_PASSWORD, 1);
	trying_end(op, right);
}

const char *
throttle_known(struct op *op)
{
	return (*source_of(op) != '\0' ? op->source : NULL);
}

/* ---- in the background ---- */

static void
purged(enum store_status status, const struct store_result *res, void *arg)
{
	struct engine *e = arg;

	if (status == STORE_OK && !e->stopping &&
	    store_changed(res, SQL_THROTTLE_PURGE__COUNTERS) >= PURGE_BATCH)
		throttle_purge(e);
}

void
throttle_purge(struct engine *e)
{
	int64_t now = clock_now();
	struct sql_throttle_purge p = {
		.now = db_int(now),
		.since = db_int(now - KNOWN_US),
		.password_stop = db_int(throttle_password_stop(e)),
		.otp_stop = db_int(throttle_otp_stop(e)),
		.batch = db_int(PURGE_BATCH),
	};

	store_run(e->store, SQL_THROTTLE_PURGE, &p, purged, e);
}
