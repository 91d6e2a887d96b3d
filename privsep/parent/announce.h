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

/* The moments that the outside waits for. */
#ifndef PARENT_ANNOUNCE_H
#define PARENT_ANNOUNCE_H

#include "privsep/parent/moatd.h"

/* Forks into the background; the caller's process waits until we are ready. */
void	announce_daemonize(struct moatd *);
/* All processes are ready for the first time: one line on standard output. */
void	announce_ready(struct moatd *);
/* The processes of a new configuration have taken over. */
void	announce_reloaded(struct moatd *);
/* In the background: standard output is of no more use. */
void	announce_detach(struct moatd *);

#endif
