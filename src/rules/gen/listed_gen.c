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
 * Makes the filter of common passwords: a program of the build, in no product.
 * It expands words the way people do when a rule asks for more characters, and
 * writes what src/rules/listed.c includes. The same words give the same file.
 *
 *	listed_gen words.txt exact.txt > listed_data.h
 *
 * With -l it writes the entries themselves, one a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/rules/listed.h"

#define MAX_WORDS	16384
#define MAX_ENTRIES	1000000
#define LEAST		100000	/* entries; fewer is a broken list */

/* How far down the list of words each rule goes. */
#define TOP_ALL		1400	/* every suffix */
#define TOP_YEARS	500	/* a year and a sign */
#define TOP_PREFIX	900
#define TOP_PAIRS	170
#define TOP_PAIRS_MORE	60
#define YEAR_FIRST	1950
#define YEAR_LAST	2029

static char *words[MAX_WORDS];
static size_t nwords;
static uint64_t hashes[MAX_ENTRIES];
static size_t nhashes;
static int print;

/* Behind any word. */
static const char *const few[] = { "1", "2", "3", "7", "9", "12", "13", "11",
    "22", "21", "23", "69", "77", "88", "99", "00", "01", "123", "321", "007",
    "1234", "12345", "123456", "!", "1!", "123!", "2020", "2021", "2022",
    "2023", "2024", "2025", "2026" };
/* Behind the common ones. */
static const char *const many[] = { "4", "5", "6", "8", "0", "10", "14", "15",
    "16", "17", "18", "19", "20", "24", "25", "33", "44", "55", "66", "02",
    "03", "04", "05", "06", "07", "08", "09", "111", "222", "333", "555",
    "666", "777", "888", "999", "000", "1111", "4321", "1212", "1313", "6969",
    "7777", "1234567", "12345678", "123456789", "1234567890", "123123",
    "111111", "654321", "!!", "!!!", "1!!", "12!", "1234!", "@123", "#1", "@1",
    "$", "?", ".", "*", "_1", "_123", "qwerty", "abc", "abc123", "xxx", "love",
    "forever", "4ever", "rocks", "isthebest", "password", "pass" };
static const char *const before[] = { "ilove", "iloveyou", "ilovemy", "my",
    "mylove", "iam", "the", "i", "123", "1234", "12345", "123456", "qwerty",
    "password", "welcome", "hello", "super", "big", "baby", "sexy", "abc123" };

static void
fail(const char *text)
{
	fprintf(stderr, "listed_gen: %s\n", text);
	exit(1);
}

static void
add(const char *s)
{
	size_t n = strlen(s);

	if (n < LISTED_MIN || n > LISTED_MAX)
		return;
	if (nhashes == MAX_ENTRIES)
		fail("too many entries");
	if (print)
		puts(s);
	hashes[nhashes++] = listed_hash(s, n);
}

static void
add2(const char *a, const char *b)
{
	char s[256];

	snprintf(s, sizeof(s), "%s%s", a, b);
	add(s);
}

static void
add3(const char *a, const char *b, const char *c)
{
	char s[256];

	snprintf(s, sizeof(s), "%s%s%s", a, b, c);
	add(s);
}

/* Calls take() for each word of a file; lines of '#' are comments. */
static void
read_words(const char *path, void (*take)(const char *))
{
	char line[1024], *rest, *w;
	FILE *f;

	if ((f = fopen(path, "r")) == NULL)
		fail(path);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "# ", 2) == 0 || strcmp(line, "#\n") == 0)
			continue;
		rest = line;
		while ((w = strsep(&rest, " \n")) != NULL)
			if (*w != '\0')
				take(w);
	}
	if (ferror(f))
		fail(path);
	fclose(f);
}

static void
keep(const char *w)
{
	if (nwords == MAX_WORDS || (words[nwords] = strdup(w)) == NULL)
		fail("too many words");
	nwords++;
}

#define EACH(i, array)	(i = 0; i < sizeof(array) / sizeof(*(array)); i++)

/* What everyone does to any word. */
static void
expand_any(const char *w)
{
	char back[256];
	size_t i, n = strlen(w);

	for (i = 0; i < n; i++)
		back[i] = w[n - 1 - i];
	back[n] = '\0';
	add(w);
	add(back);
	add2(w, w);
	add2(w, back);
	add3(w, w, "1");
	add3(w, w, "123");
	for EACH(i, few)
		add2(w, few[i]);
}

static void
expand_common(const char *w)
{
	char year[16];
	size_t i;
	int y;

	for EACH(i, many)
		add2(w, many[i]);
	for (y = YEAR_FIRST; y <= YEAR_LAST; y++) {
		snprintf(year, sizeof(year), "%d", y);
		add2(w, year);
	}
}

/* This year's password, as rules with a special character breed it. */
static void
expand_years(const char *w)
{
	char text[32];
	int y;

	for (y = 2015; y <= YEAR_LAST; y++) {
		snprintf(text, sizeof(text), "%d!", y);
		add2(w, text);
		snprintf(text, sizeof(text), "@%d", y);
		add2(w, text);
		snprintf(text, sizeof(text), "_%d", y);
		add2(w, text);
		snprintf(text, sizeof(text), "%d", y);
		add2(text, w);
	}
}

static void
expand_prefix(const char *w)
{
	size_t i;

	for EACH(i, before) {
		add2(before[i], w);
		add3(before[i], w, "1");
		add3(before[i], w, "!");
		add3(before[i], w, "123");
	}
}

static void
expand(void)
{
	char pair[256];
	size_t i, j;

	for (i = 0; i < nwords; i++) {
		expand_any(words[i]);
		if (i < TOP_ALL)
			expand_common(words[i]);
		if (i < TOP_YEARS)
			expand_years(words[i]);
		if (i < TOP_PREFIX)
			expand_prefix(words[i]);
		for (j = 0; i < TOP_PAIRS && j < TOP_PAIRS; j++) {
			snprintf(pair, sizeof(pair), "%s%s", words[i],
			    words[j]);
			add(pair);
			if (i < TOP_PAIRS_MORE && j < TOP_PAIRS_MORE) {
				add2(pair, "1");
				add2(pair, "123");
				add2(pair, "!");
			}
		}
	}
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

static void
sort_unique(void)
{
	size_t i, n = 0;

	qsort(hashes, nhashes, sizeof(hashes[0]), compare);
	for (i = 0; i < nhashes; i++)
		if (n == 0 || hashes[i] >> 23 != hashes[n - 1] >> 23)
			hashes[n++] = hashes[i];
	nhashes = n;
}

/* A string is what compilers read fastest; three digits end each escape. */
static void
write_data(void)
{
	size_t i, b;
	unsigned rest;

	printf("/* made by src/rules/gen/listed_gen.c */\n"
	    "static const uint32_t listed_first[LISTED_BUCKETS + 1] = {\n");
	for (b = 0, i = 0; b < LISTED_BUCKETS; b++) {
		printf("%zu,%s", i, b % 12 == 11 ? "\n" : "");
		while (i < nhashes && listed_bucket(hashes[i]) == b)
			i++;
	}
	printf("%zu };\n\nstatic const unsigned char listed_rests[] =\n\"",
	    i);
	for (i = 0; i < nhashes; i++) {
		rest = listed_rest(hashes[i]);
		printf("\\%03o\\%03o\\%03o%s", rest >> 16, rest >> 8 & 0xff,
		    rest & 0xff, i % 6 == 5 ? "\"\n\"" : "");
	}
	printf("\";\n");
}

int
main(int argc, char *argv[])
{
	if (argc == 4 && strcmp(argv[1], "-l") == 0) {
		print = 1;
		argv++;
	} else if (argc != 3)
		fail("usage: listed_gen [-l] words.txt exact.txt");
	read_words(argv[1], keep);
	read_words(argv[2], add);
	expand();
	sort_unique();
	if (nhashes < LEAST)
		fail("the list is too short");
	if (!print)
		write_data();
	if (fflush(stdout) != 0)
		fail("cannot write");
	return (0);
}
