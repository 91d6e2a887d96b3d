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
 * Password records as the database keeps them: PHC|MAC. The PHC string is
 * Argon2id over the peppered password; the MAC binds it to its user id, so
 * that who can write the database cannot move a hash to another account. An
 * imported hash stands in the PHC string's place, unpeppered, under a MAC of
 * another key, which is what tells it from our own.
 */
#ifndef HASHER_RECORD_H
#define HASHER_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/hasher/argon.h"

#define PEPPER_LEN	32
#define PEPPER_FP_CAP	33	/* fingerprint: 32 hex digits and NUL */
#define RECORD_CAP	640	/* a record, NUL included */

struct pepper;			/* the secret and its sub-keys, guarded */

struct pepper *pepper_new(const uint8_t secret[PEPPER_LEN]);	/* or NULL */
void	pepper_free(struct pepper *);
/* Names the secret without telling it: nodes of one database compare it. */
void	pepper_fingerprint(const struct pepper *, char out[PEPPER_FP_CAP]);

enum record_err {
	RECORD_OK,
	RECORD_MISMATCH,	/* wrong password */
	RECORD_FORM,		/* not a record of ours */
	RECORD_MAC,		/* another user's, or changed */
	RECORD_COST,		/* asks for more than we compute */
	RECORD_NOMEM
};

const char *record_strerror(enum record_err);

/* password: normalized text. user_id has no NUL and is not empty. */
enum record_err record_make(const struct pepper *, const char *user_id,
	    const char *password, const struct argon_cost *,
	    char out[RECORD_CAP]);
/* A record of a hash that another system made: OK, FORM or COST. */
enum record_err record_import(const struct pepper *, const char *user_id,
	    const char *hash, char out[RECORD_CAP]);
/* A record of nobody, which no password matches. */
void	record_dummy(const struct pepper *, const struct argon_cost *,
	    char out[RECORD_CAP]);
/*
 * Takes the time of one hash whatever the outcome: where the record is empty
 * (there is no such user) or refused, that of record_dummy() is taken in its
 * place. raw: the password as it was sent, "" when normalizing changed nothing;
 * an imported hash was made of such bytes, and is tried with both.
 */
enum record_err record_verify(const struct pepper *, const char *user_id,
	    const char *record, const char *password, const char *raw,
	    const char *dummy);
/* 1 when it is the record of an imported hash. */
int	record_imported(const struct pepper *, const char *user_id,
	    const char *record);
/* 1 when a good record was made with other parameters than these. */
int	record_stale(const char *record, const struct argon_cost *);

#endif
