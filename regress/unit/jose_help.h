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


/* What the tests of jose and vault share: keys, and tokens of any header. */
#ifndef UNIT_JOSE_HELP_H
#define UNIT_JOSE_HELP_H

#include <check.h>

#include "src/jose/jws.h"
#include "src/jose/jws_sign.h"

struct test_key {
	EVP_PKEY	*pkey;
	enum jose_alg	 alg;
	char		 kid[JWK_KID_LEN + 1];
	struct jws_signer *signer;
};

/* One of each algorithm, made once; all of them are in the set. */
extern struct test_key test_keys[3];
extern struct jwks *test_set;
#define KEY_EC		(&test_keys[0])
#define KEY_ED		(&test_keys[1])
#define KEY_RSA		(&test_keys[2])

/* A test case that has the keys. */
TCase	*test_key_cases(const char *name);
/* Parts of test_jws, in files of their own. */
TCase	*test_sig_cases(void);
TCase	*test_jwk_cases(void);
TCase	*test_any_cases(void);
/* header and payload as they are, signed with the key; free(3) it. */
char	*test_sign(struct test_key *, const char *header,
	    const char *payload);
/* The usual header of that typ. */
char	*test_token(struct test_key *, const char *typ, const char *payload);
/* Encodes three parts; sig may be NULL (an empty one). free(3) it. */
char	*test_join(const char *header, const char *payload,
	    const uint8_t *sig, size_t siglen);

#endif
