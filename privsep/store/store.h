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
 * The store: named operations on PostgreSQL or SQLite. An operation is a
 * fixed list of statements from sql/operations/, run atomically. Operations
 * that arrive together are committed together; no callback runs before the
 * commit of its operation. There is no other way to the database.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>

struct sqldef;
struct store;
struct store_result;

enum db_kind { DB_NULL, DB_TEXT, DB_INT };

/* One parameter. Texts are copied by store_run(). */
struct db_val {
	enum db_kind	 kind;
	int64_t		 i;
	const char	*s;
};

static inline struct db_val
db_text(const char *s)
{
	return (struct db_val){ s != NULL ? DB_TEXT : DB_NULL, 0, s };
}

static inline struct db_val
db_int(int64_t i)
{
	return (struct db_val){ DB_INT, i, NULL };
}

/*
 * Generated from sql/: enum sql_op (SQL_LOGIN_FIND …), for each operation a
 * struct sql_login_find of its struct db_val parameters and an enum of its
 * statements (SQL_LOGIN_FIND__USER = 0 …).
 */
#include "sql/sqlops.h"

enum store_status {
	STORE_OK,
	STORE_UNAVAILABLE,	/* database down, slow, disk full: 503 */
	STORE_ERROR		/* own bug (constraint, syntax): 500 */
};

/* res is valid until return; NULL unless STORE_OK. */
typedef void (*store_cb)(enum store_status, const struct store_result *res,
	    void *arg);

enum store_event { STORE_UP, STORE_DOWN, STORE_FATAL };

struct store_conf {
	int		 postgres;
	const char	*dsn;		/* PostgreSQL URL; wiped by the caller */
	const char	*dir;		/* SQLite: directory of moatd.sqlite */
	int		 known;		/* SQLite: the file exists already */
	uint32_t	 timeout_ms;	/* an operation older than it fails */
	int		 migrate_manual;
	const struct sqldef *set;	/* NULL: the product's (sql_set) */
	/* STORE_UP: connected and migrated. STORE_DOWN: lost. STORE_FATAL:
	 * newer schema, edited migration …: text says what to do. */
	void		(*event)(enum store_event, const char *text, void *);
	/* Before the callback of an operation that may have taken a right from
	 * somebody (sql/README); NULL: nobody wants to know. */
	void		(*ended)(void *);
	void		*arg;
};

/*
 * prepare: before confinement; resolves names, checks TLS files or the SQLite
 * directory. May fatal(). start: after it; opens and migrates. SQLite keeps
 * the path it was opened with for its -wal and -shm files, so it is opened
 * inside the chroot: call store_confined() with the directory's path as seen
 * from there ("/" when the chroot is conf.dir) before store_start().
 */
struct store *store_prepare(const struct store_conf *);
/*
 * Files that the driver opens after confinement too (TLS roots and keys of
 * the DSN): let the sandbox allow reading them. Returns how many, ≤ cap.
 */
size_t	store_files(const struct store *, const char **path, size_t cap);
void	store_confined(struct store *, const char *dir);
void	store_start(struct store *, struct event_base *);
void	store_free(struct store *);
int	store_is_up(const struct store *);
size_t	store_queue(const struct store *);
/* 10 s without any address that answers: exit PROC_EX_TEMP is wise. */
int	store_wants_restart(const struct store *);

/*
 * Queues an operation; params points to its generated struct. Always calls cb
 * exactly once, never from inside this call.
 */
void	store_run(struct store *, enum sql_op, const void *params,
	    store_cb, void *arg);

/* Rows of statement stmt (its index in the operation). */
int	store_rows(const struct store_result *, int stmt);
/* Rows that an INSERT, UPDATE, DELETE changed (RETURNING or not). */
int	store_changed(const struct store_result *, int stmt);
const char *store_text(const struct store_result *, int stmt, int row,
	    int col);			/* NULL for SQL NULL */
int64_t	store_int(const struct store_result *, int stmt, int row,
	    int col);			/* 0 for SQL NULL */
int	store_isnull(const struct store_result *, int stmt, int row, int col);

/*
 * Migrations. Calls line() for each text line of what is pending (dry run),
 * or applies it first. done gets 0 or -1 and a summary.
 */
void	store_migrate(struct store *, int dry_run,
	    void (*line)(const char *text, void *arg),
	    void (*done)(int ok, const char *summary, void *arg), void *arg);

/*
 * A copy of the embedded store as it is at one moment. done comes once, with
 * a descriptor to read it from, which is the callee's to close, and its size;
 * or with -1 and why not. It may come from inside the call.
 */
typedef void (*store_backup_cb)(int fd, uint64_t size, const char *why,
	    void *arg);
void	store_backup(struct store *, store_backup_cb done, void *arg);

#endif
