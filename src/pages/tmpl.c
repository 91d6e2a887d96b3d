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
 * Writes compiled templates. Pure; run by workers. A value is looked for in the
 * row of the list that is being written, then in the page.
 */
#include <string.h>

#include "src/pages/tmpl.h"

#define DEPTH_MAX	8	/* of includes: the build has no cycles */

void
tmpl_escape(struct buf *b, const char *s)
{
	size_t n;

	while (*s != '\0') {
		n = strcspn(s, "&<>\"'");
		buf_add(b, s, n);
		s += n;
		switch (*s) {
		case '&':
			buf_adds(b, "&amp;");
			break;
		case '<':
			buf_adds(b, "&lt;");
			break;
		case '>':
			buf_adds(b, "&gt;");
			break;
		case '"':
			buf_adds(b, "&quot;");
			break;
		case '\'':
			buf_adds(b, "&#39;");
			break;
		default:
			return;
		}
		s++;
	}
}

static const char *
value(const struct tmpl_vals *v, unsigned slot)
{
	const char *s = NULL;

	if (v->row != NULL)
		s = v->row->value[slot];
	if (s == NULL)
		s = v->value[slot];
	return s != NULL ? s : "";
}

static enum page_slot
slot_named(const char *name, size_t n)
{
	unsigned i;

	for (i = 0; i < PAGE_S__MAX; i++) {
		if (strncmp(tmpl_slots[i], name, n) == 0 &&
		    tmpl_slots[i][n] == '\0')
			return (enum page_slot)i;
	}
	return PAGE_S_NONE;
}

void
tmpl_message(struct buf *b, enum page_text key, const struct tmpl_vals *v)
{
	const char *s, *end;
	size_t n;

	s = v->own != NULL ? v->own[key] : NULL;
	if (s == NULL)
		s = v->lang->text[key];
	for (; *s != '\0'; s = end + 1) {
		n = strcspn(s, "{");
		buf_add(b, s, n);
		s += n;
		if (*s == '\0' || (end = strchr(s, '}')) == NULL)
			break;
		buf_adds(b, value(v, slot_named(s + 1,
		    (size_t)(end - s - 1))));
	}
}

static void
escaped_message(struct buf *b, enum page_text key, const struct tmpl_vals *v)
{
	struct buf plain = BUF_INIT;
	const char *s;

	tmpl_message(&plain, key, v);
	if ((s = buf_cstr(&plain)) == NULL)
		b->err = 1;
	else
		tmpl_escape(b, s);
	buf_wipe_free(&plain);
}

static const struct tmpl_row *
next_row(const struct tmpl_row *row, unsigned list)
{
	while (row != NULL && row->list != (enum page_list)list)
		row = row->next;
	return row;
}

/* One that does not jump. */
static void
put(struct buf *b, const struct tmpl_op *op, const struct tmpl_vals *v)
{
	if (op->code == TMPL_TEXT)
		buf_adds(b, op->text);
	else if (op->code == TMPL_SLOT)
		tmpl_escape(b, value(v, op->arg));
	else if (op->code == TMPL_MSG)
		escaped_message(b, (enum page_text)op->arg, v);
	else if (op->code == TMPL_ASSET)
		tmpl_escape(b, v->assets[op->arg]);
}

static void
render(struct buf *b, const struct tmpl_op *ops, struct tmpl_vals *v,
    unsigned depth)
{
	const struct tmpl_op *op = ops;

	while (op->code != TMPL_END) {
		if (op->code == TMPL_INCLUDE && depth < DEPTH_MAX)
			render(b, tmpl_html[op->arg], v, depth + 1);
		else if ((op->code == TMPL_IF &&
		    *value(v, op->arg) == '\0') ||
		    (op->code == TMPL_UNLESS && *value(v, op->arg) != '\0') ||
		    (op->code == TMPL_EACH &&
		    (v->row = next_row(v->rows, op->arg)) == NULL)) {
			op = ops + op->jump;
			continue;
		} else if (op->code == TMPL_NEXT) {
			v->row = next_row(v->row->next, ops[op->arg].arg);
			if (v->row != NULL) {
				op = ops + op->arg + 1;
				continue;
			}
		} else
			put(b, op, v);
		op++;
	}
}

void
tmpl_render(struct buf *b, enum page_html html, struct tmpl_vals *v)
{
	v->row = NULL;
	render(b, tmpl_html[html], v, 0);
}
