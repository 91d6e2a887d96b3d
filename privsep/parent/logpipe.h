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

/* A child's log pipe: forwarded line by line, bounded, never interpreted. */
#ifndef PARENT_LOGPIPE_H
#define PARENT_LOGPIPE_H

#include <event2/event.h>

struct logpipe;

/* Takes fd over (non-blocking). name stands in front of each line; NULL: the
 * lines are read and dropped. */
struct logpipe *logpipe_new(struct event_base *, int fd, const char *name);
/* Forwards what is left (bounded), closes. NULL-safe. */
void	logpipe_free(struct logpipe *);

#endif
