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
 * Unicode forms. Run by the engine; pure. The fold is the one that usernames
 * are compared by: NFKC and case folding, and NFKC once more, since folding
 * can leave text that is not in the form any longer.
 */
#include "config.h"

#include <string.h>
#include <utf8proc.h>

#include "src/base/utf8.h"
#include "src/rules/norm.h"

#define NORM_CP	4096		/* code points of a decomposition */

static const utf8proc_option_t options[] = {
	[NORM_NFC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE,
	[NORM_NFKC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
	[NORM_FOLD] = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
	    UTF8PROC_CASEFOLD
};

static long
once(const char *in, enum norm form, char *dst, size_t cap)
{
	/* utf8proc writes the text where the code points were, and a NUL */
	utf8proc_int32_t cps[NORM_CP + 1];
	utf8proc_ssize_t n;
	long len = -1;

	n = utf8proc_decompose((const utf8proc_uint8_t *)in,
	    (utf8proc_ssize_t)strlen(in), cps, NORM_CP, options[form]);
	if (n >= 0 && n <= NORM_CP)
		len = (long)utf8proc_reencode(cps, n, options[form]);
	if (len >= 0 && (size_t)len < cap) {
		memcpy(dst, cps, (size_t)len);
		dst[len] = '\0';
	} else
		len = -1;
	explicit_bzero(cps, sizeof(cps));
	return (len);
}

long
norm_text(const char *in, enum norm form, char *dst, size_t cap)
{
	char folded[NORM_CP];
	long len;

	if (!utf8_valid(in, strlen(in)))
		return (-1);
	if (form != NORM_FOLD)
		return (once(in, form, dst, cap));
	len = once(in, NORM_FOLD, folded, sizeof(folded));
	if (len >= 0)
		len = once(folded, NORM_NFKC, dst, cap);
	explicit_bzero(folded, sizeof(folded));
	return (len);
}
