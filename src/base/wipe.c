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
 * Memory that is wiped when it is given back. Linked by whoever hands secrets
 * to a library that allocates: jansson (worker, engine), libcurl (mailer).
 */
#include "config.h"

#include <sys/types.h>

#ifdef HAVE_MALLOC_USABLE_SIZE
#include <malloc.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "src/base/wipe.h"

void
wipe_free(void *p)
{
	if (p == NULL)
		return;
#ifdef HAVE_MALLOC_USABLE_SIZE
	explicit_bzero(p, malloc_usable_size(p));
#endif
	free(p);
}

/* realloc(3) would leave a copy behind where it moves the piece. */
void *
wipe_realloc(void *p, size_t n)
{
#ifdef HAVE_MALLOC_USABLE_SIZE
	size_t had;
	void *q;

	if (p == NULL)
		return (malloc(n));
	had = malloc_usable_size(p);
	if ((q = malloc(n)) == NULL)
		return (NULL);
	memcpy(q, p, had < n ? had : n);
	wipe_free(p);
	return (q);
#else
	return (realloc(p, n));
#endif
}
