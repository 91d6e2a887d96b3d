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
 * Names of people. Run by the engine on what clients chose; pure. The rules
 * of API.md section 3 keep two people from having names that look the same
 * (CASES 15): one normal form, no compatibility characters, nothing that is
 * invisible, and the three scripts whose letters look alike are not mixed.
 */
#include "config.h"

#include <string.h>
#include <utf8proc.h>

#include "src/base/utf8.h"
#include "src/rules/name.h"
#include "src/rules/norm.h"

enum { SCRIPT_LATIN = 1, SCRIPT_GREEK = 2, SCRIPT_CYRILLIC = 4 };

/* From Scripts.txt of Unicode 15: letters and marks, neighbours joined. */
static const struct {
	utf8proc_int32_t first, last;
	int		 script;
} scripts[] = {
	{ 0x0041, 0x005a, SCRIPT_LATIN }, { 0x0061, 0x007a, SCRIPT_LATIN },
	{ 0x00aa, 0x00aa, SCRIPT_LATIN }, { 0x00ba, 0x00ba, SCRIPT_LATIN },
	{ 0x00c0, 0x00d6, SCRIPT_LATIN }, { 0x00d8, 0x00f6, SCRIPT_LATIN },
	{ 0x00f8, 0x02b8, SCRIPT_LATIN }, { 0x02e0, 0x02e4, SCRIPT_LATIN },
	{ 0x0370, 0x0373, SCRIPT_GREEK }, { 0x0375, 0x0377, SCRIPT_GREEK },
	{ 0x037a, 0x037f, SCRIPT_GREEK }, { 0x0384, 0x0386, SCRIPT_GREEK },
	{ 0x0388, 0x03e1, SCRIPT_GREEK }, { 0x03f0, 0x03ff, SCRIPT_GREEK },
	{ 0x0400, 0x0484, SCRIPT_CYRILLIC },
	{ 0x0487, 0x052f, SCRIPT_CYRILLIC },
	{ 0x1c80, 0x1c8f, SCRIPT_CYRILLIC },
	{ 0x1d00, 0x1d25, SCRIPT_LATIN }, { 0x1d26, 0x1d2a, SCRIPT_GREEK },
	{ 0x1d2b, 0x1d2b, SCRIPT_CYRILLIC },
	{ 0x1d2c, 0x1d5c, SCRIPT_LATIN }, { 0x1d5d, 0x1d61, SCRIPT_GREEK },
	{ 0x1d62, 0x1d65, SCRIPT_LATIN }, { 0x1d66, 0x1d6a, SCRIPT_GREEK },
	{ 0x1d6b, 0x1d77, SCRIPT_LATIN },
	{ 0x1d78, 0x1d78, SCRIPT_CYRILLIC },
	{ 0x1d79, 0x1dbe, SCRIPT_LATIN }, { 0x1dbf, 0x1dbf, SCRIPT_GREEK },
	{ 0x1e00, 0x1eff, SCRIPT_LATIN }, { 0x1f00, 0x1fff, SCRIPT_GREEK },
	{ 0x2071, 0x2071, SCRIPT_LATIN }, { 0x207f, 0x207f, SCRIPT_LATIN },
	{ 0x2090, 0x209c, SCRIPT_LATIN }, { 0x2126, 0x2126, SCRIPT_GREEK },
	{ 0x212a, 0x212b, SCRIPT_LATIN }, { 0x2132, 0x2132, SCRIPT_LATIN },
	{ 0x214e, 0x214e, SCRIPT_LATIN }, { 0x2160, 0x2188, SCRIPT_LATIN },
	{ 0x2c60, 0x2c7f, SCRIPT_LATIN },
	{ 0x2de0, 0x2dff, SCRIPT_CYRILLIC },
	{ 0xa640, 0xa69f, SCRIPT_CYRILLIC },
	{ 0xa722, 0xa787, SCRIPT_LATIN }, { 0xa78b, 0xa7ff, SCRIPT_LATIN },
	{ 0xab30, 0xab64, SCRIPT_LATIN }, { 0xab65, 0xab65, SCRIPT_GREEK },
	{ 0xab66, 0xab69, SCRIPT_LATIN }, { 0xfb00, 0xfb06, SCRIPT_LATIN },
	{ 0xfe2e, 0xfe2f, SCRIPT_CYRILLIC },
	{ 0xff21, 0xff3a, SCRIPT_LATIN }, { 0xff41, 0xff5a, SCRIPT_LATIN },
	{ 0x10140, 0x1018e, SCRIPT_GREEK }, { 0x101a0, 0x101a0, SCRIPT_GREEK },
	{ 0x10780, 0x107ba, SCRIPT_LATIN }, { 0x1d200, 0x1d245, SCRIPT_GREEK },
	{ 0x1df00, 0x1df2a, SCRIPT_LATIN },
	{ 0x1e030, 0x1e08f, SCRIPT_CYRILLIC }
};

static const char *const errors[] = {
	[NAME_OK] = "ok",
	[NAME_TOO_SHORT] = "must have at least 3 characters",
	[NAME_TOO_LONG] = "must have at most 64 characters",
	[NAME_CHARACTER] = "may hold letters, digits and ._- only",
	[NAME_EDGE] = "must start with a letter or digit and not end in ._-",
	[NAME_NOT_NFC] = "must be in Unicode normal form C",
	[NAME_COMPAT] = "must not hold compatibility characters",
	[NAME_SCRIPTS] = "must not mix Latin, Greek and Cyrillic letters"
};

const char *
name_strerror(enum name_err e)
{
	return ((unsigned)e < sizeof(errors) / sizeof(errors[0]) ?
	    errors[e] : "is not valid");
}

static int
script_of(utf8proc_int32_t cp)
{
	size_t lo = 0, hi = sizeof(scripts) / sizeof(scripts[0]), mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (cp < scripts[mid].first)
			hi = mid;
		else if (cp > scripts[mid].last)
			lo = mid + 1;
		else
			return (scripts[mid].script);
	}
	return (0);
}

static int
is_letter_or_digit(utf8proc_int32_t cp)
{
	utf8proc_category_t c = utf8proc_category(cp);

	return ((c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) ||
	    c == UTF8PROC_CATEGORY_ND);
}

static int
is_mark(utf8proc_int32_t cp)
{
	utf8proc_category_t c = utf8proc_category(cp);

	return (c >= UTF8PROC_CATEGORY_MN && c <= UTF8PROC_CATEGORY_ME);
}

static int
is_punct(utf8proc_int32_t cp)
{
	return (cp == '.' || cp == '_' || cp == '-');
}

/* Fillers, joiners and selectors are letters or marks that nobody sees. */
static int
is_invisible(utf8proc_int32_t cp)
{
	return (utf8proc_get_property(cp)->ignorable);
}

static enum name_err
check_characters(const char *in, size_t n)
{
	uint32_t cp = 0;
	size_t pos, used;
	int seen = 0;

	for (pos = 0; pos < n; pos += used) {
		used = utf8_next(in + pos, n - pos, &cp);
		if (used == 0 || is_invisible((utf8proc_int32_t)cp))
			return (NAME_CHARACTER);
		if (is_letter_or_digit((utf8proc_int32_t)cp)) {
			seen |= script_of((utf8proc_int32_t)cp);
			continue;
		}
		if (!is_mark((utf8proc_int32_t)cp) &&
		    !is_punct((utf8proc_int32_t)cp))
			return (NAME_CHARACTER);
		if (pos == 0)
			return (NAME_EDGE);
		seen |= script_of((utf8proc_int32_t)cp);
	}
	if (is_punct((utf8proc_int32_t)cp))
		return (NAME_EDGE);
	return ((seen & (seen - 1)) != 0 ? NAME_SCRIPTS : NAME_OK);
}

enum name_err
name_check(const char *in, char out[NAME_CAP], char key[NAME_KEY_CAP])
{
	char form[NAME_KEY_CAP];
	size_t n = strlen(in), cps;
	enum name_err e;

	if (!utf8_valid(in, n))
		return (NAME_CHARACTER);
	cps = utf8_length(in, n);
	if (cps < 3)
		return (NAME_TOO_SHORT);
	if (cps > NAME_MAX_CP)
		return (NAME_TOO_LONG);
	e = check_characters(in, n);
	if (e != NAME_OK && e != NAME_SCRIPTS)
		return (e);
	if (norm_text(in, NORM_NFC, form, sizeof(form)) == -1 ||
	    strcmp(form, in) != 0)
		return (NAME_NOT_NFC);
	if (norm_text(in, NORM_NFKC, form, sizeof(form)) == -1 ||
	    strcmp(form, in) != 0)
		return (NAME_COMPAT);
	if (e != NAME_OK)
		return (e);
	if (norm_text(in, NORM_FOLD, key, NAME_KEY_CAP) == -1)
		return (NAME_TOO_LONG);
	memcpy(out, in, n + 1);		/* 64 code points fit */
	return (NAME_OK);
}

int
name_key(const char *in, char key[NAME_KEY_CAP])
{
	size_t n = strlen(in);

	/* decomposed text has more code points than the name */
	if (n > 4 * NAME_KEY_CAP)
		return (-1);
	return (norm_text(in, NORM_FOLD, key, NAME_KEY_CAP) == -1 ? -1 : 0);
}

int
name_display_ok(const char *in)
{
	size_t n = strlen(in), pos, used, count = 0;
	utf8proc_category_t c;
	uint32_t cp;

	for (pos = 0; pos < n; pos += used) {
		if ((used = utf8_next(in + pos, n - pos, &cp)) == 0 ||
		    ++count > 128)
			return (0);
		c = utf8proc_category((utf8proc_int32_t)cp);
		if (c == UTF8PROC_CATEGORY_CC || c == UTF8PROC_CATEGORY_ZL ||
		    c == UTF8PROC_CATEGORY_ZP ||
		    (cp >= 0x202a && cp <= 0x202e) ||
		    (cp >= 0x2066 && cp <= 0x2069))
			return (0);
	}
	return (1);
}

/* ---- mail addresses: ASCII only, so ctype(3) and locales stay out ---- */

static int
is_alnum(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'));
}

/* atext of RFC 5322 section 3.2.3 */
static int
is_atext(char c)
{
	return (is_alnum(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL));
}

/* Atoms with single dots between them. */
static int
dot_atom(const char *p, size_t n)
{
	size_t i;

	if (n == 0 || p[0] == '.' || p[n - 1] == '.')
		return (0);
	for (i = 0; i < n; i++)
		if (!is_atext(p[i]) && (p[i] != '.' || p[i - 1] == '.'))
			return (0);
	return (1);
}

/* At least two labels; the last is no number, else it is an IP address. */
static int
domain(const char *p)
{
	size_t i, n, labels = 0;
	int letters;

	for (;; p += n + 1) {
		n = strcspn(p, ".");
		if (n == 0 || n > 63 || p[0] == '-' || p[n - 1] == '-')
			return (0);
		for (i = 0, letters = 0; i < n; i++) {
			if (!is_alnum(p[i]) && p[i] != '-')
				return (0);
			letters |= p[i] < '0' || p[i] > '9';
		}
		labels++;
		if (p[n] == '\0')
			return (labels >= 2 && letters);
	}
}

int
email_check(const char *in, char key[EMAIL_CAP])
{
	const char *at = strchr(in, '@');
	size_t i, n = strlen(in);

	if (at == NULL || n >= EMAIL_CAP ||
	    !dot_atom(in, (size_t)(at - in)) || !domain(at + 1))
		return (0);
	for (i = 0; i <= n; i++)
		key[i] = (char)(in[i] >= 'A' && in[i] <= 'Z' ?
		    in[i] + ('a' - 'A') : in[i]);
	return (1);
}
