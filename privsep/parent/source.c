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
 * Who: the parent (and moatd -n). Holds: nothing. Callers: lex.c. What such a
 * file says, root does: so it must be root's or ours, and nobody else's to
 * write.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/source.h"

#define FILE_MAX	(1024 * 1024)

static const char *
refused(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return ("not a regular file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return ("owned by someone else");
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return ("writable by others: chmod go-w it");
	if (st->st_size > FILE_MAX)
		return ("larger than 1 MiB");
	return (NULL);
}

static ssize_t
read_all(int fd, char *dst, size_t cap)
{
	size_t n = 0;
	ssize_t r;

	while (n < cap) {
		if ((r = read(fd, dst + n, cap - n)) == 0)
			break;
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return (-1);
		n += (size_t)r;
	}
	return ((ssize_t)n);
}

static int
name_it(struct source_file *f, const char *path, const char *from)
{
	char dir[PATH_MAX];

	if (*path == '/' || from == NULL || strchr(from, '/') == NULL)
		return ((size_t)snprintf(f->name, sizeof(f->name), "%s",
		    path) < sizeof(f->name));
	snprintf(dir, sizeof(dir), "%s", from);
	return ((size_t)snprintf(f->name, sizeof(f->name), "%s/%s",
	    dirname(dir), path) < sizeof(f->name));
}

static const char *
read_fd(struct source_file *f, int fd)
{
	const char *no;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return (strerror(errno));
	if ((no = refused(&st)) != NULL)
		return (no);
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->len = (size_t)st.st_size;
	if ((f->data = malloc(f->len + 1)) == NULL ||
	    (n = read_all(fd, f->data, f->len)) == -1)
		return (strerror(errno));
	f->len = (size_t)n;
	return (NULL);
}

int
source_read(struct source_file *f, const char *path, const char *from,
    char *why, size_t whylen)
{
	const char *no;
	int fd;

	memset(f, 0, sizeof(*f));
	if (!name_it(f, path, from)) {
		snprintf(why, whylen, "path too long");
		return (-1);
	}
	if ((fd = open(f->name, O_RDONLY | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK)) == -1) {
		snprintf(why, whylen, "%s", strerror(errno));
		return (-1);
	}
	no = read_fd(f, fd);
	close(fd);
	if (no == NULL)
		return (0);
	snprintf(why, whylen, "%s", no);
	source_wipe(f);
	return (-1);
}

void
source_wipe(struct source_file *f)
{
	if (f->data != NULL)
		sodium_memzero(f->data, f->len);
	free(f->data);
	f->data = NULL;
}
