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
 * GET /metrics (API.md section 2; Prometheus text format 0.0.4). Run by
 * workers: each counts in its own board without a locked instruction, and a
 * scrape sums the boards of all, so that it costs the others nothing.
 */
#include <stddef.h>
#include <string.h>

#include "privsep/wall/role.h"
#include "src/api/call.h"

#define ROUTE_OTHER	(SHM_ROUTES - 1)
#define METHOD_OTHER	(SHM_METHODS - 1)
#define NBUCKETS	(sizeof(bounds) / sizeof(bounds[0]))
#define METRICS_TYPE	"text/plain; version=0.0.4; charset=utf-8"

/* Upper bounds, in µs and as Prometheus reads them. */
static const struct {
	int64_t		 us;
	const char	*le;
} bounds[] = {
	{ 500, "0.0005" }, { 1000, "0.001" }, { 2500, "0.0025" },
	{ 5000, "0.005" }, { 10000, "0.01" }, { 25000, "0.025" },
	{ 50000, "0.05" }, { 100000, "0.1" }, { 250000, "0.25" },
	{ 500000, "0.5" }, { 1000000, "1" }, { 2500000, "2.5" },
	{ 5000000, "5" }, { 10000000, "10" },
};
_Static_assert(NBUCKETS < SHM_BUCKETS, "the last bucket is +Inf");

/* Columns of the board; the last one stands for any other status. */
static const short statuses[] = { 200, 201, 202, 204, 206, 301, 302, 303,
    304, 307, 400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 414, 415,
    417, 429, 431, 500, 501, 502, 503, 504, 0 };
#define NSTATUSES	(sizeof(statuses) / sizeof(statuses[0]))
_Static_assert(NSTATUSES <= SHM_STATUSES, "the board has too few columns");

static const char *const logins[LOGIN__MAX] = {
	[LOGIN_SUCCESS] = "success", [LOGIN_FAILURE] = "failure",
	[LOGIN_MFA] = "mfa", [LOGIN_BUSY] = "busy",
	[LOGIN_THROTTLED] = "throttled",
};
static const char *const grants[GRANT__MAX] = {
	[GRANT_PASSWORD] = "password", [GRANT_REFRESH] = "refresh_token",
	[GRANT_CODE] = "authorization_code",
	[GRANT_CLIENT] = "client_credentials",
	[GRANT_DEVICE] = "device_code", [GRANT_EXCHANGE] = "token_exchange",
};

static unsigned
status_column(int status)
{
	unsigned i;

	for (i = 0; i < NSTATUSES - 1; i++)
		if (statuses[i] == status)
			break;
	return i;
}

void
metrics_done(int route, enum http_method method, int status,
    int64_t duration_us, void *arg)
{
	struct shm_worker *w = api.mine;
	unsigned b = 0;

	(void)arg;
	if (w == NULL)
		return;
	if (route < 0 || route >= ROUTE_OTHER)
		route = ROUTE_OTHER;
	if ((unsigned)method > METHOD_OTHER)
		method = METHOD_OTHER;
	shm_inc(&w->requests[route][method][status_column(status)]);
	if (duration_us < 0)
		duration_us = 0;
	while (b < NBUCKETS && duration_us > bounds[b].us)
		b++;
	shm_inc(&w->buckets[b]);
	shm_inc(&w->count);
	atomic_store_explicit(&w->duration_us,
	    atomic_load_explicit(&w->duration_us, memory_order_relaxed) +
	    (uint64_t)duration_us, memory_order_relaxed);
}

/* Sum of one counter of every worker's board, by its offset. */
static uint64_t
sum(size_t off)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < api.nworkers; i++)
		if (api.workers[i] != NULL)
			total += shm_get((const shm_u64 *)(const void *)
			    ((const char *)api.workers[i] + off));
	return total;
}

static void
head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_addf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* The path that row r counts for; NULL for a row that an earlier one with
 * the same path speaks for: no series may stand twice. */
static const char *
route_label(unsigned r)
{
	unsigned i;

	if (r == ROUTE_OTHER)
		return "other";
	if (r >= api_nroutes)
		return NULL;
	for (i = 0; i < r; i++)
		if (strcmp(api_routes[i].path, api_routes[r].path) == 0)
			return NULL;
	return api_routes[r].path;
}

static uint64_t
requests(const char *path, unsigned r, unsigned m, unsigned s)
{
	uint64_t n = 0;

	do {
		n += sum(offsetof(struct shm_worker, requests) +
		    ((r * SHM_METHODS + m) * SHM_STATUSES + s) *
		    sizeof(shm_u64));
		while (++r < api_nroutes &&
		    strcmp(api_routes[r].path, path) != 0)
			;
	} while (r < api_nroutes);
	return n;
}

static void
add_requests_of(struct buf *b, const char *path, unsigned r, unsigned m)
{
	uint64_t n;
	unsigned s;

	for (s = 0; s < NSTATUSES; s++) {
		if ((n = requests(path, r, m, s)) == 0)
			continue;
		buf_addf(b, "moatd_http_requests_total{method=\"%s\","
		    "route=\"%s\",status=\"", m == METHOD_OTHER ? "other" :
		    http_method_name((enum http_method)m), path);
		if (s == NSTATUSES - 1)
			buf_adds(b, "other");
		else
			buf_addu(b, (uint64_t)statuses[s]);
		buf_adds(b, "\"} ");
		buf_addu(b, n);
		buf_addc(b, '\n');
	}
}

static void
add_requests(struct buf *b)
{
	const char *path;
	unsigned r, m;

	head(b, "moatd_http_requests_total", "counter",
	    "Requests answered, by method, route and status.");
	for (r = 0; r < SHM_ROUTES; r++)
		if ((path = route_label(r)) != NULL)
			for (m = 0; m < SHM_METHODS; m++)
				add_requests_of(b, path, r, m);
}

static void
add_durations(struct buf *b)
{
	uint64_t n = 0, us;
	unsigned i;

	head(b, "moatd_http_request_duration_seconds", "histogram",
	    "Time from a request's first byte to its answer's last.");
	for (i = 0; i <= NBUCKETS; i++) {
		n += sum(offsetof(struct shm_worker, buckets) +
		    i * sizeof(shm_u64));
		buf_addf(b, "moatd_http_request_duration_seconds_bucket"
		    "{le=\"%s\"} %llu\n", i < NBUCKETS ? bounds[i].le :
		    "+Inf", (unsigned long long)n);
	}
	us = sum(offsetof(struct shm_worker, duration_us));
	buf_addf(b, "moatd_http_request_duration_seconds_sum %llu.%06llu\n",
	    (unsigned long long)(us / 1000000),
	    (unsigned long long)(us % 1000000));
	/* of one moment with the buckets: +Inf must equal the count */
	buf_addf(b, "moatd_http_request_duration_seconds_count %llu\n",
	    (unsigned long long)n);
}

static void
add_engine(struct buf *b)
{
	const struct shm_engine *e = api.board;
	unsigned i;

	head(b, "moatd_logins_total", "counter", "Logins tried, by result.");
	for (i = 0; i < LOGIN__MAX; i++)
		buf_addf(b, "moatd_logins_total{result=\"%s\"} %llu\n",
		    logins[i], e != NULL ?
		    (unsigned long long)shm_get(&e->logins[i]) : 0ULL);
	head(b, "moatd_tokens_issued_total", "counter",
	    "Access tokens issued, by grant.");
	for (i = 0; i < GRANT__MAX; i++)
		buf_addf(b, "moatd_tokens_issued_total{grant=\"%s\"} %llu\n",
		    grants[i], e != NULL ?
		    (unsigned long long)shm_get(&e->tokens[i]) : 0ULL);
	head(b, "moatd_hasher_queue_depth", "gauge",
	    "Password hashes waiting or running.");
	buf_addf(b, "moatd_hasher_queue_depth %u\n",
	    e != NULL ? shm_get(&e->hasher_queue) : 0);
	head(b, "moatd_clock_steps_total", "counter",
	    "Times that the wall clock was set, by five seconds or more.");
	buf_addf(b, "moatd_clock_steps_total %llu\n",
	    e != NULL ? (unsigned long long)shm_get(&e->clock_steps) : 0ULL);
}

static void
add_processes(struct buf *b)
{
	const struct shm_parent *p = api.parent;
	uint64_t rss[ROLE__MAX] = { 0 };
	unsigned i, role, n, last;

	n = p != NULL ? shm_get(&p->nprocs) : 0;
	for (i = 0; i < n && i < SHM_PROCS; i++) {
		role = shm_get(&p->proc[i].role);
		if (role < ROLE__MAX && shm_get(&p->proc[i].pid) != 0)
			rss[role] += shm_get(&p->proc[i].rss_bytes);
	}
	/* There need not be a mailer. */
	last = rss[ROLE_MAILER] != 0 ? ROLE_MAILER : ROLE_WORKER;
	head(b, "moatd_process_restarts_total", "counter",
	    "Processes restarted after they died, by role.");
	for (i = ROLE_VAULT; i <= last; i++)
		buf_addf(b, "moatd_process_restarts_total{role=\"%s\"} %llu\n",
		    role_name((enum role)i), p != NULL ?
		    (unsigned long long)shm_get(&p->restarts[i]) : 0ULL);
	head(b, "moatd_process_resident_bytes", "gauge",
	    "Resident memory, summed by role.");
	for (i = ROLE_PARENT; i <= last; i++)
		buf_addf(b, "moatd_process_resident_bytes{role=\"%s\"} %llu\n",
		    role_name((enum role)i), (unsigned long long)rss[i]);
}

void
metrics_text(struct buf *b)
{
	add_requests(b);
	add_durations(b);
	add_engine(b);
	add_processes(b);
}

void
metrics_get(struct http_req *req)
{
	struct buf b = BUF_INIT;

	if (!api_plain(req))
		return;
	metrics_text(&b);
	if (b.err)
		http_reply_error(req, 500, "internal_error",
		    "Internal error");
	else
		http_reply(req, 200, METRICS_TYPE, b.p, b.len);
	buf_free(&b);
}
