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
 * The head of a request: bytes to slices (RFC 9112 sections 2 to 6). Pure:
 * no socket, no clock, no allocation. Strict: whatever two parsers could read
 * in two ways is refused, for a second reading is request smuggling.
 */
#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "src/http/http.h"

#define PARSE_HEAD_MAX	8192	/* request line, fields and the empty line */
#define PARSE_BODY_MAX	65536
/* The shortest field is "a:" CRLF; so a head never holds more than this. */
#define PARSE_FIELDS	(PARSE_HEAD_MAX / 4)

enum parse_err {
	PARSE_OK,
	PARSE_MORE,		/* not complete yet */
	PARSE_BAD,		/* 400 */
	PARSE_URI,		/* 414: the request line alone is too long */
	PARSE_LONG,		/* 431 */
	PARSE_CODING,		/* 501: unknown transfer coding */
	PARSE_LARGE		/* 413: only from the chunked decoder */
};

/* Fields that the edge itself looks at; the others are PARSE_F_OTHER. */
enum parse_name {
	PARSE_F_OTHER, PARSE_F_HOST, PARSE_F_LENGTH, PARSE_F_CODING,
	PARSE_F_CONNECTION, PARSE_F_EXPECT, PARSE_F_AUTH, PARSE_F_TYPE,
	PARSE_F_ID, PARSE_F_ORIGIN, PARSE_F_XFF, PARSE_F_FORWARDED,
	PARSE_F_COOKIE, PARSE_F__MAX
};

/* Offsets into the head. Name and value end in a NUL; name is lower case. */
struct parse_field {
	uint16_t	 name, nlen;
	uint16_t	 value, vlen;
};

#define PARSE_NO_LENGTH	UINT64_MAX

struct parse_head {
	enum http_method method;
	uint16_t	 path, path_len;	/* NUL behind it */
	uint16_t	 query, query_len;	/* query 0: none */
	uint16_t	 nfields;
	uint16_t	 first[PARSE_F__MAX];	/* index + 1 of the first, 0 */
	uint64_t	 length;	/* Content-Length or PARSE_NO_LENGTH */
	uint8_t		 minor;			/* HTTP/1.minor */
	uint8_t		 chunked;
	uint8_t		 close;			/* Connection: close */
	uint8_t		 expect;		/* PARSE_EXPECT_* */
	uint8_t		 asterisk;		/* OPTIONS * */
};
#define PARSE_EXPECT_NONE	0
#define PARSE_EXPECT_CONTINUE	1
#define PARSE_EXPECT_OTHER	2

/*
 * Looks for the end of the head in the n bytes at p. *pos is where to go on
 * (0 at first) and, on PARSE_OK, the length of the head. Also answers BAD,
 * URI or LONG as soon as no further byte can mend it.
 */
enum parse_err parse_scan(const uint8_t *p, size_t n, size_t *pos);
/*
 * Parses a whole head of n bytes, in place: names are lowered, slices get
 * their NUL. fields has room for PARSE_FIELDS.
 */
enum parse_err parse_head(uint8_t *p, size_t n, struct parse_head *,
	    struct parse_field *fields);
/* Bytes of a token (RFC 9110 section 5.6.2): 1 when all are, and n > 0. */
int	parse_token(const char *, size_t n);
/* Bytes of a field value: no control byte but HTAB. */
int	parse_value(const char *, size_t n);
/* 1 when the comma-separated list holds the word (lower case). */
int	parse_list_has(const char *list, size_t n, const char *word);
/* Equal without regard to ASCII case; word in lower case. */
int	parse_is(const char *, size_t n, const char *word);

#endif
