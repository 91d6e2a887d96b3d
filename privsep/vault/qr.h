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

/* QR codes (ISO/IEC 18004) as SVG and PNG. */
#ifndef VAULT_QR_H
#define VAULT_QR_H

#include "src/base/buf.h"

#define QR_TEXT_MAX	700	/* bytes: version 18 at most */

/*
 * Appends an SVG document, which has no '#', '%' or '"' in it, and a PNG file
 * in base64 (RFC 4648 section 4). 0; -1: text is too long, or memory.
 */
int	qr_draw(const char *text, struct buf *svg, struct buf *png);

#endif
