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
 * A consistent copy of the embedded store. Runs in the engine, a piece of the
 * file in a turn of its loop, so that nobody waits for it; what is written
 * meanwhile goes into the copy as well. The copy's name is gone before
 * anybody gets its descriptor.
 */
#include "config.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/store/sqlite_int.h"
#include "src/base/log.h"

#define BACKUP_FILE "backup.tmp"
#define BACKUP_PAGES 128	/* a turn: half a MiB */
#define BACKUP_BUSY_MS 20

struct sqlite_backup {
	struct sqlite	*q;
	sqlite3		*copy;
	sqlite3_backup	*b;
	struct event	*turn;
	char		 path[1024];
	store_backup_cb	 done;
	void		*arg;
};

static void
backup_free(struct sqlite_backup *k)
{
	if (k->b != NULL)
		sqlite3_backup_finish(k->b);
	sqlite3_close(k->copy);
	if (k->turn != NULL)
		event_free(k->turn);
	k->q->backup = NULL;
	free(k);
}

static void
backup_fail(struct sqlite_backup *k, const char *why)
{
	store_backup_cb done = k->done;
	void *arg = k->arg;

	log_warnx("backup: %s", why);
	(void)unlink(k->path);
	backup_free(k);
	done(-1, 0, why, arg);
}

/* All pages are there: opened for reading alone, under no name. */
static void
backup_hand_over(struct sqlite_backup *k)
{
	store_backup_cb done = k->done;
	void *arg = k->arg;
	struct stat sb;
	int fd;

	sqlite3_backup_finish(k->b);
	k->b = NULL;
	if (sqlite3_close(k->copy) != SQLITE_OK) {
		backup_fail(k, "the copy cannot be closed");
		return;
	}
	k->copy = NULL;
	if ((fd = open(k->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) == -1 ||
	    fstat(fd, &sb) == -1) {
		if (fd != -1)
			close(fd);
		backup_fail(k, "the copy cannot be opened");
		return;
	}
	(void)unlink(k->path);
	backup_free(k);
	done(fd, (uint64_t)sb.st_size, "", arg);
}

static void
backup_turn(int fd, short what, void *arg)
{
	struct sqlite_backup *k = arg;
	struct timeval soon = { 0, 0 };
	int rc;

	(void)fd;
	(void)what;
	k->q->until = 0;
	rc = sqlite3_backup_step(k->b, BACKUP_PAGES);
	if (rc == SQLITE_DONE) {
		backup_hand_over(k);
		return;
	}
	if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		soon.tv_usec = BACKUP_BUSY_MS * 1000;
	else if (rc != SQLITE_OK) {
		backup_fail(k, sqlite3_errstr(rc));
		return;
	}
	event_add(k->turn, &soon);
}

/* An empty file that is ours alone; a leaf of an earlier try is replaced. */
static int
backup_file(const char *path)
{
	int fd;

	(void)unlink(path);
	if ((fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600)) == -1)
		return (-1);
	close(fd);
	return (0);
}

static int
backup_open(struct sqlite_backup *k)
{
	if (backup_file(k->path) == -1 || sqlite3_open_v2(k->path, &k->copy,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_PRIVATECACHE, NULL) != SQLITE_OK)
		return (-1);
	/* Until it is complete nobody has it; who gets it syncs theirs. */
	if (sqlite3_exec(k->copy, "PRAGMA journal_mode = OFF; "
	    "PRAGMA synchronous = OFF; PRAGMA cache_size = -256", NULL, NULL,
	    NULL) != SQLITE_OK)
		return (-1);
	k->b = sqlite3_backup_init(k->copy, "main", k->q->db, "main");
	return (k->b == NULL ? -1 : 0);
}

void
sqlite_backup(struct store *st, store_backup_cb done, void *arg)
{
	struct timeval now = { 0, 0 };
	struct sqlite *q = st->drv;
	struct sqlite_backup *k;
	const char *dir = st->conf.dir;

	if (!q->ready || q->backup != NULL ||
	    (k = calloc(1, sizeof(*k))) == NULL) {
		done(-1, 0, q->backup != NULL ? "a backup is under way" :
		    "the database is not available", arg);
		return;
	}
	q->backup = k;
	k->q = q;
	k->done = done;
	k->arg = arg;
	snprintf(k->path, sizeof(k->path), "%s%s%s", dir,
	    strcmp(dir, "/") == 0 ? "" : "/", BACKUP_FILE);
	k->turn = event_new(st->base, -1, 0, backup_turn, k);
	if (k->turn == NULL || backup_open(k) == -1) {
		backup_fail(k, "the copy cannot be made");
		return;
	}
	event_add(k->turn, &now);
}

void
sqlite_backup_stop(struct sqlite *q)
{
	if (q->backup != NULL)
		backup_fail(q->backup, "the database was closed");
}
