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
 * The audit chain: canonical form, lines, the check of an export. The vectors
 * were computed by another implementation (Python's json and hashlib).
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/jose_help.h"
#include "src/base/rnd.h"
#include "src/jose/chain_check.h"
#include "src/json/canon.h"
#include "src/json/json.h"

static const struct chain_entry base = {
	.seq = 1, .created_at = "2026-01-31T12:00:00.000Z",
	.action = "login.success", .result = "success", .actor = "u1",
	.subject = "u1", .client_id = "moatd", .ip = "192.0.2.7",
	.request_id = "r1", .prev = CHAIN_ZERO,
};

static void
hash_is(const struct chain_entry *e, const char *want)
{
	char hash[CHAIN_HASH + 1];

	ck_assert_int_eq(chain_hash(e, hash), 0);
	ck_assert_str_eq(hash, want);
}

START_TEST(chain_accepts_vectors)
{
	struct chain_entry e = base;

	hash_is(&e, "rK7z91rNb5c6uscSb2kMAjNDEIJJGyYoQc6XE59-hqM");
	e.detail = "{\"session\":\"own\"}";
	hash_is(&e, "3_OD9Cc1g16YTKbg3PRaEJCDSWHeKVxqRnF_IuwSSsk");
	e = (struct chain_entry){ .seq = 2,
	    .created_at = base.created_at, .action = "login.failure",
	    .result = "failure",
	    .prev = "rK7z91rNb5c6uscSb2kMAjNDEIJJGyYoQc6XE59-hqM" };
	hash_is(&e, "V8GmjD_-UFoJKkJYsniY1cawdYUhZotzI4ZIyp7WBUE");
	e = base;
	e.actor = "line\n\"\\\t\x1b\x7f\xc2\x85\xe2\x80\xae\xf0\x9f\x98\x80";
	e.detail = "{\"a\":{\"\":\"\xe2\x82\xac\"},"
	    "\"b\":[1,-2,null,true,false]}";
	hash_is(&e, "zdg20R1c6oRPbV0PVdj9Zf7jDZnIMCi4BrzijA8ragM");
}
END_TEST

/* Each member counts, null is not "", and no text moves into the next one. */
START_TEST(chain_rejects_two_entries_of_one_hash)
{
	struct chain_entry v[] = { base, base, base, base, base, base, base,
	    base, base, base, base, base, base, base };
	char hash[14][CHAIN_HASH + 1];
	size_t i, j;

	v[1].seq = 11;
	v[2].created_at = "2026-01-31T12:00:00.001Z";
	v[3].action = "login.successs";
	v[4].result = "failure";
	v[5].actor = "";
	v[6].actor = NULL;
	v[7].subject = "u1\",\"x\":\"";
	v[8].client_id = NULL;
	v[9].ip = "192.0.2.71";
	v[10].request_id = "1";
	v[11].detail = "\"\"";
	v[12].detail = "{}";
	v[13].prev = "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	for (i = 0; i < 14; i++) {
		ck_assert_int_eq(chain_hash(&v[i], hash[i]), 0);
		for (j = 0; j < i; j++)
			ck_assert_str_ne(hash[i], hash[j]);
	}
}
END_TEST

START_TEST(chain_accepts_its_own_line)
{
	struct buf line = BUF_INIT, detail = BUF_INIT;
	struct chain_entry e = base, back;
	char hash[CHAIN_HASH + 1];
	json_t *o;
	size_t i;

	e.actor = "line\n\"\\\t\x1b\x7f\xc2\x85\xe2\x80\xae\xf0\x9f\x98\x80";
	e.subject = "";
	e.ip = NULL;
	e.detail = "{\"a\":\"\xe2\x82\xac\\n\",\"b\":[]}";
	ck_assert_int_eq(chain_hash(&e, hash), 0);
	e.hash = hash;
	ck_assert_int_eq(chain_line(&line, &e), 0);
	for (i = 0; i + 1 < line.len; i++)
		ck_assert(line.p[i] >= 0x20 && line.p[i] < 0x7f);
	ck_assert_int_eq(line.p[i], '\n');
	o = json_strict_object((const char *)line.p, line.len, NULL);
	ck_assert_int_eq(chain_parse(&back, o, &detail), 0);
	ck_assert_str_eq(back.actor, e.actor);
	ck_assert_str_eq(back.subject, "");
	ck_assert_ptr_null(back.ip);
	ck_assert_str_eq(back.detail, e.detail);
	hash_is(&back, hash);
	json_decref(o);
	buf_free(&line);
	buf_free(&detail);
}
END_TEST

static const struct {
	const char	*text, *canon;
} details[] = {
	{ "{ \"b\" : 1, \"a\" : [ ] }", "{\"a\":[],\"b\":1}" },
	{ "{\"a\":\"\\u0041\\u20ac\\/\"}", "{\"a\":\"A\xe2\x82\xac/\"}" },
	{ "-9007199254740991", "-9007199254740991" },
	{ "null", "null" }, { "true", "true" },
	/* what is none, or has no canonical form here, is a text */
	{ "9007199254740992", "\"9007199254740992\"" },
	{ "1.5", "\"1.5\"" }, { "{\"a\":1e3}", "\"{\\\"a\\\":1e3}\"" },
	{ "{\"a\":1,\"a\":1}", "\"{\\\"a\\\":1,\\\"a\\\":1}\"" },
	{ "{\"\xc3\xa9\":1}", "\"{\\\"\xc3\xa9\\\":1}\"" },
	{ "", "\"\"" }, { "x\n", "\"x\\n\"" },
	{ "[[[[[[[[[1]]]]]]]]]", "\"[[[[[[[[[1]]]]]]]]]\"" },
};

START_TEST(chain_accepts_any_stored_detail)
{
	struct buf b = BUF_INIT;

	ck_assert_int_eq(chain_detail(&b, details[_i].text), 0);
	ck_assert_str_eq(buf_cstr(&b), details[_i].canon);
	buf_free(&b);
}
END_TEST

START_TEST(canon_rejects_what_has_two_forms)
{
	static const char *const bad[] = { "1.0", "[1,2.5]", "{\"a\":1e1}",
	    "9007199254740992", "-9007199254740992", "{\"\xc3\xa9\":1}",
	    "[[[[[[[[1]]]]]]]]", "{\"a\":{\"b\":[0.0]}}" };
	struct buf b = BUF_INIT;
	json_t *v;
	size_t i;

	buf_adds(&b, "kept");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		v = json_strict(bad[i], strlen(bad[i]), NULL);
		ck_assert_ptr_nonnull(v);
		ck_assert_int_eq(json_canon(&b, v), -1);
		ck_assert_str_eq(buf_cstr(&b), "kept");
		json_decref(v);
	}
	buf_free(&b);
}
END_TEST

/* ---- exports ---- */

#define ENTRIES	5

/* A chain of entries in lines, heads behind the third and the last. */
static struct buf lines[ENTRIES + 2];
static int nlines;

static void
line_add(const char *text)
{
	buf_reset(&lines[nlines]);
	buf_adds(&lines[nlines++], text);
}

static void
head_add(struct test_key *k, const char *tenant, int64_t seq,
    const char *hash)
{
	struct buf b = BUF_INIT;
	char text[256], *jws;

	snprintf(text, sizeof(text), "{\"iss\":\"https://a\",\"tenant\":\"%s\","
	    "\"seq\":%lld,\"hash\":\"%s\",\"iat\":1}", tenant,
	    (long long)seq, hash);
	jws = test_token(k, CHAIN_HEAD_TYP, text);
	chain_head_line(&b, jws);
	b.len--;
	line_add(buf_cstr(&b));
	buf_free(&b);
	free(jws);
}

static void
chain_make(struct test_key *k, const char *actor)
{
	char prev[CHAIN_HASH + 1] = CHAIN_ZERO, hash[CHAIN_HASH + 1];
	struct chain_entry e = base;
	struct buf b = BUF_INIT;

	nlines = 0;
	e.actor = actor;
	for (e.seq = 1; e.seq <= ENTRIES; e.seq++) {
		e.prev = prev;
		e.hash = hash;
		chain_hash(&e, hash);
		buf_reset(&b);
		chain_line(&b, &e);
		b.len--;
		line_add(buf_cstr(&b));
		if (e.seq == 3 || e.seq == ENTRIES)
			head_add(k, "default", e.seq, hash);
		memcpy(prev, hash, sizeof(prev));
	}
	buf_free(&b);
}

/* The seq where the lines are broken, 0: they are good, -1: at no entry. */
static int64_t
judge(const struct jwks *keys)
{
	struct chain_check *c = chain_check_new(keys);
	const struct chain_report *r = chain_check_report(c);
	int64_t seq = 0;
	int i;

	for (i = 0; i < nlines; i++)
		if (chain_check_line(c, (const char *)lines[i].p,
		    lines[i].len) == -1)
			break;
	if (chain_check_end(c) == -1) {
		ck_assert(r->broken && r->why[0] != '\0');
		seq = r->seq > 0 ? r->seq : -1;
		/* broken once, broken for good */
		ck_assert_int_eq(chain_check_line(c, "{}", 2), -1);
	}
	chain_check_free(c);
	return (seq);
}

START_TEST(check_accepts_a_chain)
{
	chain_make(&test_keys[_i], "u1");
	ck_assert_int_eq(judge(test_set), 0);
	ck_assert_int_eq(judge(NULL), 0);
}
END_TEST

/* Lines 0 1 2 [3: head] 4 5 [6: head]. */
static void
swap(int a, int b)
{
	struct buf t = lines[a];

	lines[a] = lines[b];
	lines[b] = t;
}

static void
drop(int a)
{
	struct buf t = lines[a];

	nlines--;
	memmove(&lines[a], &lines[a + 1], sizeof(t) * (size_t)(nlines - a));
	lines[nlines] = t;
}

START_TEST(check_rejects_removed_and_moved_lines)
{
	chain_make(KEY_EC, "u1");
	drop(1);
	ck_assert_int_eq(judge(test_set), 2);
	chain_make(KEY_EC, "u1");
	drop(2);
	ck_assert_int_eq(judge(test_set), 3);
	chain_make(KEY_EC, "u1");
	drop(5);
	ck_assert_int_eq(judge(test_set), 5);
	chain_make(KEY_EC, "u1");
	nlines = 6;			/* the last head */
	ck_assert_int_eq(judge(test_set), 4);
	chain_make(KEY_EC, "u1");
	nlines = 3;
	ck_assert_int_eq(judge(test_set), 3);
	chain_make(KEY_EC, "u1");
	swap(0, 1);
	ck_assert_int_eq(judge(test_set), 1);
	chain_make(KEY_EC, "u1");
	swap(4, 5);
	ck_assert_int_eq(judge(test_set), 4);
	chain_make(KEY_EC, "u1");
	swap(3, 6);
	ck_assert_int_eq(judge(test_set), 4);
	nlines = 0;
	ck_assert_int_eq(judge(test_set), -1);
}
END_TEST

START_TEST(check_rejects_strangers_heads)
{
	struct jwks *few = jwks_new();

	chain_make(KEY_EC, "u1");
	ck_assert_int_eq(jwks_add_pkey(few, KEY_ED->pkey, NULL, JOSE_NONE), 0);
	ck_assert_int_eq(judge(few), 3);
	jwks_free(few);
	nlines--;
	head_add(KEY_EC, "other", 5, CHAIN_ZERO);
	ck_assert_int_eq(judge(test_set), 5);
	nlines--;
	head_add(KEY_EC, "default", 5, CHAIN_ZERO);
	ck_assert_int_eq(judge(test_set), 5);
	ck_assert_int_eq(judge(NULL), 5);
	nlines--;
	head_add(KEY_EC, "default", 6, CHAIN_ZERO);
	ck_assert_int_eq(judge(test_set), 6);
}
END_TEST

/* The end of one chain in the other's place, heads and all. */
START_TEST(check_rejects_a_graft)
{
	struct buf tail[3] = { BUF_INIT, BUF_INIT, BUF_INIT };
	int i;

	chain_make(KEY_EC, "u2");
	for (i = 0; i < 3; i++)
		buf_add(&tail[i], lines[4 + i].p, lines[4 + i].len);
	chain_make(KEY_EC, "u1");
	nlines = 4;
	for (i = 0; i < 3; i++) {
		line_add(buf_cstr(&tail[i]));
		buf_free(&tail[i]);
	}
	ck_assert_int_eq(judge(test_set), 4);
}
END_TEST

/*
 * Any change of any byte is found, unless the JSON says the same. Nothing
 * crashes, whatever stands there.
 */
START_TEST(check_rejects_changed_bytes)
{
	struct buf *l;
	uint8_t old, rnd[4];
	int i, good = 0;
	size_t n;

	chain_make(KEY_EC, "u1");
	for (i = 0; i < 6000; i++) {
		rnd_bytes(rnd, sizeof(rnd));
		l = &lines[rnd[0] % nlines];
		n = ((size_t)rnd[1] << 8 | rnd[2]) % l->len;
		old = l->p[n];
		if (old == rnd[3])
			continue;
		l->p[n] = rnd[3];
		good += judge(test_set) == 0;
		l->p[n] = old;
	}
	ck_assert_int_eq(good, 0);
	ck_assert_int_eq(judge(test_set), 0);
}
END_TEST

/* Pieces cut out, doubled, filled with noise. */
START_TEST(check_rejects_mangled_lines)
{
	struct buf *l, old = BUF_INIT;
	uint8_t r[8], noise[64];
	size_t n, m;
	int i;

	chain_make(KEY_ED, "u1");
	for (i = 0; i < 3000; i++) {
		rnd_bytes(r, sizeof(r));
		rnd_bytes(noise, sizeof(noise));
		noise[0] = 'x';		/* not a blank alone */
		l = &lines[r[0] % nlines];
		buf_reset(&old);
		buf_add(&old, l->p, l->len);
		n = ((size_t)r[1] << 8 | r[2]) % l->len;
		m = 1 + r[3] % 64;
		if (m > l->len - n)
			m = l->len - n;
		if (r[4] % 3 == 0) {
			memmove(l->p + n, l->p + n + m, l->len - n - m);
			l->len -= m;
		} else if (r[4] % 3 == 1)
			buf_add(l, noise, m);
		else
			memcpy(l->p + n, noise, m);
		if (l->len != old.len || memcmp(l->p, old.p, old.len) != 0)
			ck_assert_int_ne(judge(test_set), 0);
		buf_reset(l);
		buf_add(l, old.p, old.len);
	}
	ck_assert_int_eq(judge(test_set), 0);
	buf_free(&old);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("chain");
	TCase *t = test_key_cases("chain");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_test(t, chain_accepts_vectors);
	tcase_add_test(t, chain_rejects_two_entries_of_one_hash);
	tcase_add_test(t, chain_accepts_its_own_line);
	tcase_add_loop_test(t, chain_accepts_any_stored_detail, 0,
	    (int)(sizeof(details) / sizeof(details[0])));
	tcase_add_test(t, canon_rejects_what_has_two_forms);
	tcase_add_loop_test(t, check_accepts_a_chain, 0, 3);
	tcase_add_test(t, check_rejects_removed_and_moved_lines);
	tcase_add_test(t, check_rejects_strangers_heads);
	tcase_add_test(t, check_rejects_a_graft);
	tcase_add_test(t, check_rejects_changed_bytes);
	tcase_add_test(t, check_rejects_mangled_lines);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed != 0);
}
