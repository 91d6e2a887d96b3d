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
 * Unit tests of how a tenant's pages may look (API.md section 9).
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/rules/look.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static const char *
theme(const char *s)
{
	return (look_theme_wrong(s, strlen(s)));
}

START_TEST(look_theme_accepts_what_dresses)
{
	static const char *const good[] = { "", "/* nothing */",
		":root { --accent: #0a5; --radius: 4px }",
		"@media (prefers-color-scheme: dark) { body { color: red } }",
		"@media (400px <= width <= 600px) { a { top: 0 } }",
		"@supports (display: grid) { main { display: grid } }",
		"@layer base; @keyframes x { from { opacity: 0 } }",
		"h1::before { content: \"\\2014  @import url(x)\" }",
		"h1 { background: url(logo) no-repeat }",
		"h1 { background: url( 'logo' ) }",
		"h1 { background: URL(data:image/png;base64,iVBORw0KGgo=) }",
		"h1 { background: url(\"data:image/svg+xml,%3Csvg/%3E\") }",
		"html { scroll-behavior: smooth }",
		"a > b ~ c + d:not(.x) { width: calc(1px + var(--y)) }",
		"p { font-family: \"\xc3\x84\", serif }",
		"a[href=\"x\"]:hover { color: rgb(0 0 0 / 10%) }" };
	size_t i;

	for (i = 0; i < N(good); i++)
		ck_assert_msg(theme(good[i]) == NULL, "%s: %s", good[i],
		    theme(good[i]));
}
END_TEST

START_TEST(look_theme_rejects_what_loads_or_runs)
{
	static const char *const bad[] = { "@import 'a.css';",
		"@IMPORT url(logo);", "@/**/import 'a';", "@charset 'x';",
		"@namespace url(data:image/x);", "@font-face { }",
		"@-moz-document url-prefix(http) { }", "@ media { }",
		"a { b: url(https://evil.example/) }",
		"a { b: url('https://evil.example/') }",
		"a { b: url(//evil.example/) }", "a { b: url(/) }",
		"a { b: url(/oauth2/authorize?client_id=x) }",
		"a { b: url(logo?leak) }", "a { b: url(./logo) }",
		"a { b: url() }", "a { b: url(  ) }", "a { b: url(",
		"a { b: url(logo", "a { b: url(logo x) }",
		"a { b: url(data:text/html,x) }", "a { b: url(data:) }",
		"a { b: url(javascript:alert(1)) }", "a { b: uRl (x); c: Url(x)",
		"a { b: url(var(--x)) }", "a { b: url(/**/logo) }",
		"a { b: url(\"data:image/\\\") }", "a { b: url('logo) }",
		"a { b: url(data:image/png\\29 ) }",
		"a { b: image-set(\"https://evil.example/\" 1x) }",
		"a { b: -WEBKIT-image-set(\"/x\" 1x) }", "a { b: image(\"x\") }",
		"a { b: src(\"x\") }", "a { width: expression(alert(1)) }",
		"a { behavior: none }", "a { -moz-binding: none }",
		"a { b: \\75rl(x) }", "@\\69mport 'a';", "\\", "a { b: u\\",
		"/* open", "/*/", "a { b: \"open }", "a { b: \"open\n\" }",
		"a { b: \"open\\", "a { b: 'open\\\n' }",
		"</style><script>", "a { b: '</style>' }", "<!-- a", "a\x01" "b",
		"a\x7f", "a\xff", "\xc0\xaf", "a\xed\xa0\x80" };
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(theme(bad[i]) != NULL, "%s", bad[i]);
	ck_assert_ptr_nonnull(look_theme_wrong("a\0b", 3));
}
END_TEST

static const char *
logo(const char *s)
{
	return (look_logo_type(s, strlen(s)));
}

START_TEST(look_logo_accepts_images)
{
	static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
	static const char jpeg[] = "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\0\0";
	static const char webp[] = "RIFF\x10\0\0\0WEBPVP8 \0\0\0\0";
	static const char *const svg[] = { "<svg/>", "<svg ></svg>",
		"<svg xmlns='http://www.w3.org/2000/svg'/>",
		"<?xml version=\"1.0\"?>\n<!-- x --> <svg>\n</svg>\n",
		"\xef\xbb\xbf<svg><title>\xc3\xa4</title></svg>" };
	size_t i;

	ck_assert_str_eq(look_logo_type(png, sizeof(png)), "image/png");
	ck_assert_str_eq(look_logo_type(jpeg, sizeof(jpeg)), "image/jpeg");
	ck_assert_str_eq(look_logo_type(webp, sizeof(webp)), "image/webp");
	for (i = 0; i < N(svg); i++)
		ck_assert_msg(logo(svg[i]) != NULL, "%s", svg[i]);
	ck_assert_str_eq(logo("<svg/>"), "image/svg+xml");
}
END_TEST

START_TEST(look_logo_rejects_all_else)
{
	static const char *const bad[] = { "", "<", "<svg", "<svgx/>", "svg",
		"<html><svg/></html>", "GIF89a______________", "\x89PNG",
		"\xff\xd8\xff", "RIFF____WEBX_________", "<?xml <svg/>",
		"<!-- <svg/>", "<SVG/>", "<svg>\xff</svg>",
		"<!DOCTYPE svg><svg/>", "<svg><!doctype x></svg>",
		"<svg><!ENTITY x 'y'></svg>", "<svg><script>x</script></svg>",
		"<svg><SCRIPT/></svg>", "<svg><s:script/></svg>",
		"<svg><foreignObject/></svg>",
		"<svg><a href='JavaScript:alert(1)'/></svg>" };
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(logo(bad[i]) == NULL, "%s", bad[i]);
	ck_assert_ptr_null(look_logo_type("<svg>\0</svg>", 12));
}
END_TEST

START_TEST(look_keys_are_words_between_dots)
{
	static const char *const keys[] = { "a", "login.title", "a.b_c.d2" };
	static const char *const none[] = { "", ".", "a.", ".a", "a..b", "A",
		"a b", "a-b", "a\n", "\xc3\xa4",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaa" };
	size_t i;

	for (i = 0; i < N(keys); i++)
		ck_assert_msg(look_key_ok(keys[i]), "%s", keys[i]);
	for (i = 0; i < N(none); i++)
		ck_assert_msg(!look_key_ok(none[i]), "%s", none[i]);
}
END_TEST

START_TEST(look_text_keeps_to_its_slots)
{
	char s[LOOK_TEXT + 2];

	ck_assert(look_text_ok("Welcome", "Sign in"));
	ck_assert(look_text_ok("{name} { } {}", "Hello {name}"));
	ck_assert(look_text_ok("Hello", "Hello {name}"));
	ck_assert(look_text_ok("<b>{name}</b>", "Hello {name}"));
	ck_assert(!look_text_ok("{other}", "Hello {name}"));
	ck_assert(!look_text_ok("{name} {nam}", "Hello {name}"));
	ck_assert(!look_text_ok("{name}", "Hello"));
	ck_assert(!look_text_ok("", "x"));
	ck_assert(!look_text_ok("a\nb", "x"));
	ck_assert(!look_text_ok("a\x7f", "x"));
	ck_assert(!look_text_ok("a\xff", "x"));
	memset(s, 'a', sizeof(s));
	s[LOOK_TEXT] = '\0';
	ck_assert(look_text_ok(s, "x"));
	s[LOOK_TEXT] = 'a';
	s[LOOK_TEXT + 1] = '\0';
	ck_assert(!look_text_ok(s, "x"));
}
END_TEST

START_TEST(look_original_is_of_a_catalogue)
{
	ck_assert_str_eq(look_original("en", "brand"), "moatd");
	ck_assert_ptr_nonnull(look_original("de", "login.title"));
	ck_assert_str_ne(look_original("de", "login.title"),
	    look_original("en", "login.title"));
	ck_assert_ptr_nonnull(look_original("de", NULL));
	ck_assert_ptr_null(look_original("xx", NULL));
	ck_assert_ptr_null(look_original("", NULL));
	ck_assert_ptr_null(look_original("en", ""));
	ck_assert_ptr_null(look_original("en", "no.such"));
	ck_assert_ptr_null(look_original("EN", "brand"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("look");
	TCase *t = tcase_create("look");
	SRunner *r;
	int failed;

	tcase_add_test(t, look_theme_accepts_what_dresses);
	tcase_add_test(t, look_theme_rejects_what_loads_or_runs);
	tcase_add_test(t, look_logo_accepts_images);
	tcase_add_test(t, look_logo_rejects_all_else);
	tcase_add_test(t, look_keys_are_words_between_dots);
	tcase_add_test(t, look_text_keeps_to_its_slots);
	tcase_add_test(t, look_original_is_of_a_catalogue);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
