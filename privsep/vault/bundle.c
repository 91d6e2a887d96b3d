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
 * Who runs this: vault -g. Holds: nothing. Who may call it: generate.c.
 * A bundle: magic, cost (two numbers), salt, nonce, box. All before the box
 * is authenticated with it. The cost is read from the file, so that it can
 * grow, but a file cannot make us use more memory than we would ourselves.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/vault/bundle.h"
#include "src/base/rnd.h"

#define SALT		crypto_pwhash_argon2id_SALTBYTES
#define NONCE		crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define KEY		crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define TAG		crypto_aead_xchacha20poly1305_ietf_ABYTES
#define MAGIC		16
#define COST		8		/* passes and KiB, big endian */
#define HEAD		(MAGIC + COST + SALT + NONCE)
#define PASSES		4
#define KIB		(64 * 1024)
#define ITEM_MAX	16384

static const char magic[MAGIC + 1] = "moatd keys v1\r\n\n";

static void
put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

int
bundle_put(struct buf *b, enum bundle_kind kind, const char *name,
    const void *p, size_t n)
{
	size_t len = strlen(name);
	uint8_t size[4];

	if (len > 64 || n > ITEM_MAX)
		return -1;
	put32(size, (uint32_t)n);
	if (buf_addc(b, (char)kind) == -1 || buf_addc(b, (char)len) == -1 ||
	    buf_add(b, name, len) == -1 || buf_add(b, size, 4) == -1 ||
	    buf_add(b, p, n) == -1)
		return -1;
	return 0;
}

int
bundle_next(const struct buf *b, size_t *at, struct bundle_item *it)
{
	const uint8_t *p = (const uint8_t *)b->p + *at;
	size_t left = b->len - *at, len;

	if (left == 0)
		return 0;
	if (left < 2 || p[0] < BUNDLE_PEPPER || p[0] > BUNDLE_KEY ||
	    (len = p[1]) > 64 || left - 2 < len + 4 ||
	    memchr(p + 2, '\0', len) != NULL)
		return -1;
	it->kind = (enum bundle_kind)p[0];
	memcpy(it->name, p + 2, len);
	it->name[len] = '\0';
	it->n = get32(p + 2 + len);
	it->p = p + 2 + len + 4;
	left -= 2 + len + 4;
	if (it->n > ITEM_MAX || it->n > left)
		return -1;
	*at += 2 + len + 4 + it->n;
	return 1;
}

/* The key of a passphrase. 0; -1: no memory. */
static int
derive(uint8_t key[KEY], const char *passphrase, const uint8_t *cost,
    const uint8_t *salt)
{
	return crypto_pwhash_argon2id(key, KEY, passphrase,
	    strlen(passphrase), salt, get32(cost),
	    (size_t)get32(cost + 4) * 1024, crypto_pwhash_ALG_ARGON2ID13);
}

int
bundle_seal(struct buf *out, const void *plain, size_t n,
    const char *passphrase)
{
	uint8_t head[HEAD], key[KEY];
	uint8_t *box;
	int rv = -1;

	memcpy(head, magic, MAGIC);
	put32(head + MAGIC, PASSES);
	put32(head + MAGIC + 4, KIB);
	rnd_bytes(head + MAGIC + COST, SALT + NONCE);
	if (derive(key, passphrase, head + MAGIC, head + MAGIC + COST) == -1)
		return -1;
	if (buf_add(out, head, HEAD) == 0 &&
	    buf_reserve(out, n + TAG) == 0) {
		box = (uint8_t *)out->p + out->len;
		crypto_aead_xchacha20poly1305_ietf_encrypt(box, NULL, plain,
		    n, head, HEAD, NULL, head + HEAD - NONCE, key);
		out->len += n + TAG;
		rv = 0;
	}
	sodium_memzero(key, sizeof(key));
	return rv;
}

const char *
bundle_open(struct buf *plain, const void *p, size_t n,
    const char *passphrase)
{
	const uint8_t *head = p;
	const char *why = NULL;
	uint8_t key[KEY];

	if (n < HEAD + TAG || memcmp(head, magic, MAGIC) != 0)
		return "not a file of moatctl key export";
	if (get32(head + MAGIC) < 1 || get32(head + MAGIC) > PASSES ||
	    get32(head + MAGIC + 4) < 8 || get32(head + MAGIC + 4) > KIB)
		return "sealed by a moatd that is newer than this one";
	if (buf_reserve(plain, n - HEAD - TAG) == -1 ||
	    derive(key, passphrase, head + MAGIC, head + MAGIC + COST) == -1)
		return "not enough memory to open the keys";
	if (crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)plain->p,
	    NULL, NULL, head + HEAD, n - HEAD, head, HEAD,
	    head + HEAD - NONCE, key) == -1)
		why = "the passphrase is wrong, or the file was changed";
	else
		plain->len = n - HEAD - TAG;
	sodium_memzero(key, sizeof(key));
	return why;
}
