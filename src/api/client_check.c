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
 * POST /auth/check (API.md section 4): what a client asks about a subject. Run
 * by workers; twin: answer_client_check().
 */
#include <sodium.h>
#include <string.h>

#include "src/api/admin.h"
#include "src/api/basic.h"
#include "src/rules/role.h"

#define ASKED_MAX	50
#define NOBODY		"-"	/* no subject is called so */

static const struct schema_field check_fields[] = {
	{ .name = "subject", .type = SCHEMA_STR, .required = 1, .min = 1 },
	{ .name = "permissions", .type = SCHEMA_STRS, .required = 1,
	    .min = 1, .items = ASKED_MAX },
};
static const struct schema check_body =
    SCHEMA("CheckRequest", check_fields, 0);

const struct api_op op_client_check = { .id = "checkSubject",
    .summary = "For a client: which of its permissions a subject holds",
    .body = &check_body, .result = "ClientCheck", .success = 200,
    .own = { 401, 403, 429 }, .client = 1 };

/* A name that was asked for twice is answered once. */
static int
is_repeated(const json_t *all, size_t i)
{
	const char *s = json_string_value(json_array_get(all, i));
	size_t j;

	for (j = 0; j < i; j++)
		if (strcmp(json_string_value(json_array_get(all, j)),
		    s) == 0)
			return (1);
	return (0);
}

static void
decided(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;
	const char *sep = "", *allowed;
	const json_t *all;
	struct buf *b;
	size_t i;

	if (!api_expect(c, IMSG_CLIENT_CHECK_RES, type, m, last))
		return;
	if (c->errs.n > 0) {
		api_invalid(c);		/* it was the client, at least */
		return;
	}
	allowed = m->client_check_res.allowed;
	all = json_object_get(c->body, "permissions");
	b = api_out();
	buf_adds(b, "{\"subject\":");
	buf_add_json(b, schema_str(c->body, "subject"));
	buf_adds(b, ",\"allowed\":{");
	for (i = 0; i < json_array_size(all) && allowed[i] != '\0'; i++) {
		if (is_repeated(all, i))
			continue;
		buf_adds(b, sep);
		buf_add_json(b, json_string_value(json_array_get(all, i)));
		buf_addc(b, ':');
		api_add_bool(b, allowed[i] == '1');
		sep = ",";
	}
	buf_adds(b, "}}");
	api_send(c->req, 200, 0);
}

/* Of a good body: what is no permission by its form is not asked for. */
static const char *
asked_for(struct api_call *c, struct buf *b)
{
	if (c->errs.n > 0)
		return ("");
	admin_words(c, b, "permissions", permission_ok,
	    "is no name of a permission");
	return (c->errs.n > 0 ? "" : buf_cstr(b));
}

void
subject_check(struct http_req *req)
{
	struct msg_client_check_req m;
	struct buf b = BUF_INIT;
	struct basic who;
	struct api_call *c;
	const char *subject;

	if ((c = api_begin(req)) == NULL)
		return;
	if (basic_parse(&who, http_req_header(req, "authorization")) == -1)
		api_refuse(c, ST_INVALID_CLIENT, "");
	else {
		subject = c->errs.n == 0 ? schema_str(c->body, "subject") :
		    "";
		if (strlen(subject) > CAP_ID)
			subject = NOBODY;
		m = (struct msg_client_check_req){ EDGE_CTX(&c->ctx),
		    .client_id = who.id, .secret = who.secret,
		    .subject = subject, .permissions = asked_for(c, &b) };
		if (m.permissions == NULL)
			api_fail(c, ST_INTERNAL, 0, "", "");
		else
			api_asked(c, ask_edge(api.engine,
			    IMSG_CLIENT_CHECK_REQ, &m, decided, c));
	}
	sodium_memzero(&who, sizeof(who));
	buf_free(&b);
}
