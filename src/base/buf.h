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
 * Growable byte buffer. Appending after an allocation failure is a no-op and
 * sets err, so that a composer checks once, at its end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t	*p;		/* owned; NULL while empty and unallocated */
	size_t	 len;		/* bytes in use */
	size_t	 cap;
	int	 err;		/* 1 after a failed allocation */
};

#define BUF_INIT { NULL, 0, 0, 0 }

void	buf_init(struct buf *);
void	buf_free(struct buf *);		/* frees; usable again afterwards */
void	buf_wipe_free(struct buf *);	/* the same for secret content */
void	buf_reset(struct buf *);	/* len = 0, keeps the memory */
int	buf_reserve(struct buf *, size_t more);	/* 0, or -1 ENOMEM */
int	buf_add(struct buf *, const void *, size_t);
int	buf_adds(struct buf *, const char *);
int	buf_addc(struct buf *, char);
int	buf_addf(struct buf *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
int	buf_addu(struct buf *, uint64_t);	/* decimal, without printf */
/* Appends "…" as a JSON string of valid UTF-8 s (RFC 8259 section 7). */
int	buf_add_json(struct buf *, const char *s);
int	buf_add_json_n(struct buf *, const char *s, size_t n);
void	buf_drain(struct buf *, size_t n);	/* drops the first n bytes */
/* NUL-terminates (not counted in len) and returns the text; NULL on err. */
char	*buf_cstr(struct buf *);

#endif
