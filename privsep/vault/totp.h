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
 * Time-based one-time passwords (RFC 6238): HMAC-SHA-1, 6 digits, steps of
 * 30 seconds since 1970, one step of tolerance to either side.
 */
#ifndef VAULT_TOTP_H
#define VAULT_TOTP_H

#include <stddef.h>
#include <stdint.h>

#define TOTP_SECRET_LEN	20		/* 160 bits (RFC 4226 section 4, R6) */
#define TOTP_DIGITS	6
#define TOTP_PERIOD	30		/* seconds */
#define TOTP_WINDOW	1		/* steps to either side */

/* The code of a step: TOTP_DIGITS digits and a NUL. 0; -1: libcrypto failed. */
int	totp_code(char code[TOTP_DIGITS + 1],
	    const uint8_t secret[TOTP_SECRET_LEN], int64_t step);
/*
 * Is otp the code of a step near now (seconds) that comes after last_step?
 * 1 and *step, which the caller must record, and record only when it is still
 * greater than what is recorded; 0; -1: libcrypto failed. Takes the same time
 * whichever step it is, and whether it is one.
 */
int	totp_check(const uint8_t secret[TOTP_SECRET_LEN], const char *otp,
	    int64_t now, int64_t last_step, int64_t *step);

#endif
