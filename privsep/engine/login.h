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
 * What every login ends with, whether its factor came with the password or
 * behind a ticket.
 */
#ifndef ENGINE_LOGIN_H
#define ENGINE_LOGIN_H

#include "privsep/engine/op.h"

#define TICKET_US	(300 * CLOCK_SEC)
#define TICKET_TRIES	5

/* Everything was right: a session, and tokens or a cookie. op->hash is the
 * ticket's, or "". */
void	login_issue(struct op *);
/* Password or ticket are wrong: counted, on record, and st to the client. */
void	login_refuse(struct op *, enum msg_status);

#endif
