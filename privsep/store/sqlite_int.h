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
 * Inside of the SQLite driver: sqlite_file.c (the file, its settings, its
 * migrations) and sqlite.c (operations).
 */
#ifndef STORE_SQLITE_INT_H
#define STORE_SQLITE_INT_H

#include <sys/types.h>

#include <sqlite3.h>

#include "privsep/store/store_int.h"

#define SQLITE_FILE "moatd.sqlite"
#define SQLITE_NFILES 3 /* the database, its log and the log's index */

struct sqlite {
	struct store *st;
	sqlite3 *db;
	struct event *timer;
	struct batch batch;
	int ready; /* open and migrated */
	int backoff_ms;
	int64_t until;	     /* a statement is interrupted then */
	sqlite3_stmt **stmt; /* prepared ones, by statement number */
	int *stmt0;	     /* first statement number of each op */
	int nstmt;
	struct sqlite_backup *backup; /* under way */
	struct {
		dev_t dev;
		ino_t ino;
	} id[SQLITE_NFILES]; /* what was opened */
};

/* sqlite.c */
void sqlite_run(struct sqlite *);
int sqlite_step_all(sqlite3_stmt *, const struct sqldef_stmt *,
    const struct db_val *, struct stmt_res *);

/* sqlite_backup.c */
void sqlite_backup(struct store *, store_backup_cb, void *);
void sqlite_backup_stop(struct sqlite *); /* before the connection ends */

/* sqlite_file.c */
int sqlite_exec(struct sqlite *, const char *);
/* A copy of shared SQL as this database reads it; NULL: no memory. */
char *sqlite_text(const char *);
/* Whether a file is no longer where it was opened; then it is closed. */
int sqlite_moved(struct sqlite *);

#endif
