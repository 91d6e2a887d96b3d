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

#include "src/base/clock.h"
#include "src/ctl.h"

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
		if (clock_parse(argv[i + 1], at) == -1) {
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
