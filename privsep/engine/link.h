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
 * Links in mails. A link's token is derived by a vault from its purpose and
 * the id of its row; the database holds the token's SHA-256 alone.
 */
#ifndef ENGINE_LINK_H
#define ENGINE_LINK_H

#include "privsep/engine/op.h"

#define LINK_VERIFY_US	(24 * 3600 * CLOCK_SEC)
#define LINK_RESET_US	(3600 * CLOCK_SEC)

typedef void (*link_cb)(struct op *);

/*
 * Makes op->link_id, and asks a vault for the token: next comes with it in
 * op->token and its hash in op->hash. Every other outcome ends the op.
 */
void	link_make(struct op *, enum link_purpose, link_cb next);
/*
 * What a client sent as a link's token, as op->hash. 0: it can be none, and
 * the op ended with INVALID_LINK.
 */
int	link_take(struct op *, const char *token);


/*
 * Somebody asks for a mail to an address: 1, with op->email_key; 0: the
 * address is none or no mail is sent here, and the op ended.
 */
int	mail_asked(struct op *, const char *email);
/*
 * Counts a mail to op->email_key: next comes with op->send, which is 0 when
 * the address had its share and nobody may notice.
 */
void	mail_address_budget(struct op *, link_cb next);
/* The same, but a source over its own limit ends the op before. */
void	mail_budget(struct op *, link_cb next);

#endif
