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
 * See known.h.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "src/api/known.h"
#include "src/base/clock.h"

#define SLOTS		256		/* a power of two */
#define STALE_US	INT64_C(2000000)	/* of the engine's heartbeat */
#define ALONE_US	INT64_C(3000000)
#define CAP_KNOWN	512

struct slot {
	uint8_t		 key[crypto_hash_sha256_BYTES];
	uint64_t	 revision;
	int64_t		 until;		/* µs, monotonic; 0: empty */
	char		 subject[CAP_ID + 1], tenant[CAP_TENANT + 1];
	char		 username[CAP_KNOWN + 1], roles[CAP_KNOWN + 1];
};

static struct slot *slots;	/* made when the first answer is kept */

static struct slot *
slot_of(const uint8_t *key)
{
	return &slots[(key[0] << 8 | key[1]) & (SLOTS - 1)];
}

/* The board tells of every revocation, at once. */
static int
is_watched(int64_t mono)
{
	return api.board != NULL && api.engine_up &&
	    shm_get(&api.board->heartbeat) > mono - STALE_US &&
	    shm_get(&api.board->alone_at) > mono - ALONE_US;
}

static void
add(crypto_hash_sha256_state *h, const char *text)
{
	crypto_hash_sha256_update(h, (const uint8_t *)text, strlen(text) + 1);
}

static void
make_key(struct api_call *c, char kind, const char *credential,
    const char *permission, const char *role)
{
	crypto_hash_sha256_state h;

	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, (const uint8_t *)&kind, 1);
	add(&h, c->ctx.tenant);
	add(&h, credential);
	add(&h, permission);
	add(&h, role);
	crypto_hash_sha256_final(&h, c->known_key);
}

int
known_find(struct api_call *c, char kind, const char *credential,
    const char *permission, const char *role, struct known *k)
{
	int64_t mono = clock_mono();
	const struct slot *s;

	c->known = is_watched(mono);
	if (!c->known)
		return 0;
	make_key(c, kind, credential, permission, role);
	/* before the question: what comes after it may not be in the answer */
	c->revision = shm_get(&api.board->revision);
	if (slots == NULL)
		return 0;
	s = slot_of(c->known_key);
	if (s->until <= mono || s->revision != c->revision ||
	    memcmp(s->key, c->known_key, sizeof(s->key)) != 0)
		return 0;
	*k = (struct known){ s->subject, s->username, s->roles, s->tenant };
	return 1;
}

static int
copy(char *dst, size_t cap, const char *src)
{
	size_t n = src != NULL ? strlen(src) : 0;

	if (n >= cap)
		return -1;
	memcpy(dst, src != NULL ? src : "", n);
	dst[n] = '\0';
	return 0;
}

void
known_keep(struct api_call *c, const struct known *k)
{
	struct slot *s;

	if (!c->known)
		return;
	if (slots == NULL && (slots = calloc(SLOTS, sizeof(*slots))) == NULL)
		return;
	s = slot_of(c->known_key);
	s->until = 0;
	if (copy(s->subject, sizeof(s->subject), k->subject) == -1 ||
	    copy(s->tenant, sizeof(s->tenant), k->tenant) == -1 ||
	    copy(s->username, sizeof(s->username), k->username) == -1 ||
	    copy(s->roles, sizeof(s->roles), k->roles) == -1)
		return;
	memcpy(s->key, c->known_key, sizeof(s->key));
	s->revision = c->revision;
	s->until = clock_mono() + KNOWN_US;
}
