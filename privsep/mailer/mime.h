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

/* A mail as bytes: RFC 5322, 2045, 2046, 2047. */
#ifndef MAILER_MIME_H
#define MAILER_MIME_H

#include <stdint.h>

#include "src/base/buf.h"

/* A sender: "name <address>" or "address", split. */
struct mime_from {
	char	name[512];		/* "": none */
	char	addr[256];
};

struct mime_mail {
	const struct mime_from *from;
	const char	*to;		/* an address that is good */
	const char	*subject;	/* UTF-8, one line */
	const char	*id;		/* of the outbox's row */
	int64_t		 date;		/* µs since 1970 */
	const char	*text, *html;	/* UTF-8, lines end with LF */
};

/* 1: an address that can stand between < and > without any quoting. */
int	mime_address_ok(const char *);
/* 0; -1: no address in it. */
int	mime_from_parse(struct mime_from *, const char *);
const char *mime_domain(const char *address);	/* what follows the @ */
/* The whole mail, lines end with CR LF. The buffer's err on no memory. */
void	mime_compose(struct buf *, const struct mime_mail *);

/* Parts of it. column: where in its line a header's value begins. */
void	mime_header_text(struct buf *, const char *text, size_t column);
void	mime_quoted_printable(struct buf *, const char *text);

#endif
