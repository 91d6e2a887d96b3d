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

/* A user as API.md section 3 has it, from a row of the database. */
#ifndef ENGINE_ADMIN_USER_H
#define ENGINE_ADMIN_USER_H

#include "privsep/engine/op.h"

/* Columns of @user_columns; what an operation adds comes behind them. */
#define USER_COLUMNS	15

struct user_row {
	struct msg_user_res m;		/* its texts are the result's, or here */
	char		 etag[96];
	char		 roles[CAP_ROLES + 1];
};

/* The columns of user_get.sql, in their order. 0; -1: no such role. */
int	admin_user_row(struct user_row *, const struct store_result *,
	    int stmt, int row);
/* Adds a custom role. 0; -1: too many. */
int	admin_user_add_role(struct user_row *, const char *role);

#endif
