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
 * Who: the parent. Holds: a generated password, until it was shown. Callers:
 * child.c (what the engine reports), supervise.c (whether to wait for it).
 * The database decides that there is one; SUPER_ADMIN_* counts before that.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/parent/announce.h"
#include "privsep/parent/child.h"
#include "privsep/parent/secret.h"
#include "privsep/parent/superadmin.h"
#include "privsep/parent/supervise.h"
#include "src/base/log.h"
#include "src/base/rnd.h"

#define PASSWORD_LEN	24

struct superadmin {
	struct secret	*generated;
	uint64_t	 asked;		/* id of the question, 0: none */
	uint64_t	 ids;
	int		 settled;
};

static const struct {
	enum msg_status	 status;
	const char	*what;
} refusals[] = {
	{ ST_USERNAME_TAKEN, "the name is taken: set another "
	    "SUPER_ADMIN_USERNAME and restart moatd" },
	{ ST_WEAK_PASSWORD, "the password is too weak: set another "
	    "SUPER_ADMIN_PASSWORD, or none, and restart moatd" },
	{ ST_INVALID_REQUEST, "the name or the address is not valid: correct "
	    "SUPER_ADMIN_USERNAME or SUPER_ADMIN_EMAIL and restart moatd" },
	{ ST_BUSY, "moatd tries again when the database is back" },
	{ ST_UNAVAILABLE, "moatd tries again when the database is back" }
};

static struct superadmin *
context(struct moatd *m)
{
	if (m->superadmin == NULL &&
	    (m->superadmin = calloc(1, sizeof(*m->superadmin))) == NULL)
		fatal("super admin");
	return (m->superadmin);
}

void
superadmin_free(struct moatd *m)
{
	if (m->superadmin == NULL)
		return;
	secret_free(m->superadmin->generated);
	free(m->superadmin);
	m->superadmin = NULL;
}

int
superadmin_settled(const struct moatd *m)
{
	if (!m->db_reported)
		return (0);
	return (!m->db_up || (m->superadmin != NULL &&
	    m->superadmin->settled));
}

void
superadmin_engine_gone(struct moatd *m)
{
	context(m)->asked = 0;
	m->db_reported = m->db_up = 0;
}

static struct secret *
generate(struct superadmin *sa)
{
	char text[PASSWORD_LEN + 1];

	if (sa->generated == NULL) {
		rnd_text(text, PASSWORD_LEN);
		sa->generated = secret_new(text, PASSWORD_LEN);
		sodium_memzero(text, sizeof(text));
	}
	return (sa->generated);
}

static void
ask(struct moatd *m, struct superadmin *sa)
{
	struct child *engine = supervise_engine(m);
	struct msg_superadmin_create_req req;
	struct secret *password = m->conf->sa_password;

	if (engine == NULL || engine->chan == NULL)
		return;
	if (password == NULL)
		password = generate(sa);
	else {
		secret_free(sa->generated);
		sa->generated = NULL;
	}
	memset(&req, 0, sizeof(req));
	req.username = m->conf->sa_username;
	req.email = m->conf->sa_email;
	req.password = secret_open(password, NULL);
	sa->asked = ++sa->ids;
	if (chan_send(engine->chan, IMSG_SUPERADMIN_CREATE_REQ, sa->asked,
	    &req, -1) == -1) {
		log_warn("super admin: the name, the address or the password "
		    "cannot be sent");
		sa->asked = 0;
		sa->settled = 1;
	}
	secret_close(password);
}

void
superadmin_db_state(struct moatd *m, const struct msg_db_state *state)
{
	struct superadmin *sa = context(m);

	if (!m->db_reported || m->db_up != state->up)
		log_info("database: %s%s%s", state->up ? "up" : "down",
		    state->text[0] != '\0' ? ": " : "", state->text);
	m->db_reported = 1;
	m->db_up = state->up;
	if (!state->up) {
		sa->asked = 0;		/* its answer, if any, will not come */
		return;
	}
	m->db_known = 1;
	if (state->superadmin) {
		sa->settled = 1;
		secret_free(sa->generated);
		sa->generated = NULL;
	} else if (sa->asked == 0) {
		sa->settled = 0;
		ask(m, sa);
	}
	announce_detach(m);
}

/* The one place where a secret is shown, to whoever started moatd. */
static void
show(struct moatd *m, struct superadmin *sa)
{
	char name[512];

	log_escape(name, sizeof(name), m->conf->sa_username,
	    strlen(m->conf->sa_username));
	if (sa->generated == NULL) {
		log_info("super admin \"%s\" created", name);
		return;
	}
	printf("moatd: super admin \"%s\" created, password: %s\n", name,
	    (const char *)secret_open(sa->generated, NULL));
	fflush(stdout);
	secret_close(sa->generated);
	secret_free(sa->generated);
	sa->generated = NULL;
}

void
superadmin_created(struct moatd *m, uint64_t id,
    const struct msg_superadmin_create_res *res)
{
	struct superadmin *sa = context(m);
	const char *what = "see the engine's log";
	size_t i;

	if (id == 0 || id != sa->asked)
		return;
	sa->asked = 0;
	sa->settled = 1;
	if (res->status == ST_OK) {
		show(m, sa);
		announce_detach(m);
		return;
	}
	for (i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		if (refusals[i].status == res->status)
			what = refusals[i].what;
	log_warnx("super admin \"%s\" not created%s%s%s; %s",
	    m->conf->sa_username, res->reason[0] != '\0' ? " (" : "",
	    res->reason, res->reason[0] != '\0' ? ")" : "", what);
}
