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
 * The baseline of POST /auth/refresh: the statements of that operation, the
 * very ones the engine runs, prepared, committed one operation at a time on
 * one connection. In an empty database it makes the schema first.
 *
 *	bench_pgcommit DSN SECONDS
 *
 * Half of the time each statement waits for its answer between BEGIN and
 * COMMIT, as a plain program does it; half of it all statements of an
 * operation leave together (pipeline mode), which is what the engine does with
 * many operations at once.
 */
#include "config.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/store/sqldef.h"
#include "src/base/clock.h"

#define OID_TEXT	25
#define OID_INT8	20
#define YEAR_US		(INT64_C(365) * 86400 * CLOCK_SEC)
#define SAMPLES		1000000

static PGconn *pg;
static int32_t sample[SAMPLES];		/* µs */

static void
die(const char *what)
{
	fprintf(stderr, "bench_pgcommit: %s: %s\n", what,
	    pg != NULL ? PQerrorMessage(pg) : "");
	exit(1);
}

/* Takes the result; -1 rows: not what was wanted. */
static int
rows_of(PGresult *r, const char *what)
{
	ExecStatusType st = PQresultStatus(r);
	int n = PQntuples(r);

	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK)
		die(what);
	PQclear(r);
	return n;
}

#define NPARAMS(values)	((int)(sizeof(values) / sizeof(*(values))))

static const struct sqldef_op *
op_find(const char *name)
{
	int i;

	for (i = 0; i < sql_set.nop; i++)
		if (strcmp(sql_set.op[i].name, name) == 0)
			return &sql_set.op[i];
	die(name);
	return NULL;
}

/* The statement's own parameters, picked from the operation's. */
static void
pick(const struct sqldef_op *op, const struct sqldef_stmt *s,
    const char *const *values, const char **args, Oid *types)
{
	int i;

	for (i = 0; i < s->narg; i++) {
		args[i] = values[s->arg[i]];
		types[i] = op->type[s->arg[i]] == SQLDEF_INT ? OID_INT8 :
		    OID_TEXT;
	}
}

/* Not prepared, in one transaction: for what comes before the measuring. */
static void
run_once(const char *name, const char *const *values, int nvalues)
{
	const struct sqldef_op *op = op_find(name);
	const char *args[SQLDEF_MAXPARAM];
	Oid types[SQLDEF_MAXPARAM];
	int i, n = 0;

	if (nvalues != op->nparam)
		die(name);
	for (i = 0; i < op->nstmt; i++) {
		pick(op, &op->stmt[i], values, args, types);
		n = rows_of(PQexecParams(pg, op->stmt[i].text,
		    op->stmt[i].narg, types, args, NULL, NULL, 0), name);
	}
	if (n != 1)
		die(name);
}

static void
schema_make(void)
{
	int i;

	if (rows_of(PQexec(pg, "SELECT 1 FROM pg_class "
	    "WHERE relname = 'refresh_tokens' AND relkind = 'r'"),
	    "schema") == 1)
		return;
	for (i = 0; i < sql_set.nmigration; i++)
		rows_of(PQexec(pg, sql_set.migration[i].text), "migration");
}

static char now_text[24], idle_text[24], until_text[24];

static void
now_set(void)
{
	int64_t now = clock_now();

	snprintf(now_text, sizeof(now_text), "%lld", (long long)now);
	snprintf(idle_text, sizeof(idle_text), "%lld",
	    (long long)(now + YEAR_US));
	snprintf(until_text, sizeof(until_text), "%lld",
	    (long long)(now + 2 * YEAR_US));
}

/* An account and a session; their ids are this run's. */
static void
account_make(const char *id)
{
	/* in the order of the operation files */
	const char *registration[] = { id, now_text, "default", id, id, id,
	    "a@b.example", "a@b.example", "", "record", "active", "127.0.0.1",
	    "bench", "rid", "0", "0", "", "", "0" };
	char op[64];
	const char *login[] = { op, now_text, "default", id, "1", "0", NULL,
	    id, "moatd", "openid", "aal1", "pwd", "127.0.0.1", "bench", "rid",
	    id, idle_text, until_text, "0", NULL, "device", "0", "0", NULL,
	    "0", NULL, NULL, NULL, NULL, "0", "0" };	/* no browser */
	PGresult *r;

	snprintf(op, sizeof(op), "%s-login", id);
	run_once("register", registration, NPARAMS(registration));
	r = PQexecParams(pg, "SELECT version, epoch FROM users WHERE id = $1",
	    1, NULL, &registration[0], NULL, NULL, 0);
	if (PQntuples(r) != 1)
		die("account");
	login[4] = PQgetvalue(r, 0, 0);
	login[5] = PQgetvalue(r, 0, 1);
	run_once("login_commit", login, NPARAMS(login));
	PQclear(r);
}

static void
prepare(const struct sqldef_op *op)
{
	const char *none[SQLDEF_MAXPARAM] = { NULL }, *args[SQLDEF_MAXPARAM];
	Oid types[SQLDEF_MAXPARAM];
	int i;

	rows_of(PQprepare(pg, "begin", "BEGIN", 0, NULL), "prepare");
	rows_of(PQprepare(pg, "commit", "COMMIT", 0, NULL), "prepare");
	for (i = 0; i < op->nstmt; i++) {
		pick(op, &op->stmt[i], none, args, types);
		rows_of(PQprepare(pg, op->stmt[i].name, op->stmt[i].text,
		    op->stmt[i].narg, types), op->stmt[i].name);
	}
}

static void
plain(const struct sqldef_op *op, const char *const *values)
{
	const char *args[SQLDEF_MAXPARAM];
	Oid types[SQLDEF_MAXPARAM];
	int i, rows, n = 0;

	rows_of(PQexecPrepared(pg, "begin", 0, NULL, NULL, NULL, 0), "begin");
	for (i = 0; i < op->nstmt; i++) {
		pick(op, &op->stmt[i], values, args, types);
		rows = rows_of(PQexecPrepared(pg, op->stmt[i].name,
		    op->stmt[i].narg, args, NULL, NULL, 0),
		    op->stmt[i].name);
		if (strcmp(op->stmt[i].name, "outcome") == 0)
			n = rows;
	}
	rows_of(PQexecPrepared(pg, "commit", 0, NULL, NULL, NULL, 0),
	    "commit");
	if (n != 1)
		die("refresh had no outcome");
}

static void
pipelined(const struct sqldef_op *op, const char *const *values)
{
	const char *args[SQLDEF_MAXPARAM];
	Oid types[SQLDEF_MAXPARAM];
	PGresult *r;
	int i, rows, n = 0;

	for (i = 0; i < op->nstmt; i++) {
		pick(op, &op->stmt[i], values, args, types);
		if (PQsendQueryPrepared(pg, op->stmt[i].name,
		    op->stmt[i].narg, args, NULL, NULL, 0) != 1)
			die("send");
	}
	if (PQpipelineSync(pg) != 1)
		die("sync");
	for (i = 0; i < op->nstmt; i++) {
		rows = rows_of(PQgetResult(pg), op->stmt[i].name);
		if (strcmp(op->stmt[i].name, "outcome") == 0)
			n = rows;
		if (PQgetResult(pg) != NULL)
			die("more results");
	}
	r = PQgetResult(pg);
	if (PQresultStatus(r) != PGRES_PIPELINE_SYNC || n != 1)
		die("refresh had no outcome");
	PQclear(r);
}

static int
ascending(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* Each refresh uses the token that the one before it made. */
static void
measure(const char *what, const char *id, double seconds,
    void (*one)(const struct sqldef_op *, const char *const *))
{
	const struct sqldef_op *op = op_find("refresh");
	static unsigned long turn;
	static char token[96];
	char opid[96], next[96];
	const char *values[] = { opid, now_text, "default", token, next,
	    "moatd", "0", idle_text, "127.0.0.1", "rid" };
	int64_t start = clock_mono(), at, before = start;
	long n = 0;

	if (NPARAMS(values) != op->nparam)
		die("refresh has other parameters");
	if (*token == '\0')
		snprintf(token, sizeof(token), "%s", id);
	do {
		snprintf(opid, sizeof(opid), "%s-%lu", id, ++turn);
		snprintf(next, sizeof(next), "%s+%lu", id, turn);
		now_set();
		one(op, values);
		memcpy(token, next, sizeof(token));
		at = clock_mono();
		if (n < SAMPLES)
			sample[n++] = (int32_t)(at - before);
		before = at;
	} while ((double)(at - start) < seconds * CLOCK_SEC);
	qsort(sample, (size_t)n, sizeof(sample[0]), ascending);
	printf("%s: %.1f commits/s, median %d us\n", what,
	    (double)n * CLOCK_SEC / (double)(at - start), sample[n / 2]);
}

int
main(int argc, char *argv[])
{
	char id[32];
	double seconds;

	if (argc != 3 || (seconds = strtod(argv[2], NULL)) <= 0) {
		fprintf(stderr, "usage: bench_pgcommit dsn seconds\n");
		return 2;
	}
	pg = PQconnectdb(argv[1]);
	if (PQstatus(pg) != CONNECTION_OK)
		die("connect");
	rows_of(PQexec(pg, "SET client_min_messages = warning"), "set");
	rows_of(PQexec(pg, "SET synchronous_commit = on"), "set");
	schema_make();
	now_set();
	snprintf(id, sizeof(id), "bench%lld", (long long)clock_now());
	account_make(id);
	prepare(op_find("refresh"));
	measure("one at a time", id, seconds / 2, plain);
	if (PQenterPipelineMode(pg) != 1)
		die("pipeline");
	measure("pipelined, one at a time", id, seconds / 2, pipelined);
	PQfinish(pg);
	return 0;
}
