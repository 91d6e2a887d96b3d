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
 * The vault's second factors: codes, sealed secrets, pictures, recovery codes,
 * links and the heads of audit chains.
 */
#include "config.h"

#include <png.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/vault/base32.h"
#include "privsep/vault/enrol.h"
#include "privsep/vault/generate.h"
#include "privsep/vault/qr.h"
#include "privsep/vault/recovery.h"
#include "privsep/vault/token.h"
#include "regress/unit/test_vault.h"
#include "src/jose/jws.h"

#define USER	"01910f3c-8b1a-7c3e-9a51-0a0f6c2d9e11"
#define OTHER	"01910f3c-8b1a-7c3e-9a51-0a0f6c2d9e12"
#define NOW	INT64_C(1800000000)
#define HASH	"0123456789abcdefghijklmnopqrstuvwxyz-_ABCDE"

/* RFC 6238 appendix B's secret. */
static const uint8_t *const rfc = (const uint8_t *)"12345678901234567890";

static struct seal *
sealer(uint8_t fill)
{
	uint8_t key[SEAL_LEN];

	memset(key, fill, sizeof(key));
	return seal_new(key, sizeof(key));
}

/* ---- codes ---- */

/*
 * Appendix B has eight digits; ours are the last six of them, since both are
 * the same number modulo a power of ten.
 */
START_TEST(totp_accepts_the_vectors_of_rfc_6238)
{
	static const struct { int64_t now; const char *code; } row[] = {
		{ 59, "94287082" }, { 1111111109, "07081804" },
		{ 1111111111, "14050471" }, { 1234567890, "89005924" },
		{ 2000000000, "69279037" },
		{ INT64_C(20000000000), "65353130" } };
	char code[TOTP_DIGITS + 1];
	int64_t step;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		ck_assert_int_eq(totp_code(code, rfc,
		    row[i].now / TOTP_PERIOD), 0);
		ck_assert_str_eq(code, row[i].code + 2);
		ck_assert_int_eq(totp_check(rfc, row[i].code + 2, row[i].now,
		    0, &step), 1);
		ck_assert(step == row[i].now / TOTP_PERIOD);
		ck_assert_int_eq(totp_check(rfc, row[i].code, row[i].now, 0,
		    &step), 0);		/* eight digits are no code */
	}
}
END_TEST

START_TEST(totp_accepts_one_step_of_skew)
{
	char code[TOTP_DIGITS + 1];
	int64_t step, now = NOW / TOTP_PERIOD;
	int d;

	for (d = -3; d <= 3; d++) {
		ck_assert_int_eq(totp_code(code, rfc, now + d), 0);
		ck_assert_int_eq(totp_check(rfc, code, NOW, 0, &step),
		    d >= -1 && d <= 1);
		if (d >= -1 && d <= 1)
			ck_assert(step == now + d);
	}
	/* The first and the last second of a step. */
	ck_assert_int_eq(totp_code(code, rfc, now), 0);
	ck_assert_int_eq(totp_check(rfc, code, now * 30 - 30, 0, &step), 1);
	ck_assert_int_eq(totp_check(rfc, code, now * 30 - 31, 0, &step), 0);
	ck_assert_int_eq(totp_check(rfc, code, now * 30 + 59, 0, &step), 1);
	ck_assert_int_eq(totp_check(rfc, code, now * 30 + 60, 0, &step), 0);
}
END_TEST

START_TEST(totp_rejects_a_step_that_counted)	/* CASES 18 */
{
	char code[TOTP_DIGITS + 1];
	int64_t step = 7, now = NOW / TOTP_PERIOD, at;

	for (at = now - 1; at <= now + 1; at++) {
		ck_assert_int_eq(totp_code(code, rfc, at), 0);
		ck_assert_int_eq(totp_check(rfc, code, NOW, at, &step), 0);
		ck_assert_int_eq(totp_check(rfc, code, NOW, at + 1, &step), 0);
		/* A clock that was set back accepts nothing twice: 56. */
		ck_assert_int_eq(totp_check(rfc, code, NOW, at + 2880, &step),
		    0);
		ck_assert_int_eq(totp_check(rfc, code, NOW, INT64_MAX, &step),
		    0);
		ck_assert(step == 7);
		ck_assert_int_eq(totp_check(rfc, code, NOW, at - 1, &step), 1);
		ck_assert(step == at);
		step = 7;
	}
}
END_TEST

START_TEST(totp_rejects_what_is_no_code)
{
	static const char *const bad[] = { "", "28708", "2870822", " 287082",
	    "287082 ", "28708a", "-87082", "+87082", "28 082", "0x1234",
	    "287082\n", "\xd9\xa2\xd9\xa8\xd9\xa7", "28708\xef" };
	int64_t step;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(totp_check(rfc, bad[i], 59, 0, &step) == 0,
		    "%s", bad[i]);
	ck_assert_int_eq(totp_check(rfc, "287082", -1, 0, &step), 0);
	ck_assert_int_eq(totp_check(rfc, "287082", INT64_MAX, 0, &step), 0);
	ck_assert_int_eq(totp_check(rfc, "287082", 59, 0, &step), 1);
}
END_TEST

/* A code that two steps of the window share counts for the later one. */
START_TEST(totp_rejects_the_second_use_of_a_twin)
{
	uint8_t secret[TOTP_SECRET_LEN] = { 0 };
	char a[TOTP_DIGITS + 1], b[TOTP_DIGITS + 1];
	int64_t step, last, s = NOW / TOTP_PERIOD;
	int i;

	for (i = 0; ; i++, s += 2) {	/* one in a million; about 1 s */
		ck_assert_int_lt(i, 20000000);
		totp_code(a, secret, s - 1);
		totp_code(b, secret, s + 1);
		if (strcmp(a, b) == 0)
			break;
	}
	ck_assert_int_eq(totp_check(secret, a, s * 30, 0, &last), 1);
	ck_assert(last == s + 1);
	ck_assert_int_eq(totp_check(secret, a, s * 30, last, &step), 0);
}
END_TEST

/* ---- sealed secrets ---- */

START_TEST(seal_accepts_its_own)
{
	struct seal *s = sealer(1), *again = sealer(1);
	char a[SEAL_TEXT(20)], b[SEAL_TEXT(20)];
	uint8_t out[20];

	ck_assert_int_eq(seal_close(s, "totp", USER, rfc, 20, a), 0);
	ck_assert_int_eq(seal_close(s, "totp", USER, rfc, 20, b), 0);
	ck_assert_str_ne(a, b);			/* its own nonce each time */
	ck_assert_uint_eq(strlen(a), sizeof(a) - 1);
	ck_assert_int_eq(strncmp(a, "s1.", 3), 0);
	ck_assert_int_eq(seal_open(again, "totp", USER, a, out, 20), 0);
	ck_assert_mem_eq(out, rfc, 20);
	seal_free(s);
	seal_free(again);
}
END_TEST

START_TEST(seal_rejects_another_place)
{
	struct seal *s = sealer(1), *other = sealer(2);
	char text[SEAL_TEXT(20)];
	uint8_t out[20] = { 0 };

	ck_assert_int_eq(seal_close(s, "totp", USER, rfc, 20, text), 0);
	ck_assert_int_eq(seal_open(s, "totp", OTHER, text, out, 20), -1);
	ck_assert_int_eq(seal_open(s, "mail", USER, text, out, 20), -1);
	ck_assert_int_eq(seal_open(s, "totp", "", text, out, 20), -1);
	ck_assert_int_eq(seal_open(s, "", USER, text, out, 20), -1);
	/* The border between purpose and user is part of it. */
	ck_assert_int_eq(seal_open(s, "totp0", USER + 1, text, out, 20), -1);
	ck_assert_int_eq(seal_open(other, "totp", USER, text, out, 20), -1);
	ck_assert_int_eq(seal_open(s, "totp", USER, text, out, 19), -1);
	ck_assert_int_eq(sodium_is_zero(out, sizeof(out)), 1);
	ck_assert_int_eq(seal_open(s, "totp", USER, text, out, 20), 0);
	seal_free(s);
	seal_free(other);
}
END_TEST

START_TEST(seal_rejects_what_was_altered)
{
	struct seal *s = sealer(1);
	char text[SEAL_TEXT(20)], bad[SEAL_TEXT(20) + 8];
	uint8_t out[20] = { 0 };
	size_t i, n = sizeof(text) - 1;

	ck_assert_int_eq(seal_close(s, "totp", USER, rfc, 20, text), 0);
	for (i = 0; i < n; i++) {
		memcpy(bad, text, sizeof(text));
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		ck_assert_int_eq(seal_open(s, "totp", USER, bad, out, 20), -1);
		memcpy(bad, text, sizeof(text));
		bad[i] = '\0';			/* cut off */
		ck_assert_int_eq(seal_open(s, "totp", USER, bad, out, 20), -1);
		memcpy(bad, text, sizeof(text));
		bad[i] = '=';
		ck_assert_int_eq(seal_open(s, "totp", USER, bad, out, 20), -1);
	}
	snprintf(bad, sizeof(bad), "%sA", text);
	ck_assert_int_eq(seal_open(s, "totp", USER, bad, out, 20), -1);
	snprintf(bad, sizeof(bad), " %s", text);
	ck_assert_int_eq(seal_open(s, "totp", USER, bad, out, 20), -1);
	snprintf(bad, sizeof(bad), "s2.%s", text + 3);
	ck_assert_int_eq(seal_open(s, "totp", USER, bad, out, 20), -1);
	ck_assert_int_eq(seal_open(s, "totp", USER, text + 3, out, 20), -1);
	ck_assert_int_eq(seal_open(s, "totp", USER, "s1.", out, 20), -1);
	ck_assert_int_eq(sodium_is_zero(out, sizeof(out)), 1);
	seal_free(s);
}
END_TEST

START_TEST(seal_rejects_what_is_too_long)
{
	struct seal *s = sealer(1);
	uint8_t big[SEAL_MAX + 1] = { 0 };
	char text[SEAL_TEXT(SEAL_MAX + 1)], user[300];

	memset(user, 'u', sizeof(user));
	user[sizeof(user) - 1] = '\0';
	ck_assert_int_eq(seal_close(s, "totp", USER, big, sizeof(big), text),
	    -1);
	ck_assert_int_eq(seal_close(s, "totp", user, rfc, 20, text), -1);
	ck_assert_int_eq(seal_close(s, "totp", "", rfc, 20, text), -1);
	ck_assert_int_eq(seal_close(s, "totp", USER, big, SEAL_MAX, text), 0);
	ck_assert_int_eq(seal_open(s, "totp", USER, text, big, SEAL_MAX), 0);
	seal_free(s);
}
END_TEST

/* ---- enrolment ---- */

START_TEST(base32_accepts_the_vectors_of_rfc_4648)
{
	static const char *const row[][2] = { { "", "" }, { "f", "MY" },
	    { "fo", "MZXQ" }, { "foo", "MZXW6" }, { "foob", "MZXW6YQ" },
	    { "fooba", "MZXW6YTB" }, { "foobar", "MZXW6YTBOI" } };
	char text[64];
	uint8_t all[20];
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		base32_encode(text, (const uint8_t *)row[i][0],
		    strlen(row[i][0]));
		ck_assert_str_eq(text, row[i][1]);
		ck_assert_uint_eq(strlen(text), BASE32_LEN(strlen(row[i][0])));
	}
	/* 00000 00001 00010 … 11111: every letter, in order */
	for (i = 0; i < 20; i++)
		all[i] = (uint8_t)"\x00\x44\x32\x14\xc7\x42\x54\xb6\x35\xcf"
		    "\x84\x65\x3a\x56\xd7\xc6\x75\xbe\x77\xdf"[i];
	base32_encode(text, all, sizeof(all));
	ck_assert_str_eq(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
}
END_TEST

static void
url_is(const char *issuer, const char *account, const char *want)
{
	struct buf b = BUF_INIT;

	enrol_url(&b, issuer, "", account, "AAAA");
	ck_assert_str_eq(buf_cstr(&b), want);
	buf_free(&b);
}

#define URL_END	"&algorithm=SHA1&digits=6&period=30"

START_TEST(enrol_accepts_the_key_uri_format)
{
	url_is("https://auth.example.org", "alice",
	    "otpauth://totp/auth.example.org:alice?secret=AAAA"
	    "&issuer=auth.example.org" URL_END);
	url_is("http://127.0.0.1:3000/x", "al.i-c_e",
	    "otpauth://totp/127.0.0.1:al.i-c_e?secret=AAAA&issuer=127.0.0.1"
	    URL_END);
	url_is("https://[::1]:8443", "Zo\xc3\xab",
	    "otpauth://totp/%3A%3A1:Zo%C3%AB?secret=AAAA&issuer=%3A%3A1"
	    URL_END);
}
END_TEST

/* Nothing in a name adds a parameter or another label. */
START_TEST(enrol_rejects_names_that_would_add_to_the_url)
{
	url_is("https://a.example", "x?secret=BBBB&issuer=c:d/e%#+ \"<",
	    "otpauth://totp/a.example:x%3Fsecret%3DBBBB%26issuer%3Dc%3Ad%2Fe"
	    "%25%23%2B%20%22%3C?secret=AAAA&issuer=a.example" URL_END);
}
END_TEST

static void
check_req(struct msg_totp_check_req *m, const char *sealed, const char *otp)
{
	memset(m, 0, sizeof(*m));
	m->user_id = USER;
	m->sealed = sealed;
	m->otp = otp;
	m->now = 59;
}

START_TEST(enrol_accepts_a_code_of_what_it_made)
{
	struct seal *s = sealer(3);
	struct msg_totp_check_req m;
	struct enrol e, f;
	char code[TOTP_DIGITS + 1], text[ENROL_SECRET];
	uint8_t match, secret[TOTP_SECRET_LEN];
	int64_t step;

	ck_assert_int_eq(enrol_make(&e, s, ISSUER, "", USER, "alice"), ST_OK);
	ck_assert_int_eq(enrol_make(&f, s, ISSUER, "", USER, "alice"), ST_OK);
	ck_assert_str_ne(e.secret, f.secret);
	ck_assert_int_eq(seal_open(s, ENROL_PURPOSE, USER, e.sealed, secret,
	    sizeof(secret)), 0);
	base32_encode(text, secret, sizeof(secret));
	ck_assert_str_eq(text, e.secret);
	ck_assert_ptr_nonnull(strstr((char *)e.url.p, e.secret));
	ck_assert_int_eq(totp_code(code, secret, 2), 0);
	check_req(&m, e.sealed, code);
	ck_assert_int_eq(enrol_check(s, &m, &match, &step), ST_OK);
	ck_assert_uint_eq(match, 1);
	ck_assert(step == 2);
	m.last_step = 2;
	ck_assert_int_eq(enrol_check(s, &m, &match, &step), ST_OK);
	ck_assert_uint_eq(match, 0);
	ck_assert(step == 0);
	enrol_free(&e);
	enrol_free(&f);
	ck_assert_int_eq(sodium_is_zero((uint8_t *)e.secret,
	    sizeof(e.secret)), 1);
	seal_free(s);
}
END_TEST

START_TEST(enrol_rejects_anothers_secret)
{
	struct seal *s = sealer(3);
	struct msg_totp_check_req m;
	char sealed[ENROL_SEALED];
	uint8_t match = 1;
	int64_t step;
	struct enrol e;

	ck_assert_int_eq(seal_close(s, ENROL_PURPOSE, USER, rfc, 20, sealed),
	    0);
	check_req(&m, sealed, "287082");
	ck_assert_int_eq(enrol_check(s, &m, &match, &step), ST_OK);
	ck_assert_uint_eq(match, 1);
	m.user_id = OTHER;
	ck_assert_int_eq(enrol_check(s, &m, &match, &step), ST_INTERNAL);
	ck_assert_uint_eq(match, 0);
	m.user_id = "";
	ck_assert_int_eq(enrol_check(s, &m, &match, &step), ST_INTERNAL);
	check_req(&m, "", "287082");
	ck_assert_int_eq(enrol_check(s, &m, &match, &step), ST_INTERNAL);
	check_req(&m, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "287082");
	ck_assert_int_eq(enrol_check(s, &m, &match, &step), ST_INTERNAL);
	ck_assert_int_eq(seal_close(s, "backup", USER, rfc, 20, sealed), 0);
	check_req(&m, sealed, "287082");
	ck_assert_int_eq(enrol_check(s, &m, &match, &step), ST_INTERNAL);
	ck_assert_uint_eq(match, 0);
	ck_assert_int_eq(enrol_make(&e, s, ISSUER, "", "", "alice"),
	    ST_INVALID_REQUEST);
	enrol_free(&e);
	ck_assert_int_eq(enrol_make(&e, s, ISSUER, "", USER, ""),
	    ST_INVALID_REQUEST);
	enrol_free(&e);
	seal_free(s);
}
END_TEST

/* The longest name and issuer: all fits its message, cut at a character. */
START_TEST(enrol_accepts_the_longest_name)
{
	struct seal *s = sealer(3);
	struct buf issuer = BUF_INIT, name = BUF_INIT;
	struct enrol e;
	int i;

	buf_adds(&issuer, "https://");
	for (i = 0; i < 25; i++)
		buf_adds(&issuer, "label-10-.");
	for (i = 0; i < 254; i++)
		buf_adds(&name, "\xf0\x90\x8c\xb0");
	ck_assert_int_eq(enrol_make(&e, s, buf_cstr(&issuer), "", USER,
	    buf_cstr(&name)), ST_OK);
	ck_assert_uint_le(e.url.len, QR_TEXT_MAX);
	ck_assert_uint_le(e.svg.len, 32768);
	ck_assert_uint_le(e.png.len, 16384);
	ck_assert_ptr_nonnull(strstr((char *)e.url.p,
	    "%F0%90%8C%B0?secret="));
	enrol_free(&e);
	buf_free(&issuer);
	buf_free(&name);
	seal_free(s);
}
END_TEST

/* ---- pictures ---- */

/* The PNG is read back: white quiet zone of four modules, dark corner. */
START_TEST(qr_accepts_a_url)
{
	struct buf svg = BUF_INIT, png = BUF_INIT;
	png_image image;
	uint8_t file[16384], *px;
	size_t n, side, i, dark = 0;

	ck_assert_int_eq(qr_draw("otpauth://totp/a.example:alice?secret="
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567&issuer=a.example" URL_END,
	    &svg, &png), 0);
	buf_cstr(&svg);
	ck_assert_uint_lt(svg.len, 12000);
	ck_assert_uint_lt(png.len, 4000);
	ck_assert_uint_eq(strcspn((char *)svg.p, "#%\"&"), svg.len);
	ck_assert_int_eq(strncmp((char *)svg.p, "<svg ", 5), 0);
	ck_assert_int_eq(sodium_base642bin(file, sizeof(file), (char *)png.p,
	    png.len, NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL), 0);
	memset(&image, 0, sizeof(image));
	image.version = PNG_IMAGE_VERSION;
	ck_assert_int_ne(png_image_begin_read_from_memory(&image, file, n), 0);
	image.format = PNG_FORMAT_GRAY;
	side = image.width;
	ck_assert_uint_eq(side, image.height);
	px = malloc(PNG_IMAGE_SIZE(image));
	ck_assert_int_ne(png_image_finish_read(&image, NULL, px, 0, NULL), 0);
	for (i = 0; i < side * 24; i++)		/* four modules of six */
		ck_assert_uint_eq(px[i], 255);
	for (i = 0; i < side; i++)
		ck_assert_uint_eq(px[i * side + 23], 255);
	ck_assert_uint_eq(px[24 * side + 24], 0);
	for (i = 0; i < side * side; i++)
		dark += px[i] == 0;
	ck_assert_uint_gt(dark, side * side / 5);
	ck_assert_uint_lt(dark, side * side / 2);
	free(px);
	buf_free(&svg);
	buf_free(&png);
}
END_TEST

START_TEST(qr_rejects_odd_lengths)
{
	struct buf svg = BUF_INIT, png = BUF_INIT;
	char text[QR_TEXT_MAX + 2];

	memset(text, 'x', sizeof(text));
	text[QR_TEXT_MAX + 1] = '\0';
	ck_assert_int_eq(qr_draw(text, &svg, &png), -1);
	ck_assert_int_eq(qr_draw("", &svg, &png), -1);
	text[QR_TEXT_MAX] = '\0';
	ck_assert_int_eq(qr_draw(text, &svg, &png), 0);
	ck_assert_uint_le(svg.len, 32768);
	ck_assert_uint_le(png.len, 16384);
	buf_free(&svg);
	buf_free(&png);
}
END_TEST

/* ---- recovery codes, links, heads ---- */

START_TEST(recovery_accepts_ten_codes)
{
	char a[RECOVERY_TEXT], b[RECOVERY_TEXT], *p;
	int i, at;

	recovery_make(a);
	recovery_make(b);
	ck_assert_uint_eq(strlen(a), 10 * 29 + 9);
	for (i = 0, p = a; i < 10; i++, p += 30) {
		for (at = 0; at < 29; at++)
			if (at % 5 == 4)
				ck_assert_int_eq(p[at], '-');
			else
				ck_assert_ptr_nonnull(strchr(
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
				    p[at]));
		ck_assert_int_eq(p[29], i < 9 ? ' ' : '\0');
		p[29] = '\0';
		ck_assert_ptr_null(strstr(b, p));
		ck_assert(i == 9 || strstr(p + 30, p) == NULL);
	}
}
END_TEST

START_TEST(link_rejects_another_purpose_id_and_key)
{
	struct seal *s = sealer(1), *other = sealer(2);
	uint8_t a[LINK_LEN], b[LINK_LEN];

	ck_assert_int_eq(seal_link(s, a, LINK_RESET, USER), 0);
	ck_assert_int_eq(seal_link(s, b, LINK_RESET, USER), 0);
	ck_assert_mem_eq(a, b, sizeof(a));
	ck_assert_int_eq(seal_link(s, b, LINK_VERIFY, USER), 0);
	ck_assert_mem_ne(a, b, sizeof(a));
	ck_assert_int_eq(seal_link(s, b, LINK_RESET, OTHER), 0);
	ck_assert_mem_ne(a, b, sizeof(a));
	ck_assert_int_eq(seal_link(other, b, LINK_RESET, USER), 0);
	ck_assert_mem_ne(a, b, sizeof(a));
	ck_assert_int_eq(seal_link(s, b, LINK_RESET, ""), -1);
	ck_assert_int_eq(seal_link(s, b, 0, USER), -1);
	ck_assert_mem_ne(seal_key(s, SEAL_KEY_LINKS),
	    seal_key(s, SEAL_KEY_SECRETS), 32);
	ck_assert_mem_ne(seal_key(s, SEAL_KEY_REFRESH),
	    seal_key(s, SEAL_KEY_SECRETS), 32);
	seal_free(s);
	seal_free(other);
}
END_TEST

static void
head_of(struct msg_head_sign_req *m, const char *kid)
{
	memset(m, 0, sizeof(*m));
	m->kid = kid;
	m->tenant = "default";
	m->seq = 41;
	m->hash = HASH;
}

START_TEST(head_accepts_a_chain)
{
	struct keyring *r = keyring_new();
	struct buf pem = BUF_INIT, b = BUF_INIT;
	char kid[JWK_KID_LEN + 1], *text;
	struct msg_head_sign_req m;
	struct jwks *ks = jwks_new();
	const struct vkey *k;
	struct at_claims c;
	json_t *payload;

	ck_assert_int_eq(generate_key(&pem, kid, JOSE_ES256), 0);
	ck_assert_ptr_null(keyring_add(r, kid, pem.p, pem.len));
	k = keyring_at(r, 0);
	jwks_add_spki(ks, kid, k->alg, k->spki, k->spkilen);
	head_of(&m, kid);
	ck_assert_int_eq(head_sign(&b, r, ISSUER, &m, NOW), ST_OK);
	ck_assert_int_eq(jws_verify(ks, (char *)b.p, b.len,
	    "moatd-audit+jwt", &payload, NULL), JWS_OK);
	text = json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS);
	ck_assert_str_eq(text, "{\"hash\":\"" HASH "\",\"iat\":1800000000,"
	    "\"iss\":\"" ISSUER "\",\"seq\":41,\"tenant\":\"default\"}");
	free(text);
	json_decref(payload);
	/* It is no token anywhere. */
	ck_assert_int_eq(at_verify(ks, (char *)b.p, b.len, ISSUER, NOW, &c),
	    AT_JWS);
	buf_free(&b);
	buf_wipe_free(&pem);
	jwks_free(ks);
	keyring_free(r);
}
END_TEST

static void
logout_of(struct msg_logout_sign_req *m, const char *kid)
{
	memset(m, 0, sizeof(*m));
	m->kid = kid;
	m->client_id = "app";
	m->sub = "user";
	m->sid = "session";
	m->tenant = "acme";
}

START_TEST(logout_accepts_an_end)
{
	struct keyring *r = keyring_new();
	struct buf pem = BUF_INIT, b = BUF_INIT;
	char kid[JWK_KID_LEN + 1], *text;
	struct msg_logout_sign_req m;
	struct jwks *ks = jwks_new();
	const struct vkey *k;
	struct at_claims c;
	json_t *payload;

	ck_assert_int_eq(generate_key(&pem, kid, JOSE_EDDSA), 0);
	ck_assert_ptr_null(keyring_add(r, kid, pem.p, pem.len));
	k = keyring_at(r, 0);
	jwks_add_spki(ks, kid, k->alg, k->spki, k->spkilen);
	logout_of(&m, kid);
	ck_assert_int_eq(logout_sign(&b, r, ISSUER, &m, NOW), ST_OK);
	ck_assert_int_eq(jws_verify(ks, (char *)b.p, b.len, "logout+jwt",
	    &payload, NULL), JWS_OK);
	ck_assert_uint_eq(strlen(json_string_value(json_object_get(payload,
	    "jti"))), TOKEN_JTI_LEN);
	json_object_del(payload, "jti");
	text = json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS);
	ck_assert_str_eq(text, "{\"aud\":\"app\",\"events\":{\"http://"
	    "schemas.openid.net/event/backchannel-logout\":{}},\"exp\":"
	    "1800000120,\"iat\":1800000000,\"iss\":\"" ISSUER "/t/acme\","
	    "\"sid\":\"session\",\"sub\":\"user\"}");
	free(text);
	json_decref(payload);
	ck_assert_int_eq(at_verify(ks, (char *)b.p, b.len, ISSUER "/t/acme",
	    NOW, &c), AT_JWS);
	buf_free(&b);
	buf_wipe_free(&pem);
	jwks_free(ks);
	keyring_free(r);
}
END_TEST

START_TEST(logout_rejects_hostile_fields)
{
	static const char *const bad[] = { "", "a b", "a\"", "a\\", "\n",
	    "\xc3\xa4" };
	struct keyring *r = keyring_new();
	struct buf pem = BUF_INIT, b = BUF_INIT;
	char kid[JWK_KID_LEN + 1];
	struct msg_logout_sign_req m;
	size_t i, j;

	ck_assert_int_eq(generate_key(&pem, kid, JOSE_ES256), 0);
	ck_assert_ptr_null(keyring_add(r, kid, pem.p, pem.len));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (j = 0; j < 5; j++) {
			logout_of(&m, kid);
			*(j == 0 ? &m.kid : j == 1 ? &m.client_id : j == 2 ?
			    &m.sub : j == 3 ? &m.sid : &m.tenant) = bad[i];
			ck_assert_int_eq(logout_sign(&b, r, ISSUER, &m, NOW),
			    ST_INVALID_REQUEST);
		}
	logout_of(&m, "other");
	ck_assert_int_eq(logout_sign(&b, r, ISSUER, &m, NOW), ST_NOT_FOUND);
	ck_assert_uint_eq(b.len, 0);
	buf_free(&b);
	buf_wipe_free(&pem);
	keyring_free(r);
}
END_TEST

START_TEST(head_rejects_hostile_fields)
{
	static const char *const hashes[] = { "", "abc", HASH "\"", HASH "=",
	    HASH ",\"seq\":1", HASH HASH,
	    "0123456789abcdefghijklmnopqrstuvwxyz-_ABCD" };
	static const char *const tenants[] = { "", "A", "a/b", "a\"b", "-a" };
	struct keyring *r = keyring_new();
	struct buf pem = BUF_INIT, b = BUF_INIT;
	char kid[JWK_KID_LEN + 1];
	struct msg_head_sign_req m;
	size_t i;

	ck_assert_int_eq(generate_key(&pem, kid, JOSE_ES256), 0);
	ck_assert_ptr_null(keyring_add(r, kid, pem.p, pem.len));
	for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		head_of(&m, kid);
		m.hash = hashes[i];
		ck_assert_int_eq(head_sign(&b, r, ISSUER, &m, NOW),
		    ST_INVALID_REQUEST);
	}
	for (i = 0; i < sizeof(tenants) / sizeof(tenants[0]); i++) {
		head_of(&m, kid);
		m.tenant = tenants[i];
		ck_assert_int_eq(head_sign(&b, r, ISSUER, &m, NOW),
		    ST_INVALID_REQUEST);
	}
	head_of(&m, kid);
	m.seq = -1;
	ck_assert_int_eq(head_sign(&b, r, ISSUER, &m, NOW),
	    ST_INVALID_REQUEST);
	head_of(&m, "");
	ck_assert_int_eq(head_sign(&b, r, ISSUER, &m, NOW),
	    ST_INVALID_REQUEST);
	head_of(&m, "other");
	ck_assert_int_eq(head_sign(&b, r, ISSUER, &m, NOW), ST_NOT_FOUND);
	ck_assert_uint_eq(b.len, 0);
	buf_free(&b);
	buf_wipe_free(&pem);
	keyring_free(r);
}
END_TEST

static void
start(void)
{
	ck_assert_int_ne(sodium_init(), -1);
	keyring_init();
}

TCase *
vault_factor_cases(void)
{
	TCase *t = tcase_create("factors");

	tcase_add_unchecked_fixture(t, start, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, totp_accepts_the_vectors_of_rfc_6238);
	tcase_add_test(t, totp_accepts_one_step_of_skew);
	tcase_add_test(t, totp_rejects_a_step_that_counted);
	tcase_add_test(t, totp_rejects_what_is_no_code);
	tcase_add_test(t, totp_rejects_the_second_use_of_a_twin);
	tcase_add_test(t, seal_accepts_its_own);
	tcase_add_test(t, seal_rejects_another_place);
	tcase_add_test(t, seal_rejects_what_was_altered);
	tcase_add_test(t, seal_rejects_what_is_too_long);
	tcase_add_test(t, base32_accepts_the_vectors_of_rfc_4648);
	tcase_add_test(t, enrol_accepts_the_key_uri_format);
	tcase_add_test(t, enrol_rejects_names_that_would_add_to_the_url);
	tcase_add_test(t, enrol_accepts_a_code_of_what_it_made);
	tcase_add_test(t, enrol_rejects_anothers_secret);
	tcase_add_test(t, enrol_accepts_the_longest_name);
	tcase_add_test(t, qr_accepts_a_url);
	tcase_add_test(t, qr_rejects_odd_lengths);
	tcase_add_test(t, recovery_accepts_ten_codes);
	tcase_add_test(t, link_rejects_another_purpose_id_and_key);
	tcase_add_test(t, logout_accepts_an_end);
	tcase_add_test(t, logout_rejects_hostile_fields);
	tcase_add_test(t, head_accepts_a_chain);
	tcase_add_test(t, head_rejects_hostile_fields);
	return t;
}
