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
 * Who runs this: the vault, for each TOTP_MAKE_REQ, since the picture is the
 * secret. Holds: nothing afterwards; what libpng frees is wiped.
 * Who may call it: enrol.c.
 */
#include "config.h"

#include <png.h>
#include <qrencode.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/vault/qr.h"

#define QUIET		4	/* modules around it, as the standard wants */
#define PIXELS		6	/* a module's side in the PNG */
#define SIDE_MAX	((89 + 2 * QUIET) * PIXELS)	/* version 18 */
/* Up to here with medium correction; longer ones with the low level, lest
 * the modules become too small for a camera. */
#define MEDIUM_MAX	213	/* version 10 */

static int
is_dark(const QRcode *q, int x, int y)
{
	return x >= 0 && y >= 0 && x < q->width && y < q->width &&
	    (q->data[y * q->width + x] & 1);
}

/* One stroke for each run of dark modules in a line. */
static void
draw_svg(struct buf *b, const QRcode *q)
{
	int x, y, from, side = q->width + 2 * QUIET;

	buf_addf(b, "<svg xmlns='http://www.w3.org/2000/svg' width='%d' "
	    "height='%d' viewBox='0 0 %d %d' shape-rendering='crispEdges'>"
	    "<path fill='white' d='M0 0h%dv%dH0z'/>"
	    "<path stroke='black' d='", side * PIXELS, side * PIXELS, side,
	    side, side, side);
	for (y = 0; y < q->width; y++)
		for (x = 0; x < q->width; x++) {
			for (from = x; is_dark(q, x, y); x++)
				;
			if (x > from)
				buf_addf(b, "M%d %d.5h%d", from + QUIET,
				    y + QUIET, x - from);
		}
	buf_adds(b, "'/></svg>");
}

/* ---- PNG ---- */

/* libpng's and zlib's memory, which holds the picture: wiped when freed. */
static png_voidp
png_take(png_structp p, png_alloc_size_t n)
{
	size_t *block;

	(void)p;
	if (n > SIZE_MAX - sizeof(max_align_t) ||
	    (block = malloc(n + sizeof(max_align_t))) == NULL)
		return NULL;
	*block = n;
	return (uint8_t *)block + sizeof(max_align_t);
}

static void
png_give(png_structp p, png_voidp mem)
{
	uint8_t *block = mem;

	(void)p;
	if (block == NULL)
		return;
	block -= sizeof(max_align_t);
	sodium_memzero(block + sizeof(max_align_t), *(size_t *)(void *)block);
	free(block);
}

static void
png_out(png_structp p, png_bytep data, size_t n)
{
	buf_add(png_get_io_ptr(p), data, n);
}

static void
png_done(png_structp p)
{
	(void)p;
}

static void
png_quiet(png_structp p, png_const_charp text)
{
	(void)p;
	(void)text;
}

/* Does not return into libpng, whose state is no longer sound. */
static void
png_broken(png_structp p, png_const_charp text)
{
	(void)text;
	png_longjmp(p, 1);
}

static void
draw_rows(png_structp p, const QRcode *q, uint8_t *row, int side)
{
	int x, y;

	for (y = 0; y < side; y++) {
		memset(row, 0, (size_t)(side + 7) / 8);
		for (x = 0; x < side; x++)
			if (!is_dark(q, x / PIXELS - QUIET,
			    y / PIXELS - QUIET))
				row[x / 8] |= (uint8_t)(0x80 >> (x % 8));
		png_write_row(p, row);
	}
}

static int
draw_png(struct buf *b, const QRcode *q)
{
	uint8_t row[(SIDE_MAX + 7) / 8];
	int side = (q->width + 2 * QUIET) * PIXELS;
	png_structp p;
	png_infop info = NULL;
	volatile int rv = -1;

	p = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, NULL, png_broken,
	    png_quiet, NULL, png_take, png_give);
	if (p == NULL || side > SIDE_MAX)
		goto out;
	if (setjmp(png_jmpbuf(p)))
		goto out;
	if ((info = png_create_info_struct(p)) == NULL)
		goto out;
	png_set_write_fn(p, b, png_out, png_done);
	png_set_compression_mem_level(p, 4);
	png_set_IHDR(p, info, (png_uint_32)side, (png_uint_32)side, 1,
	    PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
	    PNG_FILTER_TYPE_BASE);
	png_write_info(p, info);
	draw_rows(p, q, row, side);
	png_write_end(p, info);
	rv = 0;
out:
	png_destroy_write_struct(&p, &info);
	sodium_memzero(row, sizeof(row));
	return rv;
}

static void
add_base64(struct buf *out, const struct buf *in)
{
	size_t n = sodium_base64_ENCODED_LEN(in->len,
	    sodium_base64_VARIANT_ORIGINAL);

	if (in->err || buf_reserve(out, n) == -1) {
		out->err = 1;
		return;
	}
	sodium_bin2base64((char *)out->p + out->len, n, in->p, in->len,
	    sodium_base64_VARIANT_ORIGINAL);
	out->len += n - 1;
}

int
qr_draw(const char *text, struct buf *svg, struct buf *png)
{
	size_t n = strlen(text);
	struct buf file = BUF_INIT;
	QRcode *q;
	int rv;

	if (n == 0 || n > QR_TEXT_MAX)
		return -1;
	q = QRcode_encodeData((int)n, (const unsigned char *)text, 0,
	    n <= MEDIUM_MAX ? QR_ECLEVEL_M : QR_ECLEVEL_L);
	if (q == NULL)
		return -1;
	draw_svg(svg, q);
	rv = draw_png(&file, q);
	add_base64(png, &file);
	sodium_memzero(q->data, (size_t)q->width * (size_t)q->width);
	QRcode_free(q);
	buf_wipe_free(&file);
	return rv == 0 && !svg->err && !png->err ? 0 : -1;
}
