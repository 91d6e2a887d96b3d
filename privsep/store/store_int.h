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
 * Inside of the store: what the front (store.c), the drivers (pgsql.c,
 * sqlite.c) and migrate.c share. Nothing outside privsep/store includes it.
 */
#ifndef STORE_STORE_INT_H
#define STORE_STORE_INT_H

#include <sys/queue.h>

#include "privsep/store/sqldef.h"
#include "privsep/store/store.h"

#define STORE_BATCH 32	 /* operations that share one commit */
#define STORE_QUEUE 4096 /* waiting operations; above: unavailable */
#define STORE_TRIES 5	 /* of one operation */
#define STORE_RACES 2	 /* lost ones, of one operation */
#define STORE_RESTART_US (10 * INT64_C(1000000))

/* Rows of one statement. Cells point into what owner keeps. */
struct stmt_res {
	int rows;
	int cols;
	int changed;
	const char **cell; /* [rows * cols], NULL for SQL NULL */
	void *owner;
	void (*release)(void *);
};

struct store_result {
	int nstmt;
	struct stmt_res stmt[];
};

/* One operation on its way. */
struct run {
	TAILQ_ENTRY(run) entry;
	const struct sqldef_op *op;
	int opnum;
	store_cb cb; /* NULL once it has been called */
	void *arg;
	int64_t deadline; /* clock_mono() */
	int tries;
	int solo; /* a batch of its own */
	struct store_result *res;
	size_t size; /* of this allocation, to wipe it */
	struct db_val val[];
};
TAILQ_HEAD(runq, run);

struct batch {
	struct run *run[STORE_BATCH];
	int n;
	int writes;
	int64_t since; /* clock_mono() */
};

/* Why a batch did not commit. */
enum verdict {
	V_ERROR,       /* its own fault: constraint, syntax */
	V_UNAVAILABLE, /* disk full, read-only, cancelled … */
	V_RETRY,       /* serialization failure, deadlock, busy */
	V_RACE,	       /* two that took one name: seen, at another try */
	V_LOST	       /* connection lost: outcome unknown */
};

struct driver {
	void (*prepare)(struct store *);
	void (*start)(struct store *);
	void (*kick)(struct store *); /* work may wait in the queue */
	void (*tick)(struct store *, int64_t now); /* every 50 ms of work */
	void (*migrate)(struct store *); /* goes on past a manual stop */
	size_t (*files)(const struct store *, const char **, size_t);
	void (*free)(struct store *);
	void (*backup)(struct store *, store_backup_cb, void *); /* or NULL */
};

struct store {
	struct store_conf conf; /* dsn and dir are copies */
	const struct sqldef *set;
	const struct driver *driver;
	void *drv; /* the driver's own */
	struct event_base *base;
	struct event *flush; /* batches what a turn queued */
	struct event *ticker;
	struct event *again; /* after `later` */
	struct runq queue;
	struct runq flying;
	struct runq later; /* waits out a jitter */
	size_t nrun;
	int up; /* -1 not yet known */
	int fatal;
	int names; /* a restart would resolve anew */
	int64_t down_since;
	char why[320]; /* it is down */
	/* Migrations: how many are applied; -1 unknown. */
	int applied;
	int go; /* manual, and told to go on */
	void (*line)(const char *, void *);
	void (*done)(int, const char *, void *);
	void *mig_arg;
	int mig_from;
};

extern const struct driver pgsql_driver;
extern const struct driver sqlite_driver;

/* store.c: for the drivers. */
/* Takes what may share the next commit; 0 when nothing waits. */
int store_take(struct store *, struct batch *);
void store_commit(struct store *, struct batch *); /* calls back: OK */
void store_abort(struct store *, struct batch *, enum verdict);
void store_flush(struct store *); /* kicks the driver, soon */

/* state.c: for the drivers. */
void store_set_up(struct store *);
void store_set_down(struct store *, const char *why);
void store_set_fatal(struct store *, const char *why);

/* result.c */
struct store_result *result_new(int nstmt); /* NULL: ENOMEM */
void result_free(struct store_result *);

/* migrate.c */
#define MIGRATE_SUM 65 /* SHA-256 in hex, and NUL */

enum migrate_step { MIGRATE_DONE, MIGRATE_APPLY, MIGRATE_WAIT, MIGRATE_REFUSE };

void migrate_sum(char dst[MIGRATE_SUM], const struct sqldef_migration *);
/*
 * Looks at the rows of schema_migrations (version, name, checksum) and says
 * what comes next. *next is the migration to apply; why says what is wrong.
 */
enum migrate_step migrate_next(struct store *, const struct stmt_res *,
    const struct sqldef_migration **next, char *why, size_t len);
void migrate_finish(struct store *, int ok, const char *summary);

#endif
