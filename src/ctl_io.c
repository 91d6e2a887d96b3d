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
 * Who: moatctl. Holds: the connection to the control socket. Callers: the
 * commands. Blocking: there is nothing else to do.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/chan.h"
#include "src/base/log.h"
#include "src/base/utf8.h"
#include "src/ctl.h"

#define ANSWER_S	300	/* a migration may take its time */

/* A path longer than sun_path is reached through its directory. */
static int
address(const char *path, struct sockaddr_un *sun, int *dir)
{
	char a[PATH_MAX], b[PATH_MAX];

	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	*dir = -1;
	if ((size_t)snprintf(sun->sun_path, sizeof(sun->sun_path), "%s",
	    path) < sizeof(sun->sun_path))
		return (0);
	if ((size_t)snprintf(a, sizeof(a), "%s", path) >= sizeof(a)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(b, a, sizeof(b));
	if ((*dir = open(dirname(a), O_PATH | O_DIRECTORY |
	    O_CLOEXEC)) == -1)
		return (-1);
	snprintf(sun->sun_path, sizeof(sun->sun_path), "/proc/self/fd/%d/%.60s",
	    *dir, basename(b));
	return (0);
}

int
ctl_connect(struct ctl *c)
{
	struct timeval tv = { ANSWER_S, 0 };
	struct sockaddr_un sun;
	int dir = -1, rv = CTL_DONE;

	if (address(c->socket, &sun, &dir) == -1 ||
	    (c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv,
	    sizeof(tv)) == -1 ||
	    connect(c->fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		fprintf(stderr, "moatctl: %s: %s\n", c->socket,
		    strerror(errno));
		rv = CTL_UNREACHABLE;
	}
	if (dir != -1)
		close(dir);
	return (rv);
}

int
ctl_ask(struct ctl *c, uint16_t type, const void *msg)
{
	int rv = CTL_DONE;

	if (c->fd == -1)
		rv = ctl_connect(c);
	if (rv == CTL_DONE &&
	    chan_send_blocking(c->fd, type, 1, msg, -1) == -1) {
		fprintf(stderr, "moatctl: %s: %s\n", c->socket,
		    strerror(errno));
		rv = CTL_UNREACHABLE;
	}
	return (rv);
}

int
ctl_next_fd(struct ctl *c, enum role peer, uint16_t *type, union msg *m,
    int *fd)
{
	uint64_t id;

	if (chan_recv_blocking(c->fd, ROLE_CTL, peer, &c->body, type, &id, m,
	    fd) == 0)
		return (CTL_DONE);
	fprintf(stderr, "moatctl: no answer from moatd: %s\n",
	    strerror(errno));
	return (CTL_UNREACHABLE);
}

int
ctl_next(struct ctl *c, enum role peer, uint16_t *type, union msg *m)
{
	int fd, rv;

	rv = ctl_next_fd(c, peer, type, m, &fd);
	if (rv == CTL_DONE && fd != -1)
		close(fd);
	return (rv);
}

int
ctl_run(struct ctl *c, const struct ctl_word *w, int argc, char *argv[])
{
	for (; argc > 0 && w->word != NULL; w++)
		if (strcmp(w->word, argv[0]) == 0)
			return (w->run(c, argc - 1, argv + 1));
	return (CTL_USAGE);
}

int
ctl_confirm(const struct ctl *c, const char *what)
{
	char line[16];

	if (c->yes)
		return (1);
	if (!isatty(STDIN_FILENO)) {
		fprintf(stderr, "moatctl: this is to %s; say --yes where "
		    "nobody can be asked\n", what);
		return (0);
	}
	fprintf(stderr, "This is to %s.\nIt cannot be undone. "
	    "Type yes to go on: ", what);
	if (fgets(line, sizeof(line), stdin) != NULL &&
	    strcmp(line, "yes\n") == 0)
		return (1);
	fprintf(stderr, "moatctl: nothing was done\n");
	return (0);
}

void
ctl_print(json_t *o)
{
	if (o == NULL || json_dumpf(o, stdout, JSON_COMPACT) == -1) {
		fprintf(stderr, "moatctl: out of memory\n");
		exit(CTL_REFUSED);
	}
	putchar('\n');
	json_decref(o);
}

void
ctl_text(const char *text, int lines)
{
	ctl_text_to(stdout, text, lines);
}

void
ctl_text_to(FILE *to, const char *text, int lines)
{
	char safe[4096];
	size_t n;

	while (*text != '\0') {
		n = lines ? strcspn(text, "\n\t") : strlen(text);
		n = utf8_cut(text, n, n < 1000 ? n : 1000);
		log_escape(safe, sizeof(safe), text, n);
		fputs(safe, to);
		text += n;
		if (lines && (*text == '\n' || *text == '\t'))
			putc(*text++, to);
	}
}

int
ctl_end(const struct ctl *c, const struct msg_ctl_done_res *res)
{
	if (c->json)
		ctl_print(json_pack("{s:b, s:i, s:s}", "ok", res->code == 0,
		    "code", res->code, "text", res->text));
	else if (res->code != 0)
		fprintf(stderr, "moatctl: %s\n", res->text);
	else if (*res->text != '\0')
		printf("%s\n", res->text);
	return (res->code);
}

int
ctl_tenant_ok(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return (n > 0 && n < CAP_TENANT && s[n] == '\0' && s[0] != '-');
}
