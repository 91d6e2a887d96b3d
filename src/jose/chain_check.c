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
 * Who runs this: moatctl audit verify, on a file from anywhere. Holds: what it
 * knows of the chain so far; memory does not grow with the file. Pure.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/b64.h"
#include "src/jose/chain_check.h"
#include "src/jose/jws.h"
#include "src/json/json.h"

struct chain_check {
	const struct jwks *keys;
	struct chain_report r;
	struct buf	 detail;
};

struct chain_check *
chain_check_new(const struct jwks *keys)
{
	struct chain_check *c;

	if ((c = calloc(1, sizeof(*c))) != NULL)
		c->keys = keys;
	return (c);
}

void
chain_check_free(struct chain_check *c)
{
	if (c == NULL)
		return;
	buf_free(&c->detail);
	free(c);
}

const struct chain_report *
chain_check_report(const struct chain_check *c)
{
	return (&c->r);
}

static int __attribute__((format(printf, 3, 4)))
broken(struct chain_check *c, int64_t seq, const char *fmt, ...)
{
	va_list ap;

	if (c->r.broken)
		return (-1);
	c->r.broken = 1;
	c->r.line = c->r.lines;
	c->r.seq = seq;
	va_start(ap, fmt);
	vsnprintf(c->r.why, sizeof(c->r.why), fmt, ap);
	va_end(ap);
	return (-1);
}

/* ---- entries ---- */

static int
check_seq(struct chain_check *c, int64_t seq)
{
	long long last = c->r.last, now = seq;

	if (c->r.last == 0 || seq == c->r.last + 1)
		return (0);
	if (seq == c->r.last + 2)
		return (broken(c, last + 1, "entry %lld is missing",
		    last + 1));
	if (seq > c->r.last)
		return (broken(c, last + 1, "entries %lld to %lld are missing",
		    last + 1, now - 1));
	return (broken(c, seq, "entry %lld stands after entry %lld: moved or "
	    "repeated", now, last));
}

static int
check_entry(struct chain_check *c, json_t *object)
{
	struct chain_entry e;
	char hash[CHAIN_HASH + 1];
	long long seq;

	if (chain_parse(&e, object, &c->detail) == -1)
		return (broken(c, c->r.last + 1, "not an audit entry"));
	seq = e.seq;
	if (check_seq(c, e.seq) == -1)
		return (-1);
	if (chain_hash(&e, hash) == -1)
		return (broken(c, e.seq, "out of memory"));
	if (strcmp(hash, e.hash) != 0)
		return (broken(c, e.seq, "entry %lld was altered: its hash is "
		    "not that of its content", seq));
	if (c->r.last == 0 && e.seq == 1 && strcmp(e.prev, CHAIN_ZERO) != 0)
		return (broken(c, e.seq, "entry 1 does not begin a chain"));
	if (c->r.last != 0 && strcmp(e.prev, c->r.hash) != 0)
		return (broken(c, e.seq, "entry %lld does not follow entry "
		    "%lld: one of both was replaced", seq,
		    (long long)c->r.last));
	if (c->r.last == 0)
		c->r.first = e.seq;
	c->r.last = e.seq;
	c->r.entries++;
	memcpy(c->r.hash, hash, sizeof(hash));
	return (0);
}

/* ---- signed heads ---- */

/* The payload of a head whose signature nobody can check here. */
static json_t *
unchecked(const char *jws, size_t n)
{
	const char *end = jws + n, *p, *q;
	char text[JWS_MAX];
	long len;

	if (n > JWS_MAX || (p = memchr(jws, '.', n)) == NULL)
		return (NULL);
	p++;
	if ((q = memchr(p, '.', (size_t)(end - p))) == NULL)
		return (NULL);
	if ((len = b64_decode(text, sizeof(text), p, (size_t)(q - p))) == -1)
		return (NULL);
	return (json_strict_object(text, (size_t)len, NULL));
}

static json_t *
payload_of(struct chain_check *c, json_t *head)
{
	const char *jws = json_string_value(head);
	size_t n = json_string_length(head);
	json_t *payload = NULL;
	enum jws_err e;

	if (c->keys == NULL) {
		if ((payload = unchecked(jws, n)) == NULL)
			broken(c, c->r.last, "not a signed head");
		return (payload);
	}
	e = jws_verify(c->keys, jws, n, CHAIN_HEAD_TYP, &payload, NULL);
	if (e == JWS_OK)
		return (payload);
	broken(c, c->r.last, "the signed head after entry %lld is not good: %s",
	    (long long)c->r.last, jws_strerror(e));
	return (NULL);
}

/* What the head says against what the chain is. */
static int
compare(struct chain_check *c, int64_t seq, const char *hash,
    const char *tenant)
{
	long long last = c->r.last, at = seq;

	if (c->r.tenant[0] != '\0' && strcmp(c->r.tenant, tenant) != 0)
		return (broken(c, last, "the signed head after entry %lld is "
		    "of another tenant", last));
	if (last == 0 || seq < c->r.last)
		return (broken(c, last, "the signed head of entry %lld stands "
		    "after entry %lld", at, last));
	if (seq > c->r.last)
		return (broken(c, last + 1, "the signed head of entry %lld "
		    "follows entry %lld: entries %lld to %lld are missing", at,
		    last, last + 1, at));
	if (strcmp(hash, c->r.hash) != 0)
		return (broken(c, seq, "the signed head of entry %lld is of "
		    "another chain: this or an earlier entry was replaced",
		    at));
	return (0);
}

static int
take_head(struct chain_check *c, json_t *p)
{
	const char *iss, *tenant, *hash;
	json_t *seq = json_object_get(p, "seq"), *iat;

	iss = json_string_value(json_object_get(p, "iss"));
	tenant = json_string_value(json_object_get(p, "tenant"));
	hash = json_string_value(json_object_get(p, "hash"));
	iat = json_object_get(p, "iat");
	if (iss == NULL || tenant == NULL || hash == NULL ||
	    !json_is_integer(seq) || !json_is_integer(iat) ||
	    strlen(iss) >= sizeof(c->r.issuer) || *tenant == '\0' ||
	    strlen(tenant) >= sizeof(c->r.tenant))
		return (broken(c, c->r.last, "the signed head after entry "
		    "%lld lacks a member", (long long)c->r.last));
	if (compare(c, json_integer_value(seq), hash, tenant) == -1)
		return (-1);
	snprintf(c->r.tenant, sizeof(c->r.tenant), "%s", tenant);
	snprintf(c->r.issuer, sizeof(c->r.issuer), "%s", iss);
	c->r.head_seq = c->r.last;
	c->r.head_iat = json_integer_value(iat);
	c->r.heads++;
	return (0);
}

static int
check_head(struct chain_check *c, json_t *head)
{
	json_t *payload;
	int rc;

	if ((payload = payload_of(c, head)) == NULL)
		return (-1);
	rc = take_head(c, payload);
	json_decref(payload);
	return (rc);
}

/* ---- lines ---- */

int
chain_check_line(struct chain_check *c, const char *line, size_t len)
{
	json_t *object, *head;
	const char *why = "";
	int rc;

	if (c->r.broken)
		return (-1);
	c->r.lines++;
	if ((object = json_strict_object(line, len, &why)) == NULL)
		return (broken(c, c->r.last + 1, "not a JSON object: %s",
		    why));
	head = json_object_get(object, "head");
	if (json_is_string(head) && json_object_size(object) == 1)
		rc = check_head(c, head);
	else
		rc = check_entry(c, object);
	json_decref(object);
	return (rc);
}

int
chain_check_end(struct chain_check *c)
{
	long long last = c->r.last;

	if (c->r.broken)
		return (-1);
	if (c->r.entries == 0)
		broken(c, 0, "there is no entry in it");
	else if (c->r.head_seq == 0)
		broken(c, last, "no signed head: its end is not proven");
	else if (c->r.head_seq != c->r.last)
		broken(c, c->r.head_seq + 1, "no signed head follows entry "
		    "%lld: what came after it may be cut off", last);
	if (c->r.broken)
		c->r.line = 0;
	return (c->r.broken ? -1 : 0);
}
