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
 * Client authentication by HTTP Basic (RFC 6749 section 2.3.1).
 */
#ifndef API_BASIC_H
#define API_BASIC_H

#define BASIC_ID	65		/* with NUL */
#define BASIC_SECRET	257

struct basic {
	char	 id[BASIC_ID], secret[BASIC_SECRET];
};

/* From the value of Authorization: base64, in it both form-encoded. 0; -1:
 * another scheme, or nothing that a client could have. Wipe it after use. */
int	basic_parse(struct basic *, const char *value);

#endif
