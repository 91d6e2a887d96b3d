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
 * Rules of the pages. Pure; run by workers, tested alone.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "src/base/b64.h"
#include "src/pages/rules.h"

int
page_local(const char *s)
{
	size_t i;

	if (s[0] != '/' || s[1] == '/')
		return 0;
	for (i = 0; s[i] != '\0'; i++) {
		if (s[i] <= ' ' || s[i] > '~' || s[i] == '\\' ||
		    i >= PAGE_LOCAL_MAX)
			return 0;
	}
	return 1;
}

void
page_csrf(char dst[PAGE_CSRF_LEN + 1], const char *cookie)
{
	crypto_hash_sha256_state st;
	uint8_t sum[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_init(&st);
	crypto_hash_sha256_update(&st, (const uint8_t *)"csrf", 4);
	crypto_hash_sha256_update(&st, (const uint8_t *)cookie,
	    strlen(cookie));
	crypto_hash_sha256_final(&st, sum);
	b64_encode(dst, sum, sizeof(sum));
	sodium_memzero(&st, sizeof(st));
}

int
page_csrf_same(const char *sent, const char *want)
{
	return strlen(sent) == PAGE_CSRF_LEN &&
	    strlen(want) == PAGE_CSRF_LEN &&
	    sodium_memcmp(sent, want, PAGE_CSRF_LEN) == 0;
}

void
page_source(char dst[PAGE_SRC_MAX], const char *uri)
{
	size_t n = strcspn(uri, ":"), i;

	dst[0] = '\0';
	if (uri[n] != ':')
		return;
	n++;
	if (strncasecmp(uri, "https://", 8) == 0 ||
	    strncasecmp(uri, "http://", 7) == 0)
		n += 2 + strcspn(uri + n + 2, "/?#");
	if (n + sizeof(" https:") > PAGE_SRC_MAX)
		return;
	for (i = 0; i < n; i++) {
		if (uri[i] <= ' ' || uri[i] > '~' ||
		    strchr(";,'\"*@\\", uri[i]) != NULL)
			return;
	}
	memcpy(dst, uri, n);
	dst[n] = '\0';
	/* no policy can name an IPv6 address (CSP 3 section 2.3.1): browsers
	 * would stop the way back to an application on [::1] */
	if (strstr(dst, "://[") != NULL)
		snprintf(dst + n, PAGE_SRC_MAX - n, " %s:",
		    strncasecmp(dst, "https", 5) == 0 ? "https" : "http");
}

void
page_encode(struct buf *b, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char c;

	for (; (c = (unsigned char)*s) != '\0'; s++) {
		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || strchr("-._~/", c) != NULL)
			buf_addc(b, (char)c);
		else {
			buf_addc(b, '%');
			buf_addc(b, hex[c >> 4]);
			buf_addc(b, hex[c & 15]);
		}
	}
}
