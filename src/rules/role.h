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
 * Names of roles and permissions (API.md section 4). Pure, ASCII only.
 */
#ifndef RULES_ROLE_H
#define RULES_ROLE_H

#include <stddef.h>

#define ROLE_NAME_MAX		64
#define PERMISSION_MAX		129	/* client_id:name */
#define PERMISSIONS_MAX		100	/* of one role, of one client */

/* [a-z][a-z0-9._-]{1,63}. 1: fine. */
int	role_name_ok(const char *);
/* What a role may hold by its form: built in, but for tenants:*, or
 * client_id:name of a client that may exist. 1: fine. */
int	role_permission_ok(const char *);

/* The same, and tenants:* as well: what there may be. 1: fine. */
int	permission_ok(const char *);
/* moatd's own permissions. 1: it is one. */
int	permission_builtin(const char *);
/* The one that a built-in permission includes, or NULL. */
const char *permission_implied(const char *);
/* The name of a permission as its client declares it. 1: fine. */
int	permission_name_ok(const char *);

/* A client_id: [a-z0-9][a-z0-9._-]{2,63}. 1: fine by its form. */
int	client_id_form(const char *, size_t len);
/* moatd*, what built-in permissions begin with, or what reads as a user's id:
 * no client has such. */
int	client_id_reserved(const char *, size_t len);

#endif
