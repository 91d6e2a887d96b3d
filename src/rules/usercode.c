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
 * Codes that a person types. Linked by worker and engine; pure.
 */
#include "config.h"

#include <string.h>

#include "src/rules/usercode.h"

/* No vowels, so that no words come about, and nothing that looks like
 * another: 20^8 codes. */
static const char alphabet[] = "BCDFGHJKLMNPQRSTVWXZ";
#define LETTERS		(sizeof(alphabet) - 1)

int
user_code_make(char out[USER_CODE_CAP], const uint8_t *rnd, size_t n)
{
	size_t i, at = 0;

	for (i = 0; i < n && at < USER_CODE_LEN; i++)
		/* bytes above the last multiple would favour some letters */
		if (rnd[i] < 256 / LETTERS * LETTERS)
			out[at++] = alphabet[rnd[i] % LETTERS];
	out[at] = '\0';
	return (at == USER_CODE_LEN ? 0 : -1);
}

int
user_code_take(char out[USER_CODE_CAP], const char *s)
{
	size_t at = 0;
	char c;

	for (; *s != '\0'; s++) {
		if (*s == '-' || *s == ' ')
			continue;
		c = (char)(*s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s);
		if (at == USER_CODE_LEN || strchr(alphabet, c) == NULL)
			return (-1);
		out[at++] = c;
	}
	out[at] = '\0';
	return (at == USER_CODE_LEN ? 0 : -1);
}

void
user_code_show(char out[USER_CODE_SHOWN], const char *code)
{
	memcpy(out, code, USER_CODE_LEN / 2);
	out[USER_CODE_LEN / 2] = '-';
	memcpy(out + USER_CODE_LEN / 2 + 1, code + USER_CODE_LEN / 2,
	    USER_CODE_LEN / 2 + 1);
}
