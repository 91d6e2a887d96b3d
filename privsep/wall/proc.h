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
 * The life of a child: descriptor 3 is its channel to the parent, 2 its log
 * pipe. It wipes its environment, receives its set-up messages, prepares what
 * needs the outer world, gives up every right, and says READY.
 */
#ifndef WALL_PROC_H
#define WALL_PROC_H

#include <event2/event.h>

#include "privsep/wall/chan.h"
#include "privsep/wall/sandbox.h"

#define PROC_FD		3
#define PROC_EX_TEMP	75	/* restart me at once (EX_TEMPFAIL) */
#define PROC_EX_FAIL	78	/* FAIL was sent: a restart is no help */

struct proc {
	enum role	 role;
	uint32_t	 index, generation, flags;
	uint32_t	 uid, gid;
	uint32_t	 mechanisms;	/* SANDBOX_M_* that are on */
	uint8_t		 selftest;
	char		 chroot[1024], state[1024], version[64];
	struct event_base *base;	/* made after the set-up messages */
	struct chan	*parent;	/* valid from run() on */
	int		 stopping;	/* STOP or SIGTERM came */
	int		 exit_code;	/* what proc_exit() was given */
	const struct proc_ops *ops;
};

struct proc_ops {
	enum role	 role;
	/* One set-up message other than CONF_COMMON and START. fd: yours.
	 * Its texts and bytes are wiped when it returns: copy what stays. */
	void	(*setup)(struct proc *, uint16_t type, const union msg *,
		    int fd);
	/* All set-up messages are here and rights are still whole: open,
	 * resolve, load, allocate. fatal() or proc_fail() on trouble. */
	void	(*prepare)(struct proc *);
	/* Confined, base and parent channel exist, READY not yet sent:
	 * register events. */
	void	(*run)(struct proc *);
	/* A message from the parent after READY (not STOP). fd: yours. */
	void	(*msg)(struct proc *, uint16_t type, uint64_t id,
		    const union msg *, int fd);
	/* STOP, or SIGTERM, once: finish what is held, then proc_exit().
	 * NULL: exit at once. */
	void	(*stop)(struct proc *);
	/* What this role may do once confined; may depend on *proc. */
	void	(*policy)(struct proc *, struct sandbox_policy *);
};

/*
 * Never returns: runs the child to its end. prepare() is left out of a selftest
 * run, which needs no secret, listener or peer. Ends with exit code 0 when the
 * parent's channel closes: there is nobody left to work for.
 */
void	proc_main(const struct proc_ops *, int argc, char *argv[])
	    __attribute__((noreturn));
/* Sends FAIL with the reason to the parent (who refuses to start, or stops
 * restarting), and exits with PROC_EX_FAIL. Works at any time. */
void	proc_fail(struct proc *, const char *fmt, ...)
	    __attribute__((noreturn, format(printf, 2, 3)));
/* Leaves the event loop; what the parent was sent still leaves, then the
 * process exits with the code. May be called in run(): READY is sent first. */
void	proc_exit(struct proc *, int code);

#endif
