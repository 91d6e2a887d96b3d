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
 * Who runs this: the vault. Holds: nothing; the sub-key is derive.c's.
 * Who may call it: enrol.c. The text names its form ("s1."), so that a later
 * one can be told apart in the database.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/vault/seal.h"
#include "src/base/b64.h"
#include "src/base/rnd.h"

#define NONCE_LEN	crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_LEN		crypto_aead_xchacha20poly1305_ietf_ABYTES
#define AD_MAX		256

static const char form[] = "s1.";

/*
 * What is authenticated besides: form, purpose and user, with a NUL after
 * each, which none of them contains. 0: too long, or no user.
 */
static size_t
associated(uint8_t ad[AD_MAX], const char *purpose, const char *user)
{
	const char *part[3] = { form, purpose, user };
	size_t i, n, len = 0;

	for (i = 0; i < 3; i++) {
		n = strlen(part[i]) + 1;
		if (n == 1 || n > AD_MAX - len)
			return 0;
		memcpy(ad + len, part[i], n);
		len += n;
	}
	return len;
}

int
seal_close(const struct seal *s, const char *purpose, const char *user,
    const uint8_t *secret, size_t n, char *text)
{
	uint8_t ad[AD_MAX], box[NONCE_LEN + SEAL_MAX + TAG_LEN];
	size_t adlen = associated(ad, purpose, user);

	if (adlen == 0 || n > SEAL_MAX)
		return -1;
	rnd_bytes(box, NONCE_LEN);
	crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE_LEN, NULL,
	    secret, n, ad, adlen, NULL, box, seal_key(s, SEAL_KEY_SECRETS));
	memcpy(text, form, sizeof(form) - 1);
	b64_encode(text + sizeof(form) - 1, box, NONCE_LEN + n + TAG_LEN);
	return 0;
}

int
seal_open(const struct seal *s, const char *purpose, const char *user,
    const char *text, uint8_t *secret, size_t n)
{
	uint8_t ad[AD_MAX], box[NONCE_LEN + SEAL_MAX + TAG_LEN];
	uint8_t plain[SEAL_MAX];
	size_t adlen = associated(ad, purpose, user);
	long len;
	int rv = -1;

	if (adlen == 0 || n > SEAL_MAX ||
	    strncmp(text, form, sizeof(form) - 1) != 0)
		return -1;
	text += sizeof(form) - 1;
	len = b64_decode(box, sizeof(box), text, strlen(text));
	if (len == (long)(NONCE_LEN + n + TAG_LEN) &&
	    crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL,
	    box + NONCE_LEN, n + TAG_LEN, ad, adlen, box,
	    seal_key(s, SEAL_KEY_SECRETS)) == 0) {
		memcpy(secret, plain, n);
		rv = 0;
	}
	sodium_memzero(plain, sizeof(plain));
	return rv;
}
