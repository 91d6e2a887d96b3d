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
 * Public keys of this node, and which of them signs. Runs in the engine; holds
 * public halves only. States are rows of the database: a node that lacks the
 * active key signs with the newest published one that it has, and says so.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/op.h"
#include "src/base/log.h"

static const char *const names[] = {
	[ALG_ES256] = "ES256", [ALG_EDDSA] = "EdDSA", [ALG_RS256] = "RS256",
};

const char *
keys_alg_name(uint8_t alg)
{
	if (alg >= sizeof(names) / sizeof(names[0]))
		return (NULL);
	return (names[alg]);
}

uint8_t
keys_alg(const char *name)
{
	uint8_t a;

	for (a = ALG_ES256; a <= ALG_RS256; a++)
		if (strcmp(names[a], name) == 0)
			return (a);
	return (ALG_NONE);
}

static struct node_key *
find(struct node_keys *k, const char *kid)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (strcmp(k->key[i].kid, kid) == 0)
			return (&k->key[i]);
	return (NULL);
}

/* 0; -1: not a key that the engine can use. */
int
keys_add(struct engine *e, const struct msg_pubkey_set *m)
{
	struct node_keys *k = &e->keys;

	if (keys_alg_name(m->alg) == NULL || k->n == JWKS_MAX ||
	    jwks_add_spki(e->jwks, m->kid, (enum jose_alg)m->alg, m->spki.p,
	    m->spki.n) == -1) {
		log_warnx("public key %s cannot be used", m->kid);
		return (-1);
	}
	if (find(k, m->kid) != NULL)
		return (0);
	if (op_copy(k->key[k->n].kid, sizeof(k->key[k->n].kid), m->kid) == -1)
		return (-1);
	k->key[k->n].missed = k->key[k->n].told = 0;
	k->key[k->n++].alg = m->alg;
	return (0);
}

/* Its tokens die here and now, also those that were verified before. */
void
keys_drop(struct engine *e, const char *kid)
{
	struct node_keys *k = &e->keys;
	struct node_key *one = find(k, kid);
	size_t i;

	if (e->jwks != NULL)
		jwks_drop(e->jwks, kid);
	bearer_forget(e);
	if (strcmp(k->signing, kid) == 0)
		k->signing[0] = '\0';
	for (i = 0; i <= ALG_RS256; i++)
		if (strcmp(k->alg[i].signing, kid) == 0)
			k->alg[i].signing[0] = '\0';
	if (one == NULL)
		return;
	k->n--;
	memmove(one, one + 1, (size_t)(&k->key[k->n] - one) * sizeof(*one));
	/* Whoever walks the list begins anew. */
	if (e->sync.busy)
		e->sync.again = 1;
}

struct row {
	const char	*kid, *state;
	uint8_t		 alg;
	int64_t		 created, active;
};

static int
row_get(struct row *r, const struct store_result *res, int q, int i)
{
	const char *alg = store_text(res, q, i, 1);

	r->kid = store_text(res, q, i, 0);
	r->state = store_text(res, q, i, 2);
	if (r->kid == NULL || alg == NULL || r->state == NULL)
		return (0);
	r->alg = keys_alg(alg);
	r->created = store_int(res, q, i, 3);
	r->active = store_int(res, q, i, 4);
	return (r->alg != ALG_NONE);
}

/* How good a key is for signing with its algorithm; 0: not at all. */
static int
rank(struct node_keys *k, const struct row *r)
{
	if (find(k, r->kid) == NULL || strcmp(r->state, "retired") == 0)
		return (0);
	return (strcmp(r->state, "active") == 0 ? 2 : 1);
}

static void
note(struct node_keys *k, const struct row *r, int most[])
{
	struct alg_keys *a = &k->alg[r->alg];
	int n = rank(k, r);

	if (strcmp(r->state, "active") == 0) {
		a->has_active = 1;
		a->active_at = r->active;
		if (n == 0 && r->alg == ALG_ES256)
			k->degraded = 1;
	}
	if (strcmp(r->state, "next") == 0) {
		a->has_next = 1;
		a->next_at = r->created;
	}
	if (n > most[r->alg] && op_copy(a->signing, sizeof(a->signing),
	    r->kid) == 0)
		most[r->alg] = n;
}

/* ES256 where there is a key of it, else whatever there is. */
static void
choose(struct node_keys *k)
{
	uint8_t a;

	k->signing[0] = '\0';
	for (a = ALG_ES256; a <= ALG_RS256 && k->signing[0] == '\0'; a++)
		memcpy(k->signing, k->alg[a].signing, sizeof(k->signing));
}

/* Newest first: of equals the newest is taken. */
void
keys_choose(struct engine *e, const struct store_result *res, int q)
{
	struct node_keys *k = &e->keys;
	int i, was = k->degraded, most[ALG_RS256 + 1] = { 0 };
	struct row r;

	k->degraded = 0;
	for (i = 0; i <= ALG_RS256; i++) {
		k->alg[i].has_active = k->alg[i].has_next = 0;
		k->alg[i].signing[0] = '\0';
	}
	for (i = 0; i < store_rows(res, q); i++)
		if (row_get(&r, res, q, i))
			note(k, &r, most);
	choose(k);
	if (k->degraded && !was)
		log_warnx("degraded: the active signing key is not in this "
		    "node's keys/, signing with %s; bring the keys of another "
		    "node by moatctl key export and key import",
		    k->signing[0] != '\0' ? k->signing : "none");
}

/* A key that is missing once may have come after the question left. */
#define MISSED_MOST	3

static int
is_wanted(struct node_key *k, const struct store_result *res, int q)
{
	struct row r;
	int i;

	for (i = 0; i < store_rows(res, q); i++)
		if (row_get(&r, res, q, i) && strcmp(r.kid, k->kid) == 0) {
			k->missed = 0;
			return (strcmp(r.state, "retired") != 0);
		}
	return (!k->told || ++k->missed < MISSED_MOST);
}

void
keys_discard(struct engine *e, const char *kid)
{
	struct msg_key_drop m = { kid };

	if (find(&e->keys, kid) == NULL)
		return;
	log_info("signing key %s is retired", kid);
	keys_drop(e, kid);
	if (chan_send(e->parent, IMSG_KEY_DROP, 0, &m, -1) == -1)
		log_warn("KEY_DROP");
}

void
keys_sweep(struct engine *e, const struct store_result *res, int q)
{
	struct node_keys *k = &e->keys;
	char kid[CAP_KID + 1];
	size_t i = 0;

	while (i < k->n) {
		if (is_wanted(&k->key[i], res, q)) {
			i++;
			continue;
		}
		memcpy(kid, k->key[i].kid, sizeof(kid));
		keys_discard(e, kid);
	}
}
