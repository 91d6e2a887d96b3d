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
 * Who: the parent. Holds: every board's descriptors, and its own board mapped.
 * Callers: setup.c hands them out, supervise.c has the table rewritten after
 * each change. A board outlives the process that writes it, so that counters
 * do not start again with a restart.
 */
#include "config.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/child.h"
#include "privsep/parent/superadmin.h"
#include "privsep/parent/supervise.h"
#include "src/base/clock.h"
#include "src/base/log.h"

static void
make(struct board *b, const char *name, size_t size)
{
	if (shm_make(name, size, &b->rw, &b->ro) == -1)
		fatal("board %s", name);
}

void
boards_init(struct boards *bs)
{
	int fd;

	make(&bs->of_parent, "parent", sizeof(struct shm_parent));
	make(&bs->of_engine, "engine", sizeof(struct shm_engine));
	if ((fd = fcntl(bs->of_parent.rw, F_DUPFD_CLOEXEC, 3)) == -1 ||
	    (bs->parent = shm_map(fd, sizeof(*bs->parent), 1)) == NULL ||
	    (fd = fcntl(bs->of_engine.ro, F_DUPFD_CLOEXEC, 3)) == -1 ||
	    (bs->engine = shm_map(fd, sizeof(*bs->engine), 0)) == NULL)
		fatal("board");
}

void
boards_workers(struct boards *bs, size_t n)
{
	char name[32];

	for (; bs->nworkers < n * 2; bs->nworkers++) {
		snprintf(name, sizeof(name), "worker-%zu", bs->nworkers);
		make(&bs->worker[bs->nworkers], name,
		    sizeof(struct shm_worker));
	}
}

void
boards_free(struct boards *bs)
{
	size_t i;

	for (i = 0; i < bs->nworkers; i++) {
		close(bs->worker[i].rw);
		close(bs->worker[i].ro);
	}
	bs->nworkers = 0;
	if (bs->parent == NULL)
		return;
	munmap(bs->parent, sizeof(*bs->parent));
	munmap((void *)(uintptr_t)bs->engine, sizeof(*bs->engine));
	close(bs->of_parent.rw);
	close(bs->of_parent.ro);
	close(bs->of_engine.rw);
	close(bs->of_engine.ro);
}

/*
 * Until a new engine writes, the database is as good as down: readiness must
 * not rest on what a dead one said last. Counters stay.
 */
void
boards_engine_gone(struct boards *bs)
{
	static const struct shm_engine none;
	const size_t n = offsetof(struct shm_engine, logins);

	if (pwrite(bs->of_engine.rw, &none, n, 0) != (ssize_t)n)
		log_warn("engine's board");
}

static void
row(struct shm_proc *p, enum role role, uint32_t index, pid_t pid,
    enum proc_state state, uint32_t restarts)
{
	shm_set(&p->role, (uint32_t)role);
	shm_set(&p->index, index);
	shm_set(&p->pid, (uint32_t)pid);
	shm_set(&p->state, (uint32_t)state);
	shm_set(&p->restarts, restarts);
}

static void
row_child(struct shm_proc *p, const struct child *c)
{
	row(p, c->role, c->index, c->pid, c->state, c->restarts);
	shm_set(&p->mechanisms, c->mechanisms);
	shm_set(&p->started, c->started);
	shm_set(&p->rss_bytes, c->rss);
}

void
boards_update(struct moatd *m)
{
	struct shm_parent *b = m->boards.parent;
	const struct child *c;
	const struct slot *s;
	uint32_t n = 0, old = shm_get(&b->nprocs);

	row(&b->proc[n++], ROLE_PARENT, 0, getpid(),
	    m->phase == MOATD_STOPPING ? PROC_DRAINING : PROC_READY, 0);
	shm_set(&b->proc[0].started, m->started);
	TAILQ_FOREACH(c, &m->children, entry)
		if (n < SHM_PROCS && !c->apart)
			row_child(&b->proc[n++], c);
	TAILQ_FOREACH(s, &m->slots, entry)
		if (n < SHM_PROCS && s->cur == NULL && s->next == NULL)
			row(&b->proc[n++], s->role, s->index, 0, PROC_BACKOFF,
			    s->restarts);
	shm_set(&b->nprocs, n);
	for (; n < old; n++)
		row(&b->proc[n], ROLE_PARENT, 0, 0, PROC_NONE, 0);
	shm_set(&b->generation, m->generation);
	/* Up before we heard of it is not ready: it may lack a super admin. */
	shm_set(&b->ready, (uint32_t)(m->phase != MOATD_STOPPING &&
	    supervise_all_ready(m) && m->db_up && superadmin_settled(m)));
	shm_set(&b->heartbeat, clock_mono());
}

/* The second number of statm: resident pages. */
static uint64_t
resident(pid_t pid)
{
	char path[48], text[128], *p;
	uint64_t pages = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/statm", (long)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (0);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return (0);
	text[n] = '\0';
	if ((p = strchr(text, ' ')) == NULL)
		return (0);
	for (p++; *p >= '0' && *p <= '9'; p++)
		pages = pages * 10 + (uint64_t)(*p - '0');
	return (pages * (uint64_t)sysconf(_SC_PAGESIZE));
}

void
boards_measure(struct child *c)
{
	c->rss = resident(c->pid);
}

void
boards_memory(struct moatd *m)
{
	struct child *c;

	TAILQ_FOREACH(c, &m->children, entry)
		boards_measure(c);
	boards_update(m);
	shm_set(&m->boards.parent->proc[0].rss_bytes, resident(getpid()));
}
