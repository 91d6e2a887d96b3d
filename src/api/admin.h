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
 * The endpoints of administration (API.md section 6): handlers, and what the
 * route table and the OpenAPI document need of them. One file a resource.
 */
#ifndef API_ADMIN_H
#define API_ADMIN_H

#include "src/api/call.h"

/* Context and bearer of a call, for the initializer of a message. */
#define API_ADMIN(c)	EDGE_CTX(&(c)->ctx), .bearer = (c)->bearer

/* admin_users.c */
extern const struct api_op op_admin_users_list, op_admin_user_get;
void	admin_users_list(struct http_req *);
void	admin_user_get(struct http_req *);

/* admin_tenants.c */
extern const struct api_op op_admin_tenants_list, op_admin_tenant_get,
    op_admin_tenant_create, op_admin_tenant_patch, op_admin_tenant_delete;
void	admin_tenants_list(struct http_req *);
void	admin_tenant_get(struct http_req *);
void	admin_tenant_create(struct http_req *);
void	admin_tenant_patch(struct http_req *);
void	admin_tenant_delete(struct http_req *);

#endif
