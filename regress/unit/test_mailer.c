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
 * Templates and MIME: values come from strangers, and a mail that breaks out
 * of its form reaches somebody else (CASES 43).
 */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/mailer/mime.h"
#include "privsep/mailer/server.h"
#include "privsep/mailer/template.h"

static struct templates own;
static struct mail_values values;

static void
setup(void)
{
	values = (struct mail_values){ { "alice", "https://a.example/x?t=1",
	    "192.0.2.1", "curl/8", "2026-01-31 12:00 UTC", "Suite" } };
}

static void
teardown(void)
{
	templates_free(&own);
}

static void
cleans(const char *in, const char *out)
{
	struct buf b = BUF_INIT;

	template_clean(&b, in, 200);
	ck_assert_str_eq(buf_cstr(&b), out);
	buf_free(&b);
}

START_TEST(template_accepts_every_builtin)
{
	struct buf b = BUF_INIT;
	unsigned line;
	int i, k;

	for (i = 0; i < MAIL_T__MAX; i++) {
		for (k = 0; k < 2; k++)
			ck_assert_int_eq(template_set(&own, i, k,
			    template_builtin[i][k], &line), 0);
		buf_reset(&b);
		template_subject(&b, &own, i, &values);
		template_text(&b, &own, i, &values);
		template_html(&b, &own, i, &values);
		ck_assert_ptr_nonnull(strstr(buf_cstr(&b), "alice"));
		ck_assert_ptr_nonnull(strstr(buf_cstr(&b), "Suite"));
		ck_assert_ptr_null(strstr(buf_cstr(&b), "{{"));
	}
	buf_free(&b);
}
END_TEST

static const char *const broken[] = { "", "Subject: x", "Subject: x\n",
    "Subject: x\nno empty line\n\n", "subject: x\n\n", "\nSubject: x\n\n",
    "Subject: x\n\n{{", "Subject: x\n\n{{}}", "Subject: x\n\n{{ ip }}",
    "Subject: x\n\n{{IP}}", "Subject: x\n\n{{ip}", "Subject: {{nobody}}\n\n",
    "Subject: x\n\n{{ip}}{{password}}", "Subject: x\n\n{{{ip}}",
    "Subject: x\n\n\xff", "Subject: x\n\n{{usernameusername}}" };

START_TEST(template_rejects_what_is_broken)
{
	unsigned line = 0;

	ck_assert_int_eq(template_set(&own, MAIL_T_verify, TEMPLATE_TEXT,
	    broken[_i], &line), -1);
	ck_assert_uint_ge(line, 1);
	ck_assert_uint_le(line, 3);
}
END_TEST

START_TEST(template_rejects_unknown_names)
{
	ck_assert_int_eq(template_find("verify"), MAIL_T_verify);
	ck_assert_int_eq(template_find(""), -1);
	ck_assert_int_eq(template_find("../verify"), -1);
	ck_assert_int_eq(template_find("verify.txt"), -1);
}
END_TEST

START_TEST(template_rejects_values_that_leave_their_place)
{
	struct buf b = BUF_INIT;

	cleans("a\r\nBcc: x", "a  Bcc: x");
	cleans("a\tb\x7f" "c", "a b c");
	cleans("http://evil.example", "http[:]//evil.example");
	cleans("\xe2\x80\xae" "abc\xef\xbb\xbf", "abc");
	cleans("a\xe2\x80\xa8" "b", "a b");
	cleans("\xff\xc0\x80", "???");
	cleans("\xc2\x85", " ");
	values.v[MAIL_V_username] = "{{link}}<b a=\"'&>";
	template_html(&b, &own, MAIL_T_new_device, &values);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&b),
	    "Hello {{link}}&lt;b a=&quot;&#39;&amp;&gt;,"));
	buf_reset(&b);
	values.v[MAIL_V_username] = NULL;
	template_text(&b, &own, MAIL_T_new_device, &values);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&b), "Hello ,"));
	buf_free(&b);
}
END_TEST

START_TEST(template_rejects_long_values)
{
	struct buf b = BUF_INIT;
	char text[2000];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	template_clean(&b, text, 200);
	ck_assert_uint_eq(b.len, 200);
	buf_free(&b);
}
END_TEST

static const struct {
	const char *s;
	int ok;
} addresses[] = { { "a@b", 1 }, { "a.b+c@d.example", 1 }, { "", 0 },
	{ "a", 0 }, { "@b", 0 }, { "a@", 0 }, { "a@b@c", 0 }, { "a b@c", 0 },
	{ "a@b\r\n", 0 }, { "a@b>", 0 }, { "<a@b>", 0 }, { "a@b,c@d", 0 },
	{ "\"a\"@b", 0 }, { "a@b;", 0 }, { "\xc3\xa4@b", 0 }, { "a@[::1]", 0 },
	{ "a\\@b", 0 }, { "a(b)@c", 0 } };

START_TEST(mime_accepts_and_rejects_addresses)
{
	ck_assert_int_eq(mime_address_ok(addresses[_i].s), addresses[_i].ok);
}
END_TEST

START_TEST(mime_accepts_senders)
{
	struct mime_from f;

	ck_assert_int_eq(mime_from_parse(&f, "a@b.example"), 0);
	ck_assert_str_eq(f.name, "");
	ck_assert_int_eq(mime_from_parse(&f, "A \"x\" B <a@b.example>"), 0);
	ck_assert_str_eq(f.name, "A \"x\" B");
	ck_assert_str_eq(f.addr, "a@b.example");
	ck_assert_str_eq(mime_domain(f.addr), "b.example");
	ck_assert_int_eq(mime_from_parse(&f, "A <a@b> x"), -1);
	ck_assert_int_eq(mime_from_parse(&f, "A <>"), -1);
	ck_assert_int_eq(mime_from_parse(&f, "<"), -1);
	ck_assert_int_eq(mime_from_parse(&f, ""), -1);
}
END_TEST

static void
header(const char *in, const char *out)
{
	struct buf b = BUF_INIT;

	mime_header_text(&b, in, 9);
	ck_assert_str_eq(buf_cstr(&b), out);
	buf_free(&b);
}

START_TEST(mime_rejects_header_text_as_it_stands)
{
	header("plain", "plain");
	header("a\r\nBcc: x", "=?UTF-8?B?YQ0KQmNjOiB4?=");
	header("=?UTF-8?B?QQ==?=", "=?UTF-8?B?PT9VVEYtOD9CP1FRPT0/PQ==?=");
	header("\xc3\xa4", "=?UTF-8?B?w6Q=?=");
}
END_TEST

static void
printable(const char *in, const char *out)
{
	struct buf b = BUF_INIT;

	mime_quoted_printable(&b, in);
	ck_assert_str_eq(buf_cstr(&b), out);
	buf_free(&b);
}

START_TEST(mime_accepts_quoted_printable)
{
	printable("a=b\n", "a=3Db\r\n");
	printable("\xc3\xa4 \n\t\n", "=C3=A4=20\r\n=09\r\n");
	printable(".\n..\n", "=2E\r\n=2E.\r\n");
	printable("a\rb", "a=0Db\r\n");
	printable("", "");
	printable("----------------------------------------------------------"
	    "------------------------------\n",
	    "----------------------------------------------------------"
	    "-----------------=\r\n-------------\r\n");
}
END_TEST

/* Whatever the values: header lines that we know, and lines that are short. */
START_TEST(mime_rejects_to_add_headers)
{
	struct mime_from from;
	struct mime_mail m = { .from = &from, .to = "t@example.org",
	    .subject = "x\r\nBcc: y@example.org", .id = "id\r\nX: y",
	    .date = INT64_C(1769860800000000),
	    .text = "a\r\n.\r\nQUIT\r\n\xc3\xa4", .html = "<p>" };
	struct buf b = BUF_INIT;
	const char *p, *end;

	ck_assert_int_eq(mime_from_parse(&from, "A\\\"B <f@example.org>"), 0);
	mime_compose(&b, &m);
	p = buf_cstr(&b);
	ck_assert_ptr_null(strstr(p, "\nBcc"));
	ck_assert_ptr_null(strstr(p, "\nX: "));
	ck_assert_ptr_null(strstr(p, "\n.\r\n"));
	ck_assert_ptr_nonnull(strstr(p, "Message-ID: <id@example.org>\r\n"));
	ck_assert_ptr_nonnull(strstr(p,
	    "Date: Sat, 31 Jan 2026 12:00:00 +0000\r\n"));
	for (; (end = strchr(p, '\n')) != NULL; p = end + 1) {
		ck_assert_int_eq(end[-1], '\r');
		ck_assert_int_le(end - p, 78);
	}
	ck_assert_str_eq(p, "");
	buf_free(&b);
}
END_TEST

static const struct {
	const char *s;
	int private;
} nets[] = { { "8.8.8.8", 0 }, { "9.255.255.255", 0 }, { "11.0.0.0", 0 },
	{ "172.32.0.1", 0 }, { "100.63.255.255", 0 }, { "2001:4860::8888", 0 },
	{ "127.0.0.1", 1 }, { "10.1.2.3", 1 }, { "172.31.255.255", 1 },
	{ "192.168.0.1", 1 }, { "169.254.169.254", 1 }, { "100.64.0.1", 1 },
	{ "0.0.0.0", 1 }, { "224.0.0.1", 1 }, { "255.255.255.255", 1 },
	{ "::", 1 }, { "::1", 1 }, { "fe80::1", 1 }, { "fd00::1", 1 },
	{ "ff02::1", 1 }, { "::ffff:127.0.0.1", 1 }, { "::ffff:8.8.8.8", 0 },
	{ "64:ff9b::a00:1", 1 }, { "2002:a00:1::", 1 } };

START_TEST(server_accepts_and_rejects_networks)
{
	struct sockaddr_in six4 = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	const char *s = nets[_i].s;
	const void *sa;

	if (inet_pton(AF_INET, s, &six4.sin_addr) == 1)
		sa = &six4;
	else {
		ck_assert_int_eq(inet_pton(AF_INET6, s, &six.sin6_addr), 1);
		sa = &six;
	}
	ck_assert_int_eq(server_address_private(sa), nets[_i].private);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("mailer");
	TCase *t = tcase_create("mailer");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, template_accepts_every_builtin);
	tcase_add_loop_test(t, template_rejects_what_is_broken, 0,
	    (int)(sizeof(broken) / sizeof(*broken)));
	tcase_add_test(t, template_rejects_unknown_names);
	tcase_add_test(t, template_rejects_values_that_leave_their_place);
	tcase_add_test(t, template_rejects_long_values);
	tcase_add_loop_test(t, mime_accepts_and_rejects_addresses, 0,
	    (int)(sizeof(addresses) / sizeof(*addresses)));
	tcase_add_test(t, mime_accepts_senders);
	tcase_add_test(t, mime_rejects_header_text_as_it_stands);
	tcase_add_test(t, mime_accepts_quoted_printable);
	tcase_add_test(t, mime_rejects_to_add_headers);
	tcase_add_loop_test(t, server_accepts_and_rejects_networks, 0,
	    (int)(sizeof(nets) / sizeof(*nets)));
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{
	SRunner *sr = srunner_create(suite());
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
