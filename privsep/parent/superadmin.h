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

/* The first super admin: made once, its password shown once. */
#ifndef PARENT_SUPERADMIN_H
#define PARENT_SUPERADMIN_H

#include "privsep/parent/moatd.h"

/* The engine reported the database's state. */
void	superadmin_db_state(struct moatd *, const struct msg_db_state *);
void	superadmin_created(struct moatd *, uint64_t id,
	    const struct msg_superadmin_create_res *);
/* 1: there is one, or moatd has said why not; or the database is down. */
int	superadmin_settled(const struct moatd *);
/* Whoever was asked is gone; the next engine reports anew. */
void	superadmin_engine_gone(struct moatd *);
void	superadmin_free(struct moatd *);

#endif
