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
 * Rules of the pages: pure, no I/O, no clock.
 */
#ifndef PAGES_RULES_H
#define PAGES_RULES_H

#include <stddef.h>

#include "src/base/buf.h"

#define PAGE_CSRF_LEN	43	/* base64url of SHA-256 */
#define PAGE_SRC_MAX	512
#define PAGE_LOCAL_MAX	6144

/*
 * 1: a path of this server that a redirect may lead to: "/" and printable
 * ASCII, no second slash behind the first, no backslash anywhere, at most
 * PAGE_LOCAL_MAX bytes (CWE-601).
 */
int	page_local(const char *);
/* csrf of a cookie's value: base64url(SHA-256("csrf" || value)). */
void	page_csrf(char dst[PAGE_CSRF_LEN + 1], const char *cookie);
/* 1: they are the same, in constant time. */
int	page_csrf_same(const char *sent, const char *want);
/*
 * What form-action must name so that a form may end at that URI: its origin, or
 * "scheme:" of a private one; of an IPv6 address the scheme as well. "" when it
 * could break out of the policy, or does not fit.
 */
void	page_source(char dst[PAGE_SRC_MAX], const char *uri);
/* Appends text percent-encoded for the value of a query's parameter. */
void	page_encode(struct buf *, const char *);

#endif
