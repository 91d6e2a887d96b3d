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

/* The listening sockets: bound, or passed by the service manager. */
#ifndef PARENT_LISTEN_H
#define PARENT_LISTEN_H

#include "privsep/parent/conf.h"
#include "privsep/parent/env.h"

struct listener {
	int		 fd;
	uint32_t	 serve;
	char		 name[96];	/* "127.0.0.1:3000" */
};

struct listeners {
	struct listener	 v[CONF_LISTENERS];
	size_t		 n;
};

/* Takes over what LISTEN_FDS names; call once, before any other open. */
void	listen_inherit(const struct env *);
/*
 * Opens what the configuration names; those that old has already are shared
 * with it. 0, or -1 with one line in why, and then nothing has changed.
 */
int	listen_open(struct listeners *, const struct listeners *old,
	    const struct conf *, char *why, size_t whylen);
void	listen_close(struct listeners *);
/* "http://127.0.0.1:3000": where a person on this machine reaches it. */
void	listen_url(const struct listeners *, char *dst, size_t n);

#endif
