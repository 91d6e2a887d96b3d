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
 * The outbox: mail that an act's transaction wrote down is sent by the mailer,
 * at least once, whatever process dies meanwhile. sql/README says how an act
 * writes its row. Where mail is not configured there is no outbox, and all of
 * these do nothing.
 */
#ifndef ENGINE_OUTBOX_H
#define ENGINE_OUTBOX_H

#include "privsep/engine/engine.h"

struct outbox;

/* A row was committed: look now, not at the next turn. */
void	outbox_kick(struct engine *);

/* For core.c and peers.c. */
void	outbox_init(struct engine *);
void	outbox_clear(struct engine *);
void	outbox_tick(struct engine *, int64_t mono);
int	outbox_busy(const struct engine *);	/* a mail is under way */
void	outbox_peer(struct engine *, const struct msg_peer_set *, int fd);
void	outbox_peer_gone(struct engine *, const struct msg_peer_gone *);

#endif
