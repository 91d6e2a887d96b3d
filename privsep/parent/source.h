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

/* A file of configuration text: read whole, checked who may write it. */
#ifndef PARENT_SOURCE_H
#define PARENT_SOURCE_H

#include <sys/types.h>

#include <limits.h>
#include <stddef.h>

struct source_file {
	char	 name[PATH_MAX];
	char	*data;
	size_t	 len;
	dev_t	 dev;
	ino_t	 ino;
};

/*
 * A relative path is below the directory of from (the including file; NULL:
 * the working directory). 0, or -1 and why.
 */
int	source_read(struct source_file *, const char *path, const char *from,
	    char *why, size_t whylen);
void	source_wipe(struct source_file *);

#endif
