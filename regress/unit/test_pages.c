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
 * Unit tests of the pages' pure halves: local paths, csrf, form-action,
 * cookies, languages, templates.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/http/cookie.h"
#include "src/pages/agent.h"
#include "src/pages/rules.h"
#include "src/pages/tmpl.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

START_TEST(local_accepts_paths)
{
	static const char *const good[] = { "/", "/account", "/a?b=c#d",
		"/oauth2/authorize?state=%0d%0a", "/%2fevil", "/%5cevil",
		"/.//evil", "/a//b", "/a?u=https://evil.example/", "/~" };
	size_t i;

	for (i = 0; i < N(good); i++)
		ck_assert_msg(page_local(good[i]), "%s", good[i]);
}
END_TEST

START_TEST(local_rejects_all_else)
{
	static const char *const bad[] = { "", "evil", "//evil", "///evil",
		"/\\evil", "\\\\evil", "\\/evil", "/a\\b", "https://evil/",
		"https:evil", "javascript:alert(1)", "http:///x", "?x", "#x",
		" /a", "/a b", "/a\tb", "\t/a", "/\r\nLocation: x", "/a\n",
		"/\x01", "/\x7f", "/\xc3\xa4", "/a\xe2\x80\xae" };
	char path[PAGE_LOCAL_MAX + 2];
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(!page_local(bad[i]), "%s", bad[i]);
	memset(path, '/', sizeof(path));
	memset(path + 1, 'a', sizeof(path) - 2);
	path[PAGE_LOCAL_MAX] = '\0';
	ck_assert(page_local(path));
	path[PAGE_LOCAL_MAX] = 'a';
	path[PAGE_LOCAL_MAX + 1] = '\0';
	ck_assert(!page_local(path));
}
END_TEST

START_TEST(csrf_accepts_its_cookie_only)
{
	char a[PAGE_CSRF_LEN + 1], b[PAGE_CSRF_LEN + 1];

	page_csrf(a, "");
	ck_assert_str_eq(a, "fOErqHgqMvdDV877ge24wg6k11URXstAYzSLjMnUHzQ");
	page_csrf(a, "cookie");
	page_csrf(b, "cookif");
	ck_assert_int_eq(strlen(a), PAGE_CSRF_LEN);
	ck_assert(page_csrf_same(a, a));
	ck_assert(!page_csrf_same(a, b));
	ck_assert(!page_csrf_same("", a));
	ck_assert(!page_csrf_same(a, ""));
	ck_assert(!page_csrf_same("", ""));
	b[0] = '\0';
	ck_assert(!page_csrf_same(b, b));
	memcpy(b, a, sizeof(b));
	b[PAGE_CSRF_LEN - 1] = '\0';
	ck_assert(!page_csrf_same(b, a));
}
END_TEST

START_TEST(source_accepts_origins)
{
	static const char *const good[][2] = {
		{ "https://app.example/cb?x=1", "https://app.example" },
		{ "https://app.example:8443", "https://app.example:8443" },
		{ "HTTPS://App.example/", "HTTPS://App.example" },
		{ "http://127.0.0.1:5000/", "http://127.0.0.1:5000" },
		{ "http://[::1]:5000/", "http://[::1]:5000 http:" },
		{ "com.example.app:/cb", "com.example.app:" },
		{ "com.example.app://host/cb", "com.example.app:" },
	};
	char src[PAGE_SRC_MAX];
	size_t i;

	for (i = 0; i < N(good); i++) {
		page_source(src, good[i][0]);
		ck_assert_str_eq(src, good[i][1]);
	}
}
END_TEST

START_TEST(source_rejects_what_breaks_out)
{
	static const char *const bad[] = { "", "https", "https://a;b/",
		"https://a b/", "https://a,b/", "https://a'b/", "https://*/",
		"https://a\r\nb/", "https://u@a/", "https://a\\b/",
		"x y:z", "x;script-src:", "https://\xc3\xa4/" };
	char src[PAGE_SRC_MAX], uri[PAGE_SRC_MAX + 16] = "https://";
	size_t i;

	for (i = 0; i < N(bad); i++) {
		page_source(src, bad[i]);
		ck_assert_msg(src[0] == '\0', "%s: %s", bad[i], src);
	}
	memset(uri + 8, 'a', PAGE_SRC_MAX);
	page_source(src, uri);
	ck_assert_str_eq(src, "");
}
END_TEST

START_TEST(encode_accepts_everything)
{
	struct buf b = BUF_INIT;

	page_encode(&b, "/a?b=c&d=\xc3\xa4 +%\"<\n~-._");
	ck_assert_str_eq(buf_cstr(&b),
	    "/a%3Fb%3Dc%26d%3D%C3%A4%20%2B%25%22%3C%0A~-._");
	buf_free(&b);
}
END_TEST

START_TEST(cookie_accepts_ours)
{
	static const char *const good[] = { "s=abc", "a=b; s=abc", "s=abc; a=b",
		"a=b;s=abc;c=d", "xs=1; s=abc; sx=2", "s=abc ; a=\"q\"",
		"s=abc; s=abc", "; ;s=abc", "s=abc;", "\ts=abc" };
	char v[8];
	size_t i;

	for (i = 0; i < N(good); i++) {
		ck_assert_msg(cookie_get(good[i], "s", v, sizeof(v)) == 0,
		    "%s", good[i]);
		ck_assert_str_eq(v, "abc");
	}
	ck_assert_int_eq(cookie_get("s=1234567", "s", v, sizeof(v)), 0);
}
END_TEST

START_TEST(cookie_rejects_all_else)
{
	static const char *const bad[] = { "", "s", "s=", "s=; s=abc", "S=abc",
		"xs=abc", "sx=abc", "a=s=abc", "s=a b", "s=\"abc\"", "s=a,b",
		"s=a=b", "s=a%20", "s=\xc3\xa4", "s=12345678", "s=abc; s=abd",
		"s=abc; s=abcd", "s=abc; s=", "a=1, s=abc", "s =abc",
		"s=a\x01" };
	char v[8];
	size_t i;

	for (i = 0; i < N(bad); i++) {
		ck_assert_msg(cookie_get(bad[i], "s", v, sizeof(v)) == -1,
		    "%s", bad[i]);
		ck_assert_str_eq(v, "");
	}
	ck_assert_int_eq(cookie_get(NULL, "s", v, sizeof(v)), -1);
}
END_TEST

START_TEST(language_accepts_what_fits)
{
	ck_assert_str_eq(tmpl_language(NULL, NULL)->tag, "en");
	ck_assert_str_eq(tmpl_language("xx en-GB-x-y", NULL)->tag, "en");
	ck_assert_str_eq(tmpl_language("EN", "xx")->tag, "en");
	ck_assert_str_eq(tmpl_language("", "xx;q=1, en;q=0.001")->tag, "en");
}
END_TEST

START_TEST(language_rejects_rubbish)
{
	static const char *const bad[] = { "", " ", "-", "--", "e", "*", ",,;",
		";q=", ";q=1", "en;q=0", "en;q", "en;q=x", "x-", "-en",
		"en-\xc3\xa4", "xx;q=9999999999", "\t", "q=1;en" };
	char tag[300];
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_str_eq(tmpl_language(bad[i], bad[i])->tag, "en");
	memset(tag, '-', sizeof(tag) - 1);
	tag[sizeof(tag) - 1] = '\0';
	ck_assert_str_eq(tmpl_language(tag, tag)->tag, "en");
}
END_TEST

static const char *const assets[PAGE_A__MAX];

/* The login page, whose name of the user is hostile. */
static char *
login(struct buf *b, const char *username)
{
	const char *paths[PAGE_A__MAX];
	struct tmpl_vals v = { .lang = tmpl_language(NULL, NULL) };
	unsigned i;

	for (i = 0; i < PAGE_A__MAX; i++)
		paths[i] = assets[i] != NULL ? assets[i] : "/assets/x";
	v.assets = paths;
	v.value[PAGE_S_USERNAME] = username;
	tmpl_render(b, PAGE_H_LOGIN, &v);
	ck_assert_int_eq(b->err, 0);
	return buf_cstr(b);
}

START_TEST(template_accepts_text)
{
	struct buf b = BUF_INIT;
	const char *s = login(&b, "Zo\xc3\xab {{csrf}} {username}");

	ck_assert_ptr_nonnull(strstr(s,
	    "value=\"Zo\xc3\xab {{csrf}} {username}\""));
	ck_assert_ptr_nonnull(strstr(s, "<!DOCTYPE html>"));
	ck_assert_ptr_null(strstr(s, "role=\"alert\""));
	buf_free(&b);
}
END_TEST

START_TEST(template_rejects_markup)
{
	struct buf b = BUF_INIT;
	const char *s = login(&b, "\"><script>'&amp;</script>");

	ck_assert_ptr_null(strstr(s, "<script"));
	ck_assert_ptr_nonnull(strstr(s, "value=\"&quot;&gt;&lt;script&gt;"
	    "&#39;&amp;amp;&lt;/script&gt;\""));
	buf_free(&b);
}
END_TEST

START_TEST(message_accepts_slots)
{
	struct tmpl_vals v = { .lang = tmpl_language(NULL, NULL) };
	const char *own[PAGE_T__MAX] = { NULL };
	struct buf b = BUF_INIT;

	v.value[PAGE_S_CLIENT_NAME] = "{client_name} <b>";
	tmpl_message(&b, PAGE_T_LOGIN_CLIENT, &v);
	ck_assert_str_eq(buf_cstr(&b), "to continue to {client_name} <b>");
	buf_reset(&b);
	own[PAGE_T_LOGIN_CLIENT] = "{client_name}|{none}|{nothing|{x}{";
	v.own = own;
	tmpl_message(&b, PAGE_T_LOGIN_CLIENT, &v);
	ck_assert_str_eq(buf_cstr(&b), "{client_name} <b>||");
	buf_free(&b);
}
END_TEST

START_TEST(agent_accepts_what_browsers_say)
{
	static const struct {
		const char	*text, *browser, *system;
	} t[] = {
		{ "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 "
		  "Firefox/140.0", "Firefox", "Linux" },
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
		  "(KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
		  "Chrome", "Windows" },
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
		  "(KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 "
		  "Edg/140.0.0.0", "Edge", "Windows" },
		{ "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) "
		  "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
		  "Mobile/15E148 Safari/604.1", "Safari", "iPhone" },
		{ "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, "
		  "like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
		  "Chrome", "Android" },
		{ "curl/8.5.0", "curl", NULL },
		{ "", NULL, NULL }, { "moatd regress", NULL, NULL },
		{ "firefox/1", NULL, NULL },
	};
	const char *s;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ck_assert_pstr_eq(agent_browser(t[i].text), t[i].browser);
		ck_assert_pstr_eq(agent_system(t[i].text), t[i].system);
	}
	s = agent_browser("<b>Firefox/</b>");
	ck_assert_str_eq(s, "Firefox");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pages");
	TCase *t = tcase_create("pages");
	SRunner *r;
	int failed;

	tcase_add_test(t, local_accepts_paths);
	tcase_add_test(t, local_rejects_all_else);
	tcase_add_test(t, csrf_accepts_its_cookie_only);
	tcase_add_test(t, source_accepts_origins);
	tcase_add_test(t, source_rejects_what_breaks_out);
	tcase_add_test(t, encode_accepts_everything);
	tcase_add_test(t, cookie_accepts_ours);
	tcase_add_test(t, cookie_rejects_all_else);
	tcase_add_test(t, language_accepts_what_fits);
	tcase_add_test(t, language_rejects_rubbish);
	tcase_add_test(t, template_accepts_text);
	tcase_add_test(t, template_rejects_markup);
	tcase_add_test(t, message_accepts_slots);
	tcase_add_test(t, agent_accepts_what_browsers_say);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
