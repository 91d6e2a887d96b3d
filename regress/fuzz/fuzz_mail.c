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
 * Fuzz target of mails: templates that an operator wrote, values that
 * strangers chose, an address and a sender, into a whole message. Nothing but
 * our own headers may come out (CASES 43), no line may be other than the
 * standards take, and no value may end a line, open a tag or make a link.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/mailer/mime.h"
#include "privsep/mailer/template.h"

#define CHECK(x)	do { if (!(x)) abort(); } while (0)
#define FIELDS		9
#define CAP		2048

enum { F_USERNAME, F_IP, F_AGENT, F_TIME, F_PRODUCT, F_TO, F_FROM, F_TEXT,
    F_HTML };

/* What stands between NULs; as the wall hands it on, cut and terminated. */
struct input {
	uint8_t	 flags;
	char	 f[FIELDS][CAP];
};

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
take(struct input *in, const uint8_t *p, size_t n)
{
	size_t i, len;

	memset(in, 0, sizeof(*in));
	in->flags = *p++;
	n--;
	for (i = 0; i < FIELDS && n > 0; i++) {
		for (len = 0; len < n && p[len] != '\0'; len++)
			;
		memcpy(in->f[i], p, len < CAP ? len : CAP - 1);
		n -= len < n ? len + 1 : n;
		p += len + 1;
	}
}

static size_t
count(struct buf *b, const char *what)
{
	const char *p = buf_cstr(b);
	size_t n = 0;

	CHECK(p != NULL);
	for (; (p = strstr(p, what)) != NULL; p++)
		n++;
	return (n);
}

/* ---- values in a template ---- */

typedef void render(struct buf *, const struct templates *, int,
	    const struct mail_values *);

/* Hostile values change nothing of the template's own structure. */
static void
same_form(render *r, const struct templates *t, int which,
    const struct mail_values *hostile, const char *const *marks)
{
	static const struct mail_values tame = { { "a", "https://id.example/",
	    "a", "a", "a", "a" } };
	struct buf a = BUF_INIT, b = BUF_INIT;

	r(&a, t, which, &tame);
	r(&b, t, which, hostile);
	for (; *marks != NULL; marks++)
		CHECK(count(&a, *marks) == count(&b, *marks));
	buf_free(&a);
	buf_free(&b);
}

static void
check_values(const struct templates *t, int which, int builtin,
    const struct mail_values *v)
{
	static const char *const lines[] = { "\n", "\r", NULL };
	static const char *const tags[] = { "\n", "\r", "<", ">", "\"", "'",
	    NULL };
	static const char *const links[] = { "://", NULL };

	same_form(template_subject, t, which, v, lines);
	same_form(template_text, t, which, v, lines);
	same_form(template_html, t, which, v, tags);
	if (!builtin)		/* an operator's text may lead up to one */
		return;
	same_form(template_subject, t, which, v, links);
	same_form(template_text, t, which, v, links);
	same_form(template_html, t, which, v, links);
}

/* ---- parts of a mail ---- */

static int
hex(int c)
{
	return (c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ?
	    c - 'A' + 10 : -1);
}

/* Lines of at most max bytes that end with CR LF, of graphic ASCII. */
static void
check_lines(const char *p, size_t max)
{
	size_t n;

	while (*p != '\0') {
		for (n = 0; p[n] != '\r'; n++)
			CHECK(p[n] == '\t' || (p[n] >= ' ' && p[n] <= '~'));
		CHECK(n <= max && p[n + 1] == '\n');
		p += n + 2;
	}
}

/* Decoding gives the text again. */
static void
check_quoted(const char *text)
{
	struct buf b = BUF_INIT;
	const char *p;

	mime_quoted_printable(&b, text);
	p = buf_cstr(&b);
	CHECK(p != NULL);
	check_lines(p, 76);
	for (; *p != '\0'; text++) {
		if (strncmp(p, "=\r\n", 3) == 0) {
			p += 3;
			text--;
		} else if (*p == '=') {
			CHECK((hex(p[1]) << 4 | hex(p[2])) ==
			    (unsigned char)*text);
			p += 3;
		} else if (*p == '\r') {
			CHECK(*text == '\n' || *text == '\0');
			p += 2;
			if (*text == '\0')
				break;
		} else
			CHECK(*p++ == *text);
	}
	CHECK(*p == '\0' && *text == '\0');
	buf_free(&b);
}

/* What a header's value may do is fold. */
static void
check_header_text(const char *text, size_t column)
{
	struct buf b = BUF_INIT;
	const char *p;

	mime_header_text(&b, text, column);
	for (p = buf_cstr(&b); p != NULL && *p != '\0'; p++) {
		if (*p == '\r') {
			CHECK(p[1] == '\n' && p[2] == ' ' && p[3] == '=');
			p += 2;
		}
		CHECK(*p >= ' ' && *p <= '~');
	}
	buf_free(&b);
}

/* ---- the mail ---- */

static const char *const headers[] = { "From: ", "To: ", "Subject: ",
    "Date: ", "Message-ID: ", "MIME-Version: 1.0", "Auto-Submitted: ",
    "X-Auto-Response-Suppress: ", "Content-Type: multipart/alternative;" };

/* Exactly these, in this order; the rest are folded lines. Where they end. */
static const char *
check_headers(const char *p)
{
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		CHECK(strncmp(p, headers[i], strlen(headers[i])) == 0);
		do {
			CHECK((p = strstr(p, "\r\n")) != NULL);
			p += 2;
		} while (*p == ' ' || *p == '\t');
	}
	CHECK(strncmp(p, "\r\n", 2) == 0);
	return (p + 2);
}

static void
check_mail(struct buf *mail, const char *id, const char *to)
{
	char mark[128];
	const char *body;

	CHECK(buf_cstr(mail) != NULL && strlen(buf_cstr(mail)) == mail->len);
	check_lines(buf_cstr(mail), 998);
	snprintf(mark, sizeof(mark), "\r\nMessage-ID: <%s@", id);
	CHECK(count(mail, mark) == 1);
	body = check_headers(buf_cstr(mail));
	CHECK(strncmp(body, "--=_", 4) == 0);
	snprintf(mark, sizeof(mark), "\r\n--=_%s\r\n", id);
	CHECK(count(mail, mark) == 2);
	snprintf(mark, sizeof(mark), "\r\n--=_%s--\r\n", id);
	CHECK(count(mail, mark) == 1);
	CHECK(strstr(buf_cstr(mail), to) != NULL);
}

static void
compose(const struct templates *t, int which, const struct mail_values *v,
    const struct mime_from *from, const char *to, const char *id)
{
	struct buf s = BUF_INIT, text = BUF_INIT, html = BUF_INIT;
	struct buf out = BUF_INIT;
	struct mime_mail mail = { .from = from, .to = to, .id = id,
	    .date = 1700000000000000 };

	template_subject(&s, t, which, v);
	template_text(&text, t, which, v);
	template_html(&html, t, which, v);
	mail.subject = buf_cstr(&s);
	mail.text = buf_cstr(&text);
	mail.html = buf_cstr(&html);
	mime_compose(&out, &mail);
	check_mail(&out, id, to);
	buf_free(&s);
	buf_free(&text);
	buf_free(&html);
	buf_free(&out);
}

/* Of the input, so that no input can contain it. */
static void
make_id(char id[33], const uint8_t *p, size_t n)
{
	uint64_t h = UINT64_C(14695981039346656037);
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	snprintf(id, 33, "id-%016llx", (unsigned long long)h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct input in;
	struct templates t;
	struct mime_from from;
	struct mail_values v = { { in.f[F_USERNAME],
	    "https://id.example.org/verify-email?token=x", in.f[F_IP],
	    in.f[F_AGENT], in.f[F_TIME], in.f[F_PRODUCT] } };
	const char *to = in.f[F_TO];
	unsigned line;
	int which, own;
	size_t i;
	char id[33];

	if (n == 0)
		return (0);
	memset(&t, 0, sizeof(t));
	take(&in, data, n);
	which = in.flags % MAIL_T__MAX;
	own = in.f[F_TEXT][0] != '\0' && template_set(&t, which,
	    TEMPLATE_TEXT, in.f[F_TEXT], &line) == 0;
	own |= in.f[F_HTML][0] != '\0' && template_set(&t, which,
	    TEMPLATE_HTML, in.f[F_HTML], &line) == 0;
	check_values(&t, which, !own, &v);
	for (i = 0; i < FIELDS; i++) {
		check_quoted(in.f[i]);
		check_header_text(in.f[i], in.flags % 40);
	}
	if (!mime_address_ok(to))
		to = "alice@example.org";
	CHECK(strpbrk(to, "\r\n <>,") == NULL && strchr(to, '@') != NULL);
	if (mime_from_parse(&from, in.f[F_FROM]) == -1 &&
	    mime_from_parse(&from, "moatd <m@example.org>") == -1)
		abort();
	make_id(id, data, n);
	compose(&t, which, &v, &from, to, id);
	templates_free(&t);
	return (0);
}
