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


/* A job of a one-shot vault, as keymaker.c and keyjob.c share it. */
#ifndef PARENT_KEYJOB_H
#define PARENT_KEYJOB_H

#include "privsep/parent/keymaker.h"
#include "src/base/buf.h"

struct secret;

struct keyjob {
	struct moatd	*m;
	enum vault_job	 job;
	uint8_t		 want[3];	/* ES256, EdDSA, RS256 */
	int		 fd;		/* to write to; -1 */
	struct secret	*passphrase;
	struct buf	 bundle;	/* to open, or sealed */
	int		 matched;	/* pepper and seal that are ours */
	unsigned	 added;
	char		 why[256];	/* refused; "": not */
	keyjob_done	 done;		/* NULL: nobody waits any more */
	void		*arg;
};

struct keyjob *keyjob_new(struct moatd *, enum vault_job);
void	keyjob_free(struct keyjob *);

#endif
