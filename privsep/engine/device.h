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

/* Devices that an account was logged in from. */
#ifndef ENGINE_DEVICE_H
#define ENGINE_DEVICE_H

#include "privsep/engine/op.h"

/* One that was not seen for so long is new again. */
#define DEVICE_FRESH_US	(INT64_C(90) * 24 * 3600 * CLOCK_SEC)

/* A browser that an account was used with: as long as its cookie lasts, and so
 * many of an account. */
#define DEVICE_KNOWN_US	(INT64_C(365) * 24 * 3600 * CLOCK_SEC)
#define DEVICE_KNOWN	20

void	device_digest(char out[TOKEN_TEXT], const char *ip, const char *ua);

#endif
