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

/* See engine_rig_db.h. Part of test programs only. */
#include "config.h"

#include <stdlib.h>

#include "regress/unit/engine_rig_db.h"
#include "regress/unit/store_fix.h"

static struct fix f;

static int64_t
on_fix(const char *sql)
{
	return (fix_sql(&f, sql));
}

void
rig_db_up(struct rig *r, int kind, int mail)
{
	rig_open(r);
	if (kind == ON_PG) {
		fix_init(&f, kind);
		r->dsn = f.dsn;
		r->sql = on_fix;
	}
	r->e.conf.mail = (uint8_t)mail;
	rig_start(r);
	rig_wait(r, &r->db_up);
}

void
rig_db_again(struct rig *r)
{
	rig_stop(r);
	rig_start(r);
	rig_wait(r, &r->db_up);
}

void
rig_db_down(struct rig *r)
{
	int own = r->dsn != NULL;

	rig_down(r);
	if (own)
		fix_free(&f);
}

int
rig_db_main(const char *name, const TTest *const *tests, size_t n)
{
	Suite *s = suite_create(name);
	TCase *tc = test_key_cases(name);
	SRunner *sr;
	size_t i;
	int failed;

	tcase_set_timeout(tc, 60);
	for (i = 0; i < n; i++)
		tcase_add_loop_test(tc, tests[i], 0, fix_kinds());
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
