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
 * Composes mail. Run by the mailer; pure. Nothing in a header but what was
 * checked or encoded: no value can end its line. Bodies of ASCII leave as they
 * are, others as quoted-printable; libcurl doubles dots at a line's beginning.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "privsep/mailer/mime.h"
#include "src/base/utf8.h"

#define LINE_MAX_QP	76
#define LINE_MAX_7BIT	900	/* RFC 5321 takes 998 */
#define WORD_BYTES	42	/* of text in an encoded word: ≤ 75 in all */
#define ID_CHARS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
			"0123456789-_."

/* ---- addresses ---- */

static int
plain(const char *s, size_t n, const char *but)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || strchr(but, s[i]) != NULL)
			return (0);
	return (n > 0);
}

int
mime_address_ok(const char *s)
{
	size_t n = strlen(s), local = strcspn(s, "@");

	return (n < 255 && s[local] == '@' &&
	    plain(s, local, "<>()[]\\,;:\"") &&
	    plain(s + local + 1, n - local - 1, "<>()[]\\,;:\"@"));
}

int
mime_from_parse(struct mime_from *f, const char *s)
{
	const char *open = strrchr(s, '<');
	size_t n = strlen(s), name;

	memset(f, 0, sizeof(*f));
	if (open == NULL) {
		if (n >= sizeof(f->addr))
			return (-1);
		memcpy(f->addr, s, n + 1);
		return (mime_address_ok(f->addr) ? 0 : -1);
	}
	if (s[n - 1] != '>' || (size_t)(s + n - open) - 2 >= sizeof(f->addr))
		return (-1);
	memcpy(f->addr, open + 1, (size_t)(s + n - open) - 2);
	while (*s == ' ' || *s == '"')
		s++;
	name = (size_t)(open > s ? open - s : 0);
	while (name > 0 && (s[name - 1] == ' ' || s[name - 1] == '"'))
		name--;
	if (name >= sizeof(f->name))
		return (-1);
	memcpy(f->name, s, name);
	return (mime_address_ok(f->addr) ? 0 : -1);
}

const char *
mime_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return (at != NULL ? at + 1 : "");
}

/* ---- headers ---- */

/* Text that stands for itself: graphic ASCII, blanks, no encoded word. */
static int
header_plain(const char *s)
{
	const char *p;

	for (p = s; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return (0);
	return (strstr(s, "=?") == NULL);
}

static void
base64(struct buf *b, const unsigned char *p, size_t n)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t v;
	size_t i;

	for (i = 0; i < n; i += 3) {
		v = (uint32_t)p[i] << 16 |
		    (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
		    (i + 2 < n ? p[i + 2] : 0);
		buf_addc(b, digit[v >> 18]);
		buf_addc(b, digit[v >> 12 & 63]);
		buf_addc(b, i + 1 < n ? digit[v >> 6 & 63] : '=');
		buf_addc(b, i + 2 < n ? digit[v & 63] : '=');
	}
}

static void
encoded_words(struct buf *b, const char *s)
{
	size_t n = strlen(s), cut;
	int first = 1;

	while (n > 0) {
		cut = n > WORD_BYTES ? utf8_cut(s, n, WORD_BYTES) : n;
		if (cut == 0)
			cut = n < WORD_BYTES ? n : WORD_BYTES;
		/* White space between encoded words is not shown. */
		buf_adds(b, first ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
		base64(b, (const unsigned char *)s, cut);
		buf_adds(b, "?=");
		s += cut;
		n -= cut;
		first = 0;
	}
}

void
mime_header_text(struct buf *b, const char *s, size_t column)
{
	if (header_plain(s) && column + strlen(s) <= 76)
		buf_adds(b, s);
	else {
		if (column > 10)
			buf_adds(b, "\r\n ");
		encoded_words(b, s);
	}
}

static void
header_from(struct buf *b, const struct mime_from *f)
{
	const char *p;

	buf_adds(b, "From: ");
	if (f->name[0] != '\0' && header_plain(f->name) &&
	    strlen(f->name) < 64) {
		buf_addc(b, '"');
		for (p = f->name; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\')
				buf_addc(b, '\\');
			buf_addc(b, *p);
		}
		buf_adds(b, strlen(f->name) + strlen(f->addr) < 60 ? "\" " :
		    "\"\r\n ");
	} else if (f->name[0] != '\0') {
		encoded_words(b, f->name);
		buf_adds(b, "\r\n ");
	}
	buf_addf(b, "<%s>\r\n", f->addr);
}

static void
header_date(struct buf *b, int64_t us)
{
	static const char *const day[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
	    "Fri", "Sat" };
	static const char *const month[] = { "Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)(us / 1000000);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		return;
	buf_addf(b, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
	    day[tm.tm_wday], tm.tm_mday, month[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* ---- bodies ---- */

/* 1: this byte must leave as =XX. */
static int
must_quote(const char *p, size_t column)
{
	unsigned char c = (unsigned char)*p;

	if (c == '=' || c > '~' || (c < ' ' && c != '\t'))
		return (1);
	if (c == '.' && column == 0)
		return (1);
	return ((c == ' ' || c == '\t') && (p[1] == '\n' || p[1] == '\0'));
}

void
mime_quoted_printable(struct buf *b, const char *p)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t column = 0, n;

	for (; *p != '\0'; p++) {
		if (*p == '\n') {
			buf_adds(b, "\r\n");
			column = 0;
			continue;
		}
		n = must_quote(p, column) ? 3 : 1;
		if (column + n > LINE_MAX_QP - 1) {
			buf_adds(b, "=\r\n");
			column = 0;
			n = must_quote(p, column) ? 3 : 1;
		}
		if (n == 3) {
			buf_addc(b, '=');
			buf_addc(b, hex[(unsigned char)*p >> 4]);
			buf_addc(b, hex[(unsigned char)*p & 15]);
		} else
			buf_addc(b, *p);
		column += n;
	}
	if (column > 0)
		buf_adds(b, "\r\n");
}

/* ASCII in lines that every server takes: links in it stay whole. */
static int
is_7bit(const char *p)
{
	size_t column = 0;

	for (; *p != '\0'; p++) {
		if (*p == '\n') {
			column = 0;
			continue;
		}
		if ((*p < ' ' && *p != '\t') || *p > '~' ||
		    ++column > LINE_MAX_7BIT)
			return (0);
	}
	return (1);
}

static void
seven_bit(struct buf *b, const char *p)
{
	size_t n;

	while (*p != '\0') {
		n = strcspn(p, "\n");
		buf_add(b, p, n);
		buf_adds(b, "\r\n");
		p += n + (p[n] != '\0');
	}
}

static void
part(struct buf *b, const char *boundary, const char *type, const char *body)
{
	int plain = is_7bit(body);

	buf_addf(b, "--%s\r\nContent-Type: %s; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: %s\r\n\r\n", boundary, type,
	    plain ? "7bit" : "quoted-printable");
	if (plain)
		seven_bit(b, body);
	else
		mime_quoted_printable(b, body);
	buf_adds(b, "\r\n");
}

void
mime_compose(struct buf *b, const struct mime_mail *m)
{
	char id[65], boundary[80];
	size_t n = strspn(m->id, ID_CHARS);

	/* An id is the engine's own, and still nothing but its alphabet. */
	snprintf(id, sizeof(id), "%.*s", (int)(n < 64 ? n : 64), m->id);
	/* Nobody who writes values knows the id of the mail they come in. */
	snprintf(boundary, sizeof(boundary), "=_%s", id);
	header_from(b, m->from);
	buf_addf(b, "To: <%s>\r\nSubject: ", m->to);
	mime_header_text(b, m->subject, 9);
	buf_adds(b, "\r\n");
	header_date(b, m->date);
	buf_addf(b, "Message-ID: <%s@%s>\r\n", id, mime_domain(m->from->addr));
	buf_adds(b, "MIME-Version: 1.0\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "X-Auto-Response-Suppress: All\r\n");
	buf_addf(b, "Content-Type: multipart/alternative;\r\n"
	    " boundary=\"%s\"\r\n\r\n", boundary);
	part(b, boundary, "text/plain", m->text);
	part(b, boundary, "text/html", m->html);
	buf_addf(b, "--%s--\r\n", boundary);
}
