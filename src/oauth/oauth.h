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
 * OAuth 2 and OpenID Connect endpoints (API.md section 8). Run by workers; each
 * reads the parameters, composes one message to the engine, and writes what it
 * answers. Nothing is decided here.
 */
#ifndef OAUTH_OAUTH_H
#define OAUTH_OAUTH_H

#include "src/api/call.h"

/* discovery.c */
extern const struct api_op oauth_discovery_op, oauth_metadata_op,
	    oauth_metadata_tenant_op;
void	oauth_discovery(struct http_req *);
void	oauth_metadata_tenant(struct http_req *);

/* device.c */
extern const struct api_op oauth_device_op;
void	oauth_device(struct http_req *);

/* introspect.c */
extern const struct api_op oauth_introspect_op, oauth_revoke_op;
void	oauth_introspect(struct http_req *);
void	oauth_revoke(struct http_req *);

/* userinfo.c */
extern const struct api_op oauth_userinfo_op, oauth_userinfo_post_op;
void	oauth_userinfo(struct http_req *);

/* token.c */
extern const struct api_op oauth_token_op;
void	oauth_token(struct http_req *);
/* register.c */
extern const struct api_op oauth_register_op, oauth_register_get_op,
	    oauth_register_put_op, oauth_register_delete_op;
void	oauth_register(struct http_req *);
void	oauth_register_get(struct http_req *);
void	oauth_register_put(struct http_req *);
void	oauth_register_delete(struct http_req *);

/* authorize.c, par.c */
extern const struct api_op oauth_par_op;
void	oauth_authorize(struct http_req *);
/* The reply to AUTHORIZE_RES; ends the call. Its request is the one for
 * authorization, or else what is answered by code, error or page only. */
void	oauth_authorize_reply(struct api_call *,
	    const struct msg_authorize_res *);
void	oauth_par(struct http_req *);

extern const struct http_route oauth_routes[];
extern const size_t oauth_nroutes;

#endif
