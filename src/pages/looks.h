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
 * How a tenant's pages look: what its row says, kept for a moment by each
 * worker for the tenants that were asked for last.
 */
#ifndef PAGES_LOOKS_H
#define PAGES_LOOKS_H

#include "src/pages/pages.h"
#include "src/pages/tmpl.h"

/* GET /theme.css and GET /logo. */
void	theme_get(struct http_req *);
void	logo_get(struct http_req *);

/* 1: the texts are known, as of a moment ago, and there is such a tenant. */
int	looks_fresh(const char *tenant);
/* Asks for them: LOOK_RES, which looks_take() keeps, or ERROR_RES, NOT_FOUND
 * where there is no such tenant. */
int	looks_ask(const struct edge_ctx *, ask_cb, void *arg);
void	looks_take(const char *tenant, const struct msg_look_res *);
/* What its forms say beforehand: 1, nobody registers there; the least length of
 * a password. As it was a moment ago; the engine judges. */
int	looks_closed(const char *tenant);
uint32_t looks_password_min(const char *tenant);
/* Those of a language, by key, NULL where the language's own stands; good until
 * the next of these calls. NULL: none at all. */
const char *const *looks_own(const char *tenant, const struct tmpl_lang *);

#endif
