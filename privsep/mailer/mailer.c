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
 * mailer: makes mails of the engine's values and gives them to the mail
 * server, and posts logout tokens to clients. Runs as _moatmail. Holds the SMTP
 * credential and the templates, where mail is configured. Its only peer is the
 * engine; it connects to the one mail server that it was given and to where
 * clients want logout tokens, and opens no file.
 */
#include "config.h"

#include <sys/queue.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/mailer/compose.h"
#include "privsep/mailer/mailer_sandbox.h"
#include "privsep/mailer/post.h"
#include "privsep/mailer/smtp.h"
#include "privsep/wall/proc.h"
#include "src/base/log.h"

#define DRAIN_MS	1500
#define UNHEARD		32	/* mails sent that no engine knows of */

/* A mail or logout token that the engine asked for, until it is answered. */
struct job {
	TAILQ_ENTRY(job) entry;
	uint64_t	 id;
	struct chan	*asker;		/* whom to tell; NULL: it is gone */
	char		 mail[CAP_ID + 1];
};

static struct mailer {
	struct proc		*proc;
	struct server		 server;
	struct smtp		*smtp;		/* NULL: no mail */
	struct post		*post;		/* NULL: no logout tokens */
	struct templates	 templates;
	struct mime_from	 from;
	char			*url;		/* guarded, until prepare() */
	char			 ca[CAP_LINE + 1];
	int			 private, have_conf;
	enum backchannel	 backchannel;
	struct chan		*engine;	/* NULL: none now */
	int			 engine_fd;	/* came before the loop */
	struct event		*drain, *lookup;
	TAILQ_HEAD(job_list, job) jobs;
	char			 unheard[UNHEARD][CAP_ID + 1];
	unsigned		 nunheard;
} mailer = { .engine_fd = -1, .jobs = TAILQ_HEAD_INITIALIZER(mailer.jobs) };

/* ---- the engine's requests ---- */

static void
reply(struct chan *c, uint64_t id, enum mail_result result,
    const char *reason)
{
	struct msg_mail_send_res r;
	char line[200];

	log_escape(line, sizeof(line), reason, strlen(reason));
	r.result = (uint8_t)result;
	r.reason = line;
	if (chan_send(c, IMSG_MAIL_SEND_RES, id, &r, -1) == -1)
		log_warn("an answer to the engine is lost");
}

static void
leave_if_done(void)
{
	if (smtp_active(mailer.smtp) + post_active(mailer.post) > 0)
		return;
	if (mailer.proc->stopping)
		proc_exit(mailer.proc, 0);
}

static void
on_sent(enum mail_result result, const char *reason, void *arg)
{
	struct job *job = arg;

	if (job->asker != NULL)
		reply(job->asker, job->id, result, reason);
	else if (result == MAIL_SENT)
		snprintf(mailer.unheard[mailer.nunheard++ % UNHEARD],
		    sizeof(mailer.unheard[0]), "%s", job->mail);
	TAILQ_REMOVE(&mailer.jobs, job, entry);
	free(job);
	leave_if_done();
}

/*
 * An engine that took over from a dead one asks again for what that one had
 * asked for. 1: the mail is on its way, or was sent while nobody listened.
 */
static int
known_already(struct chan *c, uint64_t id, const char *mail)
{
	struct job *job = NULL;
	unsigned i;

	TAILQ_FOREACH(job, &mailer.jobs, entry)
		if (strcmp(job->mail, mail) == 0) {
			job->id = id;
			job->asker = c;
			return (1);
		}
	for (i = 0; i < UNHEARD; i++)
		if (*mail != '\0' && strcmp(mailer.unheard[i], mail) == 0) {
			reply(c, id, MAIL_SENT, "");
			return (1);
		}
	return (0);
}

static void
engine_forget(void)
{
	struct job *job = NULL;

	TAILQ_FOREACH(job, &mailer.jobs, entry)
		job->asker = NULL;
	mailer.engine = NULL;
}

/* A server without address may have one when it is looked up anew. */
static void
unresolved(struct chan *c, uint64_t id)
{
	const struct timeval soon = { 1, 0 };

	reply(c, id, MAIL_RETRY, mailer.server.why);
	if (!evtimer_pending(mailer.lookup, NULL))
		(void)evtimer_add(mailer.lookup, &soon);
}

static void
send_mail(struct chan *c, uint64_t id, const struct msg_mail_send_req *q)
{
	struct buf mail = BUF_INIT;
	int which = template_find(q->name);
	struct job *job;

	if (which == -1 || !mime_address_ok(q->to)) {
		reply(c, id, MAIL_REFUSED, which == -1 ?
		    "no such template" : "no address to send to");
		return;
	}
	if (known_already(c, id, q->id))
		return;
	if (mailer.smtp == NULL) {
		reply(c, id, MAIL_RETRY, "mail is not configured");
		return;
	}
	if (!server_found(&mailer.server)) {
		unresolved(c, id);
		return;
	}
	if ((job = malloc(sizeof(*job))) == NULL ||
	    compose(&mail, &mailer.from, &mailer.templates, q, which) == -1) {
		reply(c, id, MAIL_RETRY, "no memory");
		free(job);
		buf_wipe_free(&mail);
		return;
	}
	job->id = id;
	job->asker = c;
	snprintf(job->mail, sizeof(job->mail), "%s", q->id);
	if (smtp_send(mailer.smtp, mailer.from.addr, q->to, &mail, on_sent,
	    job) == 0) {
		TAILQ_INSERT_TAIL(&mailer.jobs, job, entry);
		return;
	}
	reply(c, id, MAIL_RETRY, "no memory");
	free(job);
	buf_wipe_free(&mail);
}

static void
send_logout(struct chan *c, uint64_t id, const struct msg_logout_send_req *q)
{
	struct job *job;

	if (known_already(c, id, q->id))
		return;
	if (mailer.post == NULL || (job = malloc(sizeof(*job))) == NULL) {
		reply(c, id, MAIL_RETRY, "logout tokens are not configured");
		return;
	}
	job->id = id;
	job->asker = c;
	snprintf(job->mail, sizeof(job->mail), "%s", q->id);
	TAILQ_INSERT_TAIL(&mailer.jobs, job, entry);
	post_send(mailer.post, q->url, q->token, on_sent, job);
}

static void
on_engine_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m,
    int fd, void *arg)
{
	(void)arg;
	if (fd != -1)
		close(fd);
	if (type == IMSG_MAIL_SEND_REQ)
		send_mail(c, id, &m->mail_send_req);
	else if (type == IMSG_LOGOUT_SEND_REQ)
		send_logout(c, id, &m->logout_send_req);
	else
		chan_violation(c, "no request for a mailer");
}

static void
on_engine_end(struct chan *c, enum chan_end end, const char *why, void *arg)
{
	(void)arg;
	if (end != CHAN_EOF)
		log_warnx("engine: %s", why);
	if (mailer.engine == c)
		engine_forget();
	chan_free(c);
}

static const struct chan_ops engine_ops = { on_engine_msg, on_engine_end };

static void
engine_connect(struct proc *p, int fd)
{
	struct chan *c;

	c = chan_new(p->base, fd, ROLE_MAILER, ROLE_ENGINE, 0, &engine_ops,
	    NULL);
	if (c == NULL)
		fatal("channel to the engine");
	chan_set_running(c);
	chan_free(mailer.engine);
	engine_forget();
	mailer.engine = c;
}

/* ---- the parent's messages ---- */

static void
conf_take(struct proc *p, const struct msg_conf_mailer *m)
{
	/* A self test has no sender. */
	if (m->from[0] != '\0' && mime_from_parse(&mailer.from, m->from) == -1)
		proc_fail(p, "mail from \"%s\": no address", m->from);
	snprintf(mailer.ca, sizeof(mailer.ca), "%s", m->ca);
	mailer.private = m->private;
	mailer.backchannel = m->backchannel;
	mailer.have_conf = 1;
}

static void
template_take(struct proc *p, const struct msg_template_set *m)
{
	int which = template_find(m->name);
	unsigned line;

	if (which == -1)
		fatalx("no template %s", m->name);
	if (template_set(&mailer.templates, which, m->html, m->text,
	    &line) == -1)
		proc_fail(p, "%s:%u: unknown placeholder, or no Subject",
		    m->file, line);
}

static void
secret_take(const struct msg_secret_set *m)
{
	if (m->kind != SECRET_SMTP || mailer.url != NULL)
		fatalx("secret of kind %u", m->kind);
	if ((mailer.url = sodium_malloc(m->value.n + 1)) == NULL)
		fatal("guarded memory");
	memcpy(mailer.url, m->value.p, m->value.n);
	mailer.url[m->value.n] = '\0';
}

static void
peer_take(const struct msg_peer_set *m, int fd)
{
	if (m->role != ROLE_ENGINE)
		fatalx("peer of role %u", m->role);
	if (mailer.engine_fd != -1)
		close(mailer.engine_fd);
	mailer.engine_fd = fd;
}

static void
setup(struct proc *p, uint16_t type, const union msg *m, int fd)
{
	switch (type) {
	case IMSG_CONF_MAILER:
		conf_take(p, &m->conf_mailer);
		break;
	case IMSG_TEMPLATE_SET:
		template_take(p, &m->template_set);
		break;
	case IMSG_SECRET_SET:
		secret_take(&m->secret_set);
		break;
	case IMSG_PEER_SET:
		peer_take(&m->peer_set, fd);
		break;
	default:
		if (fd != -1)
			close(fd);
		break;
	}
}

static void
prepare_mail(struct proc *p)
{
	char why[256];

	if (server_open(&mailer.server, mailer.url,
	    mime_domain(mailer.from.addr), mailer.private, why,
	    sizeof(why)) == -1)
		proc_fail(p, "%s", why);
	sodium_free(mailer.url);	/* wipes */
	mailer.url = NULL;
	if (!server_found(&mailer.server))
		log_warnx("%s: mail waits", mailer.server.why);
}

static void
prepare(struct proc *p)
{
	int mail = mailer.url != NULL;
	size_t n = 0;
	char *roots;

	if (!mailer.have_conf ||
	    (!mail && mailer.backchannel == BACKCHANNEL_NO))
		fatalx("set-up has no server");
	smtp_library();
	if (mail)
		prepare_mail(p);
	roots = server_roots(mailer.ca, &n);
	if (roots == NULL && mailer.ca[0] != '\0')
		proc_fail(p, "mail ca %s: cannot be read", mailer.ca);
	if (roots == NULL)
		log_warnx("no root certificates: no server can be trusted "
		    "with TLS");
	if (mail)
		smtp_init(&mailer.smtp, &mailer.server, roots, n);
	if (mailer.backchannel != BACKCHANNEL_NO)
		mailer.post = post_new(p->base, mailer.backchannel, roots, n);
}

/* Now and then: would a new look at the server's name help? */
static void
on_lookup(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval later = { 5, 0 };

	(void)fd;
	(void)what;
	(void)arg;
	if (smtp_wants_lookup(mailer.smtp)) {
		log_info("starting again to look %s up anew",
		    mailer.server.host);
		proc_exit(mailer.proc, PROC_EX_TEMP);
		return;
	}
	(void)evtimer_add(mailer.lookup, &later);
}

static void
on_drain(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	log_info("%u mails and %u logout tokens under way are left to the "
	    "next start", smtp_active(mailer.smtp),
	    post_active(mailer.post));
	proc_exit(mailer.proc, 0);
}

static void
run(struct proc *p)
{
	static const struct timeval later = { 5, 0 };

	mailer.proc = p;
	if (mailer.smtp != NULL)
		smtp_start(mailer.smtp, p->base);
	mailer.drain = evtimer_new(p->base, on_drain, NULL);
	mailer.lookup = evtimer_new(p->base, on_lookup, NULL);
	if (mailer.drain == NULL || mailer.lookup == NULL ||
	    (mailer.smtp != NULL && !mailer.server.literal &&
	    evtimer_add(mailer.lookup, &later) == -1))
		fatal("event");
	if (mailer.engine_fd != -1) {
		engine_connect(p, mailer.engine_fd);
		mailer.engine_fd = -1;
	}
}

static void
msg(struct proc *p, uint16_t type, uint64_t id, const union msg *m, int fd)
{
	(void)id;
	if (type == IMSG_PEER_SET && m->peer_set.role == ROLE_ENGINE)
		engine_connect(p, fd);
	else if (fd != -1)
		close(fd);
}

static void
stop(struct proc *p)
{
	static const struct timeval most = { DRAIN_MS / 1000,
	    (DRAIN_MS % 1000) * 1000 };

	(void)p;
	(void)evtimer_add(mailer.drain, &most);
	leave_if_done();
}

static void
policy(struct proc *p, struct sandbox_policy *pol)
{
	(void)p;
	mailer_policy(pol);
}

static const struct proc_ops ops = {
	.role = ROLE_MAILER,
	.setup = setup,
	.prepare = prepare,
	.run = run,
	.msg = msg,
	.stop = stop,
	.policy = policy,
};

int
main(int argc, char *argv[])
{
	if (sodium_init() == -1)
		fatalx("sodium_init");
	proc_main(&ops, argc, argv);
}
