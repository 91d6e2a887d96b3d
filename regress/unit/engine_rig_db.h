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

/* The rig on each database that the tests have (MOATD_TEST_PG). */
#ifndef UNIT_ENGINE_RIG_DB_H
#define UNIT_ENGINE_RIG_DB_H

#include "regress/unit/engine_rig.h"

void	rig_db_up(struct rig *, int kind, int mail);
void	rig_db_again(struct rig *);	/* the engine; its board stays */
void	rig_db_down(struct rig *);
/* Runs all tests on each database; main()'s result. */
int	rig_db_main(const char *name, const TTest *const *, size_t);

#endif
