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
 * What an operation found. Runs in the engine, for the answers and the
 * drivers; a result lives until the callback of its operation returns.
 * Asking for a row or column that is not there is an own bug: fatal().
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "privsep/store/store_int.h"
#include "src/base/log.h"

struct store_result *
result_new(int nstmt)
{
	struct store_result *res;

	res = calloc(1, sizeof(*res) + (size_t)nstmt * sizeof(res->stmt[0]));
	if (res != NULL)
		res->nstmt = nstmt;
	return (res);
}

void
result_free(struct store_result *res)
{
	struct stmt_res *s;
	int i;

	if (res == NULL)
		return;
	for (i = 0; i < res->nstmt; i++) {
		s = &res->stmt[i];
		free(s->cell);
		if (s->release != NULL)
			s->release(s->owner);
	}
	free(res);
}

static const struct stmt_res *
find(const struct store_result *res, int stmt)
{
	if (res == NULL || stmt < 0 || stmt >= res->nstmt)
		fatalx("store: result has no statement %d", stmt);
	return (&res->stmt[stmt]);
}

int
store_rows(const struct store_result *res, int stmt)
{
	return (find(res, stmt)->rows);
}

int
store_changed(const struct store_result *res, int stmt)
{
	return (find(res, stmt)->changed);
}

const char *
store_text(const struct store_result *res, int stmt, int row, int col)
{
	const struct stmt_res *s = find(res, stmt);

	if (row < 0 || row >= s->rows || col < 0 || col >= s->cols)
		fatalx("store: statement %d has no row %d column %d", stmt, row,
		    col);
	return (s->cell[(size_t)row * (size_t)s->cols + (size_t)col]);
}

int64_t
store_int(const struct store_result *res, int stmt, int row, int col)
{
	const char *s = store_text(res, stmt, row, col);

	if (s == NULL)
		return (0);
	if (strcmp(s, "t") == 0) /* PostgreSQL's boolean */
		return (1);
	return (strtoll(s, NULL, 10));
}

int
store_isnull(const struct store_result *res, int stmt, int row, int col)
{
	return (store_text(res, stmt, row, col) == NULL);
}
