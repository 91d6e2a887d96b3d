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
 * Who: moatctl. Holds: nothing. Callers: moatctl.c's table. One function a
 * command; each prints for people, or with --json for programs.
 */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/sandbox.h"
#include "privsep/wall/shm.h"
#include "src/ctl.h"

static const struct {
	uint32_t	 bit;
	const char	*name;
} mechanisms[] = {
	{ SANDBOX_M_SECCOMP, "seccomp" }, { SANDBOX_M_LANDLOCK, "landlock" },
	{ SANDBOX_M_NNP, "no-new-privs" }, { SANDBOX_M_UID, "uid" },
	{ SANDBOX_M_CHROOT, "chroot" }, { SANDBOX_M_PLEDGE, "pledge" },
	{ SANDBOX_M_NODUMP, "nodump" }
};
#define NMECHANISMS	(sizeof(mechanisms) / sizeof(*mechanisms))

static const char *
state_name(unsigned state)
{
	static const char *const names[] = {
		[PROC_NONE] = "none", [PROC_STARTING] = "starting",
		[PROC_READY] = "ready", [PROC_DRAINING] = "draining",
		[PROC_BACKOFF] = "backoff"
	};

	return (state < sizeof(names) / sizeof(*names) ? names[state] : "?");
}

static const char *
role_text(unsigned role)
{
	return (role < ROLE__MAX ? role_name((enum role)role) : "?");
}

/* ---- status ---- */

static json_t *
process_json(const struct msg_ctl_proc_item_res *p)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < NMECHANISMS; i++)
		if ((p->mechanisms & mechanisms[i].bit) != 0)
			json_array_append_new(list,
			    json_string(mechanisms[i].name));
	return (json_pack("{s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:o}",
	    "role", role_text(p->role), "index", (json_int_t)p->index,
	    "pid", (json_int_t)p->pid, "state", state_name(p->state),
	    "restarts", (json_int_t)p->restarts,
	    "uptime_s", (json_int_t)p->uptime_s,
	    "rss_bytes", (json_int_t)p->rss_bytes,
	    "queue", (json_int_t)p->queue, "sandbox", list));
}

static void
process_print(const struct msg_ctl_proc_item_res *p)
{
	char uptime[32] = "-", pid[16] = "-";
	const char *sep = "";
	size_t i;

	if (p->pid != 0) {
		snprintf(pid, sizeof(pid), "%u", p->pid);
		snprintf(uptime, sizeof(uptime), "%llu:%02u:%02u",
		    (unsigned long long)(p->uptime_s / 3600),
		    (unsigned)(p->uptime_s / 60 % 60),
		    (unsigned)(p->uptime_s % 60));
	}
	printf("%-7s %3u %8s %-9s %10s %8u %6u %7.1fM  ", role_text(p->role),
	    p->index, pid, state_name(p->state), uptime, p->restarts,
	    p->queue, (double)p->rss_bytes / 1048576);
	for (i = 0; i < NMECHANISMS; i++) {
		if ((p->mechanisms & mechanisms[i].bit) == 0)
			continue;
		printf("%s%s", sep, mechanisms[i].name);
		sep = ",";
	}
	printf("%s\n", *sep == '\0' ? "-" : "");
}

static void
health_print(const struct msg_ctl_health_res *h)
{
	printf("\nmoatd %s is %s, database %s, configuration %u, listens on ",
	    h->version, h->ready ? "ready" : "NOT READY",
	    h->database ? "up" : "DOWN", h->generation);
	ctl_text(h->listen, 0);
	putchar('\n');
}

/* One message of the answer; into all and list with --json. */
static void
status_item(const struct ctl *c, uint16_t type, const union msg *m,
    json_t *all, json_t *list)
{
	const struct msg_ctl_health_res *h = &m->ctl_health_res;

	if (type == IMSG_CTL_PROC_ITEM_RES && c->json)
		json_array_append_new(list,
		    process_json(&m->ctl_proc_item_res));
	else if (type == IMSG_CTL_PROC_ITEM_RES)
		process_print(&m->ctl_proc_item_res);
	else if (type == IMSG_CTL_HEALTH_RES && c->json)
		json_object_update_new(all, json_pack(
		    "{s:b, s:b, s:s, s:s, s:I}", "ready", h->ready,
		    "database", h->database, "version", h->version,
		    "listen", h->listen, "generation",
		    (json_int_t)h->generation));
	else if (type == IMSG_CTL_HEALTH_RES)
		health_print(h);
}

int
ctl_status(struct ctl *c, int argc, char *argv[])
{
	struct msg_ctl_status_req req = { 0 };
	json_t *all, *list;
	uint16_t type = 0;
	union msg m;
	int rv;

	(void)argv;
	if (argc != 0)
		return (CTL_USAGE);
	if ((rv = ctl_ask(c, IMSG_CTL_STATUS_REQ, &req)) != CTL_DONE)
		return (rv);
	if (!c->json)
		printf("ROLE    NUM      PID STATE         UPTIME RESTARTS  "
		    "QUEUE   MEMORY  SANDBOX\n");
	all = json_object();
	list = json_array();
	while (type != IMSG_CTL_DONE_RES) {
		if ((rv = ctl_next(c, ROLE_PARENT, &type, &m)) != CTL_DONE)
			break;
		status_item(c, type, &m, all, list);
	}
	json_object_set_new(all, "processes", list);
	if (c->json && rv == CTL_DONE)
		ctl_print(all);
	else
		json_decref(all);
	return (rv == CTL_DONE ? m.ctl_done_res.code : rv);
}

/* ---- reload ---- */

int
ctl_reload(struct ctl *c, int argc, char *argv[])
{
	struct msg_ctl_reload_req req = { 0 };
	uint16_t type;
	union msg m;
	int rv;

	(void)argv;
	if (argc != 0)
		return (CTL_USAGE);
	if ((rv = ctl_ask(c, IMSG_CTL_RELOAD_REQ, &req)) != CTL_DONE ||
	    (rv = ctl_next(c, ROLE_PARENT, &type, &m)) != CTL_DONE)
		return (rv);
	if (type != IMSG_CTL_DONE_RES)
		return (CTL_REFUSED);
	return (ctl_end(c, &m.ctl_done_res));
}

/* ---- selftest sandbox ---- */

static void
test_print(const struct ctl *c, const struct msg_ctl_test_item_res *t)
{
	if (c->json)
		ctl_print(json_pack("{s:s, s:s, s:s, s:b}", "role",
		    role_text(t->role), "act", t->act, "outcome", t->outcome,
		    "breach", t->breach));
	else
		printf("%-7s %-34s %s%s\n", role_text(t->role), t->act,
		    t->outcome, t->breach ? "  <-- BREACH" : "");
}

int
ctl_selftest(struct ctl *c, int argc, char *argv[])
{
	struct msg_ctl_selftest_req req = { 0 };
	uint16_t type = 0;
	union msg m;
	int rv;

	if (argc != 1 || strcmp(argv[0], "sandbox") != 0)
		return (CTL_USAGE);
	if ((rv = ctl_ask(c, IMSG_CTL_SELFTEST_REQ, &req)) != CTL_DONE)
		return (rv);
	while (type != IMSG_CTL_DONE_RES) {
		if ((rv = ctl_next(c, ROLE_PARENT, &type, &m)) != CTL_DONE)
			return (rv);
		if (type == IMSG_CTL_TEST_ITEM_RES)
			test_print(c, &m.ctl_test_item_res);
	}
	return (ctl_end(c, &m.ctl_done_res));
}

/* ---- migrate ---- */

int
ctl_migrate(struct ctl *c, int argc, char *argv[])
{
	struct msg_ctl_migrate_req req = { 0 };
	uint16_t type = 0;
	union msg m;
	int rv;

	if (argc > 1 || (argc == 1 && strcmp(argv[0], "--dry-run") != 0))
		return (CTL_USAGE);
	req.dry_run = argc == 1;
	if ((rv = ctl_ask(c, IMSG_CTL_MIGRATE_REQ, &req)) != CTL_DONE)
		return (rv);
	while (type != IMSG_CTL_DONE_RES) {
		if ((rv = ctl_next(c, ROLE_ENGINE, &type, &m)) != CTL_DONE)
			return (rv);
		if (type != IMSG_CTL_TEXT_RES)
			continue;
		if (c->json)
			ctl_print(json_pack("{s:s}", "text",
			    m.ctl_text_res.text));
		else {
			ctl_text(m.ctl_text_res.text, 1);
			putchar('\n');
		}
	}
	return (ctl_end(c, &m.ctl_done_res));
}

/* ---- config check ---- */

void
ctl_moatd(char *dst, size_t n)
{
	char *slash;
	ssize_t len;

	if ((len = readlink("/proc/self/exe", dst, n - 1)) > 0) {
		dst[len] = '\0';
		if ((slash = strrchr(dst, '/')) != NULL) {
			snprintf(slash, n - (size_t)(slash - dst), "/moatd");
			return;
		}
	}
	snprintf(dst, n, "moatd");
}

static void
collect(int fd, json_t *errors)
{
	char line[2048];
	FILE *f;

	if ((f = fdopen(fd, "r")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		json_array_append_new(errors, json_string(line));
	}
	fclose(f);
}

int
ctl_config(struct ctl *c, int argc, char *argv[])
{
	char path[PATH_MAX + 16];
	const char *file = getenv("MOATD_CONFIG");
	json_t *errors;
	int p[2], status, ok;
	pid_t pid;

	if (argc < 1 || argc > 2 || strcmp(argv[0], "check") != 0)
		return (CTL_USAGE);
	if (argc == 2)
		file = argv[1];
	else if (file == NULL || *file == '\0')
		file = MOATD_SYSCONFDIR "/moatd.conf";
	ctl_moatd(path, sizeof(path));
	if (pipe(p) == -1 || (pid = fork()) == -1) {
		fprintf(stderr, "moatctl: %s\n", strerror(errno));
		return (CTL_REFUSED);
	}
	if (pid == 0) {
		if (c->json && (dup2(p[1], STDERR_FILENO) == -1 ||
		    freopen("/dev/null", "w", stdout) == NULL))
			_exit(127);
		close(p[0]);
		close(p[1]);
		execl(path, "moatd", "-n", "-f", file, (char *)NULL);
		_exit(127);
	}
	close(p[1]);
	errors = json_array();
	collect(p[0], errors);
	if (waitpid(pid, &status, 0) == -1 || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == 127) {
		json_decref(errors);
		fprintf(stderr, "moatctl: cannot run %s\n", path);
		return (CTL_REFUSED);
	}
	ok = WEXITSTATUS(status) == 0;
	if (c->json)
		ctl_print(json_pack("{s:b, s:s, s:o}", "ok", ok, "file", file,
		    "errors", ok ? json_array() : json_incref(errors)));
	json_decref(errors);
	return (ok ? CTL_DONE : CTL_CHECK);
}
