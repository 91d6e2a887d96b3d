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
 * Cookie and Origin of a request; browser.h. Run by workers.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "src/api/api.h"
#include "src/api/browser.h"
#include "src/http/cookie.h"
#include "src/rules/tenant.h"

#define NAME_CAP	128

void
browser_cookie(const struct http_req *req, char dst[CAP_COOKIE + 1])
{
	const char *tenant = http_req_tenant(req);
	int other = !tenant_is_default(tenant);
	char name[NAME_CAP];

	(void)snprintf(name, sizeof(name), "%smoatd_session%s%s",
	    strncmp(api.issuer, "https://", 8) == 0 ? "__Host-" : "",
	    other ? "_" : "", other ? tenant : "");
	(void)cookie_get(http_req_header(req, "cookie"), name, dst,
	    CAP_COOKIE + 1);
}

/* Length of scheme and authority of the issuer, without a port that browsers
 * leave out. */
static size_t
origin_len(void)
{
	const char *s = strstr(api.issuer, "://");
	size_t n;

	if (s == NULL)
		return (0);
	n = (size_t)(s + 3 - api.issuer) + strcspn(s + 3, "/");
	if (strncasecmp(api.issuer, "https:", 6) == 0 &&
	    strncmp(api.issuer + n - 4, ":443", 4) == 0)
		n -= 4;
	else if (strncasecmp(api.issuer, "http:", 5) == 0 &&
	    strncmp(api.issuer + n - 3, ":80", 3) == 0)
		n -= 3;
	return (n);
}

int
browser_origin_ok(const struct http_req *req)
{
	const char *origin = http_req_header(req, "origin");
	size_t n = origin_len();

	return (origin == NULL || (strlen(origin) == n &&
	    strncasecmp(origin, api.issuer, n) == 0));
}
