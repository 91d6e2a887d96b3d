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
 * What is derived from the sealing key: refresh tokens' successors, the tokens
 * of mailed links, the key that seals secrets at rest (seal.h), and the
 * fingerprint that tells whether two nodes hold the same key.
 */
#ifndef VAULT_DERIVE_H
#define VAULT_DERIVE_H

#include <stddef.h>
#include <stdint.h>

#define SEAL_LEN	32
#define REFRESH_LEN	32
#define LINK_LEN	32
#define FINGERPRINT_LEN	33	/* 32 hexadecimal digits and NUL */

struct seal;		/* guarded memory */

/* A sub-key for each use. */
enum seal_use { SEAL_KEY_REFRESH, SEAL_KEY_SECRETS, SEAL_KEY_LINKS,
    SEAL_KEY__MAX };

/* NULL: the key does not have SEAL_LEN bytes, or memory. */
struct seal *seal_new(const void *key, size_t len);
void	seal_free(struct seal *);
/*
 * The one successor of a refresh token: the same for the same token and
 * sealing key, and nothing to guess for who lacks the key. So a client that
 * lost the answer can be given it again, while the database has digests only.
 */
void	seal_refresh(const struct seal *, uint8_t next[REFRESH_LEN],
	    const uint8_t token[REFRESH_LEN]);
/*
 * The token of a mailed link, from what it is for (LINK_*) and the id of its
 * row: the database has the token's digest only, and the mail that is sent
 * again after a crash has the same link. -1: purpose or id is none.
 */
int	seal_link(const struct seal *, uint8_t token[LINK_LEN],
	    uint8_t purpose, const char *id);
/* 32 bytes; they leave the vault in no form. */
const uint8_t *seal_key(const struct seal *, enum seal_use);
void	seal_fingerprint(const struct seal *, char text[FINGERPRINT_LEN]);

#endif
