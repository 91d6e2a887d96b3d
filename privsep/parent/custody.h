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
 * Custody: the parent's care for the state directory and for every secret at
 * rest. It opens, checks and hands out; it never uses a secret itself.
 */
#ifndef PARENT_CUSTODY_H
#define PARENT_CUSTODY_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/parent/conf.h"
#include "privsep/parent/privs.h"

#define CUSTODY_KEYS	32	/* signing keys at a time */

struct secret;

struct custody_key {
	char		 kid[65];
	struct secret	*pem;
};

struct custody {
	int		 lock;		/* the state directory, locked */
	char		 state[4096];	/* absolute */
	struct secret	*pepper, *seal;
	struct custody_key key[CUSTODY_KEYS];
	size_t		 nkeys;
};

/*
 * Makes and checks state/, keys/, db/, empty/; one moatd for each state
 * directory. fatalx() with a line that says what to do.
 */
struct custody *custody_open(const struct conf *, const struct privs *);
void	custody_free(struct custody *);
/* Reads keys/. 0: all there; 1: something is missing and may be made. */
int	custody_load(struct custody *);
/* What a one-shot vault made; an existing file is left alone. */
void	custody_store_key(struct custody *, const char *kid, const void *pem,
	    size_t n);
/*
 * While moatd runs: a key more, on disk before it is in memory; 0, also when it
 * was there; -1: no room, or the disk said no, and it was logged.
 */
int	custody_add_key(struct custody *, const char *kid, const void *pem,
	    size_t n);
/* Removes a key, file and memory; -1: not there, or the last one. */
int	custody_drop_key(struct custody *, const char *kid);
struct custody_key *custody_key(struct custody *, const char *kid);
/* 1: the same; 0: another one; -1: there is none. name: pepper or seal. */
int	custody_same(struct custody *, const char *name, const void *,
	    size_t n);
void	custody_store_secret(struct custody *, const char *name,
	    const void *, size_t n);
/*
 * One secret in a file of its own (a credential mounted by an orchestrator
 * may be readable by others: a warning; never writable by them). A last line
 * end is cut off. NULL: why says what is wrong.
 */
struct secret *custody_read_file(const char *path, size_t max, char *why,
	    size_t whylen);
/*
 * A text that is no secret, of at most max bytes, from the heap. NULL: why,
 * which is "" when there is no such file.
 */
char	*custody_read_text(const char *path, size_t max, char *why,
	    size_t whylen);

#endif
