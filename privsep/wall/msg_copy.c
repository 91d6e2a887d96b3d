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
 * Copies of messages, by the table: every field of the row, its text or bytes
 * behind the struct. Linked by every process; used where an answer has to
 * wait. A message may carry a password, so the copy is wiped when it goes.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "privsep/wall/msg.h"

struct held {
	size_t		 size;
	union msg	 m;
	char		 text[];
};

static const char *
text_at(const union msg *m, const struct msg_field *f)
{
	const char *s;

	memcpy(&s, (const char *)m + f->off, sizeof(s));
	return (s != NULL ? s : "");
}

static struct wire_bin
bin_at(const union msg *m, const struct msg_field *f)
{
	struct wire_bin b;

	memcpy(&b, (const char *)m + f->off, sizeof(b));
	return (b);
}

static size_t
text_size(const struct msg_row *row, const union msg *m)
{
	size_t i, n = 0;

	for (i = 0; i < row->nfields; i++)
		if (row->fields[i].kind == MSG_K_str)
			n += strlen(text_at(m, &row->fields[i])) + 1;
		else if (row->fields[i].kind == MSG_K_bin)
			n += bin_at(m, &row->fields[i]).n;
	return (n);
}

/* Returns where the next text goes. */
static char *
field_copy(struct held *h, const union msg *m, const struct msg_field *f,
    char *to)
{
	char *at = (char *)&h->m + f->off;
	struct wire_bin b;
	const char *s;
	size_t n;

	if (f->kind == MSG_K_str) {
		s = text_at(m, f);
		n = strlen(s) + 1;
		memcpy(to, s, n);
		memcpy(at, &to, sizeof(to));
		return (to + n);
	}
	if (f->kind != MSG_K_bin)
		return (to);		/* it came with the struct */
	b = bin_at(m, f);
	if (b.n > 0)
		memcpy(to, b.p, b.n);
	b.p = (const uint8_t *)to;
	memcpy(at, &b, sizeof(b));
	return (to + b.n);
}

union msg *
msg_copy(const struct msg_row *row, const union msg *m)
{
	size_t i, size = sizeof(struct held) + text_size(row, m);
	struct held *h;
	char *to;

	if ((h = malloc(size)) == NULL)
		return (NULL);
	h->size = size;
	memcpy(&h->m, m, sizeof(h->m));
	to = h->text;
	for (i = 0; i < row->nfields; i++)
		to = field_copy(h, m, &row->fields[i], to);
	return (&h->m);
}

void
msg_copy_free(union msg *m)
{
	struct held *h;

	if (m == NULL)
		return;
	h = (struct held *)(void *)((char *)m - offsetof(struct held, m));
	explicit_bzero(h, h->size);
	free(h);
}
