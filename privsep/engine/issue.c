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
 * What login and refresh share: roles as a token carries them, the request to
 * the vault, the answer with tokens. Runs in the engine; holds a fresh refresh
 * token in its op until the answer left. The database gets only its SHA-256.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/engine/op.h"
#include "src/base/b64.h"
#include "src/base/clock.h"

/* A role and the lower ones, as the claim and API.md section 4 have them. */
static const struct {
	const char	*role, *roles;
} roles[] = {
	{ "user",	"user" },
	{ "admin",	"admin user" },
	{ "superadmin",	"superadmin admin user" },
};

const char *
issue_roles(const char *role)
{
	size_t i;

	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(roles[i].role, role) == 0)
			return (roles[i].roles);
	return (NULL);
}

int
issue_add(char *list, size_t cap, const char *word)
{
	size_t n = strlen(list), more = strlen(word);

	if (n + (n > 0) + more >= cap)
		return (-1);
	if (n > 0)
		list[n++] = ' ';
	memcpy(list + n, word, more + 1);
	return (0);
}

void
issue_custom(struct op *op, const struct store_result *res, int stmt)
{
	const char *role;
	int i;

	op->roles[0] = '\0';
	for (i = 0; i < store_rows(res, stmt); i++)
		if ((role = store_text(res, stmt, i, 0)) != NULL)
			(void)issue_add(op->roles, sizeof(op->roles), role);
}

int
issue_all_roles(struct op *op)
{
	const char *lower = issue_roles(op->role);
	char custom[CAP_ROLES + 1];

	if (lower == NULL)
		return (-1);
	(void)op_copy(custom, sizeof(custom), op->roles);
	(void)op_copy(op->roles, sizeof(op->roles), lower);
	if (custom[0] == '\0')
		return (0);
	return (issue_add(op->roles, sizeof(op->roles), custom));
}

void
issue_hash(char out[TOKEN_TEXT], const uint8_t token[TOKEN_BYTES])
{
	uint8_t digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(digest, token, TOKEN_BYTES);
	b64_encode(out, digest, sizeof(digest));
}

void
issue_ask(struct op *op, int refresh, op_ask_cb cb)
{
	struct msg_token_issue_req *m = &op->ask.token_issue_req;
	struct engine *e = op->eng;

	if (e->keys.signing[0] == '\0') {
		op_fail(op, ST_UNAVAILABLE);
		return;
	}
	if (issue_all_roles(op) == -1) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	memset(m, 0, sizeof(*m));
	m->kid = e->keys.signing;
	m->sub = op->user_id;
	m->client_id = ENGINE_CLIENT;
	m->scope = op->scope;
	m->sid = op->sid;
	m->roles = op->roles;
	/* A clock that was set back puts it into the future. */
	m->auth_time = (op->auth_at < op->now ? op->auth_at : op->now) /
	    CLOCK_SEC;
	m->acr = op->acr;
	m->amr = op->amr;
	m->tenant = op->tenant;
	m->epoch = op->epoch;
	m->lifetime_s = (uint32_t)e->conf.access_s;
	m->refresh = (uint8_t)refresh;
	op_ask(op, e->vaults, IMSG_TOKEN_ISSUE_REQ, cb);
}

/* Keeps what the vault made. 0: the op ended. */
int
issue_taken(struct op *op, const union msg *m)
{
	const struct msg_token_issue_res *r = &m->token_issue_res;
	size_t want = op->ask.token_issue_req.refresh ? TOKEN_BYTES : 0;

	if (r->status != ST_OK || r->access[0] == '\0' ||
	    r->refresh.n != want ||
	    op_copy(op->access, sizeof(op->access), r->access) == -1) {
		op_fail(op, r->status == ST_NOT_FOUND ? ST_UNAVAILABLE :
		    ST_INTERNAL);
		return (0);
	}
	if (want > 0) {
		b64_encode(op->refresh, r->refresh.p, TOKEN_BYTES);
		issue_hash(op->succ_hash, r->refresh.p);
	}
	return (1);
}

void
issue_answer(struct op *op)
{
	struct msg_tokens_res m;
	int64_t left = (op->until - op->now) / CLOCK_SEC;

	memset(&m, 0, sizeof(m));
	m.access = op->access;
	m.refresh = op->refresh;
	m.expires_in = (uint32_t)op->eng->conf.access_s;
	m.refresh_expires_in = left > 0 ? (uint32_t)left : 0;
	op_answer(op, IMSG_TOKENS_RES, &m);
}
