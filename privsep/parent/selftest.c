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
 * Who: the parent. Holds: the list of acts that are still to try. Callers:
 * control.c. Each act runs in a child of its own, with the rights that its
 * role has in service; how the child ends says whether the wall held.
 */
#include "config.h"

#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/parent/child.h"
#include "privsep/parent/selftest.h"
#include "privsep/wall/sandbox.h"
#include "src/base/log.h"

#define AT_ONCE		4

struct selftest {
	struct moatd	*m;
	void		(*item)(const struct msg_ctl_test_item_res *, void *);
	void		(*done)(unsigned, unsigned, void *);
	void		*arg;
	const struct selftest_act *acts;
	size_t		 nacts, role, act;	/* the next to try */
	unsigned	 running, tried, breaches;
};

static const enum role roles[] = { ROLE_WORKER, ROLE_ENGINE, ROLE_VAULT,
    ROLE_HASHER };
#define NROLES	(sizeof(roles) / sizeof(*roles))

static struct selftest *running;	/* one at a time */

static void	next(struct selftest *);

/* What the end of the child means; 1: the wall did not hold. */
static int
judge(const struct selftest_act *act, enum role role, int status, char *dst,
    size_t n)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
		snprintf(dst, n, "killed");
		return (0);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == SELFTEST_REFUSED) {
		snprintf(dst, n, "refused");
		return (0);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == SELFTEST_WORKED) {
		if ((act->allowed & ROLE_BIT(role)) != 0) {
			snprintf(dst, n, "allowed");
			return (0);
		}
		snprintf(dst, n, "WORKED");
		return (1);
	}
	if (WIFSIGNALED(status))
		snprintf(dst, n, "not tried: signal %d", WTERMSIG(status));
	else
		snprintf(dst, n, "not tried: exit code %d",
		    WEXITSTATUS(status));
	return (1);
}

static void
tested(struct child *c, int status, void *arg)
{
	struct selftest *t = arg;
	const struct selftest_act *act = &t->acts[c->selftest - 1];
	struct msg_ctl_test_item_res item;
	char outcome[64];

	memset(&item, 0, sizeof(item));
	item.role = (uint8_t)c->role;
	item.act = act->name;
	item.breach = (uint8_t)judge(act, c->role, status, outcome,
	    sizeof(outcome));
	item.outcome = outcome;
	t->running--;
	t->tried++;
	t->breaches += item.breach;
	t->item(&item, t->arg);
	next(t);
}

static void
next(struct selftest *t)
{
	while (t->running < AT_ONCE && t->role < NROLES) {
		if (child_test(t->m, roles[t->role], (uint8_t)(t->act + 1),
		    tested, t) == NULL)
			t->breaches++;	/* fork failed: nothing is proven */
		else
			t->running++;
		if (++t->act == t->nacts) {
			t->act = 0;
			t->role++;
		}
	}
	if (t->running > 0 || running != t)
		return;
	running = NULL;
	t->done(t->breaches, t->tried, t->arg);
}

struct selftest *
selftest_start(struct moatd *m,
    void (*item)(const struct msg_ctl_test_item_res *, void *),
    void (*done)(unsigned, unsigned, void *), void *arg)
{
	struct selftest *t;

	if (running != NULL || (t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	running = t;
	t->m = m;
	t->item = item;
	t->done = done;
	t->arg = arg;
	t->nacts = selftest_acts(&t->acts);
	next(t);
	return (t);
}

void
selftest_free(struct selftest *t)
{
	struct child *c;

	if (t == NULL)
		return;
	if (running == t)
		running = NULL;
	TAILQ_FOREACH(c, &t->m->children, entry)
		if (c->tested_arg == t) {
			c->tested = NULL;
			c->tested_arg = NULL;
			c->stopping = 1;
			kill(c->pid, SIGKILL);
		}
	free(t);
}
