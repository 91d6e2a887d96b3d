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
 * Who: the parent. Holds: nothing. Callers: SIGHUP, the control socket. A
 * configuration that does not parse, or changes what cannot change in flight,
 * leaves the old one in force, and one line says why.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "privsep/parent/announce.h"
#include "privsep/parent/child.h"
#include "privsep/parent/notify.h"
#include "privsep/parent/reload.h"
#include "privsep/parent/setup.h"
#include "privsep/parent/supervise.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define TOGETHER_MS	100	/* signals that come within make one reload */
#define PATIENCE	(5 * CLOCK_SEC)	/* with one that is under way */

struct lines {
	char	*first;
	size_t	 len;
	int	 n;
};

struct conf *
reload_read(const struct moatd *m, conf_report report, void *arg)
{
	struct conf *c;
	int errors;

	if ((c = conf_new()) == NULL)
		fatal("configuration");
	errors = conf_parse_file(c, m->conf_path, report, arg);
	if (errors == 0)
		errors = env_apply(m->env, c, report, arg);
	if (errors == 0)
		errors = conf_finish(c, report, arg);
	if (errors == 0)
		return (c);
	conf_free(c);
	return (NULL);
}

static void
to_log(const char *line, void *arg)
{
	struct lines *l = arg;

	log_warnx("%s", line);
	if (l->n++ == 0)
		snprintf(l->first, l->len, "%s", line);
}

/* The name of the first setting that a running moatd cannot change. */
static const char *
fixed(const struct conf *a, const struct conf *b)
{
	size_t i;

	if (a->workers != b->workers)
		return ("workers");
	if (a->hashers != b->hashers)
		return ("hashers");
	if (a->vaults != b->vaults)
		return ("vaults");
	if (strcmp(a->state, b->state) != 0)
		return ("state");
	if (a->sandbox_optional != b->sandbox_optional)
		return ("sandbox");
	if (a->postgres != b->postgres)
		return ("the kind of database");
	for (i = 0; i < ROLE__MAX; i++)
		if (a->user[i] != NULL && strcmp(a->user[i], b->user[i]) != 0)
			return ("user");
	return (NULL);
}

/* Turning mail or logout tokens on needs a user that start did not look for. */
static int
mailer_lacks_user(const struct moatd *m, const struct conf *conf)
{
	return (conf->mailer && m->privs.drop &&
	    m->privs.uid[ROLE_MAILER] == 0);
}

static int
role_changed(const struct conf *a, const struct conf *b, enum role role)
{
	struct buf da = BUF_INIT, db = BUF_INIT;
	int changed;

	if (role == ROLE_WORKER)
		return (1);	/* also when only the listeners changed */
	setup_digest(a, role, &da);
	setup_digest(b, role, &db);
	changed = da.len != db.len || memcmp(da.p, db.p, da.len) != 0;
	buf_wipe_free(&da);
	buf_wipe_free(&db);
	return (changed);
}

static void
take_over(struct moatd *m, struct conf *conf, struct listeners *ls)
{
	struct conf *old = m->conf;
	struct slot *s = NULL;

	m->conf = conf;
	listen_close(&m->listeners);
	m->listeners = *ls;
	m->generation++;
	m->reloading = 1;
	m->reloaded_at = clock_mono();
	supervise_layout(m);
	TAILQ_FOREACH(s, &m->slots, entry) {
		if (!role_changed(old, conf, s->role))
			continue;
		/* What is starting has been told the old configuration. */
		if (s->next != NULL) {
			s->next->slot = NULL;
			child_stop(s->next, 1000);
			s->next = NULL;
		}
		evtimer_del(s->timer);
		s->stale = s->cur != NULL;
	}
	conf_free(old);
	supervise_advance(m);
	supervise_refresh(m);
}

int
reload_now(struct moatd *m, char *why, size_t whylen)
{
	struct lines l = { why, whylen, 0 };
	struct listeners ls;
	struct conf *conf;
	const char *what;

	notify_reloading();
	*why = '\0';
	if ((conf = reload_read(m, to_log, &l)) == NULL) {
		log_warnx("the configuration in force stays");
		notify_ready();
		return (-1);
	}
	if ((what = fixed(m->conf, conf)) != NULL)
		snprintf(why, whylen, "%s: %s cannot change in a running "
		    "moatd; restart it", m->conf_path, what);
	else if (mailer_lacks_user(m, conf))
		snprintf(why, whylen, "%s: a mailer needs the user %s: create "
		    "it and restart moatd", m->conf_path,
		    conf->user[ROLE_MAILER]);
	else if (listen_open(&ls, &m->listeners, conf, why, whylen) == 0) {
		take_over(m, conf, &ls);
		return (0);
	}
	log_warnx("%s", why);
	conf_free(conf);
	notify_ready();
	return (-1);
}

static int
under_way(const struct moatd *m)
{
	return (m->reloading && clock_mono() - m->reloaded_at < PATIENCE);
}

static void
due(evutil_socket_t fd, short what, void *arg)
{
	struct moatd *m = arg;
	char why[512];

	(void)fd;
	(void)what;
	if (m->phase == MOATD_STOPPING)
		return;
	if (m->phase == MOATD_STARTING) {
		m->reload_wanted = 1;
		return;
	}
	if (under_way(m)) {
		reload_request(m);
		return;
	}
	m->reload_wanted = 0;
	reload_now(m, why, sizeof(why));
}

void
reload_request(struct moatd *m)
{
	struct timeval tv = { 0, TOGETHER_MS * 1000 };

	if (m->reload_timer == NULL &&
	    (m->reload_timer = evtimer_new(m->base, due, m)) == NULL)
		fatal("timer");
	if (!evtimer_pending(m->reload_timer, NULL) &&
	    evtimer_add(m->reload_timer, &tv) == -1)
		fatal("timer");
}
