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
 * What the fields of a head mean for its framing (RFC 9112 sections 3.2, 6
 * and 9). Part of the parser, pure as it is.
 */
#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include "src/http/parse.h"

/* Notes field i as it was read; refuses a second one of those that are one. */
enum parse_err fields_note(const uint8_t *head, struct parse_head *,
	    const struct parse_field *, uint16_t i);
/* All fields are read: Host, length against coding, HTTP/1.0. */
enum parse_err fields_check(const uint8_t *head, struct parse_head *,
	    const struct parse_field *);
/* host [":" port], as in Host and in an absolute target. */
int	fields_host(const char *, size_t);

/* Content types: the type alone, or with charset=utf-8. */
int	fields_type_is(const char *value, const char *type);
/* X-Request-Id: [A-Za-z0-9._-]{1,64}. */
int	fields_id(const char *, size_t);

#endif
