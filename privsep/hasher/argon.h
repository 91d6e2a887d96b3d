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
 * Argon2id by libsodium, on the kept arena. Records are PHC strings
 * ($argon2id$v=19$m=KIB,t=PASSES,p=1$salt$hash); digests are those of plain
 * crypto_pwhash().
 */
#ifndef HASHER_ARGON_H
#define HASHER_ARGON_H

#include <sodium.h>
#include <stddef.h>
#include <stdint.h>

#define ARGON_PHC_CAP	crypto_pwhash_STRBYTES	/* NUL included */
#define ARGON_MAX_KIB	UINT32_C(262144)	/* what we compute at most */
/* KiB times passes: bounds the time as well, to some seconds. */
#define ARGON_MAX_WORK	(UINT64_C(16) * ARGON_MAX_KIB)

struct argon_cost {
	uint32_t	kib;
	uint32_t	passes;
};

enum argon_err {
	ARGON_OK,
	ARGON_MISMATCH,		/* well computed, other password */
	ARGON_FORM,		/* not such a record */
	ARGON_COST,		/* asks for more than ARGON_MAX_* */
	ARGON_NOMEM
};

/* 1 when a hash of this cost may be made or verified at all. */
int	argon_cost_ok(const struct argon_cost *);
/* A new record with a random salt. */
enum argon_err argon_hash(char out[ARGON_PHC_CAP], const uint8_t *in,
	    size_t len, const struct argon_cost *);
enum argon_err argon_verify(const char *phc, const uint8_t *in, size_t len);
/* Reads the cost of a record: ARGON_OK, ARGON_FORM or ARGON_COST. */
enum argon_err argon_cost(const char *phc, struct argon_cost *);
/* A record that no input matches: random salt and random hash. */
void	argon_dummy(char out[ARGON_PHC_CAP], const struct argon_cost *);

#endif
