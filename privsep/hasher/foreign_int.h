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
 * A foreign hash, taken apart (foreign_parse.c) to be computed (foreign.c).
 */
#ifndef HASHER_FOREIGN_INT_H
#define HASHER_FOREIGN_INT_H

#include "privsep/hasher/foreign.h"

#define FOREIGN_SALT	128		/* bytes at most */
#define FOREIGN_HASH	64
#define FOREIGN_HASH_MIN 16

enum foreign_kind { FK_CRYPT, FK_BCRYPT, FK_BCRYPT_SHA256, FK_ARGON2,
    FK_PBKDF2, FK_SCRYPT };

struct foreign {
	enum foreign_kind kind;
	/* FK_CRYPT, FK_BCRYPT*: what crypt(3) is given, hash from tail on;
	 * FK_ARGON2: the PHC string */
	char		 text[FOREIGN_CAP];
	size_t		 tail;
	/* FK_PBKDF2, FK_SCRYPT */
	const char	*digest;
	uint32_t	 rounds;
	uint64_t	 n;
	uint32_t	 r, p;
	uint8_t		 salt[FOREIGN_SALT];
	size_t		 saltlen;
	uint8_t		 hash[FOREIGN_HASH];
	size_t		 hashlen;
};

/* OK, FORM or COST. */
enum foreign_err foreign_parse(const char *, struct foreign *);

#endif
