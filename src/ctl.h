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

/* moatctl: what its commands share. */
#ifndef SRC_CTL_H
#define SRC_CTL_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "privsep/wall/msg.h"
#include "src/base/buf.h"

enum ctl_exit {
	CTL_DONE,		/* done */
	CTL_REFUSED,		/* refused or failed */
	CTL_USAGE,
	CTL_UNREACHABLE,	/* no moatd there */
	CTL_CHECK		/* a check failed */
};

struct ctl {
	const char	*socket, *tenant;
	int		 json;
	int		 yes;		/* no questions */
	const char	*what;		/* is asked for; NULL */
	int		 fd;		/* connected, or -1 */
	struct buf	 body;		/* of the message received last */
};

/* The words that may follow a command's first, ended by NULL. */
struct ctl_word {
	const char	 *word;
	int		(*run)(struct ctl *, int, char *[]);
};
int	ctl_run(struct ctl *, const struct ctl_word *, int argc,
	    char *argv[]);

/* ctl_io.c: the connection. */
int	ctl_connect(struct ctl *);	/* as ctl_ask, without sending */
/*
 * Connects, where that is not done yet, and sends. CTL_DONE, or
 * CTL_UNREACHABLE and it was said why.
 */
int	ctl_ask(struct ctl *, uint16_t type, const void *msg);
/* The next message from peer; m's texts live until the next call. */
int	ctl_next(struct ctl *, enum role peer, uint16_t *type, union msg *m);
/* The same, where a descriptor may come along (-1: none); the caller's. */
int	ctl_next_fd(struct ctl *, enum role peer, uint16_t *type,
	    union msg *m, int *fd);
/* Asks before what cannot be undone. 1: the operator typed yes, or said --yes
 * before; 0: it was said that nothing was done. */
int	ctl_confirm(const struct ctl *, const char *what);
/* An id of a tenant, as API.md section 5 has it. */
int	ctl_tenant_ok(const char *);
/* Prints one object on a line of its own, and frees it. */
void	ctl_print(json_t *);
/* What cannot harm a terminal; lines: keep line ends and tabs. */
void	ctl_text(const char *, int lines);
void	ctl_text_to(FILE *, const char *, int lines);
/* The end of a command: says what the answer says, returns its code. */
int	ctl_end(const struct ctl *, const struct msg_ctl_done_res *);

/* moatd stands beside moatctl, in the build tree as when installed. */
void	ctl_moatd(char *dst, size_t n);

/* The commands; argv starts behind the command's words. */
int	ctl_status(struct ctl *, int argc, char *argv[]);
int	ctl_reload(struct ctl *, int argc, char *argv[]);
int	ctl_selftest(struct ctl *, int argc, char *argv[]);
int	ctl_migrate(struct ctl *, int argc, char *argv[]);
int	ctl_config(struct ctl *, int argc, char *argv[]);
int	ctl_audit(struct ctl *, int argc, char *argv[]);
int	ctl_verify(struct ctl *, int argc, char *argv[]);	/* of audit */
int	ctl_user(struct ctl *, int argc, char *argv[]);
int	ctl_superadmin(struct ctl *, int argc, char *argv[]);
int	ctl_revoke_all(struct ctl *, int argc, char *argv[]);
int	ctl_role(struct ctl *, int argc, char *argv[]);
int	ctl_scope(struct ctl *, int argc, char *argv[]);
int	ctl_client(struct ctl *, int argc, char *argv[]);
int	ctl_tenant(struct ctl *, int argc, char *argv[]);
/* of tenant: how its pages look */
int	ctl_theme(struct ctl *, int argc, char *argv[]);
int	ctl_logo(struct ctl *, int argc, char *argv[]);
int	ctl_texts(struct ctl *, int argc, char *argv[]);
int	ctl_backup(struct ctl *, int argc, char *argv[]);
int	ctl_import(struct ctl *, int argc, char *argv[]);	/* of user */
int	ctl_key(struct ctl *, int argc, char *argv[]);

#endif
