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
 * Back-channel logout (OpenID Connect Back-Channel Logout 1.0): clients that
 * want to be told of the end of their sessions get a logout token by POST, at
 * least once, whatever process dies meanwhile. The row is the session's own
 * mark (tell) until it ended, then one of logouts. Uses the outbox's mailer.
 */
#ifndef ENGINE_LOGOUTS_H
#define ENGINE_LOGOUTS_H

#include "privsep/engine/engine.h"

struct logouts;
struct outbox;

/* Sessions may have ended: look at the next turn. */
void	logouts_kick(struct engine *);

/* For outbox.c, which has the mailer. NULL: no memory. */
struct logouts *logouts_new(struct outbox *);
void	logouts_free(struct logouts *);
void	logouts_tick(struct logouts *, int64_t mono);
int	logouts_busy(const struct logouts *);	/* one is under way */

#endif
