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
 * Who: moatctl. Holds: a password or a copy of the store, until it was handed
 * to the operator. Callers: moatctl.c's table. What the super admin's place,
 * all sessions and the embedded store as a whole are about.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/utf8.h"
#include "src/ctl.h"

/* Arguments that may be names: texts of the wall. */
static int
text_ok(const char *s, size_t cap)
{
	if (*s != '\0' && strlen(s) <= cap && utf8_valid(s, strlen(s)))
		return (1);
	fprintf(stderr, "moatctl: not a name: an argument is empty, too long "
	    "or not UTF-8\n");
	return (0);
}

static void
password_print(const struct ctl *c, const struct msg_ctl_password_res *m)
{
	if (c->json) {
		ctl_print(json_pack("{s:s, s:s}", "username", m->username,
		    "password", m->password));
		return;
	}
	printf("password of ");
	ctl_text(m->username, 0);
	printf(": %s\n", m->password);
}

/* The answers of one request, to its end. */
static int
answers(struct ctl *c)
{
	uint16_t type = 0;
	union msg m;
	int rv, shown = 0;

	for (;;) {
		if ((rv = ctl_next(c, ROLE_ENGINE, &type, &m)) != CTL_DONE)
			return (rv);
		if (type == IMSG_CTL_DONE_RES)
			break;
		if (type == IMSG_CTL_PASSWORD_RES) {
			password_print(c, &m.ctl_password_res);
			shown = 1;
		}
	}
	if (shown && m.ctl_done_res.code == CTL_DONE)
		return (CTL_DONE);
	return (ctl_end(c, &m.ctl_done_res));
}

static int
create(struct ctl *c, int argc, char *argv[])
{
	struct msg_ctl_superadmin_create_req req;
	int rv;

	if (argc != 2 || argv[0][0] == '-' || argv[1][0] == '-')
		return (CTL_USAGE);
	if (!text_ok(argv[0], CAP_USERNAME) || !text_ok(argv[1], CAP_EMAIL))
		return (CTL_REFUSED);
	req.username = argv[0];
	req.email = argv[1];
	if ((rv = ctl_ask(c, IMSG_CTL_SUPERADMIN_CREATE_REQ, &req)) !=
	    CTL_DONE)
		return (rv);
	return (answers(c));
}

static int
transfer(struct ctl *c, int argc, char *argv[])
{
	struct msg_ctl_superadmin_transfer_req req;
	int rv;

	if (argc != 1 || argv[0][0] == '-')
		return (CTL_USAGE);
	if (!text_ok(argv[0], CAP_USERNAME))
		return (CTL_REFUSED);
	if (!ctl_confirm(c, "make another user the super admin, the holder "
	    "until now an admin"))
		return (CTL_REFUSED);
	req.user = argv[0];
	if ((rv = ctl_ask(c, IMSG_CTL_SUPERADMIN_TRANSFER_REQ, &req)) !=
	    CTL_DONE)
		return (rv);
	return (answers(c));
}

static int
reset(struct ctl *c, int argc, char *argv[])
{
	struct msg_ctl_superadmin_reset_req req = { 0 };
	int rv;

	(void)argv;
	if (argc != 0)
		return (CTL_USAGE);
	if (!ctl_confirm(c, "give the super admin a new password, with no "
	    "second factor, and end all its sessions"))
		return (CTL_REFUSED);
	if ((rv = ctl_ask(c, IMSG_CTL_SUPERADMIN_RESET_REQ, &req)) !=
	    CTL_DONE)
		return (rv);
	return (answers(c));
}

int
ctl_superadmin(struct ctl *c, int argc, char *argv[])
{
	static const struct ctl_word commands[] = {
		{ "create", create },
		{ "transfer", transfer },
		{ "reset", reset },
		{ NULL, NULL }
	};

	return (ctl_run(c, commands, argc, argv));
}

int
ctl_revoke_all(struct ctl *c, int argc, char *argv[])
{
	struct msg_ctl_revoke_all_req req = { 0 };
	int rv;

	(void)argv;
	if (argc != 0)
		return (CTL_USAGE);
	if (!ctl_confirm(c, "end every session and kill every token of "
	    "everybody"))
		return (CTL_REFUSED);
	if ((rv = ctl_ask(c, IMSG_CTL_REVOKE_ALL_REQ, &req)) != CTL_DONE)
		return (rv);
	return (answers(c));
}

/* ---- backup ---- */

static int
write_all(int fd, const char *p, size_t n)
{
	ssize_t done;

	for (; n > 0; p += done, n -= (size_t)done)
		if ((done = write(fd, p, n)) == -1)
			return (-1);
	return (0);
}

/* The whole of from into to, on the disk. */
static int
copy(int from, int to, uint64_t size)
{
	char piece[65536];
	uint64_t sum = 0;
	ssize_t n;

	while ((n = read(from, piece, sizeof(piece))) > 0) {
		if (write_all(to, piece, (size_t)n) == -1)
			return (-1);
		sum += (uint64_t)n;
	}
	explicit_bzero(piece, sizeof(piece));
	if (n == 0 && sum != size) {
		errno = EIO;
		return (-1);
	}
	return (n == -1 ? -1 : fsync(to));
}

static int
backup_write(const char *path, int to, int from, uint64_t size)
{
	int saved;

	if (copy(from, to, size) == 0)
		return (CTL_DONE);
	saved = errno;
	(void)unlink(path);
	fprintf(stderr, "moatctl: %s: %s\n", path, strerror(saved));
	return (CTL_REFUSED);
}

/* What the engine answers, into fd, which nobody else can have opened. */
static int
backup_take(struct ctl *c, const char *path, int fd)
{
	struct msg_ctl_backup_req req = { 0 };
	uint16_t type = 0;
	union msg m;
	int rv, from, got = 0;

	if ((rv = ctl_ask(c, IMSG_CTL_BACKUP_REQ, &req)) != CTL_DONE)
		return (rv);
	while (type != IMSG_CTL_DONE_RES) {
		if ((rv = ctl_next_fd(c, ROLE_ENGINE, &type, &m, &from)) !=
		    CTL_DONE)
			return (rv);
		if (type == IMSG_CTL_FILE_RES && from != -1 && !got) {
			rv = backup_write(path, fd, from,
			    m.ctl_file_res.size);
			close(from);
			if (rv != CTL_DONE)
				return (rv);
			got = 1;
		} else if (from != -1)
			close(from);
	}
	rv = ctl_end(c, &m.ctl_done_res);
	return (rv == CTL_DONE && !got ? CTL_REFUSED : rv);
}

int
ctl_backup(struct ctl *c, int argc, char *argv[])
{
	int fd, rv;

	if (argc != 1 || *argv[0] == '\0')
		return (CTL_USAGE);
	if ((fd = open(argv[0], O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600)) == -1) {
		fprintf(stderr, "moatctl: %s: %s\n", argv[0],
		    strerror(errno));
		return (CTL_REFUSED);
	}
	rv = backup_take(c, argv[0], fd);
	if (close(fd) == -1 && rv == CTL_DONE) {
		fprintf(stderr, "moatctl: %s: %s\n", argv[0],
		    strerror(errno));
		rv = CTL_REFUSED;
	}
	if (rv != CTL_DONE)
		(void)unlink(argv[0]);
	return (rv);
}
