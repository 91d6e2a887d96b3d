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
 * The codec: frames and bodies by the message table. Linked by every process,
 * run on bytes of peers that may be hostile; pure, allocates only when it
 * composes. Lengths are compared as n > end - pos, never pos + n > end.
 *
 * Integers are big endian. str is a 32-bit length, the text and a NUL (not
 * counted), so that it can be used where it lies; bin is the length and the
 * bytes.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "privsep/wall/wire.h"
#include "src/base/utf8.h"

#define LEN_BYTES	4

static const size_t int_size[] = {
	[MSG_K_u8] = 1, [MSG_K_u32] = 4, [MSG_K_u64] = 8, [MSG_K_i64] = 8,
	[MSG_K_str] = 0, [MSG_K_bin] = 0
};

static const char *const errors[] = {
	[WIRE_OK] = "ok",
	[WIRE_MORE] = "incomplete",
	[WIRE_TYPE] = "no such message",
	[WIRE_SIZE] = "body over its maximum",
	[WIRE_FLAGS] = "wrong flags",
	[WIRE_SHORT] = "field cut off",
	[WIRE_TRAIL] = "bytes behind the last field",
	[WIRE_RANGE] = "value over its maximum",
	[WIRE_TEXT] = "text is not UTF-8 or holds a NUL"
};

const char *
wire_strerror(enum wire_err e)
{
	return (e <= WIRE_TEXT ? errors[e] : "unknown");
}

static uint64_t
get_be(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return (v);
}

static void
put_be(uint8_t *p, uint64_t v, size_t n)
{
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

enum wire_err
wire_header(const uint8_t *p, struct wire_hdr *h)
{
	const struct msg_row *row;

	h->type = (uint16_t)get_be(p, 2);
	h->flags = (uint16_t)get_be(p + 2, 2);
	h->len = (uint32_t)get_be(p + 4, 4);
	h->id = get_be(p + 8, 8);
	if ((row = msg_row(h->type)) == NULL)
		return (WIRE_TYPE);
	if (h->flags != (row->fd ? WIRE_F_FD : 0))
		return (WIRE_FLAGS);
	return (h->len > row->max ? WIRE_SIZE : WIRE_OK);
}

/* ---- composing ---- */

static uint64_t
load_int(const void *member, enum msg_kind kind)
{
	uint32_t u32;
	uint64_t u64;

	if (kind == MSG_K_u8)
		return (*(const uint8_t *)member);
	if (kind == MSG_K_u32) {
		memcpy(&u32, member, sizeof(u32));
		return (u32);
	}
	memcpy(&u64, member, sizeof(u64));
	return (u64);
}

/* A negative i64 is over any maximum, as it is when read as unsigned. */
static int
over(const struct msg_field *f, uint64_t v)
{
	return (f->max != 0 && v > f->max);
}

static void
load_bytes(const void *member, enum msg_kind kind, struct wire_bin *b)
{
	const char *s;

	if (kind == MSG_K_bin) {
		memcpy(b, member, sizeof(*b));
		return;
	}
	memcpy(&s, member, sizeof(s));
	b->p = (const uint8_t *)(s != NULL ? s : "");
	b->n = strlen((const char *)b->p);
}

/* Bytes that a member takes, or -1 when it may not be sent. */
static long
field_size(const struct msg_field *f, const void *msg)
{
	const void *member = (const uint8_t *)msg + f->off;
	struct wire_bin b;

	if (int_size[f->kind] > 0)
		return (over(f, load_int(member, f->kind)) ? -1 :
		    (long)int_size[f->kind]);
	load_bytes(member, f->kind, &b);
	if (b.n > MSG_BIG || over(f, b.n) || (b.n > 0 && b.p == NULL))
		return (-1);
	if (f->kind == MSG_K_bin)
		return ((long)(LEN_BYTES + b.n));
	return (utf8_valid(b.p, b.n) ? (long)(LEN_BYTES + b.n + 1) : -1);
}

static uint8_t *
put_field(uint8_t *p, const struct msg_field *f, const void *msg)
{
	const void *member = (const uint8_t *)msg + f->off;
	struct wire_bin b;

	if (int_size[f->kind] > 0) {
		put_be(p, load_int(member, f->kind), int_size[f->kind]);
		return (p + int_size[f->kind]);
	}
	load_bytes(member, f->kind, &b);
	put_be(p, b.n, LEN_BYTES);
	p += LEN_BYTES;
	if (b.n > 0)
		memcpy(p, b.p, b.n);
	p += b.n;
	if (f->kind == MSG_K_str)
		*p++ = '\0';
	return (p);
}

int
wire_compose(struct buf *out, uint16_t type, uint64_t id, const void *msg)
{
	const struct msg_row *row;
	size_t i, len = 0;
	uint8_t *p;
	long n;
	int err = out->err;

	if ((row = msg_row(type)) == NULL)
		goto invalid;
	for (i = 0; i < row->nfields; i++) {
		if ((n = field_size(&row->fields[i], msg)) == -1)
			goto invalid;
		len += (size_t)n;
	}
	if (len > row->max)
		goto invalid;
	if (buf_reserve(out, WIRE_HDR + len) == -1) {
		out->err = err;	/* what is in it stays as good as it was */
		errno = ENOMEM;
		return (-1);
	}
	p = out->p + out->len;
	put_be(p, type, 2);
	put_be(p + 2, row->fd ? WIRE_F_FD : 0, 2);
	put_be(p + 4, len, 4);
	put_be(p + 8, id, 8);
	p += WIRE_HDR;
	for (i = 0; i < row->nfields; i++)
		p = put_field(p, &row->fields[i], msg);
	out->len += WIRE_HDR + len;
	return (0);
invalid:
	errno = EINVAL;
	return (-1);
}

/* ---- parsing ---- */

static enum wire_err
get_int(const struct msg_field *f, const uint8_t *p, void *member)
{
	uint64_t v = get_be(p, int_size[f->kind]);
	uint32_t u32 = (uint32_t)v;

	if (over(f, v))
		return (WIRE_RANGE);
	if (f->kind == MSG_K_u8)
		*(uint8_t *)member = (uint8_t)v;
	else if (f->kind == MSG_K_u32)
		memcpy(member, &u32, sizeof(u32));
	else
		memcpy(member, &v, sizeof(v));
	return (WIRE_OK);
}

/* p has n bytes, and a NUL behind them where the field is text. */
static enum wire_err
get_bytes(const struct msg_field *f, const uint8_t *p, size_t n, void *member)
{
	const char *s = (const char *)p;
	struct wire_bin b = { p, n };

	if (f->kind == MSG_K_bin) {
		memcpy(member, &b, sizeof(b));
		return (WIRE_OK);
	}
	if (p[n] != '\0' || memchr(p, '\0', n) != NULL || !utf8_valid(p, n))
		return (WIRE_TEXT);
	memcpy(member, &s, sizeof(s));
	return (WIRE_OK);
}

/* Reads one field at *pos and moves it on. */
static enum wire_err
get_field(const struct msg_field *f, const uint8_t *body, size_t end,
    size_t *pos, void *out)
{
	void *member = (uint8_t *)out + f->off;
	size_t size = int_size[f->kind], n;
	enum wire_err e;

	if (size > 0) {
		if (size > end - *pos)
			return (WIRE_SHORT);
		e = get_int(f, body + *pos, member);
		*pos += size;
		return (e);
	}
	if (LEN_BYTES > end - *pos)
		return (WIRE_SHORT);
	n = (size_t)get_be(body + *pos, LEN_BYTES);
	*pos += LEN_BYTES;
	if (over(f, n))
		return (WIRE_RANGE);
	size = n + (f->kind == MSG_K_str);	/* n is below 2^32 */
	if (size > end - *pos)
		return (WIRE_SHORT);
	e = get_bytes(f, body + *pos, n, member);
	*pos += size;
	return (e);
}

enum wire_err
wire_parse(uint16_t type, const uint8_t *body, size_t len, union msg *out)
{
	const struct msg_row *row;
	enum wire_err e;
	size_t i, pos = 0;

	if ((row = msg_row(type)) == NULL)
		return (WIRE_TYPE);
	if (len > row->max)
		return (WIRE_SIZE);
	for (i = 0; i < row->nfields; i++) {
		e = get_field(&row->fields[i], body, len, &pos, out);
		if (e != WIRE_OK)
			return (e);
	}
	return (pos == len ? WIRE_OK : WIRE_TRAIL);
}
