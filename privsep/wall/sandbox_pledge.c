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
 * OpenBSD: unveil(2) for the paths of a policy, then pledge(2) for its
 * promises. Run last, by every child. A policy without promises gets what the
 * loop and the channels need: descriptors still come and go over them.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/sandbox.h"
#include "src/base/log.h"

#define PLEDGE_BASE	"stdio recvfd sendfd"

/* Lists of system calls are Linux's; here they are empty. */
const struct sandbox_call sandbox_base[] = { SANDBOX_END };

static const char *
permissions(unsigned rights)
{
	switch (rights & (SANDBOX_P_READ | SANDBOX_P_WRITE)) {
	case SANDBOX_P_READ:
		return ("r");
	case SANDBOX_P_WRITE:
		return ("wc");
	case SANDBOX_P_READ | SANDBOX_P_WRITE:
		return ("rwc");
	default:
		return ("");
	}
}

uint32_t
sandbox_pledge(const struct sandbox_policy *pol)
{
	const char *promises;
	size_t i;

	promises = pol->pledge != NULL ? pol->pledge : PLEDGE_BASE;
	for (i = 0; i < pol->npaths; i++)
		if (unveil(pol->path[i].path,
		    permissions(pol->path[i].rights)) == -1 &&
		    errno != ENOENT) {
			log_warn("unveil %s", pol->path[i].path);
			return (0);
		}
	/* Without a path pledge alone denies the file system. */
	if (pol->npaths != 0 && unveil(NULL, NULL) == -1)
		return (0);
	if (pledge(promises, NULL) == -1)
		return (0);
	return (SANDBOX_M_PLEDGE);
}
