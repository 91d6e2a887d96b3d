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
 * Runs in the worker. One small state for each connection whose body is being
 * read; work is linear in the bytes received, whatever their chunks.
 */
#include "config.h"

#include <string.h>

#include "src/http/chunk.h"

enum state { ST_SIZE, ST_EXT, ST_SIZE_LF, ST_DATA, ST_DATA_CR, ST_DATA_LF,
    ST_LINE, ST_NAME, ST_VALUE, ST_VALUE_LF, ST_END_LF, ST_DONE };

static int
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
is_text(uint8_t c)
{
	char ch = (char)c;

	return parse_value(&ch, 1);
}

static int
is_name(uint8_t c)
{
	char ch = (char)c;

	return parse_token(&ch, 1);
}

static enum parse_err
size_byte(struct chunk *k, uint8_t c)
{
	int v = hex(c);

	if (v >= 0) {
		if (++k->digits > 16)
			return PARSE_BAD;
		k->left = k->left * 16 + (uint32_t)v;
		return k->left > PARSE_BODY_MAX - k->total ? PARSE_LARGE :
		    PARSE_MORE;
	}
	if (k->digits == 0)
		return PARSE_BAD;
	if (c == ';')
		k->state = ST_EXT;
	else if (c == '\r')
		k->state = ST_SIZE_LF;
	else
		return PARSE_BAD;
	return PARSE_MORE;
}

static enum parse_err
ext_byte(struct chunk *k, uint8_t c)
{
	if (c == '\r') {
		k->state = ST_SIZE_LF;
		return PARSE_MORE;
	}
	if (!is_text(c) || ++k->ext > CHUNK_EXT_MAX)
		return PARSE_BAD;
	return PARSE_MORE;
}

/* Trailer fields: the same syntax as a head's, and the same bound. */
static enum parse_err
trailer_byte(struct chunk *k, uint8_t c)
{
	if (++k->trailer > PARSE_HEAD_MAX)
		return PARSE_LONG;
	switch (k->state) {
	case ST_LINE:
		if (c == '\r')
			k->state = ST_END_LF;
		else if (is_name(c))
			k->state = ST_NAME;
		else
			return PARSE_BAD;
		return PARSE_MORE;
	case ST_NAME:
		if (c == ':')
			k->state = ST_VALUE;
		else if (!is_name(c))
			return PARSE_BAD;
		return PARSE_MORE;
	default:
		if (c == '\r')
			k->state = ST_VALUE_LF;
		else if (!is_text(c))
			return PARSE_BAD;
		return PARSE_MORE;
	}
}

static enum parse_err
line_feed(struct chunk *k, uint8_t c)
{
	if (c != '\n')
		return PARSE_BAD;
	switch (k->state) {
	case ST_SIZE_LF:
		k->state = k->left > 0 ? ST_DATA : ST_LINE;
		return PARSE_MORE;
	case ST_DATA_LF:
		k->state = ST_SIZE;
		k->digits = 0;
		k->left = 0;
		return PARSE_MORE;
	case ST_VALUE_LF:
		k->state = ST_LINE;
		return PARSE_MORE;
	default:
		k->state = ST_DONE;
		return PARSE_OK;
	}
}

static enum parse_err
one_byte(struct chunk *k, uint8_t c)
{
	switch (k->state) {
	case ST_SIZE:
		return size_byte(k, c);
	case ST_EXT:
		return ext_byte(k, c);
	case ST_DATA_CR:
		k->state = ST_DATA_LF;
		return c == '\r' ? PARSE_MORE : PARSE_BAD;
	case ST_LINE:
	case ST_NAME:
	case ST_VALUE:
		return trailer_byte(k, c);
	default:
		return line_feed(k, c);
	}
}

enum parse_err
chunk_feed(struct chunk *k, const uint8_t *in, size_t n, size_t *used,
    uint8_t *out, size_t *outlen)
{
	enum parse_err err = PARSE_MORE;
	size_t i = 0, take, o = 0;

	if (k->state == ST_DONE)
		err = PARSE_OK;
	while (i < n && err == PARSE_MORE) {
		if (k->state != ST_DATA) {
			err = one_byte(k, in[i++]);
			continue;
		}
		take = n - i < k->left ? n - i : k->left;
		memmove(out + o, in + i, take);
		o += take;
		i += take;
		k->total += (uint32_t)take;
		k->left -= (uint32_t)take;
		if (k->left == 0)
			k->state = ST_DATA_CR;
	}
	*used = i;
	*outlen = o;
	return err;
}
