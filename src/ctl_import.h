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


/* One line of `moatctl user import`. */
#ifndef SRC_CTL_IMPORT_H
#define SRC_CTL_IMPORT_H

#include <jansson.h>

#include "privsep/wall/msg.h"

#define IMPORT_LINE_MAX	65536		/* bytes */

struct import_line {
	unsigned long	 number;	/* in the file; 0: not in use */
	int		 tries;
	json_t		*object;	/* holds the texts of msg */
	char		 roles[CAP_ROLES + 1];
	struct msg_ctl_user_import_req msg;
	/* why it is bad */
	char		 path[64], reason[132];
};

/* 0, or -1 with path and reason. Free it either way. */
int	import_line_parse(struct import_line *, const char *, size_t n);
void	import_line_free(struct import_line *);

#endif
