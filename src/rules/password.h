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
 * Rules for new passwords (API.md section 3, NIST SP 800-63B-4). Pure. Needs
 * utf8proc, so only the engine pulls it in.
 */
#ifndef RULES_PASSWORD_H
#define RULES_PASSWORD_H

#include <stddef.h>

#define PASSWORD_MAX_CP		256
#define PASSWORD_MAX_BYTES	1024	/* as sent */
#define PASSWORD_NFKC_CAP	4096

/*
 * NFKC of what was sent, for every hash and every comparison. Returns its
 * length, or -1 (not UTF-8, or longer than the cap). Wipe dst after use.
 */
long	password_normalize(const char *in, char dst[PASSWORD_NFKC_CAP]);
/*
 * NULL: fine. Otherwise the reason as API.md names it: "too_short",
 * "too_long", "common", "contains_identity". nfkc is normalized text; "same"
 * is for the engine, who knows the old one.
 */
const char *password_check(const char *nfkc, unsigned min_cp,
	    const char *username, const char *email);

#endif
