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
 * The signing keys of this vault. They come as PEM from the parent and leave
 * in no form but a signature; their public halves leave by PUBKEY_MADE.
 */
#ifndef VAULT_KEYRING_H
#define VAULT_KEYRING_H

#include <stddef.h>
#include <stdint.h>

#include "src/jose/jwk.h"
#include "src/jose/jws_sign.h"

struct vkey {
	char		 kid[JWK_KID_LEN + 1];
	enum jose_alg	 alg;
	struct jws_signer *signer;
	char		*at_header;	/* encoded, typ at+jwt */
	char		*id_header;	/* typ JWT, of ID tokens */
	uint8_t		 spki[JWK_SPKI_MAX];
	size_t		 spkilen;
};

struct keyring;

/* Before the first key: libcrypto without a file, private numbers in locked
 * memory with guard pages where the system grants it. */
void	 keyring_init(void);
struct keyring *keyring_new(void);
void	 keyring_free(struct keyring *);
/*
 * Adds a PKCS#8 PEM text, unencrypted. NULL when it was taken; else a static
 * line that says why not. The caller wipes the text.
 */
const char *keyring_add(struct keyring *, const char *kid, const void *pem,
	    size_t len);
/* Forgets a key, if it is there. */
void	 keyring_drop(struct keyring *, const char *kid);
const struct vkey *keyring_find(const struct keyring *, const char *kid);
size_t	 keyring_count(const struct keyring *);
const struct vkey *keyring_at(const struct keyring *, size_t);

#endif
