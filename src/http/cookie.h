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
 * Cookies of a request (RFC 6265 section 5.4). Pure.
 */
#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

#include <stddef.h>

#define COOKIE_NAME_CAP	128

/*
 * What a cookie of ours is called (API.md section 9): __Host- where the issuer
 * is https, and the tenant behind it where that is not the default one.
 */
void	cookie_name(char dst[COOKIE_NAME_CAP], const char *base,
	    const char *issuer, const char *tenant);
/*
 * Copies the value of one of our cookies: characters of base64url, at least
 * one, fewer than cap. 0; -1 and "": it is not there, is something else, or
 * stands twice with two values, of which one must be another's. header NULL:
 * none was sent.
 */
int	cookie_get(const char *header, const char *name, char *dst,
	    size_t cap);

#endif
