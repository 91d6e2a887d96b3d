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


/* Password records: digests, the pepper, the MAC, and what is refused. */
#include "config.h"

#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/hasher/arena.h"
#include "privsep/hasher/record.h"
#include "src/base/b64.h"

#define USER	"0198a5c2-0000-7000-8000-000000000001"
#define OTHER	"0198a5c2-0000-7000-8000-000000000002"
#define PASS	"correct horse battery staple"

static const struct argon_cost cheap = { 64, 1 }, dearer = { 128, 1 },
    standard = { 19456, 2 };
static struct pepper *pepper, *other_pepper;
static char dummy[RECORD_CAP], other_dummy[RECORD_CAP];

static void
setup(void)
{
	uint8_t secret[PEPPER_LEN];

	ck_assert_int_ne(sodium_init(), -1);
	memset(secret, 7, sizeof(secret));
	pepper = pepper_new(secret);
	secret[31] ^= 1;
	other_pepper = pepper_new(secret);
	ck_assert_ptr_nonnull(pepper);
	ck_assert_ptr_nonnull(other_pepper);
	record_dummy(pepper, &cheap, dummy);
	record_dummy(other_pepper, &cheap, other_dummy);
}

static void
teardown(void)
{
	pepper_free(pepper);
	pepper_free(other_pepper);
	pepper_free(NULL);
}

static void
make(char record[RECORD_CAP])
{
	ck_assert_int_eq(record_make(pepper, USER, PASS, &cheap, record),
	    RECORD_OK);
}

static enum record_err
verify(const char *user, const char *record, const char *pass)
{
	return (record_verify(pepper, user, record, pass, "", dummy));
}

/* ---- Argon2id ---- */

/* RFC 9106 has no p=1 vector; this one is the reference implementation's
 * (phc-winner-argon2, test.c: v=19, t=2, m=2^8, p=1, "password"). */
START_TEST(argon_accepts_reference_record)
{
	const char phc[ARGON_PHC_CAP] = "$argon2id$v=19$m=256,t=2,p=1$"
	    "c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
	struct argon_cost c;

	ck_assert_int_eq(crypto_pwhash_str_verify(phc, "password", 8), 0);
	/* Our own records have salts of 16 bytes. */
	ck_assert_int_eq(argon_cost(phc, &c), ARGON_FORM);
}
END_TEST

/* The digest in a record is that of a plain crypto_pwhash() whose memory does
 * not come from the arena. */
START_TEST(argon_accepts_plain_digest)
{
	char phc[ARGON_PHC_CAP], b64[64];
	uint8_t salt[16], plain[32];
	const char *s, *h;
	unsigned long served;
	int i;

	for (i = 0; i < 2; i++) {
		served = arena_served();
		ck_assert_int_eq(argon_hash(phc, (const uint8_t *)PASS,
		    strlen(PASS), &standard), ARGON_OK);
#ifndef SANDBOX_RELAXED
		ck_assert_uint_eq(arena_served(), served + 1);
#endif
		h = strrchr(phc, '$');
		s = h - 22;
		ck_assert_int_eq(sodium_base642bin(salt, sizeof(salt), s, 22,
		    NULL, NULL, NULL,
		    sodium_base64_VARIANT_ORIGINAL_NO_PADDING), 0);
		served = arena_served();
		ck_assert_int_eq(crypto_pwhash(plain, sizeof(plain), PASS,
		    strlen(PASS), salt, 2, 19456 * 1024,
		    crypto_pwhash_ALG_ARGON2ID13), 0);
		ck_assert_uint_eq(arena_served(), served);
		sodium_bin2base64(b64, sizeof(b64), plain, sizeof(plain),
		    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
		ck_assert_str_eq(h + 1, b64);
		arena_release();	/* the next one starts from zeroes */
	}
}
END_TEST

START_TEST(argon_accepts_growing_memory)
{
	static const struct argon_cost cost[] = { { 2048, 1 }, { 8192, 1 },
	    { 4096, 1 }, { 64, 1 } };
	char phc[ARGON_PHC_CAP];
	size_t i;

	for (i = 0; i < sizeof(cost) / sizeof(cost[0]); i++) {
		ck_assert_int_eq(argon_hash(phc, (const uint8_t *)PASS,
		    strlen(PASS), &cost[i]), ARGON_OK);
		ck_assert_int_eq(argon_verify(phc, (const uint8_t *)PASS,
		    strlen(PASS)), ARGON_OK);
		ck_assert_int_eq(argon_verify(phc, (const uint8_t *)"x", 1),
		    ARGON_MISMATCH);
	}
	arena_release();
	arena_release();
	ck_assert_int_eq(argon_verify(phc, (const uint8_t *)PASS,
	    strlen(PASS)), ARGON_OK);
}
END_TEST

#define SALT_HASH "$AAAAAAAAAAAAAAAAAAAAAA$" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct {
	const char	*phc;
	enum argon_err	 want;
} refused[] = {
	{ "", ARGON_FORM },
	{ "$", ARGON_FORM },
	{ "$argon2id$v=19$m=262145,t=1,p=1" SALT_HASH, ARGON_COST },
	{ "$argon2id$v=19$m=4294967295,t=1,p=1" SALT_HASH, ARGON_COST },
	{ "$argon2id$v=19$m=262144,t=17,p=1" SALT_HASH, ARGON_COST },
	{ "$argon2id$v=19$m=8,t=4294967295,p=1" SALT_HASH, ARGON_COST },
	{ "$argon2id$v=19$m=7,t=1,p=1" SALT_HASH, ARGON_COST },
	{ "$argon2id$v=19$m=4294967360,t=1,p=1" SALT_HASH, ARGON_FORM },
	{ "$argon2id$v=19$m=99999999999999999999,t=1,p=1" SALT_HASH,
	    ARGON_FORM },
	{ "$argon2id$v=19$m=0,t=1,p=1" SALT_HASH, ARGON_FORM },
	{ "$argon2id$v=19$m=064,t=1,p=1" SALT_HASH, ARGON_FORM },
	{ "$argon2id$v=19$m=-64,t=1,p=1" SALT_HASH, ARGON_FORM },
	{ "$argon2id$v=19$m=,t=1,p=1" SALT_HASH, ARGON_FORM },
	{ "$argon2id$v=19$m=64,t=1,p=2" SALT_HASH, ARGON_FORM },
	{ "$argon2id$v=16$m=64,t=1,p=1" SALT_HASH, ARGON_FORM },
	{ "$argon2id$m=64,t=1,p=1" SALT_HASH, ARGON_FORM },
	{ "$argon2i$v=19$m=64,t=1,p=1" SALT_HASH, ARGON_FORM },
	{ "$argon2d$v=19$m=64,t=1,p=1" SALT_HASH, ARGON_FORM },
	{ "$argon2id$v=19$m=64,t=1,p=1" SALT_HASH "$", ARGON_FORM },
	{ "$argon2id$v=19$m=64,t=1,p=1" SALT_HASH "A", ARGON_FORM },
	{ "$argon2id$v=19$m=64,t=1,p=1$$", ARGON_FORM },
	{ "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA", ARGON_FORM },
	{ "$argon2id$v=19$m=64,t=1,p=1,data=AA" SALT_HASH, ARGON_FORM },
	{ "$2b$10$abcdefghijklmnopqrstuv", ARGON_FORM },
	{ " $argon2id$v=19$m=64,t=1,p=1" SALT_HASH, ARGON_FORM },
};

START_TEST(argon_rejects_record)
{
	struct argon_cost c;

	ck_assert_msg(argon_cost(refused[_i].phc, &c) == refused[_i].want,
	    "%s", refused[_i].phc);
	ck_assert_int_eq(argon_verify(refused[_i].phc, (const uint8_t *)PASS,
	    strlen(PASS)), refused[_i].want);
}
END_TEST

START_TEST(argon_rejects_cost)
{
	static const struct argon_cost bad[] = { { 0, 1 }, { 7, 1 }, { 64, 0 },
	    { ARGON_MAX_KIB + 1, 1 }, { ARGON_MAX_KIB, 17 } };
	char phc[ARGON_PHC_CAP];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(argon_hash(phc, (const uint8_t *)PASS,
		    strlen(PASS), &bad[i]), ARGON_COST);
}
END_TEST

START_TEST(argon_rejects_dummy_always)
{
	struct argon_cost c;
	char again[ARGON_PHC_CAP], first[ARGON_PHC_CAP];

	argon_dummy(first, &standard);
	argon_dummy(again, &standard);
	ck_assert_int_eq(argon_cost(again, &c), ARGON_OK);
	ck_assert_uint_eq(c.kib, standard.kib);
	ck_assert_uint_eq(c.passes, standard.passes);
	ck_assert_str_ne(again, first);
	ck_assert_int_eq(argon_verify(again, (const uint8_t *)"", 0),
	    ARGON_MISMATCH);
	ck_assert_int_eq(argon_verify(again, (const uint8_t *)PASS,
	    strlen(PASS)), ARGON_MISMATCH);
}
END_TEST

/* It is opened like a user's, and matches nothing. */
START_TEST(record_rejects_dummy_always)
{
	static const char nobody[] = "00000000-0000-0000-0000-000000000000";

	ck_assert_str_ne(dummy, other_dummy);
	ck_assert_int_eq(verify(nobody, dummy, PASS), RECORD_MISMATCH);
	ck_assert_int_eq(verify(nobody, dummy, ""), RECORD_MISMATCH);
	ck_assert_int_eq(verify("", "", PASS), RECORD_MISMATCH);
	ck_assert_int_eq(verify(USER, "", PASS), RECORD_MISMATCH);
	ck_assert_int_eq(verify(USER, dummy, PASS), RECORD_MAC);
}
END_TEST

/* ---- records ---- */

START_TEST(record_accepts_its_password)
{
	char r[RECORD_CAP], again[RECORD_CAP];

	make(r);
	make(again);
	ck_assert_str_ne(r, again);
	ck_assert_int_eq(strncmp(r, "$argon2id$v=19$m=64,t=1,p=1$", 28), 0);
	ck_assert_int_eq(verify(USER, r, PASS), RECORD_OK);
	ck_assert_int_eq(verify(USER, again, PASS), RECORD_OK);
	ck_assert_int_eq(record_stale(r, &cheap), 0);
}
END_TEST

/* CASES 17: every byte counts, to the last one. */
START_TEST(record_accepts_long_password)
{
	char r[RECORD_CAP], pass[4096];

	memset(pass, 'x', sizeof(pass) - 1);
	pass[sizeof(pass) - 1] = '\0';
	ck_assert_int_eq(record_make(pepper, USER, pass, &cheap, r),
	    RECORD_OK);
	ck_assert_int_eq(verify(USER, r, pass), RECORD_OK);
	pass[sizeof(pass) - 2] = 'y';
	ck_assert_int_eq(verify(USER, r, pass), RECORD_MISMATCH);
	pass[sizeof(pass) - 2] = '\0';
	ck_assert_int_eq(verify(USER, r, pass), RECORD_MISMATCH);
}
END_TEST

START_TEST(record_accepts_older_parameters)
{
	char r[RECORD_CAP];

	make(r);
	ck_assert_int_eq(record_stale(r, &dearer), 1);
	ck_assert_int_eq(verify(USER, r, PASS), RECORD_OK);
	ck_assert_int_eq(record_make(pepper, USER, PASS, &dearer, r),
	    RECORD_OK);
	ck_assert_int_eq(record_stale(r, &dearer), 0);
	ck_assert_int_eq(record_stale(r, &cheap), 1);
}
END_TEST

START_TEST(record_rejects_wrong_password)
{
	char r[RECORD_CAP];

	make(r);
	ck_assert_int_eq(verify(USER, r, ""), RECORD_MISMATCH);
	ck_assert_int_eq(verify(USER, r, PASS " "), RECORD_MISMATCH);
	ck_assert_int_eq(verify(USER, r, "Correct horse battery staple"),
	    RECORD_MISMATCH);
}
END_TEST

START_TEST(record_rejects_unknown_user)
{
	ck_assert_int_eq(verify("", "", PASS), RECORD_MISMATCH);
	ck_assert_int_eq(verify(USER, "", ""), RECORD_MISMATCH);
}
END_TEST

START_TEST(record_rejects_another_users)
{
	char r[RECORD_CAP];

	make(r);
	ck_assert_int_eq(verify(OTHER, r, PASS), RECORD_MAC);
	ck_assert_int_eq(verify("", r, PASS), RECORD_FORM);
	ck_assert_int_eq(verify("0198a5c2-0000-7000-8000-00000000000", r,
	    PASS), RECORD_MAC);
}
END_TEST

START_TEST(record_rejects_another_pepper)
{
	char r[RECORD_CAP], a[PEPPER_FP_CAP], b[PEPPER_FP_CAP];

	make(r);
	ck_assert_int_eq(record_verify(other_pepper, USER, r, PASS, "",
	    other_dummy), RECORD_MAC);
	pepper_fingerprint(pepper, a);
	pepper_fingerprint(other_pepper, b);
	ck_assert_uint_eq(strlen(a), 32);
	ck_assert_str_ne(a, b);
}
END_TEST

/* The PHC string alone is worth nothing without the pepper. */
START_TEST(record_rejects_unpeppered_hash)
{
	char r[RECORD_CAP], phc[ARGON_PHC_CAP];

	make(r);
	*strrchr(r, '|') = '\0';
	ck_assert_int_ne(crypto_pwhash_str_verify(r, PASS, strlen(PASS)), 0);
	ck_assert_int_eq(verify(USER, r, PASS), RECORD_FORM);
	ck_assert_int_eq(argon_hash(phc, (const uint8_t *)PASS, strlen(PASS),
	    &cheap), ARGON_OK);
	ck_assert_int_eq(verify(USER, phc, PASS), RECORD_FORM);
}
END_TEST

START_TEST(record_rejects_any_changed_character)
{
	char r[RECORD_CAP];
	size_t i, n;

	make(r);
	n = strlen(r);
	for (i = 0; i < n; i++) {
		r[i] ^= 1;
		ck_assert_msg(verify(USER, r, PASS) != RECORD_OK, "at %zu", i);
		r[i] ^= 1;
	}
	ck_assert_int_eq(verify(USER, r, PASS), RECORD_OK);
}
END_TEST

START_TEST(record_rejects_form)
{
	static const char *const bad[] = { "|", "x", "||", "$argon2id$|",
	    "|AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "x|AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" };
	char longest[1025], r[RECORD_CAP + 8];
	enum record_err e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		e = verify(USER, bad[i], PASS);
		ck_assert_msg(e == RECORD_FORM || e == RECORD_MAC, "%s",
		    bad[i]);
		ck_assert_int_eq(record_stale(bad[i], &cheap), 1);
	}
	memset(longest, 'A', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	longest[800] = '|';
	ck_assert_int_eq(verify(USER, longest, PASS), RECORD_FORM);
	ck_assert_int_eq(record_stale(longest, &cheap), 1);
	make(r);
	strncat(r, "A", 2);
	ck_assert_int_eq(verify(USER, r, PASS), RECORD_FORM);
}
END_TEST

/* Even with a right MAC: a node with a wrong configuration may have made it.
 * What the MAC covers is known, so the test makes its own. */
START_TEST(record_rejects_oversize_with_right_mac)
{
	const char *phc = "$argon2id$v=19$m=262145,t=1,p=1" SALT_HASH;
	crypto_generichash_state st;
	uint8_t secret[PEPPER_LEN], key[32], mac[32];
	char r[RECORD_CAP];

	memset(secret, 7, sizeof(secret));
	crypto_kdf_derive_from_key(key, sizeof(key), 2, "moatdpwd", secret);
	crypto_generichash_init(&st, key, sizeof(key), sizeof(mac));
	crypto_generichash_update(&st, (const uint8_t *)USER, sizeof(USER));
	crypto_generichash_update(&st, (const uint8_t *)phc, strlen(phc));
	crypto_generichash_final(&st, mac, sizeof(mac));
	snprintf(r, sizeof(r), "%s|", phc);
	b64_encode(r + strlen(r), mac, sizeof(mac));
	ck_assert_int_eq(verify(USER, r, PASS), RECORD_COST);
}
END_TEST

START_TEST(record_rejects_making_without_user)
{
	char r[RECORD_CAP];

	ck_assert_int_eq(record_make(pepper, "", PASS, &cheap, r),
	    RECORD_FORM);
}
END_TEST

int
main(void)
{
	Suite *s;
	SRunner *sr;
	TCase *tc;
	int failed;

	s = suite_create("hasher");
	tc = tcase_create("argon");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, argon_accepts_reference_record);
	tcase_add_test(tc, argon_accepts_plain_digest);
	tcase_add_test(tc, argon_accepts_growing_memory);
	tcase_add_loop_test(tc, argon_rejects_record, 0,
	    (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_test(tc, argon_rejects_cost);
	tcase_add_test(tc, argon_rejects_dummy_always);
	tcase_add_test(tc, record_rejects_dummy_always);
	suite_add_tcase(s, tc);
	tc = tcase_create("record");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, record_accepts_its_password);
	tcase_add_test(tc, record_accepts_long_password);
	tcase_add_test(tc, record_accepts_older_parameters);
	tcase_add_test(tc, record_rejects_wrong_password);
	tcase_add_test(tc, record_rejects_unknown_user);
	tcase_add_test(tc, record_rejects_another_users);
	tcase_add_test(tc, record_rejects_another_pepper);
	tcase_add_test(tc, record_rejects_unpeppered_hash);
	tcase_add_test(tc, record_rejects_any_changed_character);
	tcase_add_test(tc, record_rejects_form);
	tcase_add_test(tc, record_rejects_oversize_with_right_mac);
	tcase_add_test(tc, record_rejects_making_without_user);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed == 0 ? 0 : 1);
}
