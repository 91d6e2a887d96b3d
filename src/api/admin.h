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

/*
 * The words of an array of strings, appended with single spaces between; an
 * element that is not ok is one of c->errs, for the reason that is given.
 */
void	admin_words(struct api_call *, struct buf *, const char *member,
	    int (*ok)(const char *), const char *why);
/* Location of a new thing: the route's path, a slash, and its id. */
void	admin_location(struct api_call *, const char *id);

/* client_check.c */
extern const struct api_op op_client_check;

/* admin_roles.c */
extern const struct api_op op_admin_permissions, op_admin_roles,
    op_admin_role_create, op_admin_role_get, op_admin_role_patch,
    op_admin_role_delete;
void	admin_permissions(struct http_req *);
void	admin_roles(struct http_req *);
void	admin_role_create(struct http_req *);
void	admin_role_get(struct http_req *);
void	admin_role_patch(struct http_req *);
void	admin_role_delete(struct http_req *);

/* admin_clients.c */
extern const struct api_op op_admin_clients, op_admin_client_create,
    op_admin_client_get, op_admin_client_patch, op_admin_client_delete,
    op_admin_client_secret;
void	admin_clients(struct http_req *);
void	admin_client_create(struct http_req *);
void	admin_client_get(struct http_req *);
void	admin_client_patch(struct http_req *);
void	admin_client_delete(struct http_req *);
void	admin_client_secret(struct http_req *);

/* admin_scopes.c */
extern const struct api_op op_admin_scopes, op_admin_scope_set,
    op_admin_scope_delete;
void	admin_scopes(struct http_req *);
void	admin_scope_set(struct http_req *);
void	admin_scope_delete(struct http_req *);

/* admin_users.c */
extern const struct api_op op_admin_users_list, op_admin_user_get;
extern const struct api_op op_admin_user_create, op_admin_user_patch;
extern const struct api_op op_admin_user_put, op_admin_user_delete;
extern const struct api_op op_admin_user_act[];	/* by enum user_act */
void	admin_users_list(struct http_req *);
void	admin_user_get(struct http_req *);
void	admin_user_create(struct http_req *);
void	admin_user_patch(struct http_req *);
void	admin_user_put(struct http_req *);
void	admin_user_delete(struct http_req *);
void	admin_user_act(struct http_req *);

/* admin_tenants.c */
extern const struct api_op op_admin_tenants_list, op_admin_tenant_get,
    op_admin_tenant_create, op_admin_tenant_patch, op_admin_tenant_delete;
void	admin_tenants_list(struct http_req *);
void	admin_tenant_get(struct http_req *);
void	admin_tenant_create(struct http_req *);
void	admin_tenant_patch(struct http_req *);
void	admin_tenant_delete(struct http_req *);
/* admin_keys.c */
extern const struct api_op op_admin_keys, op_admin_key_rotate,
    op_admin_key_retire;
void	admin_keys(struct http_req *);
void	admin_key_rotate(struct http_req *);
void	admin_key_retire(struct http_req *);

/* admin_audit.c */
extern const struct api_op op_admin_audit_list, op_admin_audit_export;
void	admin_audit_list(struct http_req *);
void	admin_audit_export(struct http_req *);

#endif
