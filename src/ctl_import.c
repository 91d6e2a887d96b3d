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
 * Who: moatctl. Holds: the lines whose answers are not there yet, at most
 * CTL_IMPORT_WINDOW. Callers: ctl_user.c. The file may be of any size: it is
 * read as fast as the engine answers. An account that is known already is
 * skipped, so an import that was cut short is run again.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "privsep/wall/chan.h"
#include "src/base/log.h"
#include "src/ctl.h"
#include "src/ctl_import.h"

#define PROGRESS	1000		/* lines, where no one looks */
#define PROGRESS_TTY	50
#define TRIES		500		/* while moatd is busy */
#define WAIT_MS		20

struct run {
	struct ctl	*c;
	const char	*path;
	FILE		*f;
	int		 dry, tty;
	int		 eof;		/* every line was read, and answered */
	unsigned long	 line, done;
	unsigned long	 made, known, bad;
	struct import_line slot[CTL_IMPORT_WINDOW];
	unsigned	 busy;		/* slots in use */
	char		 text[IMPORT_LINE_MAX + 1];
};

/* ---- reports ---- */

static void
say_bad(struct run *r, unsigned long line, const char *path,
    const char *reason)
{
	char what[256], why[512];

	r->bad++;
	r->done++;
	if (r->c->json) {
		ctl_print(json_pack("{s:I, s:s, s:s}", "line",
		    (json_int_t)line, "path", path, "reason", reason));
		return;
	}
	log_escape(what, sizeof(what), path, strlen(path));
	log_escape(why, sizeof(why), reason, strlen(reason));
	fprintf(stderr, "%s%s:%lu: %s%s%s\n", r->tty ? "\r" : "", r->path,
	    line, what, *what != '\0' ? " " : "", why);
}

static void
say_progress(struct run *r)
{
	if (r->c->json || r->done == 0)
		return;
	if (r->tty && r->done % PROGRESS_TTY == 0)
		fprintf(stderr, "\r%lu lines", r->done);
	else if (!r->tty && r->done % PROGRESS == 0)
		fprintf(stderr, "moatctl: %lu lines\n", r->done);
}

static void
say_end(struct run *r, int rv)
{
	if (r->tty && !r->c->json && r->done >= PROGRESS_TTY)
		fprintf(stderr, "\r");
	if (r->c->json)
		ctl_print(json_pack("{s:b, s:b, s:b, s:I, s:I, s:I, s:I}",
		    "ok", rv == CTL_DONE, "dry_run", r->dry, "complete",
		    r->eof, "lines", (json_int_t)r->done, "imported",
		    (json_int_t)r->made, "skipped", (json_int_t)r->known,
		    "bad", (json_int_t)r->bad));
	else
		printf("%lu lines: %lu %s, %lu skipped (username known), "
		    "%lu bad\n", r->done, r->made,
		    r->dry ? "would be imported" : "imported", r->known,
		    r->bad);
	if (!r->eof)
		fprintf(stderr, "moatctl: not complete; run it again: what "
		    "is imported is skipped then\n");
}

/* ---- lines ---- */

/*
 * The next line, without its end. 1; 0 at the end of the file; -1 when it is
 * too long (the rest of it is passed over).
 */
static int
next_line(struct run *r, size_t *n)
{
	int ch, rv = 1;

	for (*n = 0; (ch = getc(r->f)) != EOF && ch != '\n';) {
		if (*n < IMPORT_LINE_MAX)
			r->text[(*n)++] = (char)ch;
		else
			rv = -1;
	}
	if (ch == EOF && *n == 0)
		return (0);
	r->line++;
	return (rv);
}

static int
blank(const char *s, size_t n)
{
	return (n == 0 || (n == 1 && *s == '\r'));
}

static struct import_line *
slot_find(struct run *r, unsigned long number)
{
	size_t i;

	for (i = 0; i < CTL_IMPORT_WINDOW; i++)
		if (r->slot[i].number == number)
			return (&r->slot[i]);
	return (NULL);
}

static void
slot_end(struct run *r, struct import_line *l)
{
	import_line_free(l);
	l->number = 0;
	r->busy--;
}

static int
unreachable(void)
{
	fprintf(stderr, "moatctl: moatd is gone: %s\n", strerror(errno));
	return (CTL_UNREACHABLE);
}

/* The first one connects. */
static int
slot_send(struct run *r, struct import_line *l)
{
	if (chan_send_blocking(r->c->fd, IMSG_CTL_USER_IMPORT_REQ, l->number,
	    &l->msg, -1) == 0)
		return (CTL_DONE);
	return (unreachable());
}

/* Reads and sends until the window is full or the file is at its end. */
static int
fill(struct run *r)
{
	struct import_line *l;
	int got, rv = CTL_DONE;
	size_t n;

	while (rv == CTL_DONE && !r->eof && r->busy < CTL_IMPORT_WINDOW) {
		if ((got = next_line(r, &n)) == 0) {
			r->eof = 1;
			break;
		}
		if (got == -1) {
			say_bad(r, r->line, "", "is longer than 65536 bytes");
			continue;
		}
		if (blank(r->text, n))
			continue;
		l = slot_find(r, 0);
		l->number = r->line;
		l->tries = 0;
		r->busy++;
		if (import_line_parse(l, r->text, n) == -1) {
			say_bad(r, l->number, l->path, l->reason);
			slot_end(r, l);
			continue;
		}
		l->msg.dry_run = (uint8_t)r->dry;
		l->msg.tenant = r->c->tenant;
		rv = slot_send(r, l);
	}
	return (rv);
}

/* ---- answers ---- */

/* Busy is not bad: it is asked again a moment later. */
static int
again(struct run *r, struct import_line *l)
{
	const struct timespec wait = { 0, WAIT_MS * 1000000L };

	if (++l->tries > TRIES) {
		fprintf(stderr, "moatctl: %s:%lu: moatd is too busy, or its "
		    "database is down\n", r->path, l->number);
		return (CTL_REFUSED);
	}
	nanosleep(&wait, NULL);
	return (slot_send(r, l));
}

static int
take(struct run *r, struct import_line *l,
    const struct msg_ctl_user_import_res *m)
{
	switch (m->status) {
	case ST_BUSY:
	case ST_UNAVAILABLE:
		return (again(r, l));
	case ST_OK:
		r->made++;
		r->done++;
		break;
	case ST_USERNAME_TAKEN:
		r->known++;
		r->done++;
		break;
	default:
		say_bad(r, l->number, m->path, *m->reason != '\0' ?
		    m->reason : "cannot be imported: an internal error");
		break;
	}
	say_progress(r);
	slot_end(r, l);
	return (CTL_DONE);
}

static int
receive(struct run *r)
{
	struct import_line *l;
	uint16_t type;
	uint64_t id;
	union msg m;
	int fd;

	if (chan_recv_blocking(r->c->fd, ROLE_CTL, ROLE_ENGINE, &r->c->body,
	    &type, &id, &m, &fd) == -1)
		return (unreachable());
	if (type == IMSG_CTL_DONE_RES) {
		fprintf(stderr, "moatctl: %s\n", m.ctl_done_res.text);
		return (CTL_REFUSED);
	}
	if (type != IMSG_CTL_USER_IMPORT_RES || id == 0 ||
	    (l = slot_find(r, (unsigned long)id)) == NULL) {
		errno = EPROTO;
		return (unreachable());
	}
	return (take(r, l, &m.ctl_user_import_res));
}

static int
run(struct run *r)
{
	size_t i;
	int rv;

	while ((rv = fill(r)) == CTL_DONE && r->busy > 0)
		if ((rv = receive(r)) != CTL_DONE)
			break;
	if (rv == CTL_DONE && ferror(r->f)) {
		fprintf(stderr, "moatctl: %s: %s\n", r->path,
		    strerror(errno));
		rv = CTL_REFUSED;
	}
	for (i = 0; i < CTL_IMPORT_WINDOW; i++)
		if (r->slot[i].number != 0)
			slot_end(r, &r->slot[i]);
	if (rv != CTL_DONE)
		r->eof = 0;
	return (rv == CTL_DONE && r->bad > 0 ? CTL_REFUSED : rv);
}

int
ctl_import(struct ctl *c, int argc, char *argv[])
{
	struct run *r;
	int i, rv;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (CTL_REFUSED);
	r->c = c;
	for (i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--dry-run") == 0)
			r->dry = 1;
		else if (r->path == NULL && *argv[i] != '\0' &&
		    (argv[i][0] != '-' || strcmp(argv[i], "-") == 0))
			r->path = argv[i];
		else
			break;
	}
	rv = CTL_USAGE;
	if (i == argc && r->path != NULL) {
		r->tty = isatty(STDERR_FILENO);
		r->f = strcmp(r->path, "-") == 0 ? stdin :
		    fopen(r->path, "r");
		if (r->f == NULL) {
			fprintf(stderr, "moatctl: %s: %s\n", r->path,
			    strerror(errno));
			rv = CTL_REFUSED;
		} else if ((rv = ctl_connect(c)) == CTL_DONE) {
			rv = run(r);
			say_end(r, rv);
		}
		if (r->f != NULL && r->f != stdin)
			fclose(r->f);
	}
	explicit_bzero(r, sizeof(*r));
	free(r);
	return (rv);
}
