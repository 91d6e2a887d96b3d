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
 * Tenants' ids and issuers (API.md section 5). Pure.
 */
#ifndef RULES_TENANT_H
#define RULES_TENANT_H

#include <stddef.h>

#define TENANT_CAP	64		/* bytes of an id, NUL included */
#define TENANT_DEFAULT	"default"	/* the one at the root */
/* Room for a tenant's issuer beyond the server's. */
#define TENANT_ISSUER	(TENANT_CAP + 3)

/* [a-z0-9][a-z0-9-]{0,62}: 1 when it is. */
int	tenant_id_ok(const char *);
int	tenant_is_default(const char *);
/* ISSUER, or ISSUER/t/TENANT. 0; -1 when cap is too small. */
int	tenant_issuer(char *out, size_t cap, const char *issuer,
	    const char *tenant);

#endif
