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
 * The SQLite file: made, opened and migrated inside the confinement, because
 * SQLite opens its -wal and -shm files later by the same path; opened again
 * when that fails. Runs in the engine; holds the connection.
 */
#include "config.h"

#include <sys/types.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/store/sqlite_int.h"
#include "sql/schemaops.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define BACKOFF_MIN_MS 50
#define BACKOFF_MAX_MS 1000
#define MANUAL_WAIT_MS 2000
#define BUSY_MS 50 /* the loop waits no longer for a lock */
#define HEAP_BYTES (4 << 20)
#define PROGRESS_OPS 20000 /* virtual machine steps between two looks */

/* Settings of the connection; every other statement is in sql/. */
static const char *const pragmas[] = {
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL",
	"PRAGMA foreign_keys = ON",
	"PRAGMA temp_store = MEMORY",
	"PRAGMA mmap_size = 0",
	"PRAGMA cache_size = -1024",
	"PRAGMA journal_size_limit = 8388608",
	"PRAGMA trusted_schema = OFF",
};

int
sqlite_exec(struct sqlite *q, const char *text)
{
	q->until = clock_mono() + q->st->conf.timeout_ms * 1000LL;
	return (sqlite3_exec(q->db, text, NULL, NULL, NULL));
}

static int
progress(void *arg)
{
	struct sqlite *q = arg;

	return (q->until != 0 && clock_mono() > q->until);
}

static void
file_path(char *dst, size_t n, const char *dir, size_t i)
{
	static const char *const names[SQLITE_NFILES] = { SQLITE_FILE,
		SQLITE_FILE "-wal", SQLITE_FILE "-shm" };

	snprintf(dst, n, "%s%s%s", dir, strcmp(dir, "/") == 0 ? "" : "/",
	    names[i]);
}

/* ---- before confinement */

/*
 * What an earlier start left under another identity is given to the
 * directory's owner, who is the engine once it has dropped its uid. Root
 * needs no right to read or write for that, and may have none (a unit's
 * bounding set).
 */
static void
give_files(const char *dir)
{
	struct stat sb, fb;
	char path[1024];
	size_t i;

	if (stat(dir, &sb) == -1)
		fatal("database: %s", dir);
	if (geteuid() != 0)
		return;
	for (i = 0; i < SQLITE_NFILES; i++) {
		file_path(path, sizeof(path), dir, i);
		if (lstat(path, &fb) == -1 ||
		    (fb.st_uid == sb.st_uid && fb.st_gid == sb.st_gid))
			continue;
		if (lchown(path, sb.st_uid, sb.st_gid) == -1)
			fatal("database: chown %s", path);
	}
}

static void
count_statements(struct sqlite *q)
{
	const struct sqldef *set = q->st->set;
	int i;

	q->stmt0 = calloc((size_t)set->nop + 1, sizeof(*q->stmt0));
	if (q->stmt0 == NULL)
		fatalx("store: out of memory");
	for (i = 0; i < set->nop; i++) {
		q->stmt0[i] = q->nstmt;
		q->nstmt += set->op[i].nstmt;
	}
	q->stmt = calloc((size_t)q->nstmt + 1, sizeof(*q->stmt));
	if (q->stmt == NULL)
		fatalx("store: out of memory");
}

static void
prepare(struct store *st)
{
	struct sqlite *q;
	unsigned char seed;

	if (st->conf.dir == NULL || (q = calloc(1, sizeof(*q))) == NULL)
		fatalx("store: no directory for the database");
	q->st = st;
	st->drv = q;
	give_files(st->conf.dir);
	count_statements(q);
	/* Its generator is seeded from /dev/urandom, which a chroot lacks. */
	if (sqlite3_initialize() != SQLITE_OK)
		fatalx("store: sqlite3_initialize failed");
	sqlite3_randomness(sizeof(seed), &seed);
	sqlite3_soft_heap_limit64(HEAP_BYTES);
}

/* ---- inside it */

static void
db_close(struct sqlite *q)
{
	int i;

	sqlite_backup_stop(q);
	for (i = 0; i < q->nstmt; i++) {
		sqlite3_finalize(q->stmt[i]);
		q->stmt[i] = NULL;
	}
	sqlite3_close(q->db);
	q->db = NULL;
	q->ready = 0;
}

/*
 * The file is made here, by the engine's own uid, so that it belongs to
 * nobody else; a link in its place is not followed. One that was there
 * before is not made anew: whoever was told that he is registered would find
 * himself unknown, and a second super admin in the house.
 */
static int
make_file(const char *path, int known)
{
	struct stat sb;
	int fd, ok;

	if ((fd = open(path, O_RDWR | (known ? 0 : O_CREAT) | O_NOFOLLOW |
		 O_CLOEXEC, 0600)) == -1) {
		log_warn("database: %s", path);
		return (-1);
	}
	ok = fstat(fd, &sb) == 0 && S_ISREG(sb.st_mode) && sb.st_nlink == 1;
	if (!ok)
		log_warnx(
		    "database: %s is not a plain file with one name", path);
	if (ok && (sb.st_mode & 077) != 0)
		ok = fchmod(fd, 0600) == 0;
	close(fd);
	return (ok ? 0 : -1);
}

static int
db_open(struct sqlite *q)
{
	char path[1024];
	size_t i;
	int rc;

	file_path(path, sizeof(path), q->st->conf.dir, 0);
	if (make_file(path, q->st->conf.known) == -1)
		return (SQLITE_CANTOPEN);
	rc = sqlite3_open_v2(path, &q->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE,
	    NULL);
	if (q->db == NULL)
		return (SQLITE_NOMEM);
	sqlite3_extended_result_codes(q->db, 1);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_busy_timeout(q->db, BUSY_MS);
	sqlite3_progress_handler(q->db, PROGRESS_OPS, progress, q);
	for (i = 0; i < sizeof(pragmas) / sizeof(pragmas[0]); i++)
		if (rc == SQLITE_OK)
			rc = sqlite_exec(q, pragmas[i]);
	return (rc);
}

/* A statement of the schema's own set (sql/schema/), prepared for once. */
static int
once(struct sqlite *q, int op, const struct db_val *val, struct stmt_res *res)
{
	const struct sqldef_stmt *def = &schema_set.op[op].stmt[0];
	sqlite3_stmt *s;
	int rc;

	rc = sqlite3_prepare_v2(q->db, def->text, -1, &s, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite_step_all(s, def, val, res);
	sqlite3_finalize(s);
	return (rc);
}

/* SQLite compares bytes anyway, and knows no name for that order. */
char *
sqlite_text(const char *text)
{
	static const char order[] = " COLLATE ucs_basic";
	char *copy = strdup(text), *at = copy;

	while (at != NULL && (at = strstr(at, order)) != NULL)
		memset(at, ' ', sizeof(order) - 1);
	return (copy);
}

static int
apply(struct sqlite *q, const struct sqldef_migration *m)
{
	char sum[MIGRATE_SUM];
	struct db_val val[4];
	char *text;
	int rc;

	log_info("store: migration %04d_%s", m->version, m->name);
	migrate_sum(sum, m);
	val[0] = db_int(m->version);
	val[1] = db_text(m->name);
	val[2] = db_text(sum);
	val[3] = db_int(clock_now());
	q->until = 0; /* takes as long as it takes */
	if ((text = sqlite_text(m->text)) == NULL)
		return (SQLITE_NOMEM);
	rc = sqlite3_exec(q->db, text, NULL, NULL, NULL);
	free(text);
	if (rc == SQLITE_OK)
		rc = once(q, SCHEMA_ADD, val, NULL);
	return (rc);
}

/*
 * One migration, or the look that finds none, in a transaction that keeps
 * others out. *why tells what is wrong when the step is no further.
 */
static int
migrate_one(struct sqlite *q, enum migrate_step *step, char *why, size_t len)
{
	const struct sqldef_migration *m = NULL;
	struct stmt_res rows;
	int rc;

	memset(&rows, 0, sizeof(rows));
	if ((rc = sqlite_exec(q, "BEGIN EXCLUSIVE")) != SQLITE_OK)
		return (rc);
	if ((rc = sqlite_exec(q, schema_set.migration[0].text)) != SQLITE_OK ||
	    (rc = once(q, SCHEMA_LIST, NULL, &rows)) != SQLITE_OK)
		goto out;
	*step = migrate_next(q->st, &rows, &m, why, len);
	if (*step == MIGRATE_APPLY && (rc = apply(q, m)) != SQLITE_OK)
		snprintf(why, len, "migration %04d_%s: %s", m->version, m->name,
		    sqlite3_errmsg(q->db));
	if (rc == SQLITE_OK)
		rc = sqlite_exec(q, "COMMIT");
out:
	if (!sqlite3_get_autocommit(q->db))
		sqlite_exec(q, "ROLLBACK");
	free(rows.cell);
	free(rows.owner);
	return (rc);
}

static void
wait_ms(struct sqlite *q, int ms)
{
	struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	evtimer_add(q->timer, &tv);
}

static void
failed(struct sqlite *q, int rc, const char *what)
{
	char why[320];

	snprintf(why, sizeof(why), "%s: %s", SQLITE_FILE,
	    what[0] != '\0'	? what
		: q->db != NULL ? sqlite3_errmsg(q->db)
				: sqlite3_errstr(rc));
	db_close(q);
	rc &= 0xff;
	if (rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT || rc == SQLITE_ERROR ||
	    rc == SQLITE_CONSTRAINT) {
		store_set_fatal(q->st, why);
		return;
	}
	q->backoff_ms = q->backoff_ms == 0 ? BACKOFF_MIN_MS : q->backoff_ms * 2;
	if (q->backoff_ms > BACKOFF_MAX_MS)
		q->backoff_ms = BACKOFF_MAX_MS;
	store_set_down(q->st, why);
	wait_ms(q, q->backoff_ms);
}

/* Remembers which files these are, or compares; 0 when they are the same. */
static int
identify(struct sqlite *q, int compare)
{
	struct stat sb;
	char path[1024];
	size_t i;

	for (i = 0; i < SQLITE_NFILES; i++) {
		file_path(path, sizeof(path), q->st->conf.dir, i);
		if (stat(path, &sb) == -1)
			return (-1);
		if (compare && (q->id[i].dev != sb.st_dev ||
		    q->id[i].ino != sb.st_ino))
			return (-1);
		q->id[i].dev = sb.st_dev;
		q->id[i].ino = sb.st_ino;
	}
	return (0);
}

/*
 * A file without its name takes writes as ever, and takes them along when it
 * is closed. Closing copies what the log still holds into the database.
 */
int
sqlite_moved(struct sqlite *q)
{
	if (identify(q, 1) == 0)
		return (0);
	failed(q, SQLITE_CANTOPEN, "the file or its log was moved or removed");
	return (1);
}

static void
open_and_migrate(struct sqlite *q)
{
	enum migrate_step step = MIGRATE_REFUSE;
	char why[256] = "";
	int rc;

	if (q->db == NULL && (rc = db_open(q)) != SQLITE_OK) {
		failed(q, rc, why);
		return;
	}
	if ((rc = migrate_one(q, &step, why, sizeof(why))) != SQLITE_OK) {
		failed(q, rc, why);
		return;
	}
	switch (step) {
	case MIGRATE_DONE:
		if (identify(q, 0) == -1) {
			failed(q, SQLITE_CANTOPEN, "the file went away");
			break;
		}
		q->ready = 1;
		q->backoff_ms = 0;
		q->st->conf.known = 1;
		store_set_up(q->st);
		break;
	case MIGRATE_APPLY:
		wait_ms(q, 0);
		break;
	case MIGRATE_WAIT:
		store_set_down(q->st, why);
		wait_ms(q, MANUAL_WAIT_MS);
		break;
	case MIGRATE_REFUSE:
		db_close(q);
		store_set_fatal(q->st, why);
		break;
	}
}

static void
timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct sqlite *q = arg;

	(void)fd;
	(void)what;
	if (q->ready)
		sqlite_run(q);
	else if (!q->st->fatal)
		open_and_migrate(q);
}

/* ---- the driver */

static void
start(struct store *st)
{
	struct sqlite *q = st->drv;

	if ((q->timer = evtimer_new(st->base, timer_cb, q)) == NULL)
		fatalx("store: cannot make events");
	wait_ms(q, 0);
}

static void
kick(struct store *st)
{
	sqlite_run(st->drv);
}

static void
tick(struct store *st, int64_t now)
{
	(void)st;
	(void)now;
}

static void
migrate(struct store *st)
{
	struct sqlite *q = st->drv;

	if (!q->ready)
		wait_ms(q, 0);
}

static size_t
files(const struct store *st, const char **path, size_t cap)
{
	(void)st;
	(void)path;
	(void)cap;
	return (0);
}

static void
drv_free(struct store *st)
{
	struct sqlite *q = st->drv;

	if (q == NULL)
		return;
	db_close(q);
	if (q->timer != NULL)
		event_free(q->timer);
	free(q->stmt);
	free(q->stmt0);
	free(q);
}

const struct driver sqlite_driver = { prepare, start, kick, tick, migrate,
	files, drv_free, sqlite_backup };
