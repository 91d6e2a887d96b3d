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
 * Unit tests of src/rules: names, addresses, passwords (API.md section 3).
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/rules/common.h"
#include "src/rules/name.h"
#include "src/rules/password.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

/* ---- usernames ---- */

START_TEST(name_accepts_what_the_api_names)
{
	static const char *const good[][2] = {
		{ "bob", "bob" }, { "Alice", "alice" }, { "a.b_c-d", "a.b_c-d" },
		{ "007", "007" }, { "J\xc3\xbcrgen", "j\xc3\xbcrgen" },
		{ "Stra\xc3\x9f" "e", "strasse" },
		{ "\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
		  "\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83" },
		{ "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd" "1",
		  "\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd" "1" },
		{ "\xe5\xb1\xb1\xe7\x94\xb0\xe5\xa4\xaa",
		  "\xe5\xb1\xb1\xe7\x94\xb0\xe5\xa4\xaa" },
		{ "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d"
		  "\xe0\xa4\xa6\xe0\xa5\x80", "\xe0\xa4\xb9\xe0\xa4\xbf"
		  "\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80" },
		{ "\xd9\xa1\xd9\xa2\xd9\xa3", "\xd9\xa1\xd9\xa2\xd9\xa3" },
		{ "abc\xe5\xb1\xb1", "abc\xe5\xb1\xb1" }
	};
	char out[NAME_CAP], key[NAME_KEY_CAP];
	size_t i;

	for (i = 0; i < N(good); i++) {
		ck_assert_msg(name_check(good[i][0], out, key) == NAME_OK,
		    "refused %s", good[i][0]);
		ck_assert_str_eq(out, good[i][0]);
		ck_assert_str_eq(key, good[i][1]);
	}
}
END_TEST

START_TEST(name_accepts_64_code_points)
{
	char in[4 * 65 + 1], out[NAME_CAP], key[NAME_KEY_CAP];
	size_t i;

	for (i = 0; i < 64; i++)	/* U+10400, four bytes each */
		memcpy(in + 4 * i, "\xf0\x90\x90\x80", 4);
	in[256] = '\0';
	ck_assert_int_eq(name_check(in, out, key), NAME_OK);
	ck_assert_str_eq(out, in);
	memcpy(in + 256, "\xf0\x90\x90\x80", 5);
	ck_assert_int_eq(name_check(in, out, key), NAME_TOO_LONG);
	for (i = 0; i < 64; i++)	/* U+0390 folds to three, then one */
		memcpy(in + 2 * i, "\xce\x90", 3);
	ck_assert_int_eq(name_check(in, out, key), NAME_OK);
	ck_assert_str_eq(key, in);
}
END_TEST

/* CASES 15 */
START_TEST(name_rejects_what_the_api_forbids)
{
	static const struct {
		const char	*in;
		enum name_err	 e;
	} bad[] = {
		{ "", NAME_TOO_SHORT }, { "ab", NAME_TOO_SHORT },
		{ "\xc3\xa9\xc3\xa9", NAME_TOO_SHORT },
		{ "a b", NAME_CHARACTER }, { "a@b", NAME_CHARACTER },
		{ "a/../b", NAME_CHARACTER }, { "a'b", NAME_CHARACTER },
		{ "a\nb", NAME_CHARACTER }, { "a\x7f" "b", NAME_CHARACTER },
		{ "abc\xff", NAME_CHARACTER },
		{ "ab\xf0\x9f\x94\x91", NAME_CHARACTER },	/* key */
		{ "ab\xe2\x80\x8d" "c", NAME_CHARACTER },	/* ZWJ */
		{ "ab\xe2\x80\xae" "c", NAME_CHARACTER },	/* RLO */
		{ "ab\xcd\x8f" "c", NAME_CHARACTER },	/* CGJ, a mark */
		{ "ab\xef\xb8\x8f" "c", NAME_CHARACTER },	/* VS16 */
		{ "ab\xe1\x85\xa0", NAME_CHARACTER },	/* Hangul filler */
		{ "ab\xe3\x85\xa4", NAME_CHARACTER },	/* another */
		{ "ab\xc2\xa0" "c", NAME_CHARACTER },	/* no-break space */
		{ "ab\xe2\x91\xa0", NAME_CHARACTER },	/* circled 1 */
		{ ".abc", NAME_EDGE }, { "-abc", NAME_EDGE },
		{ "_abc", NAME_EDGE }, { "abc.", NAME_EDGE },
		{ "abc_", NAME_EDGE }, { "abc-", NAME_EDGE },
		{ "\xcc\x81" "abc", NAME_EDGE },		/* a mark */
		{ "Ju\xcc\x88rgen", NAME_NOT_NFC },
		{ "\xe2\x84\xa6mega", NAME_NOT_NFC },	/* ohm sign */
		{ "\xef\xbd\x81" "bc", NAME_COMPAT },	/* fullwidth a */
		{ "\xef\xac\x81sh", NAME_COMPAT },		/* fi ligature */
		{ "a\xc2\xba" "c", NAME_COMPAT },
		{ "\xf0\x9d\x90\x80" "bc", NAME_COMPAT },	/* bold A */
		{ "p\xd0\xb0ypal", NAME_SCRIPTS },	/* Cyrillic a */
		{ "\xce\xb1lice", NAME_SCRIPTS },		/* Greek alpha */
		{ "\xce\xb1\xd0\xb0\xd0\xb1", NAME_SCRIPTS }
	};
	char out[NAME_CAP], key[NAME_KEY_CAP];
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(name_check(bad[i].in, out, key) == bad[i].e,
		    "%s (%zu): %d", bad[i].in, i,
		    (int)name_check(bad[i].in, out, key));
}
END_TEST

START_TEST(name_key_accepts_what_people_type)
{
	char a[NAME_KEY_CAP], b[NAME_KEY_CAP];

	ck_assert_int_eq(name_key("J\xc3\x9cRGEN", a), 0);
	ck_assert_int_eq(name_key("ju\xcc\x88rgen", b), 0);
	ck_assert_str_eq(a, b);
	ck_assert_int_eq(name_key("' OR 1=1 --", a), 0);
	ck_assert_str_eq(a, "' or 1=1 --");
}
END_TEST

START_TEST(name_key_rejects_the_impossible)
{
	char key[NAME_KEY_CAP], in[3000];

	ck_assert_int_eq(name_key("\xff", key), -1);
	memset(in, 'a', sizeof(in));
	in[520] = '\0';
	ck_assert_int_eq(name_key(in, key), -1);
	memset(in, 'a', sizeof(in));
	in[2999] = '\0';
	ck_assert_int_eq(name_key(in, key), -1);
	for (size_t i = 0; i < 600; i++)	/* each becomes 18 */
		memcpy(in + 3 * i, "\xef\xb7\xba", 4);
	ck_assert_int_eq(name_key(in, key), -1);
}
END_TEST

START_TEST(name_display_rejects_controls)
{
	char in[4 * 129 + 1] = "";
	size_t i;

	ck_assert_int_eq(name_display_ok(""), 1);
	ck_assert_int_eq(name_display_ok("Dr. J\xc3\xbcrgen O'Neil \xf0\x9f"
	    "\x94\x91"), 1);
	ck_assert_int_eq(name_display_ok("a\nb"), 0);
	ck_assert_int_eq(name_display_ok("a\x7f"), 0);
	ck_assert_int_eq(name_display_ok("a\xc2\x9b"), 0);
	ck_assert_int_eq(name_display_ok("a\xe2\x80\xa8"), 0);
	ck_assert_int_eq(name_display_ok("a\xe2\x80\xae"), 0);
	ck_assert_int_eq(name_display_ok("\xff"), 0);
	for (i = 0; i < 129; i++)
		memcpy(in + 4 * i, "\xf0\x9f\x94\x91", 5);
	ck_assert_int_eq(name_display_ok(in), 0);
	ck_assert_int_eq(name_display_ok(in + 4), 1);
}
END_TEST

/* ---- addresses ---- */

START_TEST(email_accepts_dot_atoms)
{
	static const char *const good[] = { "a@b.cd", "a.b+c@x-y.example.org",
	    "!#$%&'*+-/=?^_`{|}~@example.org", "1@2.x3" };
	char key[EMAIL_CAP], in[300];
	size_t i;

	for (i = 0; i < N(good); i++)
		ck_assert_msg(email_check(good[i], key), "%s", good[i]);
	ck_assert_int_eq(email_check("A.B@Example.ORG", key), 1);
	ck_assert_str_eq(key, "a.b@example.org");
	memset(in, 'a', sizeof(in));
	memcpy(in + 254 - 12, "@example.org", 13);
	ck_assert_int_eq(email_check(in, key), 1);
	ck_assert_uint_eq(strlen(key), 254);
	memcpy(in + 255 - 12, "@example.org", 13);
	in[254 - 12] = 'a';
	ck_assert_int_eq(email_check(in, key), 0);
}
END_TEST

/* a label of 64 letters */
#define LABEL64								\
	"a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"	\
	".org"

START_TEST(email_rejects_the_rest)
{
	static const char *const bad[] = { "", "@", "a", "a@", "@b.cd", "a@b",
	    "a@b.", "a@.b", "a@b..c", ".a@b.cd", "a.@b.cd", "a..b@b.cd",
	    "a b@c.de", "\"a\"@b.cd", "a@b@c.de", "a@-b.cd", "a@b-.cd",
	    "a@b_c.de", "a@[127.0.0.1]", "a@127.0.0.1", "a@b.cd\n",
	    "a\r\nBcc: x@b.cd", "\xc3\xa9@b.cd", "a@\xc3\xa9.cd", "a(x)@b.cd",
	    "a@b.cd ", " a@b.cd", "a,b@c.de", "a@b.c,d", "<a@b.cd>",
	    LABEL64 };
	char key[EMAIL_CAP];
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(!email_check(bad[i], key), "%s", bad[i]);
}
END_TEST

/* ---- passwords ---- */

static const char *
check(const char *in)
{
	static char nfkc[PASSWORD_NFKC_CAP];

	ck_assert_int_ge(password_normalize(in, nfkc), 0);
	return (password_check(nfkc, 15, "alice", "carol@example.org"));
}

START_TEST(password_accepts_phrases)
{
	static const char *const good[] = { "correct horse battery staple",
	    "kT9#mQ2$vL5@nR8!", "a long enough sentence 1",
	    "alice likes green tea", "vier Worte sind genug",
	    "test-password-1234", "xpasswordxpasswordy", "carol@home for tea",
	    "\xd0\xbe\xd1\x87\xd0\xb5\xd0\xbd\xd1\x8c \xd0\xb4\xd0\xbb\xd0\xb8"
	    "\xd0\xbd\xd0\xbd\xd1\x8b\xd0\xb9 \xd1\x82\xd0\xb5\xd0\xba\xd1\x81"
	    "\xd1\x82", "example.org is mine" };
	size_t i;

	for (i = 0; i < N(good); i++)
		ck_assert_msg(check(good[i]) == NULL, "%s: %s", good[i],
		    check(good[i]));
}
END_TEST

/* CASES 17 */
START_TEST(password_accepts_64_characters_of_unicode)
{
	static const char *const letters[] = { "\xf0\x9f\x94\x91",
	    "\xe5\xb1\xb1", "\xc3\xa9", "\xd0\xb6" };
	char in[64 * 4 + 1], nfkc[PASSWORD_NFKC_CAP];
	size_t i, at = 0, n;

	for (i = 0; i < 64; i++, at += n) {
		n = strlen(letters[i * i % 7 % 4]);
		memcpy(in + at, letters[i * i % 7 % 4], n);
	}
	in[at] = '\0';
	ck_assert_int_eq(password_normalize(in, nfkc), (long)strlen(in));
	ck_assert_str_eq(nfkc, in);
}
END_TEST

START_TEST(password_accepts_both_forms_as_one)
{
	char a[PASSWORD_NFKC_CAP], b[PASSWORD_NFKC_CAP];

	ck_assert_int_ge(password_normalize("pa\xc3\x9fw\xc3\xb6rt", a), 0);
	ck_assert_int_ge(password_normalize("pa\xc3\x9fwo\xcc\x88rt", b), 0);
	ck_assert_str_eq(a, b);
	ck_assert_int_eq(password_normalize("\xef\xbd\x81\xc2\xb2", a), 2);
	ck_assert_str_eq(a, "a2");
	ck_assert_int_eq(password_normalize("ABC", a), 3);
	ck_assert_str_eq(a, "ABC");		/* case is kept */
}
END_TEST

START_TEST(password_rejects_wrong_lengths)
{
	char in[257 * 2 + 1] = "";
	size_t i;

	ck_assert_str_eq(check("kT9#mQ2$vL5@nR"), "too_short");
	ck_assert_str_eq(check(""), "too_short");
	/* 14 characters, 28 bytes */
	ck_assert_str_eq(check("\xc3\xa9\xc3\xa8\xc3\xaa\xc3\xab\xc3\xa9\xc3"
	    "\xa8\xc3\xaa\xc3\xab\xc3\xa9\xc3\xa8\xc3\xaa\xc3\xab\xc3\xa9\xc3"
	    "\xa8"), "too_short");
	for (i = 0; i < 257; i++) {
		in[i] = (char)('a' + (i * i * 7 + i / 3) % 26);
		in[i + 1] = '\0';
	}
	ck_assert_str_eq(check(in), "too_long");
	in[256] = '\0';
	ck_assert_ptr_null(check(in));
	ck_assert_ptr_null(password_check("kT9#mQ2$", 8, "alice", "b@c.de"));
	ck_assert_str_eq(password_check("kT9#mQ2", 8, "alice", "b@c.de"),
	    "too_short");
}
END_TEST

START_TEST(password_rejects_common_ones)
{
	static const char *const bad[] = { "passwordpassword",
	    "123456789012345", "PASSWORDPASSWORD", "qwertyuiopasdfghjkl",
	    "qwertyuiopasdfg", "aaaaaaaaaaaaaaa", "abcabcabcabcabc",
	    "ababababababababab", "1234512345123451", "abcdefghijklmnop",
	    "ponmlkjihgfedcba", "987654321098765", "1q2w3e4r5t6y7u8i",
	    "1qaz2wsx3edc4rfv", "thisismypassword", "password12345678",
	    "Password123456789!", "iloveyouiloveyou", "p@ssw0rdp@ssw0rd",
	    "letmeinletmeinletmein", "letmeinletmein1", "footballbaseball",
	    "adminadminadmin", "administrator123", "112233445566778",
	    "qwertyqwertyqwerty", "abcdeabcdeabcde", "               ",
	    "111111111111111111111", "qwertyuiop12345", "passwordqwerty123",
	    "\xef\xbd\x90\xef\xbd\x81sswordpassword" };
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(check(bad[i]) != NULL &&
		    strcmp(check(bad[i]), "common") == 0, "%s", bad[i]);
}
END_TEST

START_TEST(password_rejects_identity)
{
	static const char *const bad[] = { "alice1x9z", "xx-ALICE-yy",
	    "alicealicealice1", "my-alice-471", "carol@example.org",
	    "!carol@example.org!", "carolcarol-x9k", "Carol-\xc3\xa4x9k7" };
	static char nfkc[PASSWORD_NFKC_CAP];
	size_t i;
	const char *r;

	for (i = 0; i < N(bad); i++) {
		password_normalize(bad[i], nfkc);
		r = password_check(nfkc, 8, "Alice", "carol@example.org");
		ck_assert_msg(r != NULL && strcmp(r, "contains_identity") ==
		    0, "%s: %s", bad[i], r != NULL ? r : "fine");
	}
	ck_assert_ptr_null(password_check("alice-x9k7-m2q", 8, "alice", ""));
	ck_assert_ptr_null(password_check("ab-x9k7m2q", 8, "xyz",
	    "ab@example.org"));
	ck_assert_ptr_null(password_check("kT9#mQ2$vL5", 8, NULL, NULL));
}
END_TEST

/* CASES 16 */
START_TEST(password_rejects_what_is_no_text)
{
	static char in[6000], nfkc[PASSWORD_NFKC_CAP];
	size_t i;

	ck_assert_int_eq(password_normalize("\xff", nfkc), -1);
	ck_assert_int_eq(password_normalize("\xed\xa0\x80", nfkc), -1);
	for (i = 0; i + 3 <= 1024; i += 3)	/* each becomes 18 */
		memcpy(in + i, "\xef\xb7\xba", 4);
	ck_assert_int_eq(password_normalize(in, nfkc), -1);
	memset(in, 'a', sizeof(in) - 1);
	ck_assert_int_eq(password_normalize(in, nfkc), -1);
}
END_TEST

START_TEST(common_accepts_each_word_of_its_list)
{
	const char *w;
	size_t i, n = common_words(&w);

	ck_assert_uint_gt(n, 400);
	for (i = 0; i < n; i++, w += COMMON_MAX + 1) {
		ck_assert_msg(common_word(w, strlen(w)), "%s", w);
		ck_assert(i == 0 || strcmp(w - COMMON_MAX - 1, w) < 0);
	}
	ck_assert(!common_word("passwor", 7));
	ck_assert(!common_word("passwordx", 9));
	ck_assert(!common_word("", 0));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rules");
	TCase *t = tcase_create("rules");
	SRunner *r;
	int failed;

	tcase_add_test(t, name_accepts_what_the_api_names);
	tcase_add_test(t, name_accepts_64_code_points);
	tcase_add_test(t, name_rejects_what_the_api_forbids);
	tcase_add_test(t, name_key_accepts_what_people_type);
	tcase_add_test(t, name_key_rejects_the_impossible);
	tcase_add_test(t, name_display_rejects_controls);
	tcase_add_test(t, email_accepts_dot_atoms);
	tcase_add_test(t, email_rejects_the_rest);
	tcase_add_test(t, password_accepts_phrases);
	tcase_add_test(t, password_accepts_64_characters_of_unicode);
	tcase_add_test(t, password_accepts_both_forms_as_one);
	tcase_add_test(t, password_rejects_wrong_lengths);
	tcase_add_test(t, password_rejects_common_ones);
	tcase_add_test(t, password_rejects_identity);
	tcase_add_test(t, password_rejects_what_is_no_text);
	tcase_add_test(t, common_accepts_each_word_of_its_list);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? 0 : 1);
}
