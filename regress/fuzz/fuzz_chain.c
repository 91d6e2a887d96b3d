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
 * Fuzz target of audit verify: lines of any kind, behind a good beginning or
 * not. Nothing but the good file itself may be found good with a key that no
 * input can sign for.
 */
#include "config.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "src/jose/chain_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct jwks *
stranger(void)
{
	struct jwks *set = jwks_new();
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	if (set == NULL || pkey == NULL ||
	    jwks_add_pkey(set, pkey, NULL, JOSE_EDDSA) == -1)
		abort();
	EVP_PKEY_free(pkey);
	return (set);
}

static void
feed(const struct jwks *keys, const char *text, size_t n)
{
	struct chain_check *c = chain_check_new(keys);
	const struct chain_report *r = chain_check_report(c);
	const char *end = text + n, *line, *eol;

	for (line = text; line < end; line = eol + 1) {
		if ((eol = memchr(line, '\n', (size_t)(end - line))) == NULL)
			eol = end;
		(void)chain_check_line(c, line, (size_t)(eol - line));
	}
	(void)chain_check_end(c);
	if (keys != NULL && !r->broken)
		abort();
	if (r->last != 0 && (r->first < 1 || r->last - r->first + 1 !=
	    (int64_t)r->entries))
		abort();
	chain_check_free(c);
}

/* A detail of any kind has one canonical form, which stays as it is. */
static void
detail(const char *text)
{
	struct buf a = BUF_INIT, b = BUF_INIT;

	if (chain_detail(&a, text) == -1 || buf_cstr(&a) == NULL ||
	    (*text != '\0' && a.len == 0))
		abort();
	if (a.p[0] != '"' && (chain_detail(&b, (char *)a.p) == -1 ||
	    b.len != a.len || memcmp(a.p, b.p, a.len) != 0))
		abort();
	buf_free(&a);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct jwks *keys;
	char *text;

	if (keys == NULL)
		keys = stranger();
	if (size > 8192 || (text = malloc(size + 1)) == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	feed(NULL, text, size);
	feed(keys, text, size);
	detail(text);
	free(text);
	return 0;
}
