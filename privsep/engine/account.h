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
 * What every new account needs, whoever makes it: rules and a hash. All of
 * these end the op where they say 0.
 */
#ifndef ENGINE_ACCOUNT_H
#define ENGINE_ACCOUNT_H

#include "privsep/engine/op.h"

/* Username and address into op; 0: refused. */
int	account_check(struct op *, const char *username, const char *email);
/* Normalises and checks a new password against the account in op. */
int	account_password(struct op *, const char *password);
/* Makes the user's id and asks a hasher. */
void	account_hash(struct op *, op_ask_cb);
/* Keeps the record that the hasher made; the password is wiped. */
int	account_hashed(struct op *, const union msg *);
/* superadmin.c: the account in op, where there is no super admin yet. */
void	superadmin_insert(struct op *, op_sql_cb);

#endif
