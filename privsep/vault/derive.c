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
 * Who runs this: the vault. Holds: the sealing key's sub-keys, in guarded
 * memory; the key itself is forgotten once they are made.
 * Who may call it: vault.c. Each purpose has a sub-key of its own.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/vault/derive.h"

#define SUBKEY_LEN	32
#define STACK_USED	2048	/* libsodium's BLAKE2b takes far less */

struct seal {
	uint8_t	key[SEAL_KEY__MAX][SUBKEY_LEN];
	char	fingerprint[FINGERPRINT_LEN];
};

static const char *const purposes[SEAL_KEY__MAX] = {
	[SEAL_KEY_REFRESH] = "moatd sub-key: refresh tokens",
	[SEAL_KEY_SECRETS] = "moatd sub-key: secrets at rest",
	[SEAL_KEY_LINKS] = "moatd sub-key: mailed links",
};
static const char refresh_label[] = "moatd refresh";
static const char link_label[] = "moatd link";
static const char fingerprint_label[] = "moatd fingerprint";

/* BLAKE2b of the purpose, keyed with the sealing key. */
static void
subkey(uint8_t out[SUBKEY_LEN], const void *key, const char *purpose)
{
	crypto_generichash(out, SUBKEY_LEN, (const uint8_t *)purpose,
	    strlen(purpose), key, SEAL_LEN);
	sodium_stackzero(STACK_USED);
}

/* libsodium leaves the digest on the stack, in a buffer of its own. */
static void
finish(crypto_generichash_state *st, uint8_t *out, size_t len)
{
	crypto_generichash_final(st, out, len);
	sodium_memzero(st, sizeof(*st));
	sodium_stackzero(STACK_USED);
}

struct seal *
seal_new(const void *key, size_t len)
{
	uint8_t fp[SUBKEY_LEN];
	struct seal *s;
	size_t i;

	if (len != SEAL_LEN || (s = sodium_malloc(sizeof(*s))) == NULL)
		return NULL;
	for (i = 0; i < SEAL_KEY__MAX; i++)
		subkey(s->key[i], key, purposes[i]);
	subkey(fp, key, fingerprint_label);
	sodium_bin2hex(s->fingerprint, sizeof(s->fingerprint), fp,
	    (FINGERPRINT_LEN - 1) / 2);
	sodium_mprotect_readonly(s);
	return s;
}

void
seal_free(struct seal *s)
{
	sodium_free(s);
}

void
seal_refresh(const struct seal *s, uint8_t next[REFRESH_LEN],
    const uint8_t token[REFRESH_LEN])
{
	crypto_generichash_state st;

	crypto_generichash_init(&st, s->key[SEAL_KEY_REFRESH], SUBKEY_LEN,
	    REFRESH_LEN);
	crypto_generichash_update(&st, (const uint8_t *)refresh_label,
	    sizeof(refresh_label) - 1);
	crypto_generichash_update(&st, token, REFRESH_LEN);
	finish(&st, next, REFRESH_LEN);
}

int
seal_link(const struct seal *s, uint8_t token[LINK_LEN], uint8_t purpose,
    const char *id)
{
	crypto_generichash_state st;

	if (purpose == 0 || *id == '\0')
		return -1;
	crypto_generichash_init(&st, s->key[SEAL_KEY_LINKS], SUBKEY_LEN,
	    LINK_LEN);
	crypto_generichash_update(&st, (const uint8_t *)link_label,
	    sizeof(link_label) - 1);
	crypto_generichash_update(&st, &purpose, 1);
	crypto_generichash_update(&st, (const uint8_t *)id, strlen(id));
	finish(&st, token, LINK_LEN);
	return 0;
}

const uint8_t *
seal_key(const struct seal *s, enum seal_use use)
{
	return s->key[use];
}

void
seal_fingerprint(const struct seal *s, char text[FINGERPRINT_LEN])
{
	memcpy(text, s->fingerprint, FINGERPRINT_LEN);
}
