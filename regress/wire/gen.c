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
 * Makes, compares and takes apart messages of any row. Linked by the tests of
 * the wall only.
 */
#include "config.h"

#include <string.h>

#include "regress/wire/gen.h"

uint32_t
gen_rand(void)
{
	static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return ((uint32_t)(state >> 32));
}

static uint64_t
gen_int(const struct msg_field *f, enum gen_how how)
{
	uint64_t v = (uint64_t)gen_rand() << 32 | gen_rand();

	if (how == GEN_FULL)
		v = UINT64_MAX;
	else if (how == GEN_SMALL)
		v = 1;
	if (f->kind == MSG_K_u8)
		v &= 0xff;
	else if (f->kind == MSG_K_u32)
		v &= UINT32_MAX;
	if (f->max == 0)
		return (v);
	return (how == GEN_FULL ? f->max : v % (f->max + 1));
}

/* Bytes of valid UTF-8 without NUL, exactly n of them. */
static void
gen_text(uint8_t *p, size_t n)
{
	static const char *const letters[] = { "a", "Z", "0", " ", "\"",
	    "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x94\x91", "\xd0\xb6" };
	const char *s;
	size_t len;

	while (n > 0) {
		s = letters[gen_rand() % 9];
		len = strlen(s) <= n ? strlen(s) : 1;
		memcpy(p, len == strlen(s) ? s : "x", len);
		p += len;
		n -= len;
	}
}

static void
gen_bytes(struct gen *g, const struct msg_field *f, size_t n, void *member)
{
	struct wire_bin b = { g->room + g->used, n };
	const char *s = (const char *)b.p;
	size_t i;

	if (f->kind == MSG_K_str) {
		gen_text(g->room + g->used, n);
		g->room[g->used + n] = '\0';
		memcpy(member, &s, sizeof(s));
	} else {
		for (i = 0; i < n; i++)
			g->room[g->used + i] = (uint8_t)gen_rand();
		memcpy(member, &b, sizeof(b));
	}
	g->used += n + 1;
}

static size_t
gen_length(const struct msg_field *f, enum gen_how how, size_t room)
{
	size_t most = f->max != 0 && f->max < room ? f->max : room;

	if (how == GEN_FULL)
		return (most);
	if (how == GEN_SMALL)
		return (most < 5 ? most : 5);
	return (gen_rand() % (most + 1));
}

void
gen_msg(struct gen *g, const struct msg_row *row, enum gen_how how,
    union msg *m)
{
	const struct msg_field *f;
	uint8_t *member;
	uint64_t v;
	uint32_t u32;
	size_t i, n, room = row->max - 16 * row->nfields;

	memset(m, 0, sizeof(*m));
	g->used = 0;
	for (i = 0; i < row->nfields; i++) {
		f = &row->fields[i];
		member = (uint8_t *)m + f->off;
		if (f->kind == MSG_K_str || f->kind == MSG_K_bin) {
			n = gen_length(f, how, room);
			room -= n;
			gen_bytes(g, f, n, member);
			continue;
		}
		v = gen_int(f, how);
		u32 = (uint32_t)v;
		if (f->kind == MSG_K_u8)
			*member = (uint8_t)v;
		else if (f->kind == MSG_K_u32)
			memcpy(member, &u32, sizeof(u32));
		else
			memcpy(member, &v, sizeof(v));
	}
}

static int
field_equal(const struct msg_field *f, const void *x, const void *y)
{
	struct wire_bin a, b;
	const char *s, *t;

	switch (f->kind) {
	case MSG_K_str:
		memcpy(&s, x, sizeof(s));
		memcpy(&t, y, sizeof(t));
		return (strcmp(s, t) == 0);
	case MSG_K_bin:
		memcpy(&a, x, sizeof(a));
		memcpy(&b, y, sizeof(b));
		return (a.n == b.n && memcmp(a.p, b.p, a.n) == 0);
	case MSG_K_u8:
		return (memcmp(x, y, 1) == 0);
	case MSG_K_u32:
		return (memcmp(x, y, 4) == 0);
	default:
		return (memcmp(x, y, 8) == 0);
	}
}

int
gen_equal(const struct msg_row *row, const union msg *a, const union msg *b)
{
	size_t i, off;

	for (i = 0; i < row->nfields; i++) {
		off = row->fields[i].off;
		if (!field_equal(&row->fields[i], (const uint8_t *)a + off,
		    (const uint8_t *)b + off))
			return (0);
	}
	return (1);
}

size_t
gen_offset(const struct msg_row *row, const uint8_t *body, size_t i)
{
	size_t k, n, pos = 0;

	for (k = 0; k < i; k++) {
		switch (row->fields[k].kind) {
		case MSG_K_u8:
			pos += 1;
			break;
		case MSG_K_u32:
			pos += 4;
			break;
		case MSG_K_str:
		case MSG_K_bin:
			n = (size_t)body[pos] << 24 |
			    (size_t)body[pos + 1] << 16 |
			    (size_t)body[pos + 2] << 8 | body[pos + 3];
			pos += 4 + n + (row->fields[k].kind == MSG_K_str);
			break;
		default:
			pos += 8;
			break;
		}
	}
	return (pos);
}
