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
 * The export of an audit chain; audit_export.h. Runs in the engine for a
 * control connection. Holds one page. What is exported is fixed when it
 * begins: entries up to one seq, which never change.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "privsep/engine/audit_export.h"
#include "privsep/engine/audit_seal.h"
#include "privsep/engine/op.h"
#include "src/base/log.h"

#define PAGE		256		/* entries */
#define PENDING_MAX	(512 * 1024)	/* bytes; more: wait a little */
#define PAUSE_US	10000
#define CHUNK		60000		/* below the wall's largest text */

struct export {
	struct engine	*eng;
	struct export_to to;
	export_begun	 begun;		/* another asks for the pages */
	void		*begun_arg;
	char		 tenant[65];
	int64_t		 from, until;
	int64_t		 at, last;	/* seq: sent, to be sent */
	int		 headless;	/* the last head could not be signed */
	struct buf	 out;
	struct event	*pause;
};

static void	page(struct export *);

static void
export_end(struct export *x, int code, const char *why)
{
	if (x->begun != NULL)
		x->begun(x->at, x->last, code == 0 ? NULL : why,
		    x->begun_arg);
	else
		x->to.done(code, why, x->to.arg);
	if (x->pause != NULL)
		event_free(x->pause);
	buf_free(&x->out);
	free(x);
}

static void
unavailable(struct export *x)
{
	export_end(x, 1, "the database does not answer");
}

/* ---- pages ---- */

static int
entry_line(struct buf *out, struct buf *detail, const struct store_result *res,
    int q, int row)
{
	char at[CLOCK_RFC3339];
	struct chain_entry a;

	if (seal_entry(&a, res, q, row, at, detail) == -1)
		return (-1);
	a.seq = store_int(res, q, row, 0);
	a.prev = store_text(res, q, row, 10);
	a.hash = store_text(res, q, row, 11);
	return (chain_line(out, &a));
}

/* Those up to seq, from the head'th on; the next, or -1. */
static int
head_lines(struct buf *out, const struct store_result *res, int h, int head,
    int64_t seq)
{
	for (; head < store_rows(res, h) &&
	    store_int(res, h, head, 0) <= seq; head++)
		if (chain_head_line(out, store_text(res, h, head, 1)) == -1)
			return (-1);
	return (head);
}

/* Heads stand behind the entry that they are of. */
int64_t
audit_lines(struct buf *out, const struct store_result *res, int q, int h,
    size_t enough, int64_t upto)
{
	struct buf detail = BUF_INIT;
	int64_t seq = -1;
	int i, head = 0;

	for (i = 0; i < store_rows(res, q) && head != -1; i++) {
		if (entry_line(out, &detail, res, q, i) == -1)
			break;
		seq = store_int(res, q, i, 0);
		head = head_lines(out, res, h, head, seq);
		if (out->len >= enough && head != -1 &&
		    i + 1 < store_rows(res, q)) {
			buf_free(&detail);
			return (seq);
		}
	}
	buf_free(&detail);
	if (i < store_rows(res, q) || head == -1 ||
	    head_lines(out, res, h, head, upto) == -1)
		return (-1);
	return (upto);
}

static void
give(struct export *x)
{
	const char *p = (const char *)x->out.p;
	size_t n, left = x->out.len;

	for (; left > 0; left -= n, p += n) {
		n = left < CHUNK ? left : CHUNK;
		x->to.text(p, n, x->to.arg);
	}
}

static void
on_pause(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	page(arg);
}

static void
on_page(enum store_status status, const struct store_result *res, void *arg)
{
	struct export *x = arg;
	int64_t upto;

	if (status != STORE_OK) {
		unavailable(x);
		return;
	}
	upto = x->last - x->at > PAGE ? x->at + PAGE : x->last;
	buf_reset(&x->out);
	if (audit_lines(&x->out, res, SQL_AUDIT_PAGE__ENTRIES,
	    SQL_AUDIT_PAGE__HEADS, SIZE_MAX, upto) == -1) {
		export_end(x, 1, "out of memory");
		return;
	}
	give(x);
	x->at = upto;
	if (x->at < x->last)
		page(x);
	else
		export_end(x, x->headless, x->headless ? "the last head could "
		    "not be signed: no vault answers" : "");
}

/* Waits while the reader is behind. */
static void
page(struct export *x)
{
	struct timeval tv = { 0, PAUSE_US };
	long pending = x->to.pending(x->to.arg);
	struct sql_audit_page p = {
		.tenant = db_text(x->tenant),
		.after = db_int(x->at),
		.upto = db_int(x->last - x->at > PAGE ? x->at + PAGE :
		    x->last),
	};

	if (pending == -1 || x->eng->stopping)
		export_end(x, 1, "moatd stops");
	else if (pending > PENDING_MAX)
		evtimer_add(x->pause, &tv);
	else
		store_run(x->eng->store, SQL_AUDIT_PAGE, &p, on_page, x);
}

/* ---- what is to be exported ---- */

static void
first_page(struct export *x)
{
	if (x->begun == NULL)
		page(x);
	else
		export_end(x, x->headless, "no vault answers");
}

static void
on_head(int ok, void *arg)
{
	struct export *x = arg;

	x->headless = !ok;
	first_page(x);
}

/* An entry that is not there is for the reader to notice. */
static void
on_at(enum store_status status, const struct store_result *res, void *arg)
{
	const int q = SQL_AUDIT_AT__ENTRY;
	struct export *x = arg;
	const char *hash;

	if (status != STORE_OK)
		unavailable(x);
	else if (store_rows(res, q) > 0 && store_int(res, q, 0, 1) == 0 &&
	    (hash = store_text(res, q, 0, 0)) != NULL)
		seal_head(x->eng, x->tenant, x->last, hash, on_head, x);
	else
		first_page(x);
}

static void
on_range(enum store_status status, const struct store_result *res, void *arg)
{
	struct export *x = arg;
	struct sql_audit_at p = { .tenant = db_text(x->tenant) };
	int64_t first = 1;

	if (status != STORE_OK) {
		unavailable(x);
		return;
	}
	x->last = store_rows(res, SQL_AUDIT_RANGE__CHAIN) > 0 ?
	    store_int(res, SQL_AUDIT_RANGE__CHAIN, 0, 0) : 0;
	if (x->from > 0)
		first = store_int(res, SQL_AUDIT_RANGE__FIRST, 0, 0);
	if (x->until > 0)
		x->last = store_int(res, SQL_AUDIT_RANGE__LAST, 0, 0);
	if (first == 0 || x->last < first) {
		x->at = x->last = 0;
		export_end(x, 0, "");
		return;
	}
	x->at = first - 1;
	p.seq = db_int(x->last);
	store_run(x->eng->store, SQL_AUDIT_AT, &p, on_at, x);
}

static void
on_sealed(int ok, void *arg)
{
	struct export *x = arg;
	struct sql_audit_range p = {
		.tenant = db_text(x->tenant),
		.from = db_int(x->from),
		.to = db_int(x->until),
	};

	if (ok)
		store_run(x->eng->store, SQL_AUDIT_RANGE, &p, on_range, x);
	else
		unavailable(x);
}

static struct export *
export_new(struct engine *e, const char *tenant, int64_t from, int64_t to)
{
	struct export *x;

	if ((x = calloc(1, sizeof(*x))) == NULL ||
	    (x->pause = evtimer_new(e->base, on_pause, x)) == NULL)
		fatalx("out of memory");
	x->eng = e;
	x->from = from;
	x->until = to;
	(void)op_copy(x->tenant, sizeof(x->tenant), tenant);
	return (x);
}

void
audit_export(struct engine *e, const char *tenant, int64_t from, int64_t to,
    const struct export_to *target)
{
	struct export *x = export_new(e, tenant, from, to);

	x->to = *target;
	seal_now(e, on_sealed, x);
}

void
audit_export_begin(struct engine *e, const char *tenant, int64_t from,
    int64_t to, export_begun begun, void *arg)
{
	struct export *x = export_new(e, tenant, from, to);

	x->begun = begun;
	x->begun_arg = arg;
	seal_now(e, on_sealed, x);
}
