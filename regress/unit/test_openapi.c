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

/* Unit tests of the fixed texts of src/api: OpenAPI document and metrics. */
#include "config.h"

#include <check.h>
#include <stdio.h>

#include "regress/unit/fake_edge.h"
#include "src/base/clock.h"
#include "src/json/json.h"

static json_t *doc;

static void
setup(void)
{
	json_error_t e;

	doc = json_loadb((const char *)api.openapi_body.p,
	    api.openapi_body.len, JSON_REJECT_DUPLICATES, &e);
	ck_assert_msg(doc != NULL, "%s at %d", e.text, e.position);
}

static void
teardown(void)
{
	json_decref(doc);
}

/* Every reference leads somewhere. */
static void
check_refs(const json_t *j)
{
	const char *ref, *key, *end;
	const json_t *at = doc;
	json_t *v;
	char part[64];
	size_t i;

	if ((ref = json_string_value(json_object_get(j, "$ref"))) != NULL) {
		ck_assert(strncmp(ref, "#/", 2) == 0);
		for (ref += 2; *ref != '\0'; ref = *end ? end + 1 : end) {
			end = ref + strcspn(ref, "/");
			(void)snprintf(part, sizeof(part), "%.*s",
			    (int)(end - ref), ref);
			at = json_object_get(at, part);
			ck_assert_msg(at != NULL, "%s", part);
		}
	}
	json_object_foreach((json_t *)(uintptr_t)j, key, v)
		check_refs(v);
	json_array_foreach(j, i, v)
		check_refs(v);
}

START_TEST(openapi_accepts_every_route)
{
	const struct api_op *op;
	const json_t *o, *r;
	char method[16], status[8];
	size_t i, k;

	ck_assert_str_eq(json_string_value(json_object_get(doc, "openapi")),
	    "3.1.0");
	for (i = 0; i < api_nroutes; i++) {
		if ((op = api_routes[i].schema) == NULL)
			continue;	/* a page */
		(void)snprintf(method, sizeof(method), "%s",
		    http_method_name(api_routes[i].method));
		for (k = 0; method[k] != '\0'; k++)
			method[k] |= 0x20;
		o = json_object_get(json_object_get(json_object_get(doc,
		    "paths"), api_routes[i].path), method);
		ck_assert_msg(o != NULL, "%s", api_routes[i].path);
		ck_assert_str_eq(json_string_value(json_object_get(o,
		    "operationId")), op->id);
		(void)snprintf(status, sizeof(status), "%d", op->success);
		r = json_object_get(o, "responses");
		ck_assert_ptr_nonnull(json_object_get(r, status));
		ck_assert_int_eq(json_object_get(r, "401") != NULL,
		    (api_routes[i].flags & HTTP_R_BEARER) != 0 ||
		    op->own[0] == 401);
		ck_assert_int_eq(json_object_get(o, "requestBody") != NULL,
		    op->body != NULL);
		/* a body schema needs the edge to read a body, and only then */
		ck_assert_int_eq(api_routes[i].body != HTTP_B_NONE,
		    op->body != NULL);
	}
	check_refs(doc);
}
END_TEST

START_TEST(openapi_rejects_unknown_paths)
{
	const char *path;
	json_t *v;
	size_t i;

	json_object_foreach(json_object_get(doc, "paths"), path, v) {
		for (i = 0; i < api_nroutes; i++)
			if (strcmp(api_routes[i].path, path) == 0)
				break;
		ck_assert_msg(i < api_nroutes, "%s", path);
	}
}
END_TEST

START_TEST(openapi_accepts_body_schemas)
{
	const json_t *s;

	s = json_object_get(json_object_get(json_object_get(doc,
	    "components"), "schemas"), "MePatchRequest");
	ck_assert_ptr_nonnull(json_object_get(s, "anyOf"));
	ck_assert_ptr_nonnull(json_object_get(s, "not"));
	ck_assert_ptr_nonnull(json_object_get(json_object_get(s,
	    "dependentRequired"), "email"));
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(
	    json_object_get(s, "properties"), "name"), "maxLength")), 128);
}
END_TEST

static struct shm_worker boards[2];
static struct shm_engine engine;
static struct shm_parent parent;
static const struct shm_worker *workers[] = { &boards[0], NULL, &boards[1] };

static int
row_of(enum http_method method, const char *path)
{
	size_t i;

	for (i = 0; i < api_nroutes; i++)
		if (api_routes[i].method == method &&
		    strcmp(api_routes[i].path, path) == 0)
			return (int)i;
	return -1;
}

static void
has(const struct buf *b, const char *line)
{
	ck_assert_msg(memmem(b->p, b->len, line, strlen(line)) != NULL,
	    "%s not in %.*s", line, (int)b->len, (const char *)b->p);
}

START_TEST(metrics_accepts_sums)
{
	struct buf b = BUF_INIT;

	api.workers = workers;
	api.nworkers = 3;
	api.parent = &parent;
	api.board = &engine;
	api.mine = &boards[0];
	metrics_done(row_of(HTTP_GET, "/auth/me"), HTTP_GET, 200, 700, NULL);
	metrics_done(row_of(HTTP_PATCH, "/auth/me"), HTTP_PATCH, 418, 1, NULL);
	metrics_done(-1, HTTP_OTHER, 405, 20000000, NULL);
	api.mine = &boards[1];
	metrics_done(row_of(HTTP_GET, "/auth/me"), HTTP_GET, 200, 500, NULL);
	metrics_done(9999, (enum http_method)77, -3, -5, NULL);
	shm_add(&engine.logins[LOGIN_BUSY], 3);
	shm_add(&parent.restarts[ROLE_ENGINE], 2);
	shm_set(&parent.nprocs, 1000000);
	shm_set(&parent.proc[3].role, ROLE_WORKER);
	shm_set(&parent.proc[3].pid, 1);
	shm_set(&parent.proc[3].rss_bytes, 4096);
	metrics_text(&b);
	ck_assert_int_eq(b.err, 0);
	has(&b, "moatd_http_requests_total{method=\"GET\",route=\"/auth/me\","
	    "status=\"200\"} 2\n");
	has(&b, "{method=\"PATCH\",route=\"/auth/me\",status=\"other\"} 1\n");
	has(&b, "{method=\"other\",route=\"other\",status=\"405\"} 1\n");
	has(&b, "{method=\"other\",route=\"other\",status=\"other\"} 1\n");
	has(&b, "seconds_bucket{le=\"0.0005\"} 3\n");
	has(&b, "seconds_bucket{le=\"0.001\"} 4\n");
	has(&b, "seconds_bucket{le=\"10\"} 4\n");
	has(&b, "seconds_bucket{le=\"+Inf\"} 5\n");
	has(&b, "moatd_http_request_duration_seconds_sum 20.001201\n");
	has(&b, "moatd_http_request_duration_seconds_count 5\n");
	has(&b, "moatd_logins_total{result=\"busy\"} 3\n");
	has(&b, "moatd_process_restarts_total{role=\"engine\"} 2\n");
	has(&b, "moatd_process_resident_bytes{role=\"worker\"} 4096\n");
	buf_free(&b);
}
END_TEST

START_TEST(metrics_accepts_no_boards)
{
	struct buf b = BUF_INIT;

	api.workers = NULL;
	api.nworkers = 0;
	api.parent = NULL;
	api.board = NULL;
	api.mine = NULL;
	metrics_done(0, HTTP_GET, 200, 1, NULL);
	metrics_text(&b);
	has(&b, "# TYPE moatd_http_requests_total counter\n");
	has(&b, "moatd_hasher_queue_depth 0\n");
	buf_free(&b);
}
END_TEST

static int
health(const char *path)
{
	static struct http_req req;

	memset(&req, 0, sizeof(req));
	req.route = &api_routes[row_of(HTTP_GET, path)];
	req.route->handler(&req);
	ck_assert_int_eq(req.retry[0] != '\0', req.status == 503);
	return req.status;
}

START_TEST(health_rejects_stale_boards)
{
	api.parent = &parent;
	api.board = &engine;
	api.engine_up = 1;
	ck_assert_int_eq(health("/health"), 503);
	shm_set(&parent.ready, 1);
	shm_set(&engine.db_up, 1);
	shm_set(&engine.heartbeat, clock_mono() - 3 * CLOCK_SEC);
	ck_assert_int_eq(health("/health/ready"), 503);
	shm_set(&engine.heartbeat, clock_mono());
	ck_assert_int_eq(health("/health/ready"), 200);
	ck_assert_int_eq(health("/health"), 200);
	shm_set(&engine.db_up, 0);
	ck_assert_int_eq(health("/health/ready"), 503);
	shm_set(&engine.db_up, 1);
	shm_set(&parent.ready, 0);
	ck_assert_int_eq(health("/health"), 503);
	shm_set(&parent.ready, 1);
	api.engine_up = 0;
	ck_assert_int_eq(health("/health"), 503);
	api.parent = NULL;
	ck_assert_int_eq(health("/health/ready"), 503);
	ck_assert_int_eq(health("/health/live"), 200);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("openapi");
	TCase *t = tcase_create("openapi");
	SRunner *r = srunner_create(s);
	int bad;

	memcpy(api.issuer, "https://id.example", 19);
	memcpy(api.version, "1.2", 4);
	if (api_nroutes == 0)
		api_add_routes(api_own, api_nown);
	api_start();
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, openapi_accepts_every_route);
	tcase_add_test(t, openapi_rejects_unknown_paths);
	tcase_add_test(t, openapi_accepts_body_schemas);
	tcase_add_test(t, metrics_accepts_sums);
	tcase_add_test(t, metrics_accepts_no_boards);
	tcase_add_test(t, health_rejects_stale_boards);
	srunner_run_all(r, CK_NORMAL);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad != 0;
}
