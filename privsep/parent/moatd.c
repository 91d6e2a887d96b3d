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
 * moatd: the parent. Runs as root (or as the caller, when not root). Holds
 * every secret at rest and uses none; parses moatd.conf and nothing that came
 * from the network or the database. Read main() as a table of contents.
 */
#include "config.h"

#include <err.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "privsep/parent/announce.h"
#include "privsep/parent/control.h"
#include "privsep/parent/keygen.h"
#include "privsep/parent/moatd.h"
#include "privsep/parent/notify.h"
#include "privsep/parent/reload.h"
#include "privsep/parent/stop.h"
#include "privsep/parent/superadmin.h"
#include "privsep/parent/supervise.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define CONF_PATH	MOATD_SYSCONFDIR "/moatd.conf"
#define TICK_USEC	500000
#define MEMORY_TICKS	20	/* each 10 s */

extern char **environ;

static void __attribute__((noreturn))
usage(void)
{
	fprintf(stderr, "usage: moatd [-dnv] [-f file] [-i keys]\n");
	exit(2);
}

static int
options(struct moatd *m, int argc, char *argv[])
{
	int ch, check = 0;

	while ((ch = getopt(argc, argv, "df:i:nv")) != -1) {
		switch (ch) {
		case 'd':
			m->foreground = 1;
			break;
		case 'f':
			m->conf_path = optarg;
			break;
		case 'i':
			m->import_path = optarg;
			break;
		case 'n':
			check = 1;
			break;
		case 'v':
			m->verbose = 1;
			break;
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
	return (check);
}

static void
to_stderr(const char *line, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct moatd *m = arg;

	(void)what;
	if (sig == SIGCHLD)
		supervise_reap(m);
	else if (sig == SIGHUP)
		reload_request(m);
	else
		stop_begin(m);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct moatd *m = arg;

	(void)fd;
	(void)what;
	if (m->ticks++ % MEMORY_TICKS == 0)
		boards_memory(m);
	else
		boards_update(m);
	notify_watchdog();
}

static void
loop_make(struct moatd *m)
{
	static const int signals[] = { SIGCHLD, SIGHUP, SIGTERM, SIGINT };
	const struct timeval tick = { 0, TICK_USEC };
	size_t i;

	if ((m->base = event_base_new()) == NULL)
		fatalx("event loop");
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if ((m->signals[i] = evsignal_new(m->base, signals[i],
		    on_signal, m)) == NULL ||
		    event_add(m->signals[i], NULL) == -1)
			fatalx("signal");
	if ((m->tick = event_new(m->base, -1, EV_PERSIST, on_tick,
	    m)) == NULL || event_add(m->tick, &tick) == -1)
		fatalx("timer");
	signal(SIGPIPE, SIG_IGN);
}

static void
loop_free(struct moatd *m)
{
	size_t i;

	for (i = 0; i < sizeof(m->signals) / sizeof(*m->signals); i++)
		if (m->signals[i] != NULL)
			event_free(m->signals[i]);
	event_free(m->tick);
	if (m->reload_timer != NULL)
		event_free(m->reload_timer);
}

static struct moatd *
moatd_new(void)
{
	struct moatd *m;

	if (sodium_init() == -1 || (m = calloc(1, sizeof(*m))) == NULL)
		errx(1, "cannot start");
	TAILQ_INIT(&m->slots);
	TAILQ_INIT(&m->children);
	m->daemon_pipe = -1;
	m->generation = 1;
	m->started = clock_mono();
	return (m);
}

static void
moatd_free(struct moatd *m)
{
	supervise_free(m);
	superadmin_free(m);
	loop_free(m);
	event_base_free(m->base);
	boards_free(&m->boards);
	custody_free(m->custody);
	conf_free(m->conf);
	env_free(m->env);
	free(m);
}

int
main(int argc, char *argv[])
{
	struct moatd *m = moatd_new();
	int check = options(m, argc, argv), code;
	char why[256];

	log_init("moatd");
	log_verbose(m->verbose);
	m->env = env_take(environ);
	if (m->conf_path == NULL)
		m->conf_path = env_get(m->env, "MOATD_CONFIG");
	if (m->conf_path == NULL)
		m->conf_path = CONF_PATH;
	privs_harden();
	if ((m->conf = reload_read(m, to_stderr, NULL)) == NULL)
		exit(1);
	if (check) {
		printf("configuration OK\n");
		exit(0);
	}

	listen_inherit(m->env);
	privs_find(&m->privs, m->conf);
	m->custody = custody_open(m->conf, &m->privs);
	if (m->import_path != NULL) {
		keygen_import(m, m->import_path);
		exit(0);
	}
	if (listen_open(&m->listeners, NULL, m->conf, why, sizeof(why)) == -1)
		fatalx("%s", why);
	announce_daemonize(m);
	notify_init(m->env);
	keygen_run(m);

	loop_make(m);
	boards_init(&m->boards);
	control_open(m);
	supervise_start(m);
	if (event_base_dispatch(m->base) == -1)
		fatalx("event loop");

	code = m->exit_code;
	moatd_free(m);
	return (code);
}
