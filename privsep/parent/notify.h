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

/* What systemd is told: sd_notify(3), by a datagram of our own. */
#ifndef PARENT_NOTIFY_H
#define PARENT_NOTIFY_H

#include "privsep/parent/env.h"

/* Without NOTIFY_SOCKET all of them do nothing. */
void	notify_init(const struct env *);
void	notify_ready(void);
void	notify_reloading(void);		/* until notify_ready() */
void	notify_stopping(void);
void	notify_status(const char *);
void	notify_watchdog(void);		/* each 500 ms; sends when due */

#endif
