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

/* SIGHUP: the same file again, without a gap in service. */
#ifndef PARENT_RELOAD_H
#define PARENT_RELOAD_H

#include "privsep/parent/moatd.h"

/* Reads file and environment; NULL: errors were reported. */
struct conf *reload_read(const struct moatd *, conf_report, void *);
/* Many signals make one reload. */
void	reload_request(struct moatd *);
/* Now. 0, or -1 and why (the first line); the old configuration stays. */
int	reload_now(struct moatd *, char *why, size_t whylen);

#endif
