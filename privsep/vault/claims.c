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
 * What the vault's tokens are made of. Run by the vault, for each of them.
 * Holds: nothing. Texts of a message are checked, or escaped; no message brings
 * bytes that are signed as they are.
 */
#include "config.h"

#include <string.h>

#include "privsep/vault/claims.h"

/* Visible ASCII without quote and backslash (RFC 6749 3.3), one word. */
int
claims_is_word(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\')
			return 0;
	return n > 0;
}

/* Words with one space between; none is fine. */
int
claims_is_list(const char *s)
{
	size_t n;

	if (*s == '\0')
		return 1;
	for (;;) {
		n = strcspn(s, " ");
		if (!claims_is_word(s, n))
			return 0;
		if (s[n] == '\0')
			return 1;
		s += n + 1;
	}
}

int
claims_is_optional(const char *s)
{
	return *s == '\0' || claims_is_word(s, strlen(s));
}

/* A label of API.md: [a-z0-9][a-z0-9-]{0,62}; no '/' can enter an issuer. */
int
claims_is_tenant(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= 63 && s[n] == '\0' && s[0] != '-';
}

void
claims_text(struct buf *b, const char *before, const char *value)
{
	buf_adds(b, before);
	buf_add_json(b, value);
}

void
claims_optional(struct buf *b, const char *before, const char *value)
{
	if (*value != '\0')
		claims_text(b, before, value);
}

void
claims_count(struct buf *b, const char *before, int64_t value)
{
	buf_adds(b, before);
	buf_addu(b, (uint64_t)value);
}

void
claims_list(struct buf *b, const char *before, const char *words)
{
	size_t n;

	buf_adds(b, before);
	for (; *words != '\0'; words += n) {
		if (*words == ' ') {
			words++;
			buf_addc(b, ',');
		}
		n = strcspn(words, " ");
		buf_add_json_n(b, words, n);
	}
	buf_addc(b, ']');
}

/* The value of iss, and of aud, in quotes. */
void
claims_issuer(struct buf *b, const char *before, const char *issuer,
    const char *tenant)
{
	claims_text(b, before, issuer);
	if (b->err || strcmp(tenant, "default") == 0)
		return;
	b->len--;	/* the closing quote; a tenant needs no escape */
	buf_adds(b, "/t/");
	buf_adds(b, tenant);
	buf_addc(b, '"');
}

void
claims_flag(struct buf *b, const char *before, int on)
{
	buf_adds(b, before);
	buf_adds(b, on ? "true" : "false");
}
