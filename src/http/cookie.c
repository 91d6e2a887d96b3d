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
 * Cookies of a request. Pure; run by workers. What is no value of ours is as
 * good as none.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "src/http/cookie.h"

static int
take(char *dst, size_t cap, const char *s, size_t n)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t i;

	if (n == 0 || n >= cap)
		return -1;
	for (i = 0; i < n; i++) {
		if (strchr(set, s[i]) == NULL)
			return -1;
	}
	if (dst[0] != '\0')		/* a second one */
		return strlen(dst) == n && memcmp(dst, s, n) == 0 ? 0 : -1;
	memcpy(dst, s, n);
	dst[n] = '\0';
	return 0;
}

int
cookie_get(const char *header, const char *name, char *dst, size_t cap)
{
	size_t n, vlen, len = strlen(name);
	const char *s = header;

	dst[0] = '\0';
	for (; s != NULL && *(s += strspn(s, "; \t")) != '\0'; s += n) {
		n = strcspn(s, ";");
		if (n <= len || memcmp(s, name, len) != 0 || s[len] != '=')
			continue;
		vlen = n - len - 1;
		while (vlen > 0 && (s[len + vlen] == ' ' ||
		    s[len + vlen] == '\t'))
			vlen--;
		if (take(dst, cap, s + len + 1, vlen) == -1) {
			memset(dst, 0, cap);
			return -1;
		}
	}
	return dst[0] != '\0' ? 0 : -1;
}

void
cookie_name(char dst[COOKIE_NAME_CAP], const char *base, const char *issuer,
    const char *tenant)
{
	int other = strcmp(tenant, "default") != 0;

	(void)snprintf(dst, COOKIE_NAME_CAP, "%s%s%s%s",
	    strncmp(issuer, "https://", 8) == 0 ? "__Host-" : "", base,
	    other ? "_" : "", other ? tenant : "");
}
