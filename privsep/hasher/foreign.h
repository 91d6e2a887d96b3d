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
 * Password hashes that other systems made, of users who were imported: checked
 * when they come, verified until the account's first login. They are not
 * peppered; record.c binds them to a user like our own.
 */
#ifndef HASHER_FOREIGN_H
#define HASHER_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

#define FOREIGN_CAP	513		/* a hash as imported, NUL included */

/* What is computed at most for one of them. */
#define FOREIGN_BCRYPT_COST	14
#define FOREIGN_KIB		UINT32_C(262144)
#define FOREIGN_PASSES		16	/* Argon2 */
#define FOREIGN_LANES		16	/* Argon2, scrypt: p */
#define FOREIGN_ROUNDS		UINT32_C(4000000) /* PBKDF2, HMACs */
#define FOREIGN_CRYPT_ROUNDS	UINT32_C(1000000) /* sha512crypt */

enum foreign_err {
	FOREIGN_OK,
	FOREIGN_MISMATCH,	/* well computed, other password */
	FOREIGN_FORM,		/* of no kind that is known */
	FOREIGN_COST,		/* asks for more than FOREIGN_* */
	FOREIGN_NOMEM
};

/* Computes nothing: OK, FORM or COST. */
enum foreign_err foreign_check(const char *hash);
/* password: the bytes as the other system took them. */
enum foreign_err foreign_verify(const char *hash, const char *password);
/* What the libraries set up at their first use; before confinement. 0, -1. */
int	foreign_warm_up(void);

#endif
