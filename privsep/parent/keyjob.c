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
 * Who: the parent. Holds: an operator's passphrase and a sealed file, until a
 * one-shot vault has done the sealing. Callers: control.c, keygen.c. The file
 * is a descriptor that moatctl opened: the parent opens no path that it was
 * told.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/keyjob.h"
#include "privsep/parent/secret.h"
#include "src/base/log.h"

struct keyjob *
keyjob_new(struct moatd *m, enum vault_job job)
{
	struct keyjob *j;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		fatal("a job for a vault");
	j->m = m;
	j->job = job;
	j->fd = -1;
	return (j);
}

void
keyjob_free(struct keyjob *j)
{
	if (j->fd != -1)
		close(j->fd);
	secret_free(j->passphrase);
	buf_free(&j->bundle);
	free(j);
}

void
keyjob_forget(struct keyjob *j)
{
	if (j != NULL)
		j->done = NULL;
}

/* A device or a pipe could make the parent wait. */
static int
is_file(int fd)
{
	struct stat st;

	return (fstat(fd, &st) == 0 && S_ISREG(st.st_mode));
}

const char *
keyjob_read(int fd, struct buf *b)
{
	char part[16384];
	ssize_t n;

	if (!is_file(fd))
		return ("not a regular file");
	while ((n = read(fd, part, sizeof(part))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return ("the file cannot be read");
		if (b->len + (size_t)n > KEYS_BUNDLE)
			return ("not a file of moatctl key export");
		if (buf_add(b, part, (size_t)n) == -1)
			return ("out of memory");
	}
	return (NULL);
}

static int
file_write(int fd, const struct buf *b)
{
	size_t at = 0;
	ssize_t n;

	while (at < b->len) {
		if ((n = write(fd, b->p + at, b->len - at)) == -1 &&
		    errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		at += (size_t)n;
	}
	return (fsync(fd));
}

/* Says how it ended; j is gone after that. */
static void
finish(struct child *c, int status, void *arg)
{
	struct keyjob *j = arg;
	char text[64] = "";
	int ok = 0;

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		snprintf(j->why, sizeof(j->why), "%s", c->fail[0] != '\0' ?
		    c->fail : "the vault -g broke off; the log says why");
	else if (j->job == JOB_OPEN && j->why[0] == '\0' && j->matched != 2)
		snprintf(j->why, sizeof(j->why), "the file lacks a pepper or "
		    "a seal");
	else if (j->job == JOB_SEAL && file_write(j->fd, &j->bundle) == -1)
		snprintf(j->why, sizeof(j->why), "%s", strerror(errno));
	else if (j->why[0] == '\0')
		ok = 1;
	if (ok && j->job == JOB_OPEN)
		snprintf(text, sizeof(text), "%u keys added", j->added);
	else if (ok)
		snprintf(text, sizeof(text), "%zu keys exported",
		    j->m->custody->nkeys);
	if (j->done != NULL)
		j->done(ok, ok ? text : j->why, j->arg);
	keyjob_free(j);
}

static struct keyjob *
begin(struct keyjob *j, const char *passphrase, keyjob_done done, void *arg,
    const char **why)
{
	j->passphrase = secret_new(passphrase, strlen(passphrase));
	j->done = done;
	j->arg = arg;
	if (child_keymaker(j->m, j, finish) != NULL)
		return (j);
	*why = "a vault cannot be started";
	keyjob_free(j);
	return (NULL);
}

struct keyjob *
keyjob_export(struct moatd *m, int fd, const char *passphrase,
    keyjob_done done, void *arg, const char **why)
{
	struct keyjob *j = keyjob_new(m, JOB_SEAL);

	j->fd = fd;
	if (is_file(fd))
		return (begin(j, passphrase, done, arg, why));
	*why = "not a regular file";
	keyjob_free(j);
	return (NULL);
}

struct keyjob *
keyjob_import(struct moatd *m, int fd, const char *passphrase,
    keyjob_done done, void *arg, const char **why)
{
	struct keyjob *j = keyjob_new(m, JOB_OPEN);

	j->fd = fd;
	if ((*why = keyjob_read(fd, &j->bundle)) == NULL)
		return (begin(j, passphrase, done, arg, why));
	keyjob_free(j);
	return (NULL);
}
