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

/* Unit tests of src/api: checks and their order, answers, fixed texts. */
#include "config.h"

#include <check.h>
#include <stdio.h>

#include "regress/unit/fake_edge.h"
#include "src/json/json.h"

static struct http_req req;

static const struct http_route *
route(enum http_method method, const char *path)
{
	size_t i;

	for (i = 0; i < api_nroutes; i++)
		if (api_routes[i].method == method &&
		    strcmp(api_routes[i].path, path) == 0)
			return &api_routes[i];
	ck_abort_msg("no route %s", path);
	return NULL;
}

static void
setup(void)
{
	memset(&req, 0, sizeof(req));
	memset(&asked, 0, sizeof(asked));
}

/* Starts a call; the members of req that matter are set before. */
static void
call(enum http_method method, const char *path)
{
	req.route = route(method, path);
	req.replies = 0;
	req.text[0] = req.challenge[0] = req.retry[0] = '\0';
	asked.count = 0;
	req.route->handler(&req);
}

static void
answer(uint16_t type, const union msg *m)
{
	ck_assert_int_eq(req.replies, 0);
	asked.cb(type, m, 1, asked.arg);
	ck_assert_int_eq(req.replies, 1);
}

static void
answer_status(enum msg_status st, const char *path, const char *reason)
{
	union msg m;

	memset(&m, 0, sizeof(m));
	m.error_res.status = (uint8_t)st;
	m.error_res.path = path;
	m.error_res.reason = reason;
	answer(IMSG_ERROR_RES, &m);
}

/* The reply's body has these members, as text; it is strict JSON. */
static void
replied(int status, const char *code, const char *path)
{
	json_t *j, *errors;
	const char *why = NULL;

	ck_assert_int_eq(req.replies, 1);
	ck_assert_int_eq(req.status, status);
	j = json_strict_object(req.text, strlen(req.text), &why);
	ck_assert_msg(j != NULL, "%s: %s", why, req.text);
	ck_assert_str_eq(json_string_value(json_object_get(j, "error")),
	    code);
	ck_assert(json_is_string(json_object_get(j, "message")));
	errors = json_object_get(j, "errors");
	ck_assert_int_eq(errors != NULL, status == 400);
	if (path != NULL)
		ck_assert_str_eq(json_string_value(json_object_get(
		    json_array_get(errors, 0), "path")), path);
	ck_assert_int_eq(req.challenge[0] != '\0', status == 401 ||
	    strcmp(code, "insufficient_scope") == 0);
	ck_assert_int_eq(req.retry[0] != '\0', status == 429 ||
	    status == 503);
	json_decref(j);
}

START_TEST(api_login_accepts_password)
{
	union msg m;

	req.body = "{\"username\":\"alice\",\"password\":\"p\"}";
	call(HTTP_POST, "/auth/login");
	ck_assert_uint_eq(asked.type, IMSG_LOGIN_REQ);
	ck_assert_str_eq(asked.first, "alice");
	ck_assert_str_eq(asked.ua, "te?st/1 ? \xc3\xa4");
	memset(&m, 0, sizeof(m));
	m.tokens_res.access = "a.b.c";
	m.tokens_res.refresh = "r\"";
	m.tokens_res.expires_in = 600;
	m.tokens_res.refresh_expires_in = 604800;
	answer(IMSG_TOKENS_RES, &m);
	ck_assert_int_eq(req.status, 200);
	ck_assert_str_eq(req.text, "{\"message\":\"Login successful\","
	    "\"token\":\"a.b.c\",\"access_token\":\"a.b.c\","
	    "\"refresh_token\":\"r\\\"\",\"token_type\":\"Bearer\","
	    "\"expires_in\":600,\"refresh_expires_in\":604800}");
	/* no copy of the tokens stays behind */
	ck_assert_ptr_null(memmem(api.out.p, api.out.cap, "a.b.c", 5));
}
END_TEST

START_TEST(api_login_rejects_credentials)
{
	req.body = "{\"username\":\"alice\",\"password\":\"p\"}";
	call(HTTP_POST, "/auth/login");
	answer_status(ST_INVALID_CREDENTIALS, "", "");
	replied(401, "invalid_credentials", NULL);
	ck_assert_str_eq(req.challenge, "Bearer realm=\"moatd\"");
	ck_assert_ptr_nonnull(strstr(req.text, "\"Invalid credentials\""));
}
END_TEST

START_TEST(api_login_rejects_bodies)
{
	static const struct { const char *body, *path; } bad[] = {
		{ "", "" }, { "[]", "" }, { "null", "" }, { "{", "" },
		{ "{\"username\":\"a\",\"password\":\"p\"} x", "" },
		{ "{\"username\":\"a\",\"username\":\"a\","
		    "\"password\":\"p\"}", "" },
		{ "{\"password\":\"p\"}", "username" },
		{ "{\"username\":\"a\"}", "password" },
		{ "{\"username\":\"\",\"password\":\"p\"}", "username" },
		{ "{\"username\":\"a\",\"password\":\"\"}", "password" },
		{ "{\"username\":7,\"password\":\"p\"}", "username" },
		{ "{\"username\":\"a\\u0000b\",\"password\":\"p\"}", "" },
		{ "{\"username\":\"a\",\"password\":\"p\",\"otp\":123456}",
		    "otp" },
		{ "{\"username\":\"a\",\"password\":\"p\",\"otp\":\"123456\","
		    "\"recovery_code\":\"AAAA\"}", "otp" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		req.body = bad[i].body;
		call(HTTP_POST, "/auth/login");
		replied(400, "invalid_request", bad[i].path);
		ck_assert_int_eq(asked.count, 0);
	}
}
END_TEST

START_TEST(api_bearer_rejects_missing)
{
	static const char *const none[] = { NULL, "", "Bearer", "Bearer ",
	    "Bearer   ", "Basic good", "Bearergood", "good", "DPoP good" };
	size_t i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		req.authorization = none[i];
		call(HTTP_GET, "/auth/me");
		replied(401, "unauthorized", NULL);
		ck_assert_str_eq(req.challenge, "Bearer realm=\"moatd\"");
		ck_assert_int_eq(asked.count, 0);
	}
}
END_TEST

START_TEST(api_bearer_rejects_bad)
{
	static const char *const bad[] = { "Bearer bad", "bearer good x",
	    "BEARER good,good", "Bearer \tgood" };
	size_t i;

	/* 401 comes before 400, at once */
	req.body = "{";
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		req.authorization = bad[i];
		call(HTTP_PATCH, "/auth/me");
		replied(401, "invalid_token", NULL);
		ck_assert_str_eq(req.challenge,
		    "Bearer realm=\"moatd\", error=\"invalid_token\"");
		ck_assert_int_eq(asked.count, 0);
	}
}
END_TEST

START_TEST(api_bearer_accepts_schemes)
{
	static const char *const good[] = { "Bearer good", "bearer good",
	    "BEARER  good" };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		req.authorization = good[i];
		call(HTTP_POST, "/auth/logout");
		ck_assert_uint_eq(asked.type, IMSG_LOGOUT_REQ);
		ck_assert_str_eq(asked.first, "good");
		answer(IMSG_DONE_RES, &(union msg){ 0 });
		ck_assert_int_eq(req.status, 204);
		ck_assert_str_eq(req.text, "");
	}
}
END_TEST

/* 401 by the engine, then 400, then 403. */
START_TEST(api_bearer_rejects_in_order)
{
	req.authorization = "Bearer good";
	req.body = "{\"name\":1}";
	call(HTTP_PATCH, "/auth/me");
	ck_assert_uint_eq(asked.type, IMSG_BEARER_CHECK_REQ);
	answer_status(ST_INVALID_TOKEN, "", "");
	replied(401, "invalid_token", NULL);
	call(HTTP_PATCH, "/auth/me");
	answer(IMSG_DONE_RES, &(union msg){ 0 });
	replied(400, "invalid_request", "name");
	req.authorization = "Bearer narrow";
	call(HTTP_PATCH, "/auth/me");
	answer(IMSG_DONE_RES, &(union msg){ 0 });
	replied(400, "invalid_request", "name");
	req.body = "{\"name\":\"n\"}";
	call(HTTP_PATCH, "/auth/me");
	ck_assert_uint_eq(asked.type, IMSG_BEARER_CHECK_REQ);
	answer(IMSG_DONE_RES, &(union msg){ 0 });
	replied(403, "insufficient_scope", NULL);
	ck_assert_str_eq(req.challenge,
	    "Bearer realm=\"moatd\", error=\"insufficient_scope\"");
}
END_TEST

START_TEST(api_me_rejects_email)
{
	req.authorization = "Bearer good";
	req.body = "{\"email\":\"a@example.org\"}";
	call(HTTP_PATCH, "/auth/me");
	answer(IMSG_DONE_RES, &(union msg){ 0 });
	replied(400, "invalid_request", "password");
	req.body = "{\"email\":\"a@example.org\",\"password\":\"p\"}";
	call(HTTP_PATCH, "/auth/me");
	ck_assert_uint_eq(asked.type, IMSG_ME_PATCH_REQ);
	answer_status(ST_MAIL_UNAVAILABLE, "", "");
	replied(503, "mail_unavailable", NULL);
}
END_TEST

static void
call_body(const char *path, const char *body)
{
	req.body = body;
	call(HTTP_POST, path);
}

/* What anyone may send, and what a good answer is. */
static const struct {
	const char	*path, *body;
	uint16_t	 type;
	int		 success;
	enum msg_status	 refusal;
	int		 status;
	const char	*code;
} mailed[] = {
	{ "/auth/verify-email", "{\"token\":\"t\"}", IMSG_EMAIL_VERIFY_REQ,
	    200, ST_EMAIL_TAKEN, 409, "email_taken" },
	{ "/auth/verify-email/resend", "{\"email\":\"a@b.c\"}",
	    IMSG_EMAIL_RESEND_REQ, 202, ST_MAIL_UNAVAILABLE, 503,
	    "mail_unavailable" },
	{ "/auth/password-request", "{\"email\":\"a@b.c\"}",
	    IMSG_PASSWORD_REQUEST_REQ, 202, ST_RATE_LIMITED, 429,
	    "rate_limited" },
	{ "/auth/reset-password",
	    "{\"token\":\"t\",\"newPassword\":\"p\",\"otp\":\"123456\"}",
	    IMSG_PASSWORD_RESET_REQ, 200, ST_MFA_REQUIRED, 401,
	    "mfa_required" },
};

START_TEST(api_accepts_and_rejects_what_mails_are_about)
{
	call_body(mailed[_i].path, mailed[_i].body);
	ck_assert_uint_eq(asked.type, mailed[_i].type);
	answer(IMSG_DONE_RES, &(union msg){ 0 });
	ck_assert_int_eq(req.status, mailed[_i].success);
	ck_assert_ptr_nonnull(strstr(req.text, "\"message\""));
	call_body(mailed[_i].path, mailed[_i].body);
	answer_status(mailed[_i].refusal, "", "");
	replied(mailed[_i].status, mailed[_i].code, NULL);
	call_body(mailed[_i].path, "{}");
	replied(400, "invalid_request", _i == 1 || _i == 2 ? "email" :
	    "token");
}
END_TEST

START_TEST(api_rejects_tokens_that_no_link_has)
{
	static char body[1024];

	snprintf(body, sizeof(body), "{\"token\":\"%0500d\"}", 7);
	call_body("/auth/verify-email", body);
	replied(400, "invalid_token", "token");
	call_body("/auth/verify-email", "{\"token\":\"t\"}");
	answer_status(ST_INVALID_LINK, "token", "");
	replied(400, "invalid_token", "token");
	call_body("/auth/reset-password", "{\"token\":\"t\","
	    "\"newPassword\":\"p\"}");
	answer_status(ST_WEAK_PASSWORD, "", "common");
	replied(400, "weak_password", "newPassword");
	call_body("/auth/reset-password", "{\"token\":\"t\","
	    "\"newPassword\":\"p\",\"otp\":\"123456\","
	    "\"recovery_code\":\"c\"}");
	ck_assert_int_eq(req.status, 400);
}
END_TEST

START_TEST(api_delete_rejects_what_proves_nothing)
{
	req.authorization = "Bearer good";
	req.body = "{}";
	call(HTTP_DELETE, "/auth/me");
	ck_assert_uint_eq(asked.type, IMSG_BEARER_CHECK_REQ);
	answer(IMSG_DONE_RES, &(union msg){ 0 });
	replied(400, "invalid_request", "password");
	req.body = "{\"password\":\"p\"}";
	call(HTTP_DELETE, "/auth/me");
	ck_assert_uint_eq(asked.type, IMSG_ME_DELETE_REQ);
	answer_status(ST_SUPERADMIN_PROTECTED, "", "");
	replied(403, "superadmin_protected", NULL);
	call(HTTP_DELETE, "/auth/me");
	answer(IMSG_DONE_RES, &(union msg){ 0 });
	ck_assert_int_eq(req.status, 204);
}
END_TEST

START_TEST(api_register_accepts_that_a_mail_went_out)
{
	union msg m = { .register_res = { "id-1", 1 } };

	call_body("/auth/register", "{\"username\":\"abc\","
	    "\"password\":\"p\",\"email\":\"a@b.c\"}");
	answer(IMSG_REGISTER_RES, &m);
	ck_assert_int_eq(req.status, 202);
	ck_assert_ptr_null(strstr(req.text, "id-1"));
}
END_TEST

START_TEST(api_rejects_what_the_engine_says)
{
	static const struct {
		enum msg_status st;
		int status;
		const char *code;
	} rows[] = {
		{ ST_OK, 500, "internal_error" },
		{ ST_BUSY, 503, "unavailable" },
		{ ST_UNAVAILABLE, 503, "unavailable" },
		{ ST_INTERNAL, 500, "internal_error" },
		{ ST_INVALID_REQUEST, 400, "invalid_request" },
		{ ST_WEAK_PASSWORD, 400, "weak_password" },
		{ ST_FORBIDDEN, 403, "forbidden" },
		{ ST_REGISTRATION_CLOSED, 403, "registration_closed" },
		{ ST_NOT_FOUND, 404, "not_found" },
		{ ST_USERNAME_TAKEN, 409, "username_taken" },
		{ ST_RATE_LIMITED, 429, "rate_limited" },
		{ (enum msg_status)200, 500, "internal_error" },
	};
	size_t i;

	req.body = "{\"username\":\"abc\",\"password\":\"p\","
	    "\"email\":\"a@b.c\"}";
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		call(HTTP_POST, "/auth/register");
		answer_status(rows[i].st, "", "too_short");
		replied(rows[i].status, rows[i].code,
		    rows[i].st == ST_WEAK_PASSWORD ? "password" : NULL);
	}
	call(HTTP_POST, "/auth/register");
	answer_status(ST_WEAK_PASSWORD, "", "too_short");
	ck_assert_ptr_nonnull(strstr(req.text,
	    "\"reason\":\"too_short\",\"errors\":[{\"path\":\"password\""));
}
END_TEST

START_TEST(api_rejects_silence)
{
	static const struct { int err, status; } rows[] = {
		{ EAGAIN, 503 }, { ENOTCONN, 503 }, { EINVAL, 500 } };
	size_t i;

	req.authorization = "Bearer good";
	call(HTTP_GET, "/auth/me");
	answer(0, NULL);
	replied(503, "unavailable", NULL);
	call(HTTP_GET, "/auth/me");
	answer(IMSG_DONE_RES, &(union msg){ 0 });
	replied(500, "internal_error", NULL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		asked.fail = rows[i].err;
		call(HTTP_GET, "/auth/me");
		ck_assert_int_eq(req.status, rows[i].status);
	}
}
END_TEST

START_TEST(api_refresh_rejects_long_token)
{
	char body[256];

	memset(body, 'a', sizeof(body));
	memcpy(body, "{\"refresh_token\":\"", 18);
	memcpy(body + 18 + CAP_REFRESH + 1, "\"}", 3);
	req.body = body;
	call(HTTP_POST, "/auth/refresh");
	replied(401, "invalid_token", NULL);
	ck_assert_int_eq(asked.count, 0);
}
END_TEST

START_TEST(api_sessions_accepts_list)
{
	union msg m;

	req.authorization = "Bearer good";
	call(HTTP_GET, "/auth/me/sessions");
	memset(&m, 0, sizeof(m));
	m.session_item_res.id = "x";
	m.session_item_res.client_id = "moatd";
	m.session_item_res.ip = "192.0.2.1";
	m.session_item_res.user_agent = "\"";
	m.session_item_res.amr = "pwd otp mfa";
	m.session_item_res.current = 1;
	m.session_item_res.created_at = 1000;
	asked.cb(IMSG_SESSION_ITEM_RES, &m, 0, asked.arg);
	asked.cb(IMSG_SESSION_ITEM_RES, &m, 0, asked.arg);
	memset(&m, 0, sizeof(m));
	m.list_end_res.next = "n";
	answer(IMSG_LIST_END_RES, &m);
	ck_assert_int_eq(req.status, 200);
	ck_assert_ptr_nonnull(strstr(req.text, "},{\"id\":\"x\","
	    "\"current\":true,\"client_id\":\"moatd\",\"ip\":\"192.0.2.1\","
	    "\"user_agent\":\"\\\"\",\"amr\":[\"pwd\",\"otp\",\"mfa\"],"
	    "\"createdAt\":\"1970-01-01T00:00:00.001Z\","
	    "\"lastUsedAt\":null,\"expiresAt\":null}],\"next\":\"n\"}"));
}
END_TEST

START_TEST(api_sessions_rejects_queries)
{
	static const char *const bad[] = { "", "0", "201", "1000", "-1",
	    "1.0", "5x", " 5", "0x5", "99999999999999999999" };
	size_t i;

	req.authorization = "Bearer good";
	req.query = "q";
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		req.limit = bad[i];
		call(HTTP_GET, "/auth/me/sessions");
		ck_assert_uint_eq(asked.type, IMSG_BEARER_CHECK_REQ);
		answer(IMSG_DONE_RES, &(union msg){ 0 });
		replied(400, "invalid_request", "limit");
	}
	req.limit = "200";
	req.cursor = "";
	call(HTTP_GET, "/auth/me/sessions");
	answer(IMSG_DONE_RES, &(union msg){ 0 });
	replied(400, "invalid_request", "cursor");
	req.bad = "limit";
	call(HTTP_GET, "/auth/me/sessions");
	answer(IMSG_DONE_RES, &(union msg){ 0 });
	replied(400, "invalid_request", "limit");
	req.bad = "a\xff\"<>";
	call(HTTP_GET, "/health");
	replied(400, "invalid_request", "");
}
END_TEST

START_TEST(api_sessions_rejects_ids)
{
	static const char *const bad[] = { "", "x", "0", "..",
	    "01890A5D-AC96-774B-BCCE-B302099A8057" };
	size_t i;

	req.authorization = "Bearer good";
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		req.arg = bad[i];
		call(HTTP_DELETE, "/auth/me/sessions/{id}");
		ck_assert_uint_eq(asked.type, IMSG_BEARER_CHECK_REQ);
		answer(IMSG_DONE_RES, &(union msg){ 0 });
		replied(404, "not_found", NULL);
	}
	req.arg = "01890a5d-ac96-774b-bcce-b302099a8057";
	call(HTTP_DELETE, "/auth/me/sessions/{id}");
	ck_assert_uint_eq(asked.type, IMSG_SESSION_END_REQ);
	answer_status(ST_NOT_FOUND, "", "");
	replied(404, "not_found", NULL);
}
END_TEST

START_TEST(api_jwks_accepts_etag)
{
	static const char *const match[] = { "%s", "W/%s", "*", "\"x\", %s",
	    "W/\"x\",W/%s , \"y\"" };
	static const char *const other[] = { "\"x\"", "%s\"", "", "x%s" };
	char etag[64], text[128];
	size_t i;

	call(HTTP_GET, "/.well-known/jwks.json");
	ck_assert_str_eq(req.text, "{\"keys\":[]}");
	ck_assert_str_eq(req.cache, "public, max-age=300");
	memcpy(etag, req.etag, sizeof(etag));
	ck_assert_int_eq(etag[0], '"');
	req.if_none_match = text;
	for (i = 0; i < sizeof(match) / sizeof(match[0]); i++) {
		(void)snprintf(text, sizeof(text), match[i], etag);
		call(HTTP_GET, "/.well-known/jwks.json");
		ck_assert_int_eq(req.status, 304);
	}
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		(void)snprintf(text, sizeof(text), other[i], etag);
		call(HTTP_GET, "/.well-known/jwks.json");
		ck_assert_int_eq(req.status, 200);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("api");
	TCase *t = tcase_create("api");
	SRunner *r = srunner_create(s);
	int bad;

	memcpy(api.issuer, "https://id.example", 19);
	memcpy(api.version, "1.2", 4);
	if (api_nroutes == 0)
		api_add_routes(api_own, api_nown);
	api_start();
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, api_login_accepts_password);
	tcase_add_test(t, api_login_rejects_credentials);
	tcase_add_test(t, api_login_rejects_bodies);
	tcase_add_test(t, api_bearer_rejects_missing);
	tcase_add_test(t, api_bearer_rejects_bad);
	tcase_add_test(t, api_bearer_accepts_schemes);
	tcase_add_test(t, api_bearer_rejects_in_order);
	tcase_add_test(t, api_me_rejects_email);
	tcase_add_loop_test(t, api_accepts_and_rejects_what_mails_are_about,
	    0, sizeof(mailed) / sizeof(mailed[0]));
	tcase_add_test(t, api_rejects_tokens_that_no_link_has);
	tcase_add_test(t, api_delete_rejects_what_proves_nothing);
	tcase_add_test(t, api_register_accepts_that_a_mail_went_out);
	tcase_add_test(t, api_rejects_what_the_engine_says);
	tcase_add_test(t, api_rejects_silence);
	tcase_add_test(t, api_refresh_rejects_long_token);
	tcase_add_test(t, api_sessions_accepts_list);
	tcase_add_test(t, api_sessions_rejects_queries);
	tcase_add_test(t, api_sessions_rejects_ids);
	tcase_add_test(t, api_jwks_accepts_etag);
	srunner_run_all(r, CK_NORMAL);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad != 0;
}
