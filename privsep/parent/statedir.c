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
 * Who: the parent. Holds: the lock of the state directory (a flock(2) on the
 * directory itself). Callers: moatd.c, once at start: custody_open().
 */
#include "config.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/custody.h"
#include "src/base/log.h"

/* mkdir -p: what is missing on the way is made 0755. */
static void
make_path(const char *path)
{
	char part[PATH_MAX];
	char *p;

	snprintf(part, sizeof(part), "%s", path);
	for (p = part + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(part, 0755) == -1 && errno != EEXIST)
			fatal("state directory: %s", part);
		*p = '/';
	}
	if (mkdir(part, 0755) == -1 && errno != EEXIST)
		fatal("state directory %s: make it, and give it to uid %u",
		    part, (unsigned)geteuid());
}

static void
lock_state(struct custody *c, const char *path)
{
	struct stat st;

	make_path(path);
	if (realpath(path, c->state) == NULL)
		fatal("state directory %s", path);
	if ((c->lock = open(c->state, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1 || fstat(c->lock, &st) == -1)
		fatal("state directory %s", c->state);
	if (st.st_uid != geteuid())
		fatalx("state directory %s belongs to uid %u: chown it to uid "
		    "%u, or name another", c->state, (unsigned)st.st_uid,
		    (unsigned)geteuid());
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		fatalx("state directory %s is writable by others: chmod go-w "
		    "it", c->state);
	if (faccessat(c->lock, ".", W_OK | X_OK, AT_EACCESS) == -1)
		fatal("state directory %s", c->state);
	if (flock(c->lock, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK)
			fatalx("another moatd runs on %s", c->state);
		fatal("lock of %s", c->state);
	}
}

/* Makes or opens state/name; its mode becomes what it has to be. */
static int
sub(struct custody *c, const char *name, mode_t mode, struct stat *st)
{
	int fd;

	if (mkdirat(c->lock, name, mode) == -1 && errno != EEXIST)
		fatal("%s/%s", c->state, name);
	if ((fd = openat(c->lock, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC)) == -1 || fstat(fd, st) == -1)
		fatal("%s/%s", c->state, name);
	return (fd);
}

static void
sub_mine(struct custody *c, const char *name, mode_t mode)
{
	struct stat st;
	int fd = sub(c, name, mode, &st);

	if (st.st_uid != geteuid())
		fatalx("%s/%s belongs to uid %u: chown it to uid %u", c->state,
		    name, (unsigned)st.st_uid, (unsigned)geteuid());
	if ((st.st_mode & 07777 & ~mode) != 0)
		fatalx("%s/%s has mode %04o: chmod %04o it", c->state, name,
		    (unsigned)(st.st_mode & 07777), (unsigned)mode);
	/* A strict umask(2) took more than was meant. */
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode) == -1)
		fatal("%s/%s", c->state, name);
	close(fd);
}

/*
 * What an earlier run as plain root left behind in db/ goes to the engine's
 * user: regular files of root with a single name, nothing else.
 */
static void
give_files(struct custody *c, int dir, uid_t uid, gid_t gid)
{
	struct dirent *de;
	struct stat st;
	DIR *d;
	int fd;

	if ((d = fdopendir(dup(dir))) == NULL)
		fatal("%s/db", c->state);
	while ((de = readdir(d)) != NULL) {
		if ((fd = openat(dir, de->d_name, O_PATH | O_NOFOLLOW |
		    O_CLOEXEC)) == -1)
			continue;
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		    st.st_uid == 0 && st.st_nlink == 1 &&
		    fchownat(fd, "", uid, gid, AT_EMPTY_PATH) == -1)
			fatal("%s/db/%s", c->state, de->d_name);
		close(fd);
	}
	closedir(d);
}

static void
db_dir(struct custody *c, const struct privs *p)
{
	uid_t want = p->drop ? (uid_t)p->uid[ROLE_ENGINE] : geteuid();
	gid_t group = p->drop ? (gid_t)p->gid[ROLE_ENGINE] : getegid();
	struct stat st;
	int fd = sub(c, "db", 0700, &st);

	if (st.st_uid != want && geteuid() == 0 && p->drop &&
	    st.st_uid == 0) {
		if (fchown(fd, want, group) == -1)
			fatal("%s/db", c->state);
	} else if (st.st_uid != want && geteuid() != 0)
		fatalx("%s/db belongs to uid %u: chown -R it to uid %u",
		    c->state, (unsigned)st.st_uid, (unsigned)want);
	else if (st.st_uid != want && p->drop)
		fatalx("%s/db belongs to uid %u: chown -R it to uid %u (the "
		    "engine's user)", c->state, (unsigned)st.st_uid,
		    (unsigned)want);
	if ((st.st_mode & 07777) != 0700 && fchmod(fd, 0700) == -1)
		fatal("%s/db", c->state);
	if (p->drop)
		give_files(c, fd, want, group);
	close(fd);
}

struct custody *
custody_open(const struct conf *conf, const struct privs *p)
{
	struct custody *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("custody");
	lock_state(c, conf->state);
	sub_mine(c, "keys", 0700);
	sub_mine(c, "empty", 0555);
	if (!conf->postgres)
		db_dir(c, p);
	return (c);
}
