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
 * Who runs this: the vault, for each TOTP_CHECK_REQ. Holds: an opened secret
 * while it compares. Who may call it: enrol.c. Pure but for libcrypto.
 */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <string.h>

#include "privsep/vault/totp.h"

#define MODULUS		1000000		/* 10 to the power of TOTP_DIGITS */

int
totp_code(char code[TOTP_DIGITS + 1], const uint8_t secret[TOTP_SECRET_LEN],
    int64_t step)
{
	uint8_t counter[8], mac[EVP_MAX_MD_SIZE];
	unsigned int n = 0, at;
	uint32_t v;
	int i;

	for (i = 0; i < 8; i++)
		counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
	if (HMAC(EVP_sha1(), secret, TOTP_SECRET_LEN, counter,
	    sizeof(counter), mac, &n) == NULL || n != 20)
		return -1;
	at = mac[19] & 15;		/* RFC 4226 section 5.3 */
	v = ((uint32_t)mac[at] & 127) << 24 | (uint32_t)mac[at + 1] << 16 |
	    (uint32_t)mac[at + 2] << 8 | mac[at + 3];
	v %= MODULUS;
	for (i = TOTP_DIGITS; i-- > 0; v /= 10)
		code[i] = (char)('0' + v % 10);
	code[TOTP_DIGITS] = '\0';
	sodium_memzero(mac, sizeof(mac));
	return 0;
}

static int
is_code(const char *otp)
{
	return strlen(otp) == TOTP_DIGITS &&
	    strspn(otp, "0123456789") == TOTP_DIGITS;
}

/*
 * When two steps have the same code, the later one counts: the earlier would
 * leave the code good for a second time.
 */
int
totp_check(const uint8_t secret[TOTP_SECRET_LEN], const char *otp, int64_t now,
    int64_t last_step, int64_t *step)
{
	char code[TOTP_DIGITS + 1];
	int64_t at, found = -1, mask;
	int same, rv = 0;

	if (!is_code(otp) || now < 0)
		return 0;
	for (at = now / TOTP_PERIOD - TOTP_WINDOW;
	    at <= now / TOTP_PERIOD + TOTP_WINDOW; at++) {
		if (at < 0)
			continue;
		if (totp_code(code, secret, at) == -1) {
			rv = -1;
			break;
		}
		same = sodium_memcmp(code, otp, TOTP_DIGITS) == 0;
		mask = -(int64_t)(same & (at > last_step));
		found = (at & mask) | (found & ~mask);
	}
	sodium_memzero(code, sizeof(code));
	if (rv == 0 && found >= 0) {
		*step = found;
		rv = 1;
	}
	return rv;
}
