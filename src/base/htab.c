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
 * Hash table: open addressing, linear probing, SipHash-2-4 under a random key
 * of its own, so that whoever chooses keys cannot choose collisions. Run by
 * every process; a leaf. A deleted slot keeps a mark until the next rehash:
 * that is what lets htab_each()'s callback delete.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/htab.h"
#include "src/base/rnd.h"

#define HTAB_FIRST	16

enum { SLOT_EMPTY, SLOT_DELETED, SLOT_ID, SLOT_TEXT };

struct slot {
	uint64_t hash;
	union {
		uint64_t id;
		char	*text;		/* owned copy */
	} key;
	void	*value;
	int	 state;
};

struct htab {
	struct slot	*slots;		/* cap of them, a power of two */
	size_t		 cap, count;
	size_t		 used;		/* count and deleted marks */
	uint64_t	 k0, k1;
};

struct key {
	const char	*text;		/* NULL: id */
	uint64_t	 id;
};

#define ROTL(x, b)	((x) << (b) | (x) >> (64 - (b)))

static void
sip_rounds(uint64_t v[4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[1] = ROTL(v[1], 13) ^ v[0];
		v[0] = ROTL(v[0], 32);
		v[2] += v[3];
		v[3] = ROTL(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = ROTL(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = ROTL(v[1], 17) ^ v[2];
		v[2] = ROTL(v[2], 32);
	}
}

/* Byte order does not matter: the hash never leaves the process. */
static uint64_t
siphash(const struct htab *h, const void *src, size_t n)
{
	const uint8_t *p = src;
	uint64_t v[4], m, last = (uint64_t)n << 56;
	size_t left;

	v[0] = h->k0 ^ UINT64_C(0x736f6d6570736575);
	v[1] = h->k1 ^ UINT64_C(0x646f72616e646f6d);
	v[2] = h->k0 ^ UINT64_C(0x6c7967656e657261);
	v[3] = h->k1 ^ UINT64_C(0x7465646279746573);
	for (left = n; left >= 8; left -= 8, p += 8) {
		memcpy(&m, p, 8);
		v[3] ^= m;
		sip_rounds(v, 2);
		v[0] ^= m;
	}
	while (left > 0) {
		left--;
		last |= (uint64_t)p[left] << (8 * left);
	}
	v[3] ^= last;
	sip_rounds(v, 2);
	v[0] ^= last;
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return (v[0] ^ v[1] ^ v[2] ^ v[3]);
}

static uint64_t
hash_key(const struct htab *h, const struct key *k)
{
	if (k->text != NULL)
		return (siphash(h, k->text, strlen(k->text)));
	return (siphash(h, &k->id, sizeof(k->id)));
}

static int
same(const struct slot *s, uint64_t hash, const struct key *k)
{
	if (s->hash != hash)
		return (0);
	if (k->text != NULL)
		return (s->state == SLOT_TEXT &&
		    strcmp(s->key.text, k->text) == 0);
	return (s->state == SLOT_ID && s->key.id == k->id);
}

static struct slot *
find(const struct htab *h, uint64_t hash, const struct key *k)
{
	struct slot *s;
	size_t i;

	for (i = hash & (h->cap - 1);; i = (i + 1) & (h->cap - 1)) {
		s = &h->slots[i];
		if (s->state == SLOT_EMPTY)
			return (NULL);
		if (same(s, hash, k))
			return (s);
	}
}

static struct slot *
free_slot(struct slot *slots, size_t cap, uint64_t hash)
{
	size_t i = hash & (cap - 1);

	while (slots[i].state != SLOT_EMPTY)
		i = (i + 1) & (cap - 1);
	return (&slots[i]);
}

/* New slots, sized for what is really there; the marks are gone. */
static int
rehash(struct htab *h)
{
	struct slot *fresh;
	size_t i, cap = HTAB_FIRST;

	while (cap < (h->count + 1) * 2)
		cap *= 2;
	if ((fresh = calloc(cap, sizeof(*fresh))) == NULL)
		return (-1);
	for (i = 0; i < h->cap; i++)
		if (h->slots[i].state >= SLOT_ID)
			*free_slot(fresh, cap, h->slots[i].hash) =
			    h->slots[i];
	free(h->slots);
	h->slots = fresh;
	h->cap = cap;
	h->used = h->count;
	return (0);
}

static int
set(struct htab *h, const struct key *k, void *value)
{
	uint64_t hash = hash_key(h, k);
	struct slot *s;
	char *copy = NULL;

	if ((s = find(h, hash, k)) != NULL) {
		s->value = value;
		return (0);
	}
	/* never more than three quarters full, so that find() ends */
	if (h->used + 1 > h->cap / 4 * 3 && rehash(h) == -1)
		goto fail;
	if (k->text != NULL && (copy = strdup(k->text)) == NULL)
		goto fail;
	s = free_slot(h->slots, h->cap, hash);
	s->hash = hash;
	s->value = value;
	if (copy != NULL) {
		s->key.text = copy;
		s->state = SLOT_TEXT;
	} else {
		s->key.id = k->id;
		s->state = SLOT_ID;
	}
	h->count++;
	h->used++;
	return (0);
fail:
	errno = ENOMEM;
	return (-1);
}

static void *
get(const struct htab *h, const struct key *k)
{
	struct slot *s = find(h, hash_key(h, k), k);

	return (s == NULL ? NULL : s->value);
}

static void *
del(struct htab *h, const struct key *k)
{
	struct slot *s = find(h, hash_key(h, k), k);

	if (s == NULL)
		return (NULL);
	if (s->state == SLOT_TEXT)
		free(s->key.text);
	s->state = SLOT_DELETED;
	s->hash = 0;
	h->count--;
	return (s->value);
}

struct htab *
htab_new(void)
{
	struct htab *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return (NULL);
	if (rehash(h) == -1) {
		free(h);
		return (NULL);
	}
	rnd_bytes(&h->k0, sizeof(h->k0));
	rnd_bytes(&h->k1, sizeof(h->k1));
	return (h);
}

void
htab_free(struct htab *h)
{
	size_t i;

	if (h == NULL)
		return;
	for (i = 0; i < h->cap; i++)
		if (h->slots[i].state == SLOT_TEXT)
			free(h->slots[i].key.text);
	free(h->slots);
	free(h);
}

size_t
htab_count(const struct htab *h)
{
	return (h->count);
}

int
htab_set(struct htab *h, uint64_t id, void *value)
{
	return (set(h, &(struct key){ NULL, id }, value));
}

void *
htab_get(const struct htab *h, uint64_t id)
{
	return (get(h, &(struct key){ NULL, id }));
}

void *
htab_del(struct htab *h, uint64_t id)
{
	return (del(h, &(struct key){ NULL, id }));
}

int
htab_sets(struct htab *h, const char *text, void *value)
{
	return (set(h, &(struct key){ text, 0 }, value));
}

void *
htab_gets(const struct htab *h, const char *text)
{
	return (get(h, &(struct key){ text, 0 }));
}

void *
htab_dels(struct htab *h, const char *text)
{
	return (del(h, &(struct key){ text, 0 }));
}

void
htab_each(struct htab *h, void (*fn)(void *value, void *arg), void *arg)
{
	size_t i;

	for (i = 0; i < h->cap; i++)
		if (h->slots[i].state >= SLOT_ID)
			fn(h->slots[i].value, arg);
}
