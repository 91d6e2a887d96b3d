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
 * The password again and the second factor, for every operation that asks for
 * them: one place, so that all charge the same counters (CASES 19, 22) and a
 * code counts once whatever it is shown to (18, 20).
 *
 * What was found is a snapshot. The SQL that ends an operation has
 * op->version among its conditions: it changes with password, status and
 * factor.
 */
#ifndef ENGINE_REAUTH_H
#define ENGINE_REAUTH_H

#include "privsep/engine/op.h"

typedef void (*reauth_cb)(struct op *);

/*
 * Keeps a Factor ("" for what was not sent) until it is checked. 1; 0: both
 * were sent, and the op ended or will end with INVALID_REQUEST. After
 * bearer_take() where there is a bearer.
 */
int	factor_take(struct op *, const char *otp, const char *recovery);

/*
 * What the account says of its factor, from the columns totp_secret (NULL:
 * off) and totp_step. 0; -1: the op ended.
 */
int	factor_load(struct op *, const char *sealed, int64_t step);

/*
 * The factor alone, of op->user_id, after factor_take() and factor_load().
 * next comes at once when the account has none, else when the code was right
 * and is used up. It never comes, and the op ends with MFA_REQUIRED when none
 * was sent, INVALID_OTP when it was wrong (audit row op->act, failure).
 */
void	factor_check(struct op *, reauth_cb next);

/* acr and amr of a login or step-up with what was checked. */
void	factor_amr(struct op *);
/* A code against op->sealed, without counting its step: asks a vault, and
 * takes its answer. 0: the op ended or will. */
void	totp_ask(struct op *, op_ask_cb);
int	totp_took(struct op *, const union msg *);

/*
 * API.md's Reauth of the bearer's account, after bearer_take(): the password,
 * and the factor if it is on. op->act names the audit action of a refusal.
 * next comes with op->version, role, username, email and mfa of the account;
 * INVALID_CREDENTIALS, MFA_REQUIRED, INVALID_OTP and the rest end the op.
 */
void	reauth(struct op *, const char *password, const char *otp,
	    const char *recovery, reauth_cb next);
/* The password alone, where a factor is not asked for (setup). */
void	reauth_password(struct op *, const char *password, reauth_cb next);

/*
 * Its steps, for what differs in one of them. reauth_take() keeps a password
 * (0: the op ended), reauth_find() looks, reauth_load() takes what was found
 * (-1: the op ended), reauth_verify() checks and calls op->reauth_cb.
 */
int	reauth_take(struct op *, const char *password);
void	reauth_find(struct op *, op_sql_cb);
int	reauth_load(struct op *, const struct store_result *);
void	reauth_verify(struct op *);
/* Wrong: counted, on record as op->act, and st to the client. */
void	reauth_refuse(struct op *, enum msg_status);

/* The form under which a recovery code is stored: SHA-256 of its 24 letters
 * in upper case. 0; -1: it cannot be one. */
int	recovery_hash(char out[TOKEN_TEXT], const char *code);

#endif
