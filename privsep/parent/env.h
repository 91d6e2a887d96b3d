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
 * The environment: taken once at start, then wiped. What it says overrides
 * moatd.conf at each (re)load.
 */
#ifndef PARENT_ENV_H
#define PARENT_ENV_H

#include <stdint.h>

#include "privsep/parent/conf.h"

struct env;

/*
 * Copies the variables that moatd knows (secret ones into guarded memory),
 * overwrites the secrets where the kernel shows them, and empties the
 * environment.
 */
struct env *env_take(char **environment);
void	 env_free(struct env *);
/* A variable that is no secret; NULL when unset or empty. */
const char *env_get(const struct env *, const char *name);
int64_t	 env_number(const struct env *, const char *name);	/* 0: none */
/* Applies the overrides; the number of errors, each reported. */
int	 env_apply(const struct env *, struct conf *, conf_report, void *);

#endif
