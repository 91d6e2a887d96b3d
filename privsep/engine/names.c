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
 * Lists of names for SQL and for the audit. Runs in the engine; holds nothing.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/names.h"

#define DETAIL_MAX	3000	/* bytes of names in an audit entry */

void
names_add_one(struct buf *b, const char *name, size_t len)
{
	size_t i;

	buf_add(b, name, len);
	for (i = len; i < NAMES_CELL; i++)
		buf_addc(b, ' ');
}

int
names_add(struct buf *b, const char *words, unsigned most,
    int (*ok)(const char *))
{
	char name[NAMES_CELL];
	unsigned n = 0;
	size_t len;

	for (; *words != '\0'; words += words[len] == ' ' ? len + 1 : len) {
		len = strcspn(words, " ");
		if (++n > most || len >= sizeof(name))
			return (-1);
		memcpy(name, words, len);
		name[len] = '\0';
		if (!ok(name))
			return (-1);
		names_add_one(b, name, len);
	}
	return (b->err ? -1 : (int)n);
}

void
names_detail(struct buf *b, const char *member, const char *words)
{
	const char *from = words;
	size_t len;

	buf_addf(b, ",\"%s\":[", member);
	for (; *words != '\0'; words += words[len] == ' ' ? len + 1 : len) {
		len = strcspn(words, " ");
		if (words != from)
			buf_addc(b, ',');
		if ((size_t)(words - from) + len > DETAIL_MAX) {
			buf_adds(b, "\"...\"");
			break;
		}
		buf_add_json_n(b, words, len);
	}
	buf_addc(b, ']');
}
