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
 * Password hashes of other systems, computed. Run by a hasher only; holds a
 * password for one call. crypt(3) by libxcrypt, PBKDF2 and scrypt by
 * libcrypto, Argon2 by libsodium (any number of lanes, one after the other).
 * Not on the arena: one such hash may be 256 MiB, once.
 */
#include "config.h"

#include <crypt.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/hasher/foreign_int.h"

#define BCRYPT_MAX	72		/* bytes that bcrypt looks at */
#define SCRYPT_MEMORY	((uint64_t)FOREIGN_KIB * 1024 + (16 << 20))

static enum foreign_err
compute_crypt(const struct foreign *f, const char *password)
{
	struct crypt_data *d;
	enum foreign_err e = FOREIGN_MISMATCH;
	const char *out;
	size_t n = strlen(f->text);

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return (FOREIGN_NOMEM);
	errno = 0;
	out = crypt_rn(password, f->text, d, (int)sizeof(*d));
	/* Only behind the salt: its last character may be written in more
	 * than one way, and comes back in the usual one. */
	if (out == NULL)
		e = errno == ENOMEM ? FOREIGN_NOMEM : FOREIGN_MISMATCH;
	else if (strlen(out) == n && sodium_memcmp(out + f->tail,
	    f->text + f->tail, n - f->tail) == 0)
		e = FOREIGN_OK;
	sodium_memzero(d, sizeof(*d));
	free(d);
	return (e);
}

/* As every bcrypt does: what stands behind 72 bytes does not count. */
static enum foreign_err
compute_bcrypt(const struct foreign *f, const char *password)
{
	char cut[BCRYPT_MAX + 1];
	enum foreign_err e;
	size_t n = strnlen(password, BCRYPT_MAX);

	memcpy(cut, password, n);
	cut[n] = '\0';
	e = compute_crypt(f, cut);
	sodium_memzero(cut, sizeof(cut));
	return (e);
}

/* Django's: bcrypt of the hexadecimal SHA-256. */
static enum foreign_err
compute_bcrypt_sha256(const struct foreign *f, const char *password)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(digest) + 1];
	enum foreign_err e;

	crypto_hash_sha256(digest, (const uint8_t *)password,
	    strlen(password));
	sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
	e = compute_crypt(f, hex);
	sodium_memzero(digest, sizeof(digest));
	sodium_memzero(hex, sizeof(hex));
	return (e);
}

static enum foreign_err
compute_argon2(const struct foreign *f, const char *password)
{
	errno = 0;
	if (crypto_pwhash_str_verify(f->text, password,
	    strlen(password)) == 0)
		return (FOREIGN_OK);
	return (errno == EINVAL ? FOREIGN_MISMATCH : FOREIGN_NOMEM);
}

static enum foreign_err
compare(const struct foreign *f, const uint8_t *out, int computed)
{
	if (!computed)
		return (FOREIGN_NOMEM);
	return (sodium_memcmp(out, f->hash, f->hashlen) == 0 ? FOREIGN_OK :
	    FOREIGN_MISMATCH);
}

static enum foreign_err
compute_pbkdf2(const struct foreign *f, const char *password)
{
	uint8_t out[FOREIGN_HASH];
	enum foreign_err e;
	EVP_MD *md;
	int ok;

	if ((md = EVP_MD_fetch(NULL, f->digest, NULL)) == NULL)
		return (FOREIGN_NOMEM);
	ok = PKCS5_PBKDF2_HMAC(password, (int)strlen(password), f->salt,
	    (int)f->saltlen, (int)f->rounds, md, (int)f->hashlen, out) == 1;
	EVP_MD_free(md);
	e = compare(f, out, ok);
	sodium_memzero(out, sizeof(out));
	return (e);
}

static enum foreign_err
compute_scrypt(const struct foreign *f, const char *password)
{
	uint8_t out[FOREIGN_HASH];
	enum foreign_err e;
	int ok;

	ok = EVP_PBE_scrypt(password, strlen(password), f->salt, f->saltlen,
	    f->n, f->r, f->p, SCRYPT_MEMORY, out, f->hashlen) == 1;
	e = compare(f, out, ok);
	sodium_memzero(out, sizeof(out));
	return (e);
}

static enum foreign_err (*const compute[])(const struct foreign *,
    const char *) = {
	[FK_CRYPT] = compute_crypt,
	[FK_BCRYPT] = compute_bcrypt,
	[FK_BCRYPT_SHA256] = compute_bcrypt_sha256,
	[FK_ARGON2] = compute_argon2,
	[FK_PBKDF2] = compute_pbkdf2,
	[FK_SCRYPT] = compute_scrypt,
};

enum foreign_err
foreign_check(const char *hash)
{
	struct foreign f;

	return (foreign_parse(hash, &f));
}

enum foreign_err
foreign_verify(const char *hash, const char *password)
{
	struct foreign f;
	enum foreign_err e;

	e = foreign_parse(hash, &f);
	if (e == FOREIGN_OK)
		e = compute[f.kind](&f, password);
	return (e);
}

/* One hash of each library, the cheapest there is. */
int
foreign_warm_up(void)
{
	static const char *const some[] = {
		"$pbkdf2$1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$pbkdf2-sha256$1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$pbkdf2-sha512$1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$scrypt$ln=1,r=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"$2b$04$......................"
		"...............................",
	};
	size_t i;

	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
	    OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ATEXIT,
	    NULL);
	for (i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		if (foreign_verify(some[i], "warm") != FOREIGN_MISMATCH)
			return (-1);
	return (0);
}
