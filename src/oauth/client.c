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
 * Client authentication of a request. Run by workers; holds a secret no longer
 * than the message that carries it is composed. Exactly one method may be used;
 * a name alone is one, too.
 */
#include <sodium.h>
#include <string.h>

#include "src/oauth/client.h"

#define ASSERTION_TYPE							\
	"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

const char *
oauth_param(struct api_call *c, const char *name)
{
	const char *v = http_form(c->req, name);

	return (v != NULL ? v : "");
}

int
oauth_too_long(const char *value, size_t cap)
{
	return (strlen(value) > cap);
}

void
oauth_client_wipe(struct oauth_client *o)
{
	sodium_memzero(o, sizeof(*o));
}

static int
refuse(struct api_call *c, enum msg_status st, const char *path,
    const char *why)
{
	if (st == ST_INVALID_REQUEST) {
		c->errs.n = 0;
		schema_error_add(&c->errs, path, "%s", why);
	}
	api_refuse(c, st, "");
	return (-1);
}

static void
bad_form(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (last && m != NULL && type == IMSG_ERROR_RES &&
	    m->error_res.status == ST_INVALID_REQUEST)
		api_invalid(c);
	else
		(void)api_expect(c, 0, type, m, last);
}

/* What is wrong with the form is said to the client alone: a request for
 * nothing tells whether it is the one. */
static int
refuse_form(struct api_call *c, const struct oauth_client *o)
{
	struct msg_token_req m = { EDGE_CTX(&c->ctx), OAUTH_CAUTH(o) };

	api_asked(c, ask_edge(api.engine, IMSG_TOKEN_REQ, &m, bad_form, c));
	return (-1);
}

static int
by_basic(struct api_call *c, struct oauth_client *o, const char *header)
{
	if (basic_parse(&o->basic, header) == -1)
		return (refuse(c, ST_INVALID_CLIENT, "", ""));
	if (*o->id != '\0' && strcmp(o->id, o->basic.id) != 0)
		return (refuse(c, ST_INVALID_REQUEST, "client_id",
		    "is another client"));
	o->auth = CLIENT_AUTH_BASIC;
	o->id = o->basic.id;
	o->secret = o->basic.secret;
	return (0);
}

static int
by_form(struct api_call *c, struct oauth_client *o)
{
	const char *type = oauth_param(c, "client_assertion_type");

	if (*o->assertion != '\0' || *type != '\0') {
		if (*o->assertion == '\0' || *type == '\0')
			return (refuse(c, ST_INVALID_REQUEST,
			    "client_assertion", "needs its type, and it one"));
		if (strcmp(type, ASSERTION_TYPE) != 0)
			return (refuse(c, ST_INVALID_CLIENT, "", ""));
		o->auth = CLIENT_AUTH_JWT;
	} else
		o->auth = *o->secret != '\0' ? CLIENT_AUTH_POST :
		    CLIENT_AUTH_NONE;
	/* an assertion says whose it is */
	if (*o->id == '\0' && o->auth != CLIENT_AUTH_JWT)
		return (refuse(c, ST_INVALID_CLIENT, "", ""));
	return (0);
}

int
oauth_client(struct api_call *c, struct oauth_client *o)
{
	const char *header = http_req_header(c->req, "authorization");

	memset(o, 0, sizeof(*o));
	if (http_form_ok(c->req, NULL) == -1) {
		api_refuse(c, ST_INVALID_REQUEST, "");
		return (-1);
	}
	o->id = oauth_param(c, "client_id");
	o->secret = oauth_param(c, "client_secret");
	o->assertion = oauth_param(c, "client_assertion");
	if ((header != NULL) + (*o->secret != '\0') +
	    (*o->assertion != '\0') > 1)
		return (refuse(c, ST_INVALID_REQUEST, "",
		    "authenticates the client twice"));
	if ((header != NULL ? by_basic(c, o, header) : by_form(c, o)) == -1)
		return (-1);
	if (oauth_too_long(o->id, CAP_CLIENT) ||
	    oauth_too_long(o->secret, BASIC_SECRET - 1) ||
	    oauth_too_long(o->assertion, CAP_BEARER))
		return (refuse(c, ST_INVALID_CLIENT, "", ""));
	return (c->errs.n > 0 ? refuse_form(c, o) : 0);
}
