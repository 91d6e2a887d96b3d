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


/* libcurl's multi interface on the mailer's event loop. */
#ifndef MAILER_MULTI_H
#define MAILER_MULTI_H

#include <curl/curl.h>
#include <event2/event.h>

struct multi;

/* A transfer is over: private is its CURLOPT_PRIVATE. It was not removed. */
typedef void (*multi_cb)(CURL *, CURLcode, void *private);

/* Before the sandbox; dies where there is no memory. */
struct multi *multi_new(long connections, multi_cb);
void	multi_start(struct multi *, struct event_base *);
void	multi_free(struct multi *);
/* 0; -1: no memory. */
int	multi_add(struct multi *, CURL *);
void	multi_remove(struct multi *, CURL *);

#endif
