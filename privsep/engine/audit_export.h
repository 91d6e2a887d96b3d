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
 * An export of the audit chain: NDJSON, oldest first, page by page, so that
 * neither memory nor other traffic feels its length.
 */
#ifndef ENGINE_AUDIT_EXPORT_H
#define ENGINE_AUDIT_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/store/store.h"
#include "src/base/buf.h"

struct engine;

struct export_to {
	/* Some bytes of it, in ASCII. */
	void	(*text)(const char *, size_t, void *arg);
	/* What was given and has not left yet; -1: nobody reads it. */
	long	(*pending)(void *arg);
	/* The end, once: 0, or what went wrong. */
	void	(*done)(int code, const char *why, void *arg);
	void	*arg;
};

/*
 * What is committed is sealed first. from and to are µs since 1970, to is
 * exclusive, 0: none. The piece is one without gaps and ends with a signed
 * head. Calls back later.
 */
void	audit_export(struct engine *, const char *tenant, int64_t from,
	    int64_t to, const struct export_to *);

/*
 * The same, piece by piece, for who asks for each: begun is told which entries
 * it is about, those behind after up to upto (none: equal), when they are
 * sealed and the last has its signed head; or why not (else NULL).
 */
typedef void (*export_begun)(int64_t after, int64_t upto, const char *why,
	    void *arg);
void	audit_export_begin(struct engine *, const char *tenant, int64_t from,
	    int64_t to, export_begun, void *arg);

/*
 * Appends the lines of a page to out, not many more than enough bytes. Columns
 * as in audit_page.sql, from statements entries and heads. Returns the last
 * entry that is in it, upto when that is all; -1: no memory.
 */
int64_t	audit_lines(struct buf *out, const struct store_result *, int entries,
	    int heads, size_t enough, int64_t upto);

#endif
