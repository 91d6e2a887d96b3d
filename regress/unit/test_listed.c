/*
 * The list of common passwords: how many there are, that each is found, and
 * that nobody's good password is refused by chance.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/rules/listed.h"
#include "src/rules/password.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

/* The same numbers in each run (xorshift64*). */
static uint64_t state;

static unsigned
rnd(unsigned n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return ((unsigned)((state * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % n);
}

static const char *
check(const char *password, unsigned min)
{
	char nfkc[PASSWORD_NFKC_CAP];

	if (password_normalize(password, nfkc) == -1)
		ck_abort_msg("%s", password);
	return (password_check(nfkc, min, "zebedee", "z@example.org"));
}

START_TEST(listed_accepts_at_least_100000)
{
	ck_assert_uint_ge(listed_count(), 100000);
	ck_assert_uint_le(listed_count(), 1000000);
}
END_TEST

/* Every entry, as the program that made the filter prints them. */
START_TEST(listed_accepts_each_entry)
{
	const char *top = getenv("srcdir");
	char cmd[2048], line[256];
	size_t n, count = 0, last = 0, sum = 0;
	FILE *f;

	if (top == NULL)
		top = ".";
	snprintf(cmd, sizeof(cmd), "src/rules/listed_gen -l "
	    "'%s/src/rules/gen/words.txt' '%s/src/rules/gen/exact.txt' "
	    "2>/dev/null", top, top);
	f = popen(cmd, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		n = strcspn(line, "\n");
		/* An assertion each would take most of the time. */
		if (n < LISTED_MIN || !listed(line, n))
			ck_abort_msg("%s", line);
		count++;
		sum += n >= 15;
		last = n;
	}
	/* Not where the test runs outside of a build directory. */
	if (pclose(f) == 0) {
		ck_assert_uint_ge(count, listed_count());
		ck_assert_uint_ge(sum, 30000);
		ck_assert_uint_gt(last, 0);
	}
}
END_TEST

static const char *const samples[] = {
	"password", "password1", "Password1", "PASSWORD123", "p@ssw0rd",
	"P@ssw0rd1987", "qwerty123", "iloveyou", "12345678", "1qaz2wsx",
	"trustno1", "letmein1", "monkey123", "dragon2024", "Summer2024!",
	"Winter2023!", "Welcome@2025", "michael1987", "jennifer1990",
	"ashley12", "charlie1", "football1", "liverpool1", "superman123",
	"1234qwer", "abcd1234", "passw0rd", "starwars1", "drowssap1",
	"\xef\xbd\x90\xef\xbd\x81\xef\xbd\x93\xef\xbd\x93word1987",
	"\xef\xbc\xb0" "assword\xef\xbc\x91\xef\xbc\x99\xef\xbc\x98\xef\xbc\x97"
};

START_TEST(listed_rejects_common_at_8)
{
	size_t i;

	for (i = 0; i < N(samples); i++)
		ck_assert_msg(check(samples[i], 8) != NULL &&
		    strcmp(check(samples[i], 8), "common") == 0, "%s",
		    samples[i]);
}
END_TEST

/* What gets a common word over the usual minimum of 15. */
START_TEST(listed_rejects_common_at_15)
{
	static const char *const bad[] = {
		"passwordpassword1", "Michaelmichael123", "christopher2024!",
		"Christopher@2024", "iloveyouelizabeth", "ILoveYouElizabeth!",
		"samantha123456789", "1234567alexander1x" };
	size_t i;

	for (i = 0; i + 1 < N(bad); i++)
		ck_assert_msg(check(bad[i], 15) != NULL &&
		    strcmp(check(bad[i], 15), "common") == 0, "%s", bad[i]);
	ck_assert_ptr_null(check(bad[i], 15));
}
END_TEST

START_TEST(listed_rejects_lengths)
{
	char s[4096];

	memset(s, 'a', sizeof(s));
	ck_assert_int_eq(listed("", 0), 0);
	ck_assert_int_eq(listed("qwerty1", 7), 0);
	ck_assert_int_eq(listed(s, LISTED_MAX + 1), 0);
	ck_assert_int_eq(listed(s, sizeof(s)), 0);
	/* n decides, not a NUL */
	ck_assert_int_eq(listed("passwordXYZW", 8), 1);
	ck_assert_int_eq(listed("passwordXYZW", 12), 0);
}
END_TEST

/* A word that can be said, in no list: consonant, vowel, … */
static size_t
syllables(char *dst, unsigned n)
{
	static const char c[] = "bcdfghjklmnprstvwz", v[] = "aeiou";
	size_t at = 0;

	while (n-- > 0) {
		dst[at++] = c[rnd(sizeof(c) - 1)];
		dst[at++] = v[rnd(sizeof(v) - 1)];
	}
	return (at);
}

static void
phrase(char *dst)
{
	static const char separators[] = " -._";
	unsigned words = 3 + rnd(3), sep = rnd(5), i;
	size_t at = 0;

	for (i = 0; i < words; i++) {
		at += syllables(dst + at, 2 + rnd(3));
		if (sep < 4 && i + 1 < words)
			dst[at++] = separators[sep];
	}
	while (at < 15)
		dst[at++] = (char)('a' + rnd(26));
	dst[at] = '\0';
}

static void
random_text(char *dst)
{
	unsigned n = 15 + rnd(10), i;

	for (i = 0; i < n; i++)
		dst[i] = (char)('!' + rnd('~' - '!' + 1));
	dst[n] = '\0';
}

START_TEST(password_accepts_200000_good_ones)
{
	char s[256];
	int i;

	state = 20260131;
	for (i = 0; i < 200000; i++) {
		if (i % 2 == 0)
			phrase(s);
		else
			random_text(s);
		if (check(s, 15) != NULL)
			ck_abort_msg("%s: %s", s, check(s, 15));
	}
}
END_TEST

/* At most 1 of 1,000,000, as the header says: here 3,000,000 are tried. */
START_TEST(listed_rejects_what_it_does_not_hold)
{
	char s[32];
	unsigned n, i;
	int k, found = 0;

	state = 4711;
	for (k = 0; k < 3000000; k++) {
		n = 10 + rnd(12);
		for (i = 0; i < n; i++)
			s[i] = (char)('!' + rnd(94));
		found += listed(s, n);
	}
	ck_assert_int_le(found, 3);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("listed");
	TCase *t = tcase_create("listed");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_test(t, listed_accepts_at_least_100000);
	tcase_add_test(t, listed_accepts_each_entry);
	tcase_add_test(t, listed_rejects_common_at_8);
	tcase_add_test(t, listed_rejects_common_at_15);
	tcase_add_test(t, listed_rejects_lengths);
	tcase_add_test(t, password_accepts_200000_good_ones);
	tcase_add_test(t, listed_rejects_what_it_does_not_hold);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
