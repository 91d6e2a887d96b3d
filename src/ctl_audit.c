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
 * Who: moatctl. Holds: nothing. Callers: moatctl.c's table. The export of the
 * audit chain from a running moatd, to standard output.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/clock.h"
#include "src/ctl.h"

#define TEMPLATE	"0000-00-00T00:00:00.000Z"

/* The number of n digits. */
static int
number(const char *s, int n)
{
	int v = 0;

	while (n-- > 0)
		v = v * 10 + (*s++ - '0');
	return (v);
}

/*
 * "2026-01-31", with a time "T12:00:00Z", or one with milliseconds, to µs
 * since 1970. 0; -1: none of these, or no such day.
 */
static int
time_of(const char *s, int64_t *us)
{
	char text[sizeof(TEMPLATE)] = TEMPLATE, again[CLOCK_RFC3339];
	size_t i, n = strlen(s);
	struct tm tm;

	if (n != 10 && n != 20 && n != sizeof(text) - 1)
		return (-1);
	memcpy(text, s, n == 20 ? 19 : n);
	if (n == 20 && s[19] != 'Z')
		return (-1);
	for (i = 0; i < sizeof(text) - 1; i++)
		if (TEMPLATE[i] == '0' ? text[i] < '0' || text[i] > '9' :
		    text[i] != TEMPLATE[i])
			return (-1);
	memset(&tm, 0, sizeof(tm));
	tm.tm_year = number(text, 4) - 1900;
	tm.tm_mon = number(text + 5, 2) - 1;
	tm.tm_mday = number(text + 8, 2);
	tm.tm_hour = number(text + 11, 2);
	tm.tm_min = number(text + 14, 2);
	tm.tm_sec = number(text + 17, 2);
	*us = (int64_t)timegm(&tm) * CLOCK_SEC + number(text + 20, 3) * 1000;
	clock_rfc3339(again, *us);
	return (*us > 0 && strcmp(again, text) == 0 ? 0 : -1);
}

static int
options(int argc, char *argv[], struct msg_ctl_audit_export_req *req)
{
	int64_t *at;
	int i;

	for (i = 0; i < argc; i += 2) {
		if (strcmp(argv[i], "--from") == 0)
			at = &req->from;
		else if (strcmp(argv[i], "--to") == 0)
			at = &req->to;
		else
			return (-1);
		if (i + 1 == argc)
			return (-1);
		if (time_of(argv[i + 1], at) == -1) {
			fprintf(stderr, "moatctl: %s: not a time as "
			    "2026-01-31 or 2026-01-31T12:00:00Z\n",
			    argv[i + 1]);
			return (-1);
		}
	}
	return (0);
}

static int
export(struct ctl *c, int argc, char *argv[])
{
	struct msg_ctl_audit_export_req req = { 0, 0, c->tenant };
	uint16_t type = 0;
	union msg m;
	int rv;

	if (options(argc, argv, &req) == -1)
		return (CTL_USAGE);
	if ((rv = ctl_ask(c, IMSG_CTL_AUDIT_EXPORT_REQ, &req)) != CTL_DONE)
		return (rv);
	for (;;) {
		if ((rv = ctl_next(c, ROLE_ENGINE, &type, &m)) != CTL_DONE)
			return (rv);
		if (type != IMSG_CTL_TEXT_RES)
			break;
		/* Lines of JSON in ASCII: nothing to escape. */
		if (fputs(m.ctl_text_res.text, stdout) == EOF) {
			fprintf(stderr, "moatctl: standard output: %s\n",
			    strerror(errno));
			return (CTL_REFUSED);
		}
	}
	if (type != IMSG_CTL_DONE_RES)
		return (CTL_REFUSED);
	if (m.ctl_done_res.code != 0)
		fprintf(stderr, "moatctl: %s\n", m.ctl_done_res.text);
	return (m.ctl_done_res.code);
}

int
ctl_audit(struct ctl *c, int argc, char *argv[])
{
	if (argc > 0 && strcmp(argv[0], "export") == 0)
		return (export(c, argc - 1, argv + 1));
	if (argc > 0 && strcmp(argv[0], "verify") == 0)
		return (ctl_verify(c, argc - 1, argv + 1));
	return (CTL_USAGE);
}
