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
 * The chunked coding (RFC 9112 section 7.1), byte by byte and pure. Chunk
 * extensions and trailer fields are checked, counted and dropped.
 */
#ifndef HTTP_CHUNK_H
#define HTTP_CHUNK_H

#include "src/http/parse.h"

#define CHUNK_EXT_MAX	4096	/* bytes of extensions in one body */

struct chunk {
	uint32_t	 left;		/* of the chunk's size or data */
	uint32_t	 total;		/* data so far */
	uint16_t	 ext;		/* bytes of extensions so far */
	uint16_t	 trailer;	/* bytes of trailer fields so far */
	uint8_t		 state;
	uint8_t		 digits;
};

/* Zeroed memory is a fresh decoder. */
/*
 * Takes n bytes at in and writes data to out (which may be in itself: it
 * never overtakes). PARSE_OK: the body ended after *used bytes; PARSE_MORE:
 * all n were used; PARSE_BAD 400; PARSE_LARGE 413; PARSE_LONG 431 (trailers).
 */
enum parse_err chunk_feed(struct chunk *, const uint8_t *in, size_t n,
	    size_t *used, uint8_t *out, size_t *outlen);

#endif
