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
 * Who runs this: the engine, when it seals and exports, and moatctl, when it
 * checks. Holds: nothing. Pure but for the memory of its buffers.
 */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "src/base/b64.h"
#include "src/base/utf8.h"
#include "src/jose/chain.h"
#include "src/json/canon.h"
#include "src/json/json.h"

enum kind { K_TEXT, K_NULLABLE, K_SEQ, K_DETAIL };

#define M(name, member, kind)	{ name, kind, \
	offsetof(struct chain_entry, member) }

/* In the order of an export's line. */
static const struct member {
	const char	*name;
	enum kind	 kind;
	size_t		 off;
} members[] = {
	{ "seq", K_SEQ, 0 },
	M("createdAt", created_at, K_TEXT),
	M("action", action, K_TEXT),
	M("result", result, K_TEXT),
	M("actor", actor, K_NULLABLE),
	M("subject", subject, K_NULLABLE),
	M("client_id", client_id, K_NULLABLE),
	M("ip", ip, K_NULLABLE),
	M("request_id", request_id, K_NULLABLE),
	{ "detail", K_DETAIL, offsetof(struct chain_entry, detail) },
	M("prev", prev, K_TEXT),
	M("hash", hash, K_TEXT),
};
#define NMEMBERS	(sizeof(members) / sizeof(members[0]))

/* The same in the order of RFC 8785, without hash. */
static const unsigned char canonical[] = { 2, 4, 6, 1, 9, 7, 10, 8, 3, 0, 5 };

static const char *
text_of(const struct chain_entry *e, const struct member *m)
{
	const char *s;

	memcpy(&s, (const char *)e + m->off, sizeof(s));
	return (s);
}

static void
add_member(struct buf *b, const struct chain_entry *e, const struct member *m)
{
	const char *s;

	buf_add_json(b, m->name);
	buf_addc(b, ':');
	if (m->kind == K_SEQ) {
		buf_addu(b, (uint64_t)e->seq);
		return;
	}
	if ((s = text_of(e, m)) == NULL)
		buf_adds(b, "null");
	else if (m->kind == K_DETAIL)
		buf_adds(b, s);
	else
		buf_add_json(b, s);
}

int
chain_hash(const struct chain_entry *e, char hash[CHAIN_HASH + 1])
{
	struct buf b = BUF_INIT;
	uint8_t digest[32];
	size_t i;
	int rc = -1;

	buf_addc(&b, '{');
	for (i = 0; i < sizeof(canonical); i++) {
		if (i > 0)
			buf_addc(&b, ',');
		add_member(&b, e, &members[canonical[i]]);
	}
	buf_addc(&b, '}');
	if (!b.err && EVP_Digest(b.p, b.len, digest, NULL, EVP_sha256(),
	    NULL) == 1) {
		b64_encode(hash, digest, sizeof(digest));
		rc = 0;
	}
	buf_free(&b);
	return (rc);
}

/* Line ends, controls and what turns a terminal around stay out of a line. */
static int
add_ascii(struct buf *b, const char *s, size_t n)
{
	uint32_t cp;
	size_t used, i;

	for (i = 0; i < n; i += used) {
		if ((used = utf8_next(s + i, n - i, &cp)) == 0) {
			used = 1;
			cp = 0xfffd;
		}
		if (cp < 0x7f)
			buf_addc(b, (char)cp);
		else if (cp < 0x10000)
			buf_addf(b, "\\u%04x", cp);
		else
			buf_addf(b, "\\u%04x\\u%04x",
			    0xd800 + ((cp - 0x10000) >> 10),
			    0xdc00 + ((cp - 0x10000) & 0x3ff));
	}
	return (b->err ? -1 : 0);
}

int
chain_line(struct buf *out, const struct chain_entry *e)
{
	struct buf b = BUF_INIT;
	size_t i;
	int rc;

	for (i = 0; i < NMEMBERS; i++) {
		buf_addc(&b, i == 0 ? '{' : ',');
		add_member(&b, e, &members[i]);
	}
	buf_addc(&b, '}');
	rc = b.err ? -1 : add_ascii(out, (const char *)b.p, b.len);
	buf_addc(out, '\n');
	buf_free(&b);
	return (out->err ? -1 : rc);
}

int
chain_head_line(struct buf *out, const char *jws)
{
	buf_adds(out, "{\"head\":");
	buf_add_json(out, jws);
	return (buf_adds(out, "}\n"));
}

int
chain_detail(struct buf *b, const char *text)
{
	json_t *v = json_strict(text, strlen(text), NULL);
	int rc;

	rc = v != NULL ? json_canon(b, v) : -1;
	json_decref(v);
	if (rc == -1 && !b->err)
		rc = buf_add_json(b, text);
	return (rc);
}

static int
take(struct chain_entry *e, const struct member *m, json_t *v,
    struct buf *detail)
{
	const char *s = NULL;

	if (v == NULL)
		return (-1);
	if (m->kind == K_SEQ) {
		e->seq = json_integer_value(v);
		return (json_is_integer(v) && e->seq > 0 ? 0 : -1);
	}
	if (m->kind == K_DETAIL && !json_is_null(v)) {
		buf_reset(detail);
		if (json_canon(detail, v) == -1 ||
		    (s = buf_cstr(detail)) == NULL)
			return (-1);
	} else if (json_is_string(v))
		s = json_string_value(v);
	else if (!json_is_null(v) || m->kind == K_TEXT)
		return (-1);
	memcpy((char *)e + m->off, &s, sizeof(s));
	return (0);
}

int
chain_parse(struct chain_entry *e, json_t *object, struct buf *detail)
{
	size_t i;

	memset(e, 0, sizeof(*e));
	if (json_object_size(object) != NMEMBERS)
		return (-1);
	for (i = 0; i < NMEMBERS; i++)
		if (take(e, &members[i], json_object_get(object,
		    members[i].name), detail) == -1)
			return (-1);
	return (0);
}
