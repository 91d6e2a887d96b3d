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

/* Which rights there are to give up, and to whom each role is given. */
#ifndef PARENT_PRIVS_H
#define PARENT_PRIVS_H

#include <stdint.h>

#include "privsep/parent/conf.h"

struct privs {
	int		 drop;		/* 1: children change uid and root */
	uint32_t	 uid[ROLE__MAX], gid[ROLE__MAX];
};

/*
 * Finds out; where rights or users are missing one log line says which, and
 * children stay what the parent is, confined by the rest.
 */
void	privs_find(struct privs *, const struct conf *);
/* The parent itself: no core, not traceable, as many descriptors as it may. */
void	privs_harden(void);

#endif
