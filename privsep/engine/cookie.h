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
 * Sessions of browsers. A page's session is a row of sessions with the SHA-256
 * of its cookie, 256 random bits; it has no tokens. Account messages take
 * WALL_COOKIE and the cookie where they take a bearer.
 */
#ifndef ENGINE_COOKIE_H
#define ENGINE_COOKIE_H

#include "privsep/engine/op.h"

#define COOKIE_IDLE_US	(3600 * CLOCK_SEC)	/* as sql/parts/sessions.sql */
#define COOKIE_ABS_US	(24 * 3600 * CLOCK_SEC)

/*
 * Before an answer, behind its tenant: where the message's bearer is a cookie,
 * its session is looked up, and bearer_take() then goes by that. Messages that
 * take none refuse it as they refuse any token that is not ours.
 */
void	cookie_enter(struct op *, const union msg *,
	    void (*)(struct op *, const union msg *));
/* The hash that the database knows a cookie by. 0; -1: it is none of ours, and
 * out is "". */
int	cookie_hash(char out[TOKEN_TEXT], const char *cookie);
/* A new one: its text into op->refresh, its hash into op->succ_hash. */
void	cookie_make(struct op *);
/* One that a browser is known by: its text into op->access. */
void	cookie_make_device(struct op *, char hash[TOKEN_TEXT]);
/* BROWSER_RES with the first text, and where device is 1 with the other. */
void	cookie_answer(struct op *, int device);
/* What bearer_take_scope() does with a cookie. */
int	cookie_take_scope(struct op *, unsigned want);
/* Takes what MSG_BROWSER says: whether the session is to be a browser's. */
void	cookie_login(struct op *, int browser, const char *cookie,
	    const char *device);

#endif
