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
 * What the tests of the product's operations share: one store, if need be a
 * second one on the same database as another node has it, and the operations
 * with what the tests do not vary filled in.
 */
#ifndef UNIT_ENGINE_SQL_FIX_H
#define UNIT_ENGINE_SQL_FIX_H

#include "regress/unit/store_fix.h"
#include "src/base/clock.h"

#define T0	INT64_C(1000000000)
#define GRACE	(10 * CLOCK_SEC)
#define IDLE	(100 * CLOCK_SEC)
#define ABS	(1000 * CLOCK_SEC)

extern struct fix	 f;
extern struct store	*other;		/* a second node */

/* Rows of the statement that decides, and its first cell. */
struct out {
	int		 done, stmt, rows, changed;
	enum store_status status;
	char		 id[64];
};

#define BEARER(s, t)							\
	.now = db_int(t), .tenant = db_text("default"),			\
	.user = db_text("u1"), .sid = db_text(s), .epoch = db_int(1)
#define ACT(o)	.op = db_text(o), .ip = db_text("::1"), .rid = db_text("rid")

void begin(struct store *st, int op, const void *p, int stmt, struct out *o);
struct out run(int op, const void *p, int stmt);
void up(int kind);
void up_other(void);
void down(void);
int64_t count(const char *what);
struct sql_register p_register(const char *op, const char *id,
	    const char *key);
int do_register(const char *op, const char *id, const char *key);
struct sql_login_commit p_login(const char *op, const char *sid,
	    const char *token, int64_t now);
int do_login(const char *op, const char *sid, const char *token, int64_t now);
struct sql_refresh p_refresh(const char *op, const char *token,
	    const char *succ, int64_t now);
int do_refresh(const char *op, const char *token, const char *succ,
	    int64_t now);
int do_bearer(const char *sid, int64_t now);
int do_logout(const char *op, const char *sid, int64_t now);
int do_password(const char *op, const char *sid, int64_t version,
	    int64_t now);
void up_user(int kind);
/* Runs all tests on each database; main()'s result. */
int run_tests(const char *, const TTest *const *, size_t);

#endif
