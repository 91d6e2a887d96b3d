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


/* Children that enter a policy and try one act: for tests of the sandbox. */
#ifndef REGRESS_CONFINE_H
#define REGRESS_CONFINE_H

#include "privsep/wall/sandbox.h"

#define OUT_SIG		1000
#define NOBODY		65534

/* The next child's policy (calls[0] is sandbox_base), flags and root. */
extern struct sandbox_policy policy;
extern uint32_t flags;
extern const char *chroot_dir;
/* In the child: what is on. */
extern uint32_t mechanisms;

void	confine_reset(void);
/* The errno of a refused act, 0 for one that worked, or OUT_SIG plus the
 * signal that ended the child. */
int	outcome(int (*act)(void));
int	unconfined(int (*act)(void));	/* the same without a sandbox */

#endif
