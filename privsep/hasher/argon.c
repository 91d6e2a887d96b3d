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
 * Argon2id. Run by a hasher only; input is what the pepper made of a password,
 * never the password itself. A record's cost is read and bounded before it is
 * computed: it comes from the database.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "privsep/hasher/arena.h"
#include "privsep/hasher/argon.h"

#define PHC_PREFIX	"$argon2id$v=19$m="
#define SALT		16
#define HASH		32
#define B64		sodium_base64_VARIANT_ORIGINAL_NO_PADDING

int
argon_cost_ok(const struct argon_cost *c)
{
	return (c->kib >= 8 && c->kib <= ARGON_MAX_KIB && c->passes >= 1 &&
	    (uint64_t)c->kib * c->passes <= ARGON_MAX_WORK);
}

enum argon_err
argon_hash(char out[ARGON_PHC_CAP], const uint8_t *in, size_t len,
    const struct argon_cost *c)
{
	int r;

	if (!argon_cost_ok(c))
		return (ARGON_COST);
	arena_begin();
	r = crypto_pwhash_str_alg(out, (const char *)in, len, c->passes,
	    (size_t)c->kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
	arena_end();
	return (r == 0 ? ARGON_OK : ARGON_NOMEM);
}

enum argon_err
argon_verify(const char *phc, const uint8_t *in, size_t len)
{
	struct argon_cost c;
	enum argon_err e;
	int r;

	e = argon_cost(phc, &c);
	if (e != ARGON_OK)
		return (e);
	errno = 0;
	arena_begin();
	r = crypto_pwhash_str_verify(phc, (const char *)in, len);
	arena_end();
	if (r == 0)
		return (ARGON_OK);
	/* EINVAL is libsodium's mismatch; anything else did not compute. */
	return (errno == EINVAL ? ARGON_MISMATCH : ARGON_NOMEM);
}

/* A canonical decimal number of at most ten digits; NULL when there is none. */
static const char *
number(const char *s, uint32_t *out)
{
	uint64_t n = 0;
	size_t i;

	if (s[0] == '0')
		return (NULL);
	for (i = 0; i < 10 && s[i] >= '0' && s[i] <= '9'; i++)
		n = n * 10 + (uint64_t)(s[i] - '0');
	if (i == 0 || n > UINT32_MAX)
		return (NULL);
	*out = (uint32_t)n;
	return (s + i);
}

static const char *
literal(const char *s, const char *want)
{
	size_t n = strlen(want);

	return (s != NULL && strncmp(s, want, n) == 0 ? s + n : NULL);
}

/* One base64 part of exactly n bytes. */
static const char *
part(const char *s, size_t n)
{
	uint8_t bin[HASH];
	const char *end;
	size_t len;

	if (s == NULL)
		return (NULL);
	end = strchr(s, '$');
	len = end != NULL ? (size_t)(end - s) : strlen(s);
	if (sodium_base642bin(bin, sizeof(bin), s, len, NULL, &len, NULL,
	    B64) != 0 || len != n)
		return (NULL);
	return (end != NULL ? end : s + strlen(s));
}

enum argon_err
argon_cost(const char *phc, struct argon_cost *c)
{
	const char *s;

	s = literal(phc, PHC_PREFIX);
	if (s != NULL)
		s = number(s, &c->kib);
	s = literal(s, ",t=");
	if (s != NULL)
		s = number(s, &c->passes);
	s = literal(s, ",p=1$");
	s = part(s, SALT);
	s = literal(s, "$");
	s = part(s, HASH);
	if (s == NULL || *s != '\0')
		return (ARGON_FORM);
	return (argon_cost_ok(c) ? ARGON_OK : ARGON_COST);
}

void
argon_dummy(char out[ARGON_PHC_CAP], const struct argon_cost *c)
{
	uint8_t rnd[SALT + HASH];
	char salt[32], hash[48];

	randombytes_buf(rnd, sizeof(rnd));
	sodium_bin2base64(salt, sizeof(salt), rnd, SALT, B64);
	sodium_bin2base64(hash, sizeof(hash), rnd + SALT, HASH, B64);
	snprintf(out, ARGON_PHC_CAP, PHC_PREFIX "%u,t=%u,p=1$%s$%s", c->kib,
	    c->passes, salt, hash);
}
