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
 * Clients, to look at (API.md section 6). Runs in the engine. Secrets are
 * shown once, when they are made: here there are none.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/admin_client.h"
#include "src/rules/client.h"
#include "src/rules/role.h"

#define LIST_DEFAULT	50

/* Columns of @client_columns (sql/parts/clients.sql). */
enum { C_ID, C_NAME, C_REDIRECTS, C_LOGOUTS, C_GRANTS, C_METHOD, C_JWKS,
    C_SCOPE, C_AUDIENCE, C_ACCESS_S, C_REFRESH_S, C_ID_ALG, C_ACCESS_ALG,
    C_SKIP, C_DISABLED, C_BACKCHANNEL, C_PAR, C_DPOP, C_CREATED, C_SEEN };

static const char *
text(const struct store_result *res, int stmt, int row, int col)
{
	const char *s = store_text(res, stmt, row, col);

	return (s != NULL ? s : "");
}

/* Those of one client stand together; *at is where the last one's ended. */
static void
add_names(struct buf *b, const struct store_result *res, int stmt,
    const char *client, int *at)
{
	int i = *at, n = store_rows(res, stmt);

	if (i < n && strcmp(text(res, stmt, i, 0), client) != 0)
		for (i = 0; i < n; i++)
			if (strcmp(text(res, stmt, i, 0), client) == 0)
				break;
	for (; i < n && strcmp(text(res, stmt, i, 0), client) == 0; i++) {
		if (b->len > 0)
			buf_addc(b, ' ');
		buf_adds(b, text(res, stmt, i, 1));
		*at = i + 1;
	}
}

int
client_row(struct client_row *r, const struct store_result *res,
    struct client_cursor *k, int n)
{
	const int q = k->client;
	struct msg_client_res *m = &r->m;

	memset(r, 0, sizeof(*r));
	buf_init(&r->roles);
	buf_init(&r->permissions);
	m->client_id = text(res, q, n, C_ID);
	m->client_name = text(res, q, n, C_NAME);
	m->redirect_uris = text(res, q, n, C_REDIRECTS);
	m->post_logout_redirect_uris = text(res, q, n, C_LOGOUTS);
	m->grant_types = text(res, q, n, C_GRANTS);
	m->token_endpoint_auth_method = text(res, q, n, C_METHOD);
	m->jwks = text(res, q, n, C_JWKS);
	m->scope = text(res, q, n, C_SCOPE);
	m->audience = text(res, q, n, C_AUDIENCE);
	m->access_token_lifetime = (uint32_t)store_int(res, q, n, C_ACCESS_S);
	m->refresh_token_lifetime = (uint32_t)store_int(res, q, n,
	    C_REFRESH_S);
	m->id_token_signed_response_alg = text(res, q, n, C_ID_ALG);
	m->access_token_signed_response_alg = text(res, q, n, C_ACCESS_ALG);
	m->skip_consent = store_int(res, q, n, C_SKIP) != 0;
	m->disabled = store_int(res, q, n, C_DISABLED) != 0;
	m->backchannel_logout_uri = text(res, q, n, C_BACKCHANNEL);
	m->require_pushed_authorization_requests =
	    store_int(res, q, n, C_PAR) != 0;
	m->dpop_bound_access_tokens = store_int(res, q, n, C_DPOP) != 0;
	m->created_at = store_int(res, q, n, C_CREATED);
	m->secret = "";
	r->seen = text(res, q, n, C_SEEN);
	add_names(&r->roles, res, k->roles, m->client_id, &k->role);
	add_names(&r->permissions, res, k->permissions, m->client_id,
	    &k->permission);
	m->roles = buf_cstr(&r->roles);
	m->permissions = buf_cstr(&r->permissions);
	return (m->roles == NULL || m->permissions == NULL ? -1 : 0);
}

void
client_row_free(struct client_row *r)
{
	buf_free(&r->roles);
	buf_free(&r->permissions);
}

void
client_answer(struct op *op, const struct store_result *res,
    struct client_cursor k, const char *secret)
{
	struct client_row r;

	if (client_row(&r, res, &k, 0) == -1)
		op_fail(op, ST_INTERNAL);
	else {
		r.m.secret = secret;
		op_answer(op, IMSG_CLIENT_RES, &r.m);
	}
	client_row_free(&r);
}

static void
got(struct op *op, const struct store_result *res)
{
	struct client_cursor k = { SQL_CLIENT_GET__CLIENT,
	    SQL_CLIENT_GET__ROLES, SQL_CLIENT_GET__PERMISSIONS, 0, 0 };

	if (!admin_may(op, res, SQL_CLIENT_GET__WHO))
		return;
	if (store_rows(res, k.client) == 0)
		op_fail(op, ST_NOT_FOUND);
	else
		client_answer(op, res, k, "");
}

void
answer_client_get(struct op *op, const union msg *m)
{
	const struct msg_client_get_req *r = &m->client_get_req;
	struct sql_client_get p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	p = (struct sql_client_get){
		ADMIN_READ(op, "clients:read"),
		.client = db_text(r->client_id),
	};
	op_sql(op, SQL_CLIENT_GET, &p, got);
}

static int
send_item(struct op *op, const struct store_result *res,
    struct client_cursor *k, int n)
{
	union msg m;
	struct client_row r;
	int rv = -1;

	if (client_row(&r, res, k, n) == 0) {
		/* an item has the fields of the one, but for the secret */
		m.client_res = r.m;
		rv = chan_send(op->worker->chan, IMSG_CLIENT_ITEM_RES, op->id,
		    &m.client_item_res, -1);
	}
	client_row_free(&r);
	return (rv);
}

static void
listed(struct op *op, const struct store_result *res)
{
	struct client_cursor k = { SQL_CLIENTS_LIST__ITEMS,
	    SQL_CLIENTS_LIST__ROLES, SQL_CLIENTS_LIST__PERMISSIONS, 0, 0 };
	struct msg_list_end_res end = { .next = "" };
	int i, n;

	if (!admin_may(op, res, SQL_CLIENTS_LIST__WHO))
		return;
	n = store_rows(res, k.client);
	if (n > (int)op->limit) {
		n = (int)op->limit;
		end.next = text(res, k.client, n - 1, C_ID);
	}
	for (i = 0; i < n; i++)
		if (send_item(op, res, &k, i) == -1) {
			op_fail(op, ST_INTERNAL);
			return;
		}
	op_answer(op, IMSG_LIST_END_RES, &end);
}

void
answer_clients_list(struct op *op, const union msg *m)
{
	const struct msg_clients_list_req *r = &m->clients_list_req;
	struct sql_clients_list p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	op->limit = r->limit > 0 ? r->limit : LIST_DEFAULT;
	if (*r->cursor != '\0' &&
	    !client_id_form(r->cursor, strlen(r->cursor))) {
		bearer_refuse(op, ST_INVALID_REQUEST, "cursor",
		    "is not one that a list ended with");
		return;
	}
	p = (struct sql_clients_list){
		ADMIN_READ(op, "clients:read"),
		.after = db_text(r->cursor),
		.limit = db_int((int64_t)op->limit + 1),
	};
	op_sql(op, SQL_CLIENTS_LIST, &p, listed);
}
