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

struct verdict {
	int		 known, breach;
	char		 outcome[48];
};

struct selftest {
	struct moatd	*m;
	void		(*item)(const struct msg_ctl_test_item_res *, void *);
	void		(*done)(unsigned, unsigned, void *);
	void		*arg;
	const struct selftest_act *acts;
	size_t		 nroles, nacts, next, told;	/* role * nacts + act */
	unsigned	 running, breaches;
	struct verdict	*verdict;
};

/* The last one only where there is a mailer. */
static const enum role roles[] = { ROLE_WORKER, ROLE_ENGINE, ROLE_VAULT,
    ROLE_HASHER, ROLE_MAILER };
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

/* Answers leave in the order of the table, however the children ended. */
static void
tell(struct selftest *t)
{
	struct msg_ctl_test_item_res item;
	const struct verdict *v;

	for (; t->told < t->nacts * t->nroles; t->told++) {
		v = &t->verdict[t->told];
		if (!v->known)
			return;
		memset(&item, 0, sizeof(item));
		item.role = (uint8_t)roles[t->told / t->nacts];
		item.act = t->acts[t->told % t->nacts].name;
		item.outcome = v->outcome;
		item.breach = (uint8_t)v->breach;
		t->breaches += (unsigned)v->breach;
		t->item(&item, t->arg);
	}
}

static void
tested(struct child *c, int status, void *arg)
{
	struct selftest *t = arg;
	size_t act = c->selftest - 1U, r = 0;
	struct verdict *v;

	while (r + 1 < t->nroles && roles[r] != c->role)
		r++;
	v = &t->verdict[r * t->nacts + act];
	v->breach = judge(&t->acts[act], c->role, status, v->outcome,
	    sizeof(v->outcome));
	v->known = 1;
	t->running--;
	tell(t);
	next(t);
}

static void
next(struct selftest *t)
{
	struct verdict *v;

	while (t->running < AT_ONCE && t->next < t->nacts * t->nroles) {
		v = &t->verdict[t->next];
		if (child_test(t->m, roles[t->next / t->nacts],
		    (uint8_t)(t->next % t->nacts + 1), tested, t) == NULL) {
			v->known = v->breach = 1;	/* nothing is proven */
			snprintf(v->outcome, sizeof(v->outcome),
			    "not tried: no process");
		} else
			t->running++;
		t->next++;
	}
	if (t->running > 0 || running != t)
		return;
	running = NULL;
	tell(t);
	t->done(t->breaches, (unsigned)t->told, t->arg);
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
	t->nroles = m->conf->mailer ? NROLES : NROLES - 1;
	if ((t->verdict = calloc(t->nacts * t->nroles,
	    sizeof(*t->verdict))) == NULL)
		fatal("self test");
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
	free(t->verdict);
	free(t);
}
