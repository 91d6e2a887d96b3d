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
 * Migrations: what is applied, what comes next, what is refused. Runs in the
 * engine; the drivers call migrate_next() under the lock that they hold, apply
 * what it says and ask again, each migration in a transaction of its own.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/store/store_int.h"
#include "src/base/log.h"

void
migrate_sum(char dst[MIGRATE_SUM], const struct sqldef_migration *m)
{
	unsigned char sum[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(
	    sum, (const unsigned char *)m->text, strlen(m->text));
	sodium_bin2hex(dst, MIGRATE_SUM, sum, sizeof(sum));
}

/* The text of a migration, line by line, to whoever asked for it. */
static void
show(struct store *st, const struct sqldef_migration *m)
{
	char head[128];
	char *copy, *line, *rest;

	if (st->line == NULL)
		return;
	snprintf(head, sizeof(head), "-- %04d_%s.sql", m->version, m->name);
	st->line(head, st->mig_arg);
	if ((copy = strdup(m->text)) == NULL)
		return;
	for (rest = copy; (line = strsep(&rest, "\n")) != NULL;)
		if (rest != NULL)
			st->line(line, st->mig_arg);
	free(copy);
}

static long
number(const char *s)
{
	return (s != NULL ? strtol(s, NULL, 10) : -1);
}

/* Does row i of schema_migrations fit our migration i? */
static int
row_ok(const struct store *st, const struct stmt_res *rows, int i, char *why,
    size_t len)
{
	const struct sqldef_migration *m = &st->set->migration[i];
	const char *const *cell = rows->cell + i * rows->cols;
	char sum[MIGRATE_SUM];

	if (number(cell[0]) != m->version) {
		snprintf(why, len,
		    "schema_migrations lacks %04d_%s: restore "
		    "the table from a backup",
		    m->version, m->name);
		return (0);
	}
	migrate_sum(sum, m);
	if (cell[2] != NULL && strcmp(cell[2], sum) == 0)
		return (1);
	snprintf(why, len,
	    "migration %04d_%s differs from the one that was "
	    "applied to this database: install the moatd that wrote it or a "
	    "newer one",
	    m->version, m->name);
	return (0);
}

enum migrate_step
migrate_next(struct store *st, const struct stmt_res *rows,
    const struct sqldef_migration **next, char *why, size_t len)
{
	const struct sqldef *set = st->set;
	long newest;
	int i, pending;

	newest = rows->rows == 0
	    ? 0
	    : number(rows->cell[(rows->rows - 1) * rows->cols]);
	if (newest > set->nmigration) {
		snprintf(why, len,
		    "database schema %ld is newer than this "
		    "moatd (%d): upgrade moatd",
		    newest, set->nmigration);
		return (MIGRATE_REFUSE);
	}
	for (i = 0; i < rows->rows; i++)
		if (i >= set->nmigration || !row_ok(st, rows, i, why, len))
			return (MIGRATE_REFUSE);
	st->applied = rows->rows;
	if ((pending = set->nmigration - st->applied) == 0) {
		if (st->go)
			migrate_finish(st, 0, NULL);
		return (MIGRATE_DONE);
	}
	*next = &set->migration[st->applied];
	if (st->conf.migrate_manual && !st->go) {
		snprintf(why, len,
		    "%d migration%s pending: run moatctl "
		    "migrate",
		    pending, pending == 1 ? " is" : "s are");
		return (MIGRATE_WAIT);
	}
	if (st->go)
		show(st, *next);
	return (MIGRATE_APPLY);
}

/* Answers store_migrate(); summary NULL: what was done. */
void
migrate_finish(struct store *st, int ok, const char *summary)
{
	void (*done)(int, const char *, void *) = st->done;
	char text[64];

	st->done = NULL;
	st->line = NULL;
	if (done == NULL)
		return;
	snprintf(text, sizeof(text), "%d migrations applied, schema is %d",
	    st->applied - st->mig_from, st->applied);
	done(ok, summary != NULL ? summary : text, st->mig_arg);
}

static void
dry_run(struct store *st)
{
	char text[64];
	int i;

	for (i = st->applied; i < st->set->nmigration; i++)
		show(st, &st->set->migration[i]);
	snprintf(text, sizeof(text), "%d pending, schema is %d",
	    st->set->nmigration - st->applied, st->applied);
	migrate_finish(st, 0, text);
}

void
store_migrate(struct store *st, int dry, void (*line)(const char *, void *),
    void (*done)(int, const char *, void *), void *arg)
{
	if (st->done != NULL) {
		done(-1, "a migration is under way", arg);
		return;
	}
	st->line = line;
	st->done = done;
	st->mig_arg = arg;
	st->mig_from = st->applied;
	if (st->fatal)
		migrate_finish(st, -1, "the database was refused");
	else if (st->applied == -1)
		migrate_finish(st, -1, "the database is not reachable");
	else if (dry)
		dry_run(st);
	else if (st->applied == st->set->nmigration)
		migrate_finish(st, 0, NULL);
	else {
		st->go = 1;
		st->driver->migrate(st);
	}
}
