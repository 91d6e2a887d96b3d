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

/* What each role is sent before START. */
#ifndef PARENT_SETUP_H
#define PARENT_SETUP_H

#include "privsep/parent/child.h"
#include "src/base/buf.h"

/* Sends all of it and START. -1: the channel is over. */
int	setup_send(struct child *);
/* One key more while the child runs. 0; -1: the channel is over. */
int	setup_signkey(struct child *, const struct custody_key *);
int	setup_pubkey(struct child *, const struct moatd_pubkey *);
/* Every secret in keys/, to a one-shot vault that seals them. */
int	setup_keys(struct child *);
/*
 * The part of the configuration that this role is given, as bytes: to see
 * whether it changed. b may hold a credential: wipe it.
 */
void	setup_digest(const struct conf *, enum role, struct buf *b);

#endif
