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

/* Sending by SMTP: libcurl's multi interface on the event loop. */
#ifndef MAILER_SMTP_H
#define MAILER_SMTP_H

#include <event2/event.h>

#include "privsep/mailer/server.h"
#include "privsep/wall/msg.h"
#include "src/base/buf.h"

struct smtp;

/* Called once for each mail, never from inside smtp_send(). */
typedef void (*smtp_cb)(enum mail_result, const char *reason, void *arg);

/* Before any other use of libcurl: what it frees is wiped from now on. */
void	smtp_library(void);
/* Before the sandbox: what libcurl and libssl load, and the handle. */
void	smtp_init(struct smtp **, const struct server *, const char *roots,
	    size_t nroots);
/* After it. */
void	smtp_start(struct smtp *, struct event_base *);
void	smtp_free(struct smtp *);
/* Takes the mail over. 0; -1: no memory, and cb is not called. */
int	smtp_send(struct smtp *, const char *from, const char *to,
	    struct buf *mail, smtp_cb, void *arg);
unsigned smtp_active(const struct smtp *);	/* NULL: 0 */
/* 1: its addresses do not answer, and a look at its name may find others. */
int	smtp_wants_lookup(const struct smtp *);

#endif
