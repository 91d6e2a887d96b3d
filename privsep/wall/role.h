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

/* The processes of moatd, in the order in which they start. */
#ifndef WALL_ROLE_H
#define WALL_ROLE_H

#include <stdint.h>

enum role {
	ROLE_PARENT,
	ROLE_VAULT,
	ROLE_HASHER,
	ROLE_ENGINE,
	ROLE_WORKER,
	ROLE_MAILER,		/* only where mail is configured */
	ROLE_CTL,		/* moatctl, on the control socket */
	ROLE__MAX
};

#define ROLE_BIT(r)	(UINT32_C(1) << (r))

const char *role_name(enum role);	/* "engine": executable and log name */

/* What a listener serves, and so what its workers' channel permits. */
#define SERVE_PUBLIC	UINT32_C(0x01)
#define SERVE_ADMIN	UINT32_C(0x02)
#define SERVE_METRICS	UINT32_C(0x04)
#define SERVE_ALL	UINT32_C(0x07)

#endif
