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
 * Time in microseconds, and its two texts. Run by every process; a leaf.
 * Dates are computed here, without localtime(3): nothing opens a zone file
 * behind a sandbox.
 */
#include "config.h"

#include <string.h>
#include <time.h>

#include "src/base/clock.h"

#define DAY		INT64_C(86400)
#define LAST_SECOND	INT64_C(253402300799)	/* 9999-12-31T23:59:59 */

struct civil {
	unsigned	year, month, day;	/* month 1..12 */
	unsigned	hour, minute, second, ms;
	unsigned	wday;			/* 0: Sunday */
};

static int64_t
now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ((int64_t)ts.tv_sec * CLOCK_SEC + ts.tv_nsec / 1000);
}

int64_t
clock_now(void)
{
	return (now(CLOCK_REALTIME));
}

int64_t
clock_mono(void)
{
	return (now(CLOCK_MONOTONIC));
}

int64_t
clock_boot(void)
{
#ifdef CLOCK_BOOTTIME
	return (now(CLOCK_BOOTTIME));
#else
	return (now(CLOCK_MONOTONIC));
#endif
}

/* The Gregorian date of a count of days since 1970, by eras of 400 years. */
static void
civil(struct civil *c, int64_t us)
{
	int64_t s, days, rest, era, doe, yoe, doy, mp;

	if (us < 0)
		us = 0;
	s = us / CLOCK_SEC;
	c->ms = (unsigned)(us % CLOCK_SEC / 1000);
	if (s > LAST_SECOND)
		s = LAST_SECOND;
	days = s / DAY;
	rest = s % DAY;
	c->hour = (unsigned)(rest / 3600);
	c->minute = (unsigned)(rest / 60 % 60);
	c->second = (unsigned)(rest % 60);
	c->wday = (unsigned)((days + 4) % 7);
	days += 719468;			/* from 0000-03-01 */
	era = days / 146097;
	doe = days % 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	c->day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	c->month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	c->year = (unsigned)(era * 400 + yoe + (c->month <= 2));
}

/* Writes n digits and returns what is behind them. */
static char *
digits(char *p, unsigned v, int n)
{
	int i;

	for (i = n - 1; i >= 0; i--) {
		p[i] = (char)('0' + v % 10);
		v /= 10;
	}
	return (p + n);
}

static char *
put(char *p, const char *s, size_t n)
{
	memcpy(p, s, n);
	return (p + n);
}

void
clock_rfc3339(char dst[CLOCK_RFC3339], int64_t us)
{
	struct civil c;
	char *p = dst;

	civil(&c, us);
	p = digits(p, c.year, 4);
	*p++ = '-';
	p = digits(p, c.month, 2);
	*p++ = '-';
	p = digits(p, c.day, 2);
	*p++ = 'T';
	p = digits(p, c.hour, 2);
	*p++ = ':';
	p = digits(p, c.minute, 2);
	*p++ = ':';
	p = digits(p, c.second, 2);
	*p++ = '.';
	p = digits(p, c.ms, 3);
	*p++ = 'Z';
	*p = '\0';
}

void
clock_http_date(char dst[30], int64_t us)
{
	static const char wdays[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c;
	char *p = dst;

	civil(&c, us);
	p = put(p, wdays + c.wday * 3, 3);
	p = put(p, ", ", 2);
	p = digits(p, c.day, 2);
	*p++ = ' ';
	p = put(p, months + (c.month - 1) * 3, 3);
	*p++ = ' ';
	p = digits(p, c.year, 4);
	*p++ = ' ';
	p = digits(p, c.hour, 2);
	*p++ = ':';
	p = digits(p, c.minute, 2);
	*p++ = ':';
	p = digits(p, c.second, 2);
	p = put(p, " GMT", 4);
	*p = '\0';
}

/* ---- and back ---- */

#define TEMPLATE	"0000-00-00T00:00:00.000Z"

/* The number of n digits. */
static int
number(const char *s, int n)
{
	int v = 0;

	while (n-- > 0)
		v = v * 10 + (*s++ - '0');
	return (v);
}

int
clock_parse(const char *s, int64_t *us)
{
	char text[sizeof(TEMPLATE)] = TEMPLATE, again[CLOCK_RFC3339];
	size_t i, n = strlen(s);
	struct tm tm;

	if (n != 10 && n != 20 && n != sizeof(text) - 1)
		return (-1);
	memcpy(text, s, n == 20 ? 19 : n);
	if (n == 20 && s[19] != 'Z')
		return (-1);
	for (i = 0; i < sizeof(text) - 1; i++)
		if (TEMPLATE[i] == '0' ? text[i] < '0' || text[i] > '9' :
		    text[i] != TEMPLATE[i])
			return (-1);
	memset(&tm, 0, sizeof(tm));
	tm.tm_year = number(text, 4) - 1900;
	tm.tm_mon = number(text + 5, 2) - 1;
	tm.tm_mday = number(text + 8, 2);
	tm.tm_hour = number(text + 11, 2);
	tm.tm_min = number(text + 14, 2);
	tm.tm_sec = number(text + 17, 2);
	*us = (int64_t)timegm(&tm) * CLOCK_SEC + number(text + 20, 3) * 1000;
	clock_rfc3339(again, *us);
	return (*us > 0 && strcmp(again, text) == 0 ? 0 : -1);
}
