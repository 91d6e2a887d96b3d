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
 * Who: moatctl. Holds: one style sheet, logo or file of texts. Callers:
 * ctl_tenant.c's table. How a tenant's pages look: what the file may hold is
 * the engine's to say.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/ctl_admin.h"

static const char *const names[LOOK__MAX] = {
	[LOOK_THEME] = "theme", [LOOK_LOGO] = "logo", [LOOK_TEXTS] = "texts",
};

/* All of a file, or of standard input: how many bytes, -1: it was said why. */
static long
load(const char *path, uint8_t body[CAP_LOOK + 1])
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	long n = -1;

	if (f != NULL) {
		n = (long)fread(body, 1, CAP_LOOK + 1, f);
		if (ferror(f))
			n = -1;
	}
	if (n == -1)
		fprintf(stderr, "moatctl: %s: %s\n", path, strerror(errno));
	else if (n == 0 || n > CAP_LOOK) {
		fprintf(stderr, "moatctl: %s must have 1 to %d bytes\n", path,
		    CAP_LOOK);
		n = -1;
	}
	if (f != NULL && f != stdin)
		fclose(f);
	return (n);
}

static int
set(struct ctl *c, enum look look, const char *file)
{
	struct msg_look_set_req m = { .look = (uint8_t)look };
	uint8_t *body;
	long n = 0;
	int rv = CTL_REFUSED;

	if ((body = malloc(CAP_LOOK + 1)) == NULL) {
		fprintf(stderr, "moatctl: out of memory\n");
		return (CTL_REFUSED);
	}
	if (file == NULL || (n = load(file, body)) != -1) {
		m.body.p = body;
		m.body.n = (size_t)n;
		rv = ctl_act(c, IMSG_LOOK_SET_REQ, &m, "");
	}
	free(body);
	return (rv);
}

/* A terminal gets no image. */
static int
print(const struct msg_look_res *m)
{
	if (strncmp(m->type, "image/", 6) == 0 && isatty(STDOUT_FILENO)) {
		fprintf(stderr, "moatctl: not writing an image to a "
		    "terminal\n");
		return (CTL_REFUSED);
	}
	fwrite(m->body.p, 1, m->body.n, stdout);
	return (CTL_DONE);
}

static int
show(struct ctl *c, enum look look)
{
	struct msg_look_get_req m = { .look = (uint8_t)look };
	const struct msg_look_res *r;
	uint16_t got;
	union msg res;
	int rv;

	rv = ctl_admin(c, IMSG_LOOK_GET_REQ, &m, &got, &res);
	if (rv != CTL_DONE)
		return (rv);
	if (got != IMSG_LOOK_RES) {
		fprintf(stderr, "moatctl: an answer that is none\n");
		return (CTL_REFUSED);
	}
	r = &res.look_res;
	if (c->json) {
		ctl_print(json_pack("{s:s, s:s, s:s, s:I}", "look",
		    names[look], "type", r->type, "etag", r->etag, "bytes",
		    (json_int_t)r->body.n));
		return (CTL_DONE);
	}
	if (r->body.n > 0)
		return (print(r));
	fprintf(stderr, "moatctl: the tenant has no %s of its own\n",
	    names[look]);
	return (CTL_DONE);
}

static int
run(struct ctl *c, enum look look, int argc, char *argv[])
{
	int reset;

	if (argc < 1 || argc > 2 || *argv[0] == '-')
		return (CTL_USAGE);
	reset = argc == 2 && strcmp(argv[1], "--reset") == 0;
	if (argc == 2 && !reset && strncmp(argv[1], "--", 2) == 0)
		return (CTL_USAGE);
	if (!ctl_tenant_ok(argv[0])) {
		fprintf(stderr, "moatctl: no such tenant\n");
		return (CTL_REFUSED);
	}
	c->tenant = argv[0];
	return (argc == 1 ? show(c, look) :
	    set(c, look, reset ? NULL : argv[1]));
}

int
ctl_theme(struct ctl *c, int argc, char *argv[])
{
	return (run(c, LOOK_THEME, argc, argv));
}

int
ctl_logo(struct ctl *c, int argc, char *argv[])
{
	return (run(c, LOOK_LOGO, argc, argv));
}

int
ctl_texts(struct ctl *c, int argc, char *argv[])
{
	return (run(c, LOOK_TEXTS, argc, argv));
}
