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
 * Throttles (API.md section 1). The counters are rows of the database, so that
 * all nodes share them and a restart keeps them. What is tried is charged
 * before it is tried, and given back when it was right: no number of parallel
 * tries gets more than the limit. A name is counted whether there is such an
 * account or not.
 *
 * Those "of the source" (IPv4 /32, IPv6 /64) do not count direct loopback
 * peers. Each of the functions with a next ends the op when it is refused, by
 * RATE_LIMITED with the seconds to wait unless it is said otherwise.
 */
#ifndef ENGINE_THROTTLE_H
#define ENGINE_THROTTLE_H

#include "privsep/engine/op.h"

typedef void (*throttle_cb)(struct op *);

enum throttle_kind {
	THROTTLE_OTP,		/* factors of op->user_id, and failures of the
				 * source; stopped: INVALID_OTP */
	THROTTLE_REGISTER,	/* registrations of the source */
	THROTTLE_MAIL,		/* requests for mail of the source */
	THROTTLE_ADDRESS,	/* mails to op->email_key: next comes in any
				 * case, op->throttled is 1 when it is full */
	THROTTLE_USER_CODE,	/* codes of devices that op->user_id typed, and
				 * failures of the source */
	THROTTLE__MAX
};

/* One more, if there is one left. */
void	throttle_take(struct op *, enum throttle_kind, throttle_cb next);
/* It was right: gives it back. Does not wait, and never ends the op. */
void	throttle_give(struct op *, enum throttle_kind);

/*
 * A password is about to be compared: of the login name that was typed (after
 * op->key and op->email_key were made of it, "" for what it cannot be), or of
 * the account op->user_id, whose username is in op->username. Where it is
 * suspended next comes with op->suspended 1 and an empty op->record, with
 * which a hasher finds every password wrong, in the same time. A login's next
 * comes with what the same operation looked up: SQL_THROTTLE_PASSWORD__LOGIN.
 */
void	throttle_login(struct op *, const char *typed, op_sql_cb next);
void	throttle_password(struct op *, throttle_cb next);
/* The password was right: gives back, once. Does not wait. */
void	throttle_right(struct op *);
/* The source, for the SQL that completes a login: it is known from then on.
 * NULL: there is none. */
const char *throttle_known(struct op *);

/* An op ends: what it charged is given back unless it was found wrong. */
void	throttle_end(struct op *);

/* trying.c: passwords that are being compared, and who waits for them. */
void	trying_add(struct op *);
int	trying_park(struct op *);	/* 1: it waits, and is tried again */
void	trying_end(struct op *, int right);
void	throttle_retry(struct op *);

/* For parameters of other operations: at how many charges a password is
 * suspended, a factor stopped. */
int64_t	throttle_password_stop(const struct engine *);
int64_t	throttle_otp_stop(const struct engine *);
/* Failures of a client within a minute; its own statements charge them. */
int64_t	throttle_client_most(const struct engine *);

void	throttle_purge(struct engine *);
/* Counts a login for the alarm when most of many fail. */
void	throttle_count(struct engine *, int failed);

/* The source of a textual address: as it is, or the first 64 bits of IPv6. */
#define SOURCE_CAP	64
void	throttle_source(char out[SOURCE_CAP], const char *ip);

#endif
