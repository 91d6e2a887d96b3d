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
 * Who: the parent. Holds: copies of every secret that it has custody of, each
 * in its own guarded pages. Callers: conf, env, custody, setup, superadmin.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/parent/secret.h"
#include "src/base/log.h"

struct secret {
	unsigned char	*p;
	size_t		 n;
};

struct secret *
secret_new(const void *src, size_t n)
{
	struct secret *s;

	if ((s = calloc(1, sizeof(*s))) == NULL ||
	    (s->p = sodium_malloc(n + 1)) == NULL)
		fatal("no guarded memory for a secret");
	if (n > 0)
		memcpy(s->p, src, n);
	s->p[n] = '\0';
	s->n = n;
	secret_close(s);
	return (s);
}

struct secret *
secret_dup(struct secret *s)
{
	struct secret *copy;
	size_t n;

	if (s == NULL)
		return (NULL);
	copy = secret_new(secret_open(s, &n), s->n);
	secret_close(s);
	return (copy);
}

void
secret_free(struct secret *s)
{
	if (s == NULL)
		return;
	sodium_free(s->p);	/* wipes */
	free(s);
}

const void *
secret_open(struct secret *s, size_t *n)
{
	if (sodium_mprotect_readonly(s->p) == -1)
		fatal("mprotect of a secret");
	if (n != NULL)
		*n = s->n;
	return (s->p);
}

void
secret_close(struct secret *s)
{
	if (sodium_mprotect_noaccess(s->p) == -1)
		fatal("mprotect of a secret");
}

int
secret_equal(struct secret *a, struct secret *b)
{
	const void *pa, *pb;
	size_t na, nb;
	int same;

	if (a == b)
		return (1);
	if (a == NULL || b == NULL)
		return (0);
	pa = secret_open(a, &na);
	pb = secret_open(b, &nb);
	same = na == nb && sodium_memcmp(pa, pb, na) == 0;
	secret_close(a);
	secret_close(b);
	return (same);
}
