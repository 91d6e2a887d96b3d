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

/* `moatctl selftest sandbox`: every role tries what it must not do. */
#ifndef PARENT_SELFTEST_H
#define PARENT_SELFTEST_H

#include "privsep/parent/moatd.h"

struct selftest;

/*
 * Starts; item and done are called from the event loop. NULL: one runs
 * already. selftest_free() may be called at any time, also before done.
 */
struct selftest *selftest_start(struct moatd *,
	    void (*item)(const struct msg_ctl_test_item_res *, void *),
	    void (*done)(unsigned breaches, unsigned acts, void *), void *arg);
void	selftest_free(struct selftest *);

#endif
