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
 * Inside of the PostgreSQL driver: pgdsn.c (where to connect), pgsql.c (the
 * connection), pgsetup.c (session and migrations), pgbatch.c (operations in a
 * pipeline).
 */
#ifndef STORE_PGSQL_INT_H
#define STORE_PGSQL_INT_H

#include <event2/event.h>
#include <libpq-fe.h>

#include "privsep/store/store_int.h"

#define PG_OPTIONS 64
#define PG_HOSTS 16

/* One address to try. */
struct pg_host {
	char *name; /* host name or socket directory; may be "" */
	char *addr; /* numeric address; "" for a socket */
	char *port;
	char why[256]; /* it failed last */
};

/* A connection string taken apart, names resolved. Owns all its texts. */
struct pg_dsn {
	char *key[PG_OPTIONS + 1];
	char *val[PG_OPTIONS + 1];
	int nopt;
	struct pg_host host[PG_HOSTS];
	int nhost;
	int names; /* some host was a name */
};

/* Takes the DSN apart and resolves names; fatal() on nonsense. */
void pg_dsn_parse(struct pg_dsn *, const char *dsn);
void pg_dsn_wipe(struct pg_dsn *);
/* Begins to connect to one host; NULL: ENOMEM. */
PGconn *pg_dsn_connect(const struct pg_dsn *, int host);
size_t pg_dsn_files(const struct pg_dsn *, const char **, size_t);

enum pg_state {
	PG_WAITING, /* timer runs; then connect to the next host */
	PG_CONNECTING,
	PG_SETUP,  /* one step of set-up or migration is out */
	PG_PAUSED, /* migrations are pending, or another applies */
	PG_READY
};

struct pg;
/* Gets the last rows of a step (or NULL) after it went well. */
typedef void (*pg_step_cb)(struct pg *, const PGresult *);

/* What the pipeline still owes us, in order. */
struct pg_due {
	int run;     /* index in the batch */
	int stmt;    /* of the operation */
	int prepare; /* the answer to a Parse */
};

struct pg {
	struct store *st;
	struct pg_dsn dsn;
	PGconn *c;
	enum pg_state state;
	struct event *rd;
	struct event *wr;
	struct event *timer;
	int host; /* being tried, or connected to */
	int backoff_ms;
	int64_t ready_since;
	char why[256]; /* last failure */
	/* set-up */
	pg_step_cb next;
	PGresult *rows;
	int failed;
	const struct sqldef_migration *mig;
	/* pipeline */
	struct batch batch;
	struct pg_due *due;
	size_t ndue, capdue, atdue;
	int sync; /* the sync's answer is outstanding */
	int bad;  /* some command of the batch failed */
	enum verdict verdict;
	unsigned char *prepared; /* by statement number */
	int *stmt0;		 /* first statement number of each op */
	int nstmt;
};

/* pgsql.c */
void pg_flush(struct pg *);
void pg_lost(struct pg *, const char *why);
void pg_refuse(struct pg *, const char *why); /* for good */
void pg_timer(struct pg *, int ms);
const char *pg_message(const PGconn *); /* one line, static */
enum verdict pg_verdict(const char *sqlstate);

/* pgsetup.c */
void pg_setup(struct pg *); /* connected: begins */
void pg_setup_read(struct pg *);

/* pgbatch.c */
void pg_batch_init(struct pg *);
void pg_batch_free(struct pg *);
void pg_batch_reset(struct pg *); /* a new connection */
void pg_batch_send(struct pg *);
void pg_batch_read(struct pg *);

#endif
