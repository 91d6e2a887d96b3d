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
 * Fixture of the store's tests: a store on SQLite in a temporary directory or
 * on the PostgreSQL of MOATD_TEST_PG in a schema of its own.
 */
#ifndef UNIT_STORE_FIX_H
#define UNIT_STORE_FIX_H

#include <check.h>
#include <event2/event.h>
#include <stdint.h>

#include "privsep/store/sqldef.h"
#include "privsep/store/store.h"
#include "regress/unit/storeops.h"

extern const struct sqldef tst_set;

enum { ON_SQLITE, ON_PG };

/* What came back, and when. */
struct got {
	int done;
	enum store_status status;
	int rows, changed;
	int64_t num; /* first cell of statement 0 */
	char *text;  /* the same, by fix_text() */
	int64_t at;  /* clock_mono() */
};

struct fix {
	int kind;
	char dir[64];
	char schema[64];
	char dsn[1024];
	struct sqldef set;
	struct store_conf conf;
	struct event_base *base;
	struct store *st;
	int ups, downs, fatals;
	char text[512]; /* of the last event */
};

/* Number of databases to test on: 1, or 2 with MOATD_TEST_PG. */
int fix_kinds(void);
void fix_init(struct fix *, int kind); /* no store yet */
void fix_start(struct fix *);	       /* makes and starts it */
void fix_stop(struct fix *);
void fix_up(struct fix *); /* fix_init, start, wait up */
void fix_free(struct fix *);
/* Turns the loop until *flag is ≥ n; fails after ten seconds. */
void fix_wait(struct fix *, const int *flag, int n);
void fix_turn(struct fix *, int ms); /* turns for so long */
void fix_run(struct fix *, int op, const void *params, struct got *);
void fix_ask(struct fix *, int op, const void *params, struct got *);
/* A copy that lives until fix_free(). */
char *fix_text(const char *);
int64_t fix_count(struct fix *); /* rows of items */
/* Runs SQL beside the store; the number in its first cell or -1. */
int64_t fix_sql(struct fix *, const char *);

#define PUT(i, v, n)                              \
	(struct tst_put)                          \
	{                                         \
		db_text(i), db_text(v), db_int(n) \
	}

#endif
