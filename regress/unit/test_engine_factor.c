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
 * Second factors in the engine, with vaults that are honest, and that lie: a
 * step counts by the database alone, whatever a vault says of a code (CASES 18,
 * 19, 20, 22).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/reauth.h"
#include "regress/unit/engine_rig.h"
#include "src/base/clock.h"

static struct rig r;
static char bearer[CAP_BEARER + 1], codes[513], code[7];

#define SQL(text)	rig_sql(&r, text)

static void
refused(const struct reply *p, enum msg_status st)
{
	ck_assert_int_eq(p->type, IMSG_ERROR_RES);
	ck_assert_int_eq(p->status, st);
}

/* The code of off steps from now, with enough of the step left. */
static const char *
otp(int off)
{
	while (clock_now() / CLOCK_SEC % 30 > 27)
		rig_turn(&r, 50);
	rig_code(code, off);
	return (code);
}

static const char *
recovery(int i)
{
	static char one[32];

	op_copy(one, sizeof(one), "");
	memcpy(one, codes + (size_t)i * 30, 29);
	one[29] = '\0';
	return (one);
}

static struct reply *
ask_setup(const char *user_id, const char *pw)
{
	struct msg_totp_setup_req m = { CTX, .bearer = bearer,
	    .user_id = user_id, .password = pw };

	return (rig_ask(&r, 0, IMSG_TOTP_SETUP_REQ, &m));
}

static struct reply *
ask_verify(const char *user_id, const char *o)
{
	struct msg_totp_verify_req m = { CTX, .bearer = bearer,
	    .user_id = user_id, .otp = o };

	return (rig_ask(&r, 0, IMSG_TOTP_VERIFY_REQ, &m));
}

static struct reply *
ask_disable(const char *pw, const char *o, const char *rc)
{
	struct msg_totp_disable_req m = { CTX, .bearer = bearer,
	    .password = pw, .otp = o, .recovery_code = rc };

	return (rig_ask(&r, 0, IMSG_TOTP_DISABLE_REQ, &m));
}

static struct reply *
ask_codes(const char *o)
{
	struct msg_recovery_new_req m = { CTX, .bearer = bearer,
	    .password = PASSWORD, .otp = o };

	return (rig_ask(&r, 0, IMSG_RECOVERY_NEW_REQ, &m));
}

static struct reply *
ask_step_up(const char *pw, const char *o, const char *rc)
{
	struct msg_step_up_req m = { CTX, .bearer = bearer, .password = pw,
	    .otp = o, .recovery_code = rc };

	return (rig_ask(&r, 0, IMSG_STEP_UP_REQ, &m));
}

static struct reply *
ask_login(const char *o, const char *rc)
{
	struct msg_login_req m = { CTX, .username = "alice",
	    .password = PASSWORD, .otp = o, .recovery_code = rc };

	return (rig_ask(&r, 0, IMSG_LOGIN_REQ, &m));
}

static struct reply *
ask_mfa(const char *ticket, const char *o, const char *rc)
{
	struct msg_mfa_login_req m = { CTX, .ticket = ticket, .otp = o,
	    .recovery_code = rc };

	return (rig_ask(&r, 0, IMSG_MFA_LOGIN_REQ, &m));
}

static void
up_pending(void)
{
	struct reply *p;

	rig_up(&r);
	ck_assert_int_eq(rig_register(&r, "alice")->type, IMSG_REGISTER_RES);
	p = rig_login(&r, "alice", PASSWORD);
	ck_assert_int_eq(p->type, IMSG_TOKENS_RES);
	op_copy(bearer, sizeof(bearer), p->access);
	p = ask_setup("", PASSWORD);
	ck_assert_int_eq(p->type, IMSG_TOTP_RES);
	ck_assert_str_eq(p->text, "SECRET");
}

/* The factor is on; the step before this one is used. */
static void
up_factor(void)
{
	struct reply *p;

	up_pending();
	p = ask_verify("", otp(-1));
	ck_assert_int_eq(p->type, IMSG_RECOVERY_RES);
	op_copy(codes, sizeof(codes), p->codes);
}

static const char *
ticket(void)
{
	static char text[CAP_TICKET + 1];
	struct reply *p = ask_login("", "");

	ck_assert_int_eq(p->type, IMSG_MFA_TICKET_RES);
	op_copy(text, sizeof(text), p->text);
	ck_assert_uint_eq(strlen(text), TOKEN_TEXT - 1);
	return (text);
}

static void
lie_step(int64_t step)
{
	int i;

	for (i = 0; i < VAULTS; i++)
		r.vault[i].lie_step = step;
}

static void
lie_codes(const char *text)
{
	int i;

	for (i = 0; i < VAULTS; i++)
		r.vault[i].lie_codes = text;
}

/* ---- what works ---- */

START_TEST(factor_accepts_its_life)
{
	struct reply *p;
	char other[CAP_BEARER + 1];

	up_factor();
	ck_assert_int_eq(SQL("SELECT count(*) FROM recovery_codes"), 10);
	ck_assert_int_eq(SQL("SELECT version FROM users"), 2);
	p = ask_mfa(ticket(), otp(0), "");
	ck_assert_int_eq(p->type, IMSG_TOKENS_RES);
	op_copy(other, sizeof(other), p->access);
	p = ask_login("", recovery(0));
	ck_assert_int_eq(p->type, IMSG_TOKENS_RES);
	ck_assert_int_eq(ask_step_up("", "", recovery(1))->type,
	    IMSG_TOKENS_RES);
	p = ask_codes(otp(1));
	ck_assert_int_eq(p->type, IMSG_RECOVERY_RES);
	refused(ask_login("", recovery(2)), ST_INVALID_OTP);
	op_copy(codes, sizeof(codes), p->codes);
	ck_assert_int_eq(ask_disable(PASSWORD, "", recovery(2))->type,
	    IMSG_DONE_RES);
	refused(rig_me(&r, other), ST_INVALID_TOKEN);
	ck_assert_int_eq(SQL("SELECT count(*) FROM recovery_codes"), 0);
	ck_assert_int_eq(ask_login("", "")->type, IMSG_TOKENS_RES);
	ck_assert_int_eq(r.board.logins[LOGIN_MFA], 1);
	rig_down(&r);
}
END_TEST

START_TEST(recovery_hash_accepts_one_code_in_many_forms)
{
	static const char *const same[] = {
		"ABCDEFGHIJKLMNOPQRSTUV23",
		"ABCD-EFGH-IJKL-MNOP-QRST-UV23",
		"abcd-efgh-ijkl-mnop-qrst-uv23",
		"-a-b-c-d-efghijklmnopqrstuv23----",
	};
	char first[TOKEN_TEXT], h[TOKEN_TEXT];
	size_t i;

	ck_assert_int_eq(recovery_hash(first, same[0]), 0);
	for (i = 1; i < sizeof(same) / sizeof(same[0]); i++) {
		ck_assert_int_eq(recovery_hash(h, same[i]), 0);
		ck_assert_str_eq(h, first);
	}
	ck_assert_int_eq(recovery_hash(h, "ABCDEFGHIJKLMNOPQRSTUV22"), 0);
	ck_assert_str_ne(h, first);
}
END_TEST

START_TEST(recovery_hash_rejects)
{
	static const char *const bad[] = { "", "-", "A",
	    "ABCDEFGHIJKLMNOPQRSTUV2", "ABCDEFGHIJKLMNOPQRSTUV234",
	    "ABCDEFGHIJKLMNOPQRSTUV20", "ABCDEFGHIJKLMNOPQRSTUV21",
	    "ABCDEFGHIJKLMNOPQRSTUV28", "ABCD EFGHIJKLMNOPQRSTUV23",
	    "ABCDEFGHIJKLMNOPQRSTUV2\xc4\xb0", "ABCDEFGHIJKLMNOPQRSTUV2\n" };
	char h[TOKEN_TEXT];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(recovery_hash(h, bad[i]), -1);
		ck_assert_str_eq(h, "");
	}
}
END_TEST

/* ---- lying vaults ---- */

START_TEST(factor_rejects_vault_that_counts_what_does_not)	/* 18 */
{
	int64_t now = clock_now() / CLOCK_SEC / 30, used;
	const int64_t lies[] = { 0, -1, -2, 5, -5, 1000000, -1000000 };
	size_t i;

	up_factor();
	used = SQL("SELECT totp_step FROM users");
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		lie_step(lies[i] == 0 ? used : lies[i] == -1 ? used - 1 :
		    now + lies[i] + (lies[i] > 0));
		refused(ask_login("000000", ""), ST_INTERNAL);
		refused(ask_mfa(ticket(), "000000", ""), ST_INTERNAL);
	}
	ck_assert_int_eq(SQL("SELECT totp_step FROM users"), used);
	ck_assert_int_eq(SQL("SELECT count(*) FROM sessions"), 1);
	rig_down(&r);
}
END_TEST

START_TEST(factor_rejects_vault_of_two_minds)
{
	up_factor();
	/* the same step twice, and each time "right": it counts once */
	lie_step(clock_now() / CLOCK_SEC / 30);
	ck_assert_int_eq(ask_login("000000", "")->type, IMSG_TOKENS_RES);
	refused(ask_login("000000", ""), ST_INTERNAL);
	ck_assert_int_eq(SQL("SELECT count(*) FROM sessions"), 2);
	rig_down(&r);
}
END_TEST

START_TEST(factor_rejects_secret_of_another_user)
{
	up_factor();
	SQL("UPDATE users SET totp_secret = 'somebody/1', totp_step = 0");
	refused(ask_login(otp(0), ""), ST_INVALID_OTP);
	refused(ask_disable(PASSWORD, otp(0), ""), ST_INVALID_OTP);
	rig_down(&r);
}
END_TEST

START_TEST(factor_rejects_codes_that_are_not_ten)
{
	static const char *const bad[] = { "",
	    "AAAA-BBBB-CCCC-DDDD-EEEE-2345", "x y z a b c d e f g",
	    "AAAA-BBBB-CCCC-DDDD-EEEE-2341 A A A A A A A A A" };
	char eleven[600] = "";
	size_t i;

	up_pending();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		lie_codes(bad[i]);
		refused(ask_verify("", otp(-1)), ST_INTERNAL);
	}
	for (i = 0; i < 11; i++)
		strcat(eleven, i == 0 ? "AAAA-BBBB-CCCC-DDDD-EEEE-2345" :
		    " AAAA-BBBB-CCCC-DDDD-EEEE-2345");
	lie_codes(eleven);
	refused(ask_verify("", otp(-1)), ST_INTERNAL);
	ck_assert_int_eq(SQL("SELECT count(*) FROM users WHERE totp_secret "
	    "IS NOT NULL"), 0);
	ck_assert_int_eq(SQL("SELECT count(*) FROM recovery_codes"), 0);
	rig_down(&r);
}
END_TEST

START_TEST(factor_rejects_vault_in_trouble)
{
	int64_t used;
	int i;

	up_factor();
	used = SQL("SELECT totp_step FROM users");
	for (i = 0; i < VAULTS; i++)
		r.vault[i].lie_status = ST_INTERNAL;
	refused(ask_login(otp(0), ""), ST_UNAVAILABLE);
	refused(ask_disable(PASSWORD, otp(0), ""), ST_UNAVAILABLE);
	ck_assert_int_eq(SQL("SELECT totp_step FROM users"), used);
	rig_down(&r);
}
END_TEST

/* ---- hostile workers ---- */

START_TEST(factor_rejects_both_at_once)
{
	up_factor();
	refused(ask_login(otp(0), recovery(0)), ST_INVALID_REQUEST);
	refused(ask_mfa("A", otp(0), recovery(0)), ST_INVALID_REQUEST);
	refused(ask_disable(PASSWORD, otp(0), recovery(0)),
	    ST_INVALID_REQUEST);
	refused(ask_step_up(PASSWORD, otp(0), recovery(0)),
	    ST_INVALID_REQUEST);
	SQL("UPDATE sessions SET ended_at = 1");
	refused(ask_disable(PASSWORD, otp(0), recovery(0)),
	    ST_INVALID_TOKEN);
	rig_down(&r);
}
END_TEST

START_TEST(factor_rejects_none)
{
	up_factor();
	refused(ask_mfa(ticket(), "", ""), ST_INVALID_REQUEST);
	refused(ask_disable(PASSWORD, "", ""), ST_MFA_REQUIRED);
	refused(ask_codes(""), ST_MFA_REQUIRED);
	refused(ask_step_up(PASSWORD, "", ""), ST_MFA_REQUIRED);
	refused(ask_verify("", ""), ST_MFA_NOT_PENDING);
	ck_assert_int_eq(SQL("SELECT count(*) FROM users WHERE totp_secret "
	    "IS NULL"), 0);
	rig_down(&r);
}
END_TEST

START_TEST(factor_rejects_setup_for_another)
{
	up_pending();
	refused(ask_setup("somebody", PASSWORD), ST_FORBIDDEN);
	refused(ask_verify("somebody", otp(-1)), ST_FORBIDDEN);
	SQL("UPDATE sessions SET ended_at = 1");
	refused(ask_setup("somebody", PASSWORD), ST_INVALID_TOKEN);
	rig_down(&r);
}
END_TEST

START_TEST(factor_rejects_wrong_password_before_all_else)	/* 22 */
{
	up_factor();
	refused(ask_disable("wrong", otp(0), ""), ST_INVALID_CREDENTIALS);
	refused(ask_disable("wrong", "000000", ""), ST_INVALID_CREDENTIALS);
	refused(ask_setup("", "wrong"), ST_INVALID_CREDENTIALS);
	refused(ask_setup("", PASSWORD), ST_MFA_ACTIVE);
	ck_assert_int_eq(SQL("SELECT count(*) FROM audit WHERE result = "
	    "'failure' AND actor IS NOT NULL"), 3);
	/* nothing was used up */
	ck_assert_int_eq(ask_disable(PASSWORD, otp(0), "")->type,
	    IMSG_DONE_RES);
	rig_down(&r);
}
END_TEST

START_TEST(ticket_rejects_sixth_try)				/* 19 */
{
	const char *t;
	int i;

	up_factor();
	t = ticket();
	for (i = 0; i < 5; i++)
		refused(ask_mfa(t, "999999", ""), ST_INVALID_OTP);
	refused(ask_mfa(t, otp(0), ""), ST_INVALID_TOKEN);
	ck_assert_int_eq(SQL("SELECT tries FROM mfa_tickets"), 5);
	rig_down(&r);
}
END_TEST

START_TEST(ticket_rejects_what_is_none)
{
	static const char *const bad[] = { "", "x",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	    "' OR 1=1 --" };
	size_t i;

	up_factor();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(ask_mfa(bad[i], otp(0), ""), ST_INVALID_TOKEN);
	rig_down(&r);
}
END_TEST

START_TEST(setup_token_rejects_all_else)
{
	char *t;

	up_pending();
	t = rig_token(KEY_EC, "at+jwt", ISSUER, "u", "s", "mfa_setup",
	    clock_now() / CLOCK_SEC + 600);
	op_copy(bearer, sizeof(bearer), t);
	free(t);
	/* of no session: 401 before all else */
	refused(ask_disable(PASSWORD, otp(0), ""), ST_INVALID_TOKEN);
	refused(ask_setup("", PASSWORD), ST_INVALID_TOKEN);
	SQL("UPDATE tenants SET require_mfa = 1");
	op_copy(bearer, sizeof(bearer),
	    rig_login(&r, "alice", PASSWORD)->access);
	refused(rig_me(&r, bearer), ST_MFA_SETUP_REQUIRED);
	refused(ask_disable(PASSWORD, otp(0), ""), ST_MFA_SETUP_REQUIRED);
	refused(ask_step_up(PASSWORD, "", ""), ST_MFA_SETUP_REQUIRED);
	ck_assert_int_eq(ask_setup("", PASSWORD)->type, IMSG_TOTP_RES);
	rig_down(&r);
}
END_TEST

/* ---- what changes while a code is checked ---- */

static void
password_changes(struct rig *g)
{
	rig_sql(g, "UPDATE users SET version = version + 1");
	g->meanwhile = NULL;
}

static void
factor_goes(struct rig *g)
{
	rig_sql(g, "UPDATE users SET totp_secret = NULL");
	g->meanwhile = NULL;
}

static void
step_is_used(struct rig *g)
{
	rig_sql(g, "UPDATE users SET totp_step = totp_step + 1");
	g->meanwhile = NULL;
}

static void
session_ends(struct rig *g)
{
	rig_sql(g, "UPDATE sessions SET ended_at = 1");
	g->meanwhile = NULL;
}

START_TEST(factor_rejects_login_when_account_changed_meanwhile)
{
	static const struct {
		void	(*act)(struct rig *);
		enum msg_status login, ticket;
	} t[] = {
		{ password_changes, ST_INVALID_CREDENTIALS,
		    ST_INVALID_TOKEN },
		{ factor_goes, ST_INVALID_OTP, ST_INVALID_OTP },
		{ step_is_used, ST_INVALID_OTP, ST_INVALID_OTP },
	};
	char kept[CAP_TICKET + 1];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		up_factor();
		op_copy(kept, sizeof(kept), ticket());
		r.meanwhile = t[i].act;
		refused(ask_mfa(kept, otp(0), ""), t[i].ticket);
		rig_down(&r);
		up_factor();
		r.meanwhile = t[i].act;
		refused(ask_login(otp(0), ""), t[i].login);
		ck_assert_int_eq(SQL("SELECT count(*) FROM sessions"), 1);
		rig_down(&r);
	}
}
END_TEST

START_TEST(factor_rejects_acts_when_session_ended_meanwhile)
{
	up_factor();
	r.meanwhile = session_ends;
	refused(ask_disable(PASSWORD, otp(0), ""), ST_INVALID_TOKEN);
	ck_assert_int_eq(SQL("SELECT count(*) FROM users WHERE totp_secret "
	    "IS NULL"), 0);
	rig_down(&r);
	up_factor();
	r.meanwhile = session_ends;
	refused(ask_codes(otp(0)), ST_INVALID_TOKEN);
	rig_down(&r);
	up_factor();
	r.meanwhile = session_ends;
	refused(ask_step_up("", otp(0), ""), ST_INVALID_TOKEN);
	ck_assert_int_eq(SQL("SELECT count(*) FROM refresh_tokens"), 1);
	rig_down(&r);
	up_pending();
	r.meanwhile = session_ends;
	refused(ask_verify("", otp(-1)), ST_MFA_NOT_PENDING);
	ck_assert_int_eq(SQL("SELECT count(*) FROM recovery_codes"), 0);
	rig_down(&r);
}
END_TEST

START_TEST(factor_rejects_worker_that_dies)
{
	struct msg_totp_setup_req m = { CTX, .user_id = "",
	    .password = PASSWORD };
	struct reply *p;
	int i;

	rig_up(&r);
	rig_register(&r, "alice");
	p = rig_login(&r, "alice", PASSWORD);
	op_copy(bearer, sizeof(bearer), p->access);
	m.bearer = bearer;
	for (i = 0; i < VAULTS; i++)
		r.vault[i].hold = 1;
	rig_send(&r, 1, IMSG_TOTP_SETUP_REQ, &m);
	rig_turn(&r, 50);
	rig_kill(&r.worker[1]);
	rig_turn(&r, 1200);
	ck_assert_uint_eq(r.e.nops, 0);
	ck_assert_int_eq(SQL("SELECT count(*) FROM users WHERE totp_pending "
	    "IS NOT NULL"), 0);
	rig_down(&r);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		factor_accepts_its_life,
		recovery_hash_accepts_one_code_in_many_forms,
		recovery_hash_rejects,
		factor_rejects_vault_that_counts_what_does_not,
		factor_rejects_vault_of_two_minds,
		factor_rejects_secret_of_another_user,
		factor_rejects_codes_that_are_not_ten,
		factor_rejects_vault_in_trouble,
		factor_rejects_both_at_once,
		factor_rejects_none,
		factor_rejects_setup_for_another,
		factor_rejects_wrong_password_before_all_else,
		ticket_rejects_sixth_try,
		ticket_rejects_what_is_none,
		setup_token_rejects_all_else,
		factor_rejects_login_when_account_changed_meanwhile,
		factor_rejects_acts_when_session_ended_meanwhile,
		factor_rejects_worker_that_dies,
	};

	return (rig_main("engine_factor", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
