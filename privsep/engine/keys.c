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

/* 0; -1: not a key that the engine can use. */
int
keys_add(struct engine *e, const struct msg_pubkey_set *m)
{
	struct node_keys *k = &e->keys;
	size_t i;

	if (keys_alg_name(m->alg) == NULL || k->n == JWKS_MAX ||
	    jwks_add_spki(e->jwks, m->kid, (enum jose_alg)m->alg, m->spki.p,
	    m->spki.n) == -1) {
		log_warnx("public key %s cannot be used", m->kid);
		return (-1);
	}
	for (i = 0; i < k->n; i++)
		if (strcmp(k->key[i].kid, m->kid) == 0)
			return (0);
	if (op_copy(k->key[k->n].kid, sizeof(k->key[k->n].kid), m->kid) == -1)
		return (-1);
	k->key[k->n++].alg = m->alg;
	return (0);
}

static int
is_here(const struct node_keys *k, const char *kid)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (strcmp(k->key[i].kid, kid) == 0)
			return (1);
	return (0);
}

/* How good a key is for signing access tokens; 0: not at all. */
static int
rank(const struct node_keys *k, const char *kid, const char *alg,
    const char *state)
{
	int r = 1;

	if (!is_here(k, kid) || strcmp(state, "retired") == 0)
		return (0);
	if (strcmp(state, "active") == 0)
		r += 1;
	if (strcmp(alg, "ES256") == 0)
		r += 2;
	return (r);
}

/* Rows of keys_sync, newest first: of equals the newest is taken. */
void
keys_choose(struct engine *e, const struct store_result *res)
{
	const int q = SQL_KEYS_SYNC__KEYS;
	const char *kid, *alg, *state, *best = NULL;
	int i, r, most = 0, degraded = 0;

	for (i = 0; i < store_rows(res, q); i++) {
		kid = store_text(res, q, i, 0);
		alg = store_text(res, q, i, 1);
		state = store_text(res, q, i, 2);
		if (kid == NULL || alg == NULL || state == NULL)
			continue;
		if (strcmp(alg, "ES256") == 0 &&
		    strcmp(state, "active") == 0 && !is_here(&e->keys, kid))
			degraded = 1;
		if ((r = rank(&e->keys, kid, alg, state)) > most) {
			most = r;
			best = kid;
		}
	}
	if (best == NULL || op_copy(e->keys.signing,
	    sizeof(e->keys.signing), best) == -1)
		e->keys.signing[0] = '\0';
	if (degraded && !e->keys.degraded)
		log_warnx("degraded: the active signing key is not in this "
		    "node's keys/, signing with %s; copy the key files from "
		    "another node and restart", best != NULL ? best :
		    "none");
	e->keys.degraded = degraded;
}
