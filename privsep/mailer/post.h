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


/* Logout tokens by POST, to where clients want to be told. */
#ifndef MAILER_POST_H
#define MAILER_POST_H

#include <event2/event.h>
#include <stddef.h>

#include "privsep/wall/msg.h"

struct post;

/* Once for each token, perhaps from inside post_send(). */
typedef void (*post_cb)(enum mail_result, const char *reason, void *arg);

/* Before the sandbox: reads how names are resolved. roots as for mail. */
struct post *post_new(struct event_base *, enum backchannel,
	    const char *roots, size_t nroots);
void	post_free(struct post *);
void	post_send(struct post *, const char *url, const char *token, post_cb,
	    void *arg);
unsigned post_active(const struct post *);	/* NULL: 0 */

#endif
