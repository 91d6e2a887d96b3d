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
 * Who: the parent. Holds: the pepper, the sealing key and the signing keys,
 * each in guarded memory, as long as moatd runs, since a restarted child gets
 * its own again. Callers: moatd.c and keygen.c at start, setup.c hands out.
 */
#include "config.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/custody.h"
#include "privsep/parent/secret.h"
#include "src/base/log.h"
#include "src/base/rnd.h"

#define PEM_MAX		16384
#define RANDOM_LEN	32	/* of pepper and seal */

/* Reads a whole file of at most max bytes; -1: why is filled in. */
static ssize_t
slurp(int fd, char *dst, size_t max, char *why, size_t whylen)
{
	size_t n = 0;
	ssize_t r;

	while ((r = read(fd, dst + n, max + 1 - n)) != 0) {
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1) {
			snprintf(why, whylen, "%s", strerror(errno));
			return (-1);
		}
		if ((n += (size_t)r) > max) {
			snprintf(why, whylen, "longer than %zu bytes", max);
			return (-1);
		}
	}
	return ((ssize_t)n);
}

/* A key file: ours, regular, and for nobody else's eyes. */
static int
key_checks(int fd, char *why, size_t whylen)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		snprintf(why, whylen, "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		snprintf(why, whylen, "not a regular file");
	else if (st.st_uid != geteuid())
		snprintf(why, whylen, "belongs to uid %u: chown it to uid %u",
		    (unsigned)st.st_uid, (unsigned)geteuid());
	else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		snprintf(why, whylen, "open to others (mode %04o): chmod 0400 "
		    "it, and change the key if someone may have read it",
		    (unsigned)(st.st_mode & 07777));
	else
		return (0);
	return (-1);
}

/* NULL when there is no such file; does not return when it is a bad one. */
static struct secret *
key_read(const struct custody *c, int dir, const char *name, size_t max)
{
	char why[192], data[PEM_MAX + 1];
	struct secret *s;
	ssize_t n = -1;
	int fd;

	if ((fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK)) == -1) {
		if (errno == ENOENT)
			return (NULL);
		fatal("%s/keys/%s", c->state, name);
	}
	if (key_checks(fd, why, sizeof(why)) == 0)
		n = slurp(fd, data, max, why, sizeof(why));
	close(fd);
	if (n == -1)
		fatalx("%s/keys/%s: %s", c->state, name, why);
	s = secret_new(data, (size_t)n);
	sodium_memzero(data, sizeof(data));
	return (s);
}

static struct secret *
random_read(const struct custody *c, int dir, const char *name)
{
	struct secret *s = key_read(c, dir, name, RANDOM_LEN);
	size_t n;

	if (s == NULL)
		return (NULL);
	secret_open(s, &n);
	secret_close(s);
	if (n != RANDOM_LEN)
		fatalx("%s/keys/%s: has %zu bytes, not %d; restore it from a "
		    "backup", c->state, name, n, RANDOM_LEN);
	return (s);
}

/* The alphabet of base64url: nothing that a path could be made of. */
static int
kid_ok(const char *kid, size_t n)
{
	return (n > 0 && n <= 64 && strspn(kid, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") >= n);
}

static int
keys_dir(const struct custody *c)
{
	int fd;

	if ((fd = openat(c->lock, "keys", O_RDONLY | O_DIRECTORY |
	    O_NOFOLLOW | O_CLOEXEC)) == -1)
		fatal("%s/keys", c->state);
	return (fd);
}

static void
load_pem(struct custody *c, int dir, const char *name)
{
	size_t n = strlen(name);
	struct custody_key *k;

	if (n <= 4 || strcmp(name + n - 4, ".pem") != 0)
		return;
	if (!kid_ok(name, n - 4))
		fatalx("%s/keys/%s: a key's file is named by its kid",
		    c->state, name);
	if (c->nkeys == CUSTODY_KEYS)
		fatalx("%s/keys: more than %d keys", c->state, CUSTODY_KEYS);
	k = &c->key[c->nkeys++];
	snprintf(k->kid, sizeof(k->kid), "%.*s", (int)(n - 4), name);
	if ((k->pem = key_read(c, dir, name, PEM_MAX)) == NULL)
		fatalx("%s/keys/%s: vanished", c->state, name);
}

int
custody_load(struct custody *c)
{
	int fd = keys_dir(c);
	struct dirent *de;
	DIR *d;

	if ((d = fdopendir(dup(fd))) == NULL)
		fatal("%s/keys", c->state);
	while (c->nkeys > 0)
		secret_free(c->key[--c->nkeys].pem);
	rewinddir(d);
	while ((de = readdir(d)) != NULL) {
		if (de->d_name[0] != '.')
			load_pem(c, fd, de->d_name);
		else if (strncmp(de->d_name, ".new-", 5) == 0)
			unlinkat(fd, de->d_name, 0);	/* a start cut short */
	}
	closedir(d);
	secret_free(c->pepper);
	secret_free(c->seal);
	c->pepper = random_read(c, fd, "pepper");
	c->seal = random_read(c, fd, "seal");
	close(fd);
	return (c->pepper == NULL || c->seal == NULL || c->nkeys == 0);
}

static int
write_all(int fd, const void *p, size_t n)
{
	const char *s = p;
	ssize_t r;

	while (n > 0) {
		if ((r = write(fd, s, n)) == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return (-1);
		s += r;
		n -= (size_t)r;
	}
	return (0);
}

/* A file that is there already is left alone. */
static int
store_file(struct custody *c, const char *name, const void *p, size_t n)
{
	char temp[32] = ".new-";
	int dir = keys_dir(c), fd = -1, rv = 0;

	if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		close(dir);
		return (0);
	}
	rnd_text(temp + 5, 16);
	if ((fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0400)) == -1 || write_all(fd, p, n) == -1 ||
	    fsync(fd) == -1 || renameat(dir, temp, dir, name) == -1 ||
	    fsync(dir) == -1) {
		log_warn("%s/keys/%s", c->state, name);
		unlinkat(dir, temp, 0);
		rv = -1;
	}
	if (fd != -1)
		close(fd);
	close(dir);
	return (rv);
}

void
custody_store_secret(struct custody *c, const char *name, const void *p,
    size_t n)
{
	if (store_file(c, name, p, n) == -1)
		exit(1);
}

struct custody_key *
custody_key(struct custody *c, const char *kid)
{
	size_t i;

	for (i = 0; i < c->nkeys; i++)
		if (strcmp(c->key[i].kid, kid) == 0)
			return (&c->key[i]);
	return (NULL);
}

int
custody_add_key(struct custody *c, const char *kid, const void *pem, size_t n)
{
	struct custody_key *k;
	char name[80];

	if (custody_key(c, kid) != NULL)
		return (0);
	if (!kid_ok(kid, strlen(kid)) || n > PEM_MAX ||
	    c->nkeys == CUSTODY_KEYS) {
		log_warnx("no room for a signing key: retire old ones");
		return (-1);
	}
	snprintf(name, sizeof(name), "%s.pem", kid);
	if (store_file(c, name, pem, n) == -1)
		return (-1);
	k = &c->key[c->nkeys++];
	snprintf(k->kid, sizeof(k->kid), "%s", kid);
	k->pem = secret_new(pem, n);
	return (0);
}

int
custody_drop_key(struct custody *c, const char *kid)
{
	struct custody_key *k = custody_key(c, kid);
	char name[80];
	int dir;

	if (k == NULL || c->nkeys == 1)
		return (-1);
	snprintf(name, sizeof(name), "%s.pem", k->kid);
	dir = keys_dir(c);
	if (unlinkat(dir, name, 0) == -1 && errno != ENOENT)
		log_warn("%s/keys/%s", c->state, name);
	else if (fsync(dir) == -1)
		log_warn("%s/keys", c->state);
	close(dir);
	secret_free(k->pem);
	*k = c->key[--c->nkeys];
	return (0);
}

int
custody_same(struct custody *c, const char *name, const void *p, size_t n)
{
	struct secret *s = strcmp(name, "seal") == 0 ? c->seal : c->pepper;
	const void *own;
	size_t len;
	int rv;

	if (s == NULL)
		return (-1);
	own = secret_open(s, &len);
	rv = len == n && sodium_memcmp(own, p, n) == 0;
	secret_close(s);
	return (rv);
}

void
custody_store_key(struct custody *c, const char *kid, const void *pem,
    size_t n)
{
	char name[80];

	if (!kid_ok(kid, strlen(kid)))
		fatalx("the key maker sent a bad kid");
	if (c->nkeys > 0)
		return;		/* it was not the key that was missing */
	snprintf(name, sizeof(name), "%s.pem", kid);
	custody_store_secret(c, name, pem, n);
}

static const char *
file_refused(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return ("not a regular file");
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return ("writable by others: chmod go-w it");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return ("owned by someone else");
	return (NULL);
}

struct secret *
custody_read_file(const char *path, size_t max, char *why, size_t whylen)
{
	struct secret *s = NULL;
	struct stat st;
	const char *no;
	char data[8193];
	ssize_t n = -1;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK)) == -1 || fstat(fd, &st) == -1) {
		snprintf(why, whylen, "%s", strerror(errno));
		goto out;
	}
	if ((no = file_refused(&st)) != NULL) {
		snprintf(why, whylen, "%s", no);
		goto out;
	}
	if ((st.st_mode & (S_IRGRP | S_IROTH)) != 0)
		log_warnx("%s: readable by others (mode %04o)", path,
		    (unsigned)(st.st_mode & 07777));
	n = slurp(fd, data, max < 8192 ? max : 8192, why, whylen);
	while (n > 0 && (data[n - 1] == '\n' || data[n - 1] == '\r'))
		n--;
	if (n == 0 || (n > 0 && memchr(data, '\0', (size_t)n) != NULL))
		snprintf(why, whylen, "%s", n == 0 ? "empty" : "NUL byte");
	else if (n > 0)
		s = secret_new(data, (size_t)n);
out:
	sodium_memzero(data, sizeof(data));
	if (fd != -1)
		close(fd);
	return (s);
}

char *
custody_read_text(const char *path, size_t max, char *why, size_t whylen)
{
	struct stat st;
	const char *no;
	char *text;
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK)) == -1 || fstat(fd, &st) == -1) {
		snprintf(why, whylen, "%s", errno == ENOENT ? "" :
		    strerror(errno));
		if (fd != -1)
			close(fd);
		return (NULL);
	}
	if ((text = malloc(max + 1)) == NULL)
		fatal("memory for %s", path);
	if ((no = file_refused(&st)) != NULL) {
		snprintf(why, whylen, "%s", no);
		n = -1;
	} else
		n = slurp(fd, text, max, why, whylen);
	close(fd);
	if (n != -1 && memchr(text, '\0', (size_t)n) != NULL) {
		snprintf(why, whylen, "NUL byte");
		n = -1;
	}
	if (n == -1) {
		free(text);
		return (NULL);
	}
	text[n] = '\0';
	return (text);
}

void
custody_free(struct custody *c)
{
	if (c == NULL)
		return;
	while (c->nkeys > 0)
		secret_free(c->key[--c->nkeys].pem);
	secret_free(c->pepper);
	secret_free(c->seal);
	if (c->lock != -1)
		close(c->lock);
	free(c);
}
