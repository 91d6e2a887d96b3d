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
 * Password records: pepper, hash, MAC. Run by a hasher only; holds the pepper
 * and its sub-keys in guarded memory that can be read and not written.
 */
#include "config.h"

#include <string.h>

#include "privsep/hasher/foreign.h"
#include "privsep/hasher/record.h"
#include "src/base/b64.h"

#define MAC_LEN		32
#define MAC_CHARS	B64_LEN(MAC_LEN)
#define KDF_CONTEXT	"moatdpwd"		/* eight bytes */
#define FP_TEXT		"moatd fingerprint"
#define STACK_USED	2048		/* BLAKE2b takes far less */
#define NOBODY		"00000000-0000-0000-0000-000000000000"

enum { SUBKEY_PASSWORD = 1, SUBKEY_MAC, SUBKEY_IMPORT };

struct pepper {
	uint8_t	secret[PEPPER_LEN];
	uint8_t	password[32];
	uint8_t	mac[32];
	uint8_t	import[32];	/* MACs of imported hashes */
};

_Static_assert(PEPPER_LEN == crypto_kdf_KEYBYTES, "pepper is a KDF key");
_Static_assert(ARGON_PHC_CAP + 1 + MAC_CHARS <= RECORD_CAP, "record fits");
_Static_assert(FOREIGN_CAP + 1 + MAC_CHARS <= RECORD_CAP, "record fits");

struct pepper *
pepper_new(const uint8_t secret[PEPPER_LEN])
{
	struct pepper *p;

	p = sodium_malloc(sizeof(*p));
	if (p == NULL)
		return (NULL);
	memcpy(p->secret, secret, sizeof(p->secret));
	crypto_kdf_derive_from_key(p->password, sizeof(p->password),
	    SUBKEY_PASSWORD, KDF_CONTEXT, p->secret);
	crypto_kdf_derive_from_key(p->mac, sizeof(p->mac), SUBKEY_MAC,
	    KDF_CONTEXT, p->secret);
	crypto_kdf_derive_from_key(p->import, sizeof(p->import),
	    SUBKEY_IMPORT, KDF_CONTEXT, p->secret);
	sodium_mprotect_readonly(p);
	return (p);
}

void
pepper_free(struct pepper *p)
{
	sodium_free(p);
}

void
pepper_fingerprint(const struct pepper *p, char out[PEPPER_FP_CAP])
{
	uint8_t h[32];

	crypto_generichash(h, sizeof(h), (const uint8_t *)FP_TEXT,
	    strlen(FP_TEXT), p->secret, sizeof(p->secret));
	sodium_bin2hex(out, PEPPER_FP_CAP, h, 16);
}

const char *
record_strerror(enum record_err e)
{
	static const char *const text[] = {
		[RECORD_OK] = "fine",
		[RECORD_MISMATCH] = "wrong password",
		[RECORD_FORM] = "of no kind that is known",
		[RECORD_MAC] = "another user's, another pepper's, or changed",
		[RECORD_COST] = "asks for more than 256 MiB or too much time",
		[RECORD_NOMEM] = "out of memory",
	};

	return (text[e]);
}

static enum record_err
from_argon(enum argon_err e)
{
	static const enum record_err map[] = {
		[ARGON_OK] = RECORD_OK,
		[ARGON_MISMATCH] = RECORD_MISMATCH,
		[ARGON_FORM] = RECORD_FORM,
		[ARGON_COST] = RECORD_COST,
		[ARGON_NOMEM] = RECORD_NOMEM,
	};

	return (map[e]);
}

/* What Argon2 is given: useless to who has the database alone. */
static void
pepper_password(const struct pepper *p, const char *password,
    uint8_t out[32])
{
	crypto_generichash(out, 32, (const uint8_t *)password,
	    strlen(password), p->password, sizeof(p->password));
	/* libsodium leaves the digest on the stack */
	sodium_stackzero(STACK_USED);
}

static enum record_err
from_foreign(enum foreign_err e)
{
	static const enum record_err map[] = {
		[FOREIGN_OK] = RECORD_OK,
		[FOREIGN_MISMATCH] = RECORD_MISMATCH,
		[FOREIGN_FORM] = RECORD_FORM,
		[FOREIGN_COST] = RECORD_COST,
		[FOREIGN_NOMEM] = RECORD_NOMEM,
	};

	return (map[e]);
}

static void
mac_make(const uint8_t key[32], const char *user_id, const char *phc,
    size_t phclen, uint8_t mac[MAC_LEN])
{
	crypto_generichash_state st;

	crypto_generichash_init(&st, key, 32, MAC_LEN);
	/* The NUL goes in: it is where the id ends. */
	crypto_generichash_update(&st, (const uint8_t *)user_id,
	    strlen(user_id) + 1);
	crypto_generichash_update(&st, (const uint8_t *)phc, phclen);
	crypto_generichash_final(&st, mac, MAC_LEN);
	sodium_memzero(&st, sizeof(st));
}

/* Splits and checks; on RECORD_OK text is what may be computed. */
static enum record_err
record_open(const struct pepper *p, const char *user_id, const char *record,
    char text[RECORD_CAP], int *imported)
{
	struct argon_cost c;
	uint8_t have[MAC_LEN], ours[MAC_LEN], theirs[MAC_LEN];
	const char *bar;
	size_t n;

	bar = strrchr(record, '|');
	if (bar == NULL || user_id[0] == '\0')
		return (RECORD_FORM);
	n = (size_t)(bar - record);
	if (n >= FOREIGN_CAP || strlen(bar + 1) != MAC_CHARS ||
	    b64_decode(have, sizeof(have), bar + 1, MAC_CHARS) != MAC_LEN)
		return (RECORD_FORM);
	mac_make(p->mac, user_id, record, n, ours);
	mac_make(p->import, user_id, record, n, theirs);
	*imported = sodium_memcmp(have, theirs, MAC_LEN) == 0;
	if (!*imported && sodium_memcmp(have, ours, MAC_LEN) != 0)
		return (RECORD_MAC);
	memcpy(text, record, n);
	text[n] = '\0';
	return (*imported ? from_foreign(foreign_check(text)) :
	    from_argon(argon_cost(text, &c)));
}

/* out holds the hash; its MAC goes behind. */
static void
record_close(const uint8_t key[32], const char *user_id, char *out)
{
	uint8_t mac[MAC_LEN];
	size_t n = strlen(out);

	mac_make(key, user_id, out, n, mac);
	out[n] = '|';
	b64_encode(out + n + 1, mac, sizeof(mac));
}

enum record_err
record_make(const struct pepper *p, const char *user_id, const char *password,
    const struct argon_cost *cost, char out[RECORD_CAP])
{
	uint8_t in[32];
	enum record_err e;

	if (user_id[0] == '\0')
		return (RECORD_FORM);
	pepper_password(p, password, in);
	e = from_argon(argon_hash(out, in, sizeof(in), cost));
	sodium_memzero(in, sizeof(in));
	if (e == RECORD_OK)
		record_close(p->mac, user_id, out);
	return (e);
}

enum record_err
record_import(const struct pepper *p, const char *user_id, const char *hash,
    char out[RECORD_CAP])
{
	enum record_err e;

	e = from_foreign(foreign_check(hash));
	if (user_id[0] == '\0')
		e = RECORD_FORM;
	if (e != RECORD_OK)
		return (e);
	memcpy(out, hash, strlen(hash) + 1);
	record_close(p->import, user_id, out);
	return (RECORD_OK);
}

void
record_dummy(const struct pepper *p, const struct argon_cost *cost,
    char out[RECORD_CAP])
{
	argon_dummy(out, cost);
	record_close(p->mac, NOBODY, out);
}

/* What was typed first, then its normal form. */
static enum record_err
foreign_match(const char *hash, const char *password, const char *raw)
{
	enum foreign_err e = FOREIGN_MISMATCH;

	if (raw[0] != '\0')
		e = foreign_verify(hash, raw);
	if (e == FOREIGN_MISMATCH)
		e = foreign_verify(hash, password);
	return (from_foreign(e));
}

enum record_err
record_verify(const struct pepper *p, const char *user_id, const char *record,
    const char *password, const char *raw, const char *dummy)
{
	char text[RECORD_CAP];
	uint8_t in[32];
	enum record_err e, computed;
	int imported = 0;

	e = record[0] == '\0' ? RECORD_MISMATCH :
	    record_open(p, user_id, record, text, &imported);
	/* Without a normal form there is nothing to upgrade it to. */
	if (imported && password[0] == '\0')
		e = RECORD_MISMATCH;
	if (e == RECORD_OK && imported)
		return (foreign_match(text, password, raw));
	if (e != RECORD_OK &&
	    record_open(p, NOBODY, dummy, text, &imported) != RECORD_OK)
		return (RECORD_NOMEM);
	pepper_password(p, password, in);
	computed = from_argon(argon_verify(text, in, sizeof(in)));
	sodium_memzero(in, sizeof(in));
	if (e == RECORD_OK || computed == RECORD_NOMEM)
		return (computed);
	return (e);
}

int
record_imported(const struct pepper *p, const char *user_id,
    const char *record)
{
	char text[RECORD_CAP];
	int imported = 0;

	return (record_open(p, user_id, record, text, &imported) ==
	    RECORD_OK && imported);
}

int
record_stale(const char *record, const struct argon_cost *want)
{
	struct argon_cost c;
	char phc[ARGON_PHC_CAP];
	const char *bar;
	size_t n;

	bar = strrchr(record, '|');
	n = bar != NULL ? (size_t)(bar - record) : 0;
	if (n == 0 || n >= sizeof(phc))
		return (1);
	memcpy(phc, record, n);
	phc[n] = '\0';
	return (argon_cost(phc, &c) != ARGON_OK || c.kib != want->kib ||
	    c.passes != want->passes);
}
