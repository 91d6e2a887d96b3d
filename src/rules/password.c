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
 * Rules for new passwords (API.md section 3, NIST SP 800-63B-4). Run by the
 * engine; pure. "Common" is what a guesser tries first: few distinct
 * characters, a short piece repeated, runs along the alphabet or a keyboard,
 * common words, alone or a few of them strung together, and the long list.
 *
 * Copies of the password are wiped before return.
 */
#include "config.h"

#include <string.h>

#include "src/base/utf8.h"
#include "src/rules/common.h"
#include "src/rules/listed.h"
#include "src/rules/name.h"
#include "src/rules/norm.h"
#include "src/rules/password.h"

#define FOLD_CAP	4096	/* 256 code points, folded, and a NUL */
#define DISTINCT	3	/* so many different characters are too few */
#define OTHERS		8	/* characters beside a name that are enough */
#define PIECES		2	/* so many common pieces make a common whole */
#define RUN		3	/* letters of the shortest sequence */
#define UNIT		5	/* a repeated unit this short is common */

/* Ways over the keyboard and the alphabet; tried backwards, too. */
static const char *const sequences[] = {
	"01234567890123456789", "abcdefghijklmnopqrstuvwxyzabc",
	"1234567890qwertyuiopasdfghjklzxcvbnm", "qwertyuiop[]asdfghjkl;'",
	"1234567890qwertzuiopasdfghjklyxcvbnm",
	"1234567890azertyuiopqsdfghjklmwxcvbn",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
	"qazwsxedcrfvtgbyhnujmikolp", "zaq1xsw2cde3vfr4bgt5nhy6mju7",
	"1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0",
	"1a2b3c4d5e6f7g8h9i0j", "a1b2c3d4e5f6g7h8i9j0",
	"!@#$%^&*()_+", "!\"#$%&'()*+,-./",
	"\xd0\xb9\xd1\x86\xd1\x83\xd0\xba\xd0\xb5\xd0\xbd\xd0\xb3\xd1\x88"
	"\xd1\x89\xd0\xb7\xd1\x85\xd1\x8a\xd1\x84\xd1\x8b\xd0\xb2\xd0\xb0"
	"\xd0\xbf\xd1\x80\xd0\xbe\xd0\xbb\xd0\xb4\xd0\xb6\xd1\x8d"
};

#define NSEQ	(sizeof(sequences) / sizeof(sequences[0]))

long
password_normalize(const char *in, char dst[PASSWORD_NFKC_CAP])
{
	return (norm_text(in, NORM_NFKC, dst, PASSWORD_NFKC_CAP));
}

/* ---- common ---- */

/* 1: at most DISTINCT different code points. */
static int
few_characters(const char *p, size_t n)
{
	uint32_t seen[DISTINCT], cp;
	size_t i, used, count = 0;

	for (; n > 0; p += used, n -= used) {
		if ((used = utf8_next(p, n, &cp)) == 0)
			return (0);
		for (i = 0; i < count && seen[i] != cp; i++)
			continue;
		if (i < count)
			continue;
		if (count == DISTINCT)
			return (0);
		seen[count++] = cp;
	}
	return (1);
}

/* How many bytes at p go along seq, forwards or backwards; one way in. */
static size_t
along(const char *p, size_t n, const char *seq, size_t at, int step)
{
	size_t len = strlen(seq), i = 0;

	while (i < n && at < len && p[i] == seq[at]) {
		i++;
		at += (size_t)step;	/* -1 wraps and ends it */
	}
	return (i);
}

/* The longest sequence, or run of one character, that begins at p. */
static size_t
sequence(const char *p, size_t n)
{
	const char *from;
	size_t k, i, best = 1;

	while (best < n && p[best] == p[0])
		best++;
	for (k = 0; k < NSEQ; k++)
		for (from = strchr(sequences[k], p[0]); from != NULL;
		    from = strchr(from + 1, p[0])) {
			i = along(p, n, sequences[k],
			    (size_t)(from - sequences[k]), 1);
			if (i > best)
				best = i;
			i = along(p, n, sequences[k],
			    (size_t)(from - sequences[k]), -1);
			if (i > best)
				best = i;
		}
	return (best >= RUN ? best : 0);
}

/* The bytes at p that are the word of len bytes, again and again. */
static size_t
repeated(const char *p, size_t n, size_t len)
{
	size_t all = len;

	while (n - all >= len && memcmp(p, p + all, len) == 0)
		all += len;
	return (all);
}

/*
 * Whether p is at most `pieces` words (each perhaps several times) and
 * sequences in a row, and perhaps two characters that are no letters behind.
 */
static int
few_pieces(const char *p, size_t n, int pieces)
{
	size_t len, run;

	if (n == 0)
		return (1);
	if (n <= 2 && strcspn(p, "abcdefghijklmnopqrstuvwxyz") >= n)
		return (1);
	if (pieces == 0)
		return (0);
	if ((run = sequence(p, n)) > 0 &&
	    few_pieces(p + run, n - run, pieces - 1))
		return (1);
	for (len = n < COMMON_MAX ? n : COMMON_MAX; len >= COMMON_MIN; len--)
		if (common_word(p, len)) {
			run = repeated(p, n, len);
			if (few_pieces(p + run, n - run, pieces - 1))
				return (1);
		}
	return (0);
}

/* The shortest unit that, repeated, makes all of p (perhaps cut at the end). */
static size_t
period(const char *p, size_t n)
{
	size_t unit;

	for (unit = 1; unit < n; unit++)
		if (memcmp(p, p + unit, n - unit) == 0)
			break;
	return (unit);
}

/* aabbcc becomes abc; 0 when something does not come twice. */
static size_t
undouble(char *dst, const char *p, size_t n)
{
	size_t i;

	if (n % 2 != 0)
		n--;			/* cut in the middle of a pair */
	for (i = 0; i < n; i += 2) {
		if (p[i] != p[i + 1])
			return (0);
		dst[i / 2] = p[i];
	}
	dst[n / 2] = '\0';
	return (n / 2);
}

/* p@ssw0rd becomes password. */
static void
unleet(char *p)
{
	static const char from[] = "@40315$7!", to[] = "aaoelssti";
	const char *at;

	for (; *p != '\0'; p++)
		if ((at = strchr(from, *p)) != NULL)
			*p = to[at - from];
}

static int
made_of_common(const char *p, size_t n)
{
	size_t unit = period(p, n);

	if (unit <= n / 2 && (unit <= UNIT || few_pieces(p, unit, PIECES)))
		return (1);
	return (few_pieces(p, n, PIECES));
}

/* On the long list; p@ssw0rd2024 counts as password2024. */
static int
is_listed(const char *p, size_t n)
{
	char spelled[LISTED_MAX + 1];
	size_t letters;
	int found;

	if (n > LISTED_MAX)
		return (0);
	if (listed(p, n))
		return (1);
	/* What stands behind the last letter is a number, or a sign. */
	for (letters = n; letters > 0 && (p[letters - 1] < 'a' ||
	    p[letters - 1] > 'z'); letters--)
		continue;
	memcpy(spelled, p, letters);
	spelled[letters] = '\0';
	unleet(spelled);
	memcpy(spelled + letters, p + letters, n - letters);
	found = listed(spelled, n);
	explicit_bzero(spelled, sizeof(spelled));
	return (found);
}

/* p is folded. */
static int
is_common(const char *p)
{
	char other[FOLD_CAP];
	size_t n = strlen(p);
	int common;

	common = made_of_common(p, n) || is_listed(p, n);
	if (!common && undouble(other, p, n) > 0)
		common = sequence(other, strlen(other)) == strlen(other);
	if (!common) {
		memcpy(other, p, n + 1);
		unleet(other);
		common = made_of_common(other, n);
	}
	explicit_bzero(other, sizeof(other));
	return (common);
}

/* ---- identity ---- */

/* 1: name is in p, and beside it there are fewer than OTHERS characters. */
static int
holds(const char *p, const char *name)
{
	size_t len = strlen(name), others = utf8_length(p, strlen(p));
	size_t cps = utf8_length(name, len);
	int found = 0;

	if (len == 0)
		return (0);
	while ((p = strstr(p, name)) != NULL) {
		found = 1;
		others -= cps;
		p += len;
	}
	return (found && others < OTHERS);
}

static int
contains_identity(const char *p, const char *username, const char *email)
{
	char key[NAME_KEY_CAP];
	size_t local;

	if (username != NULL && name_key(username, key) == 0 && holds(p, key))
		return (1);
	if (email == NULL || name_key(email, key) == -1)
		return (0);
	if (holds(p, key))
		return (1);
	local = strcspn(key, "@");
	key[local] = '\0';
	return (utf8_length(key, local) >= 3 && holds(p, key));
}

const char *
password_check(const char *nfkc, unsigned min_cp, const char *username,
    const char *email)
{
	char folded[FOLD_CAP];
	const char *reason = NULL;
	size_t n = strlen(nfkc), cps = utf8_length(nfkc, n);

	if (cps < min_cp)
		return ("too_short");
	if (cps > PASSWORD_MAX_CP)
		return ("too_long");
	if (few_characters(nfkc, n))
		return ("common");
	if (norm_text(nfkc, NORM_FOLD, folded, sizeof(folded)) == -1)
		return ("too_long");
	if (is_common(folded))
		reason = "common";
	else if (contains_identity(folded, username, email))
		reason = "contains_identity";
	explicit_bzero(folded, sizeof(folded));
	return (reason);
}
