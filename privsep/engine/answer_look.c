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
 * LOOK_SET and LOOK_GET: how a tenant's pages look (API.md section 9). Runs in
 * the engine; holds a body while it is written. Anybody may see one; only who
 * may write tenants sets one, for it stands beside every form that takes a
 * password.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/tenant.h"
#include "src/base/b64.h"
#include "src/json/json.h"
#include "src/rules/look.h"

#define DIGEST	16		/* bytes of the body's, in its tag */
#define TEXT	(B64_LEN(CAP_LOOK) + 1)

struct body {
	char		 text[TEXT];	/* base64url */
	uint8_t		 raw[CAP_LOOK];
	char		 etag[B64_LEN(DIGEST) + 1];
	char		 why[129];	/* it is refused */
};

/* ---- what it may be ---- */

/* What is wrong with one text, by its key where that is one. */
static const char *
text_wrong(struct body *b, const char *lang, const char *key, json_t *val)
{
	const char *original = look_original(lang, key);
	const char *text = json_string_value(val), *why = NULL;

	if (original == NULL)
		why = "is the key of no text";
	else if (text == NULL || !look_text_ok(text, original))
		why = "must be a text of 1 to 1024 bytes with the slots of "
		    "ours";
	if (why == NULL || !look_key_ok(key))
		return (why);
	(void)snprintf(b->why, sizeof(b->why), "%s.%s %s", lang, key, why);
	return (b->why);
}

static const char *
language_wrong(struct body *b, const char *lang, json_t *texts)
{
	const char *key, *why = NULL;
	json_t *val;

	if (look_original(lang, NULL) == NULL)
		return ("has a member that is no language of ours");
	if (!json_is_object(texts))
		return ("must hold an object for each language");
	json_object_foreach(texts, key, val)
		if ((why = text_wrong(b, lang, key, val)) != NULL)
			break;
	return (why);
}

static const char *
texts_wrong(struct body *b, const char *s, size_t n)
{
	const char *lang, *why = NULL;
	json_t *all, *val;

	if ((all = json_strict_object(s, n, &why)) == NULL)
		return ("must be a JSON object");
	json_object_foreach(all, lang, val)
		if ((why = language_wrong(b, lang, val)) != NULL)
			break;
	json_decref(all);
	return (why);
}

/* Its media type; NULL: *why it cannot be, which lives as long as b. */
static const char *
type_of(struct body *b, enum look look, const struct wire_bin *raw,
    const char **why)
{
	const char *s = (const char *)raw->p, *type;

	*why = NULL;
	switch (look) {
	case LOOK_THEME:
		*why = look_theme_wrong(s, raw->n);
		return (*why == NULL ? "text/css" : NULL);
	case LOOK_LOGO:
		if ((type = look_logo_type(s, raw->n)) == NULL)
			*why = "must be a PNG, JPEG, WebP or plain SVG image";
		return (type);
	case LOOK_TEXTS:
		*why = texts_wrong(b, s, raw->n);
		return (*why == NULL ? "application/json" : NULL);
	default:
		return (NULL);
	}
}

/* ---- setting ---- */

static const struct {
	const char	*name, *detail, *operator;
} looks[LOOK__MAX] = {
	[LOOK_THEME] = { "theme", "{\"members\":[\"theme\"]}",
	    "{\"by\":\"operator\",\"members\":[\"theme\"]}" },
	[LOOK_LOGO] = { "logo", "{\"members\":[\"logo\"]}",
	    "{\"by\":\"operator\",\"members\":[\"logo\"]}" },
	[LOOK_TEXTS] = { "texts", "{\"members\":[\"texts\"]}",
	    "{\"by\":\"operator\",\"members\":[\"texts\"]}" },
};

static void
set(struct op *op, const struct store_result *res)
{
	if (!admin_may(op, res, SQL_LOOK_SET__WHO))
		return;
	if (store_rows(res, SQL_LOOK_SET__OUTCOME) > 0)
		op_done(op);
	else
		op_fail(op, ST_NOT_FOUND);
}

static void
encode(struct body *b, const struct wire_bin *raw)
{
	uint8_t sum[DIGEST];

	(void)b64_encode(b->text, raw->p, raw->n);
	(void)crypto_generichash(sum, sizeof(sum), raw->p, raw->n, NULL, 0);
	(void)b64_encode(b->etag, sum, sizeof(sum));
}

void
answer_look_set(struct op *op, const union msg *m)
{
	const struct msg_look_set_req *r = &m->look_set_req;
	const enum look look = (enum look)r->look;
	const char *type = "", *why;
	struct sql_look_set p;
	struct body *b;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	if ((b = op_extra(op, sizeof(*b))) == NULL)
		return;
	if (r->body.n > 0 &&
	    (type = type_of(b, look, &r->body, &why)) == NULL) {
		admin_refuse(op, ST_INVALID_REQUEST, looks[look].name, why);
		return;
	}
	encode(b, &r->body);
	p = (struct sql_look_set){
		ADMIN_WRITE(op, "tenants:write"),
		.look = db_text(looks[look].name),
		.type = db_text(type),
		.body = db_text(r->body.n > 0 ? b->text : NULL),
		.etag = db_text(b->etag),
		.ip = db_text(op->operator ? NULL : op->ip),
		.rid = db_text(op->operator ? NULL : op->rid),
		.detail = db_text(op->operator ? looks[look].operator :
		    looks[look].detail),
	};
	op_sql(op, SQL_LOOK_SET, &p, set);
}

/* ---- getting ---- */

static void
got(struct op *op, const struct store_result *res)
{
	enum { L_TYPE, L_BODY, L_ETAG };
	const int q = SQL_LOOK_GET__LOOK;
	struct msg_look_res m = { .type = "", .etag = "",
	    .registration = (uint8_t)tenant_registration(op),
	    .password_min = tenant_password_min(op) };
	struct body *b;
	const char *text;
	long n;

	if (store_rows(res, q) > 0) {
		if ((b = op_extra(op, sizeof(*b))) == NULL)
			return;
		text = store_text(res, q, 0, L_BODY);
		n = b64_decode(b->raw, sizeof(b->raw), text, strlen(text));
		if (n == -1) {
			op_fail(op, ST_INTERNAL);
			return;
		}
		m.type = store_text(res, q, 0, L_TYPE);
		m.etag = store_text(res, q, 0, L_ETAG);
		m.body.p = b->raw;
		m.body.n = (size_t)n;
	}
	op_answer(op, IMSG_LOOK_RES, &m);
}

void
answer_look_get(struct op *op, const union msg *m)
{
	const struct msg_look_get_req *r = &m->look_get_req;
	struct sql_look_get p;

	op_context(op, r->rid, r->ip, r->ua);
	p = (struct sql_look_get){
		.tenant = db_text(op->realm),
		.look = db_text(looks[r->look].name),
	};
	op_sql(op, SQL_LOOK_GET, &p, got);
}
