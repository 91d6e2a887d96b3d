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
 * Who: moatctl. Holds: an operator's passphrase, until it was sent. Callers:
 * moatctl.c's table. The commands that begin with `key`.
 */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "privsep/wall/chan.h"
#include "src/base/utf8.h"
#include "src/ctl.h"

#define PASSPHRASE_MIN	12

/* ---- list, rotate, retire ---- */

static const char *
when(char *dst, size_t n, int64_t us)
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;

	if (us == 0 || gmtime_r(&t, &tm) == NULL ||
	    strftime(dst, n, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(dst, n, "-");
	return (dst);
}

static json_t *
json_when(int64_t us)
{
	char text[32];

	if (us == 0)
		return (json_null());
	return (json_string(when(text, sizeof(text), us)));
}

static void
print_key(const struct ctl *c, const struct msg_key_item_res *k)
{
	char made[32], active[32], end[32];

	if (c->json) {
		ctl_print(json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "kid",
		    k->kid, "alg", k->alg, "state", k->state, "createdAt",
		    json_when(k->created_at), "activeAt",
		    json_when(k->active_at), "retireAt",
		    json_when(k->retire_at)));
		return;
	}
	printf("%-43s  %-5s  %-8s  %-20s  %-20s  %s\n", k->kid, k->alg,
	    k->state, when(made, sizeof(made), k->created_at),
	    when(active, sizeof(active), k->active_at),
	    when(end, sizeof(end), k->retire_at));
}

static void
print_rotated(const struct ctl *c, const struct msg_key_res *r)
{
	if (c->json)
		ctl_print(json_pack("{s:s, s:s, s:s}", "kid", r->kid, "alg",
		    r->alg, "retiring", r->retiring));
	else
		printf("%s is active now; %s verifies until its last token "
		    "has ended\n", r->kid, r->retiring);
}

/* ST_NOT_FOUND and the like, for a person. */
static int
refused(const struct ctl *c, const struct msg_error_res *e)
{
	const char *text = e->reason;

	if (*text != '\0')
		;
	else if (e->status == ST_NOT_FOUND)
		text = "no such key";
	else if (e->status == ST_KEY_ACTIVE)
		text = "that key is active: rotate first";
	else
		text = "the engine or the database is not available now";
	if (c->json)
		ctl_print(json_pack("{s:b, s:i, s:s}", "ok", 0, "code",
		    CTL_REFUSED, "text", text));
	else
		fprintf(stderr, "moatctl: %s\n", text);
	return (CTL_REFUSED);
}

/* One answer. next: takes where a list goes on, "" at its end. */
static int
answer(struct ctl *c, char next[CAP_CURSOR + 1])
{
	uint16_t type = 0;
	union msg m;
	int rv;

	for (;;) {
		if ((rv = ctl_next(c, ROLE_ENGINE, &type, &m)) != CTL_DONE)
			return (rv);
		switch (type) {
		case IMSG_KEY_ITEM_RES:
			print_key(c, &m.key_item_res);
			break;
		case IMSG_LIST_END_RES:
			snprintf(next, CAP_CURSOR + 1, "%s",
			    m.list_end_res.next);
			return (CTL_DONE);
		case IMSG_KEY_RES:
			print_rotated(c, &m.key_res);
			return (CTL_DONE);
		case IMSG_DONE_RES:
			if (c->json)
				ctl_print(json_pack("{s:b}", "ok", 1));
			return (CTL_DONE);
		case IMSG_ERROR_RES:
			return (refused(c, &m.error_res));
		case IMSG_CTL_DONE_RES:
			return (ctl_end(c, &m.ctl_done_res));
		}
	}
}

/* The host's own word: no bearer, no address. */
#define OPERATOR	.rid = "", .ip = "", .ua = "", .tenant = c->tenant, \
			.bearer = ""

static int
list(struct ctl *c, int argc, char *argv[])
{
	char next[CAP_CURSOR + 1] = "";
	struct msg_keys_list_req req = { OPERATOR, .limit = 200,
	    .cursor = next };
	int rv;

	(void)argv;
	if (argc != 0)
		return (CTL_USAGE);
	if ((rv = ctl_ask(c, IMSG_KEYS_LIST_REQ, &req)) != CTL_DONE)
		return (rv);
	if (!c->json)
		printf("%-43s  %-5s  %-8s  %-20s  %-20s  %s\n", "KID", "ALG",
		    "STATE", "CREATED", "ACTIVE", "RETIRES");
	while ((rv = answer(c, next)) == CTL_DONE && *next != '\0')
		if (chan_send_blocking(c->fd, IMSG_KEYS_LIST_REQ, 1, &req,
		    -1) == -1)
			return (CTL_UNREACHABLE);
	return (rv);
}

static int
rotate(struct ctl *c, int argc, char *argv[])
{
	struct msg_key_rotate_req req = { OPERATOR, .alg = "ES256" };
	char next[CAP_CURSOR + 1];
	int rv;

	if (argc > 1)
		return (CTL_USAGE);
	if (argc == 1)
		req.alg = argv[0];
	if (strcmp(req.alg, "ES256") != 0 && strcmp(req.alg, "EdDSA") != 0 &&
	    strcmp(req.alg, "RS256") != 0) {
		fprintf(stderr, "moatctl: no such algorithm: ES256, EdDSA or "
		    "RS256\n");
		return (CTL_USAGE);
	}
	if ((rv = ctl_ask(c, IMSG_KEY_ROTATE_REQ, &req)) != CTL_DONE)
		return (rv);
	return (answer(c, next));
}

static int
retire(struct ctl *c, int argc, char *argv[])
{
	struct msg_key_retire_req req = { OPERATOR, .kid = "" };
	char next[CAP_CURSOR + 1];
	int rv;

	if (argc != 1)
		return (CTL_USAGE);
	if (!utf8_valid(argv[0], strlen(argv[0])) ||
	    strlen(argv[0]) > CAP_KID) {
		fprintf(stderr, "moatctl: no such key\n");
		return (CTL_REFUSED);
	}
	if (!ctl_confirm(c, "end every token that this key signed"))
		return (CTL_REFUSED);
	req.kid = argv[0];
	if ((rv = ctl_ask(c, IMSG_KEY_RETIRE_REQ, &req)) != CTL_DONE)
		return (rv);
	return (answer(c, next));
}

/* ---- export, import ---- */

/* One line without its end. 0; -1. */
static int
read_line(int fd, char dst[CAP_PASSWORD + 1])
{
	size_t n = 0;
	ssize_t r;

	while (n < CAP_PASSWORD && (r = read(fd, dst + n, 1)) != 0) {
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return (-1);
		if (dst[n] == '\n')
			break;
		n++;
	}
	while (n > 0 && dst[n - 1] == '\r')
		n--;
	dst[n] = '\0';
	return (n > 0 && strlen(dst) == n && utf8_valid(dst, n) ? 0 : -1);
}

/* At the terminal, without echo. */
static int
prompt(const char *text, char dst[CAP_PASSWORD + 1])
{
	struct termios old, quiet;
	int fd, rv;

	if ((fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) == -1 ||
	    tcgetattr(fd, &old) == -1)
		return (-1);
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	dprintf(fd, "%s: ", text);
	tcsetattr(fd, TCSAFLUSH, &quiet);
	rv = read_line(fd, dst);
	tcsetattr(fd, TCSAFLUSH, &old);
	dprintf(fd, "\n");
	close(fd);
	return (rv);
}

static int
prompt_twice(char dst[CAP_PASSWORD + 1])
{
	char again[CAP_PASSWORD + 1];
	int rv = -1;

	if (prompt("Passphrase", dst) == 0 &&
	    prompt("The same again", again) == 0) {
		if ((rv = strcmp(dst, again) == 0 ? 0 : -1) == -1)
			fprintf(stderr, "moatctl: they differ\n");
	}
	explicit_bzero(again, sizeof(again));
	return (rv);
}

/* From a file, from standard input when that is no terminal, or by asking. */
static int
passphrase(const char *path, int twice, char dst[CAP_PASSWORD + 1])
{
	int fd, rv;

	if (path != NULL) {
		if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
			fprintf(stderr, "moatctl: %s: %s\n", path,
			    strerror(errno));
			return (-1);
		}
		rv = read_line(fd, dst);
		close(fd);
	} else if (!isatty(STDIN_FILENO))
		rv = read_line(STDIN_FILENO, dst);
	else
		rv = twice ? prompt_twice(dst) : prompt("Passphrase", dst);
	if (rv == -1)
		fprintf(stderr, "moatctl: no passphrase\n");
	else if (twice && strlen(dst) < PASSPHRASE_MIN) {
		fprintf(stderr, "moatctl: a passphrase has %d characters or "
		    "more\n", PASSPHRASE_MIN);
		rv = -1;
	}
	return (rv);
}

/* FILE [--passphrase-file P], in any order. */
static int
arguments(int argc, char *argv[], const char **file, const char **secret)
{
	int i;

	*file = *secret = NULL;
	for (i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--passphrase-file") == 0) {
			if (++i == argc)
				return (CTL_USAGE);
			*secret = argv[i];
		} else if (*file == NULL && argv[i][0] != '-')
			*file = argv[i];
		else
			return (CTL_USAGE);
	}
	return (*file == NULL ? CTL_USAGE : CTL_DONE);
}

/* The parent answers; fd is taken over. */
static int
move(struct ctl *c, uint16_t type, const char *secret, int fd)
{
	/* Both requests have this one field. */
	struct msg_ctl_key_export_req req = { secret };
	uint16_t got = 0;
	union msg m;
	int rv;

	if (chan_send_blocking(c->fd, type, 1, &req, fd) == -1) {
		fprintf(stderr, "moatctl: %s: %s\n", c->socket,
		    strerror(errno));
		return (CTL_UNREACHABLE);
	}
	do {
		if ((rv = ctl_next(c, ROLE_PARENT, &got, &m)) != CTL_DONE)
			return (rv);
	} while (got != IMSG_CTL_DONE_RES);
	return (ctl_end(c, &m.ctl_done_res));
}

static int
export(struct ctl *c, int argc, char *argv[])
{
	char secret[CAP_PASSWORD + 1];
	const char *file, *from;
	int fd, rv;

	if ((rv = arguments(argc, argv, &file, &from)) != CTL_DONE ||
	    (rv = ctl_connect(c)) != CTL_DONE)
		return (rv);
	if ((fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600)) == -1) {
		fprintf(stderr, "moatctl: %s: %s\n", file, strerror(errno));
		return (CTL_REFUSED);
	}
	rv = CTL_REFUSED;
	if (passphrase(from, 1, secret) == 0)
		rv = move(c, IMSG_CTL_KEY_EXPORT_REQ, secret, fd);
	else
		close(fd);
	explicit_bzero(secret, sizeof(secret));
	if (rv != CTL_DONE)
		unlink(file);
	return (rv);
}

/* Without a moatd that runs, moatd itself does it, before its first start. */
static int
import_alone(const struct ctl *c, const char *file, const char *secret)
{
	char path[4096];
	int in[2], status;
	pid_t pid;

	ctl_moatd(path, sizeof(path));
	/* The pipe holds it, so that a child that ends early harms nobody. */
	if (pipe(in) == -1 || dprintf(in[1], "%s\n", secret) < 0 ||
	    fflush(stdout) == EOF || (pid = fork()) == -1) {
		fprintf(stderr, "moatctl: %s\n", strerror(errno));
		return (CTL_REFUSED);
	}
	if (pid == 0) {
		dup2(in[0], STDIN_FILENO);
		close(in[0]);
		close(in[1]);
		if (c->json)
			dup2(STDERR_FILENO, STDOUT_FILENO);
		execl(path, "moatd", "-i", file, (char *)NULL);
		fprintf(stderr, "moatctl: %s: %s\n", path, strerror(errno));
		_exit(127);
	}
	close(in[0]);
	close(in[1]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	status = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (c->json)
		ctl_print(json_pack("{s:b, s:i, s:s}", "ok", status, "code",
		    status ? CTL_DONE : CTL_REFUSED, "text", ""));
	return (status ? CTL_DONE : CTL_REFUSED);
}

static int
import(struct ctl *c, int argc, char *argv[])
{
	char secret[CAP_PASSWORD + 1];
	const char *file, *from;
	int fd, rv;

	if ((rv = arguments(argc, argv, &file, &from)) != CTL_DONE)
		return (rv);
	if ((fd = open(file, O_RDONLY | O_CLOEXEC)) == -1) {
		fprintf(stderr, "moatctl: %s: %s\n", file, strerror(errno));
		return (CTL_REFUSED);
	}
	rv = CTL_REFUSED;
	if (passphrase(from, 0, secret) == -1)
		close(fd);
	else if (ctl_connect(c) == CTL_DONE)
		rv = move(c, IMSG_CTL_KEY_IMPORT_REQ, secret, fd);
	else {
		close(fd);
		fprintf(stderr, "moatctl: moatd does not run: into its keys/ "
		    "for the next start\n");
		rv = import_alone(c, file, secret);
	}
	explicit_bzero(secret, sizeof(secret));
	return (rv);
}

static const struct ctl_word commands[] = {
	{ "list", list },
	{ "rotate", rotate },
	{ "retire", retire },
	{ "export", export },
	{ "import", import },
	{ NULL, NULL }
};

int
ctl_key(struct ctl *c, int argc, char *argv[])
{
	return (ctl_run(c, commands, argc, argv));
}
