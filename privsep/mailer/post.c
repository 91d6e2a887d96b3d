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
 * Logout tokens. Run by the mailer, on its event loop; holds those that are
 * under way. A client's host is looked up by evdns, within the sandbox, and
 * libcurl is given the addresses that are allowed: none of this network's,
 * unless configured, and by http none but this host's. No redirect is followed
 * and no answer is kept: its status is all that counts.
 */
#include "config.h"

#include <sys/socket.h>

#include <event2/dns.h>
#include <event2/util.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/mailer/multi.h"
#include "privsep/mailer/post.h"
#include "privsep/mailer/server.h"
#include "src/base/buf.h"
#include "src/base/log.h"

#define CONNECTIONS	32
#define ADDRESSES	8
#define CONNECT_S	5
#define WHOLE_S		15
#define ANSWER_MAX	65536	/* more of an answer is not read */

struct post {
	struct multi	*multi;
	struct evdns_base *dns;
	enum backchannel where;
	const char	*roots;
	size_t		 nroots;
	unsigned	 active;
};

struct token {
	struct post	*p;
	CURL		*easy;
	struct curl_slist *resolve, *fields;
	struct buf	 body;
	size_t		 got;
	int		 https;
	post_cb		 cb;
	void		*arg;
	char		 host[256], port[8], url[CAP_URL + 1];
	char		 error[CURL_ERROR_SIZE];
};

static void
over(struct token *t, enum mail_result result, const char *reason)
{
	t->p->active--;
	t->cb(result, reason, t->arg);
	if (t->easy != NULL)
		curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->resolve);
	curl_slist_free_all(t->fields);
	buf_wipe_free(&t->body);
	free(t);
}

/* Section 2.8: 200 is good, 204 as well, and 400 is the client's last word. */
static void
finished(CURL *easy, CURLcode rv, void *arg)
{
	struct token *t = arg;
	char why[64];
	long code = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
	multi_remove(t->p->multi, easy);
	snprintf(why, sizeof(why), "it answered %ld", code);
	if (code == 200 || code == 204)
		over(t, MAIL_SENT, "");
	else if (code == 400)
		over(t, MAIL_REFUSED, why);
	else if (rv == CURLE_OK)
		over(t, MAIL_RETRY, why);
	else
		over(t, MAIL_RETRY, t->error[0] != '\0' ? t->error :
		    curl_easy_strerror(rv));
}

/* ---- the request ---- */

static size_t
on_answer(char *data, size_t size, size_t n, void *arg)
{
	struct token *t = arg;

	(void)data;
	t->got += size * n;
	return (t->got > ANSWER_MAX ? 0 : size * n);
}

#define SET(opt, value)	(rv |= (int)curl_easy_setopt(t->easy, opt, value))

static int
set_safety(struct token *t)
{
	struct curl_blob blob = { (void *)(uintptr_t)t->p->roots,
	    t->p->nroots, CURL_BLOB_NOCOPY };
	int rv = 0;

	SET(CURLOPT_RESOLVE, t->resolve);
	SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	SET(CURLOPT_PROTOCOLS_STR, t->https ? "https" : "http");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CAINFO, NULL);
	SET(CURLOPT_CAPATH, NULL);
	if (t->p->roots != NULL)
		SET(CURLOPT_CAINFO_BLOB, &blob);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_FORBID_REUSE, 1L);
	SET(CURLOPT_FRESH_CONNECT, 1L);
	SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	SET(CURLOPT_TIMEOUT, (long)WHOLE_S);
	return (rv);
}

static int
set_request(struct token *t)
{
	int rv = 0;

	/* No "Expect: 100-continue": the body is short. */
	if ((t->fields = curl_slist_append(NULL, "Expect:")) == NULL)
		return (-1);
	SET(CURLOPT_URL, t->url);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTPHEADER, t->fields);
	SET(CURLOPT_USERAGENT, "moatd");
	SET(CURLOPT_POSTFIELDSIZE, (long)t->body.len);
	SET(CURLOPT_POSTFIELDS, (const char *)t->body.p);
	SET(CURLOPT_WRITEFUNCTION, on_answer);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_PRIVATE, t);
	SET(CURLOPT_ERRORBUFFER, t->error);
	return (rv);
}

static void
go(struct token *t)
{
	if ((t->easy = curl_easy_init()) == NULL || set_safety(t) != 0 ||
	    set_request(t) != 0 || multi_add(t->p->multi, t->easy) == -1)
		over(t, MAIL_RETRY, "no memory");
}

/* ---- where it goes ---- */

static int
is_allowed(const struct token *t, const struct sockaddr *sa)
{
	int here = server_address_loopback(sa);

	if (!t->https && !here)
		return (0);
	if (!server_address_private(sa))
		return (1);
	return (t->p->where == BACKCHANNEL_PRIVATE ||
	    (t->p->where == BACKCHANNEL_LOOPBACK && here));
}

/* "host:port:address,address", where libcurl looks first. 0: there are none
 * that it may be sent to. */
static int
choose(struct token *t, const struct evutil_addrinfo *ai)
{
	struct buf b = BUF_INIT;
	char addr[NI_MAXHOST];
	int n = 0;

	buf_addf(&b, "%s:%s:", t->host, t->port);
	for (; ai != NULL && n < ADDRESSES; ai = ai->ai_next) {
		if (!is_allowed(t, ai->ai_addr) || getnameinfo(ai->ai_addr,
		    (socklen_t)ai->ai_addrlen, addr, sizeof(addr), NULL, 0,
		    NI_NUMERICHOST) != 0)
			continue;
		buf_addf(&b, n > 0 ? ",%s" : "%s", addr);
		n++;
	}
	if (n > 0 && buf_cstr(&b) != NULL)
		t->resolve = curl_slist_append(NULL, buf_cstr(&b));
	buf_free(&b);
	return (t->resolve != NULL);
}

static void
on_resolved(int err, struct evutil_addrinfo *list, void *arg)
{
	struct token *t = arg;
	int found;

	if (err != 0) {
		if (list != NULL)
			evutil_freeaddrinfo(list);
		over(t, MAIL_RETRY, evutil_gai_strerror(err));
		return;
	}
	found = choose(t, list);
	evutil_freeaddrinfo(list);
	if (found)
		go(t);
	else
		over(t, MAIL_REFUSED, "its host has no address that logout "
		    "tokens may be sent to");
}

static void
look_up(struct token *t)
{
	struct evutil_addrinfo hints;
	char host[256];
	size_t n = strlen(t->host);

	/* libcurl keeps the brackets of [::1] */
	snprintf(host, sizeof(host), "%s", t->host[0] == '[' ? t->host + 1 :
	    t->host);
	if (t->host[0] == '[' && n > 2)
		host[n - 2] = '\0';
	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_protocol = IPPROTO_TCP;
	(void)evdns_getaddrinfo(t->p->dns, host, t->port, &hints, on_resolved,
	    t);
}

static int
take_part(CURLU *u, CURLUPart what, unsigned flags, char *dst, size_t cap)
{
	char *s = NULL;
	int rv;

	if (curl_url_get(u, what, &s, flags) != CURLUE_OK)
		return (-1);
	rv = (size_t)snprintf(dst, cap, "%s", s) < cap ? 0 : -1;
	curl_free(s);
	return (rv);
}

static int
url_take(struct token *t, const char *url)
{
	CURLU *u = curl_url();
	char scheme[16] = "";
	int rv = -1;

	if (u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    take_part(u, CURLUPART_SCHEME, 0, scheme, sizeof(scheme)) == 0 &&
	    take_part(u, CURLUPART_HOST, 0, t->host, sizeof(t->host)) == 0 &&
	    take_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, t->port,
	    sizeof(t->port)) == 0 &&
	    take_part(u, CURLUPART_URL, 0, t->url, sizeof(t->url)) == 0)
		rv = 0;
	curl_url_cleanup(u);
	t->https = strcmp(scheme, "https") == 0;
	return (t->https || strcmp(scheme, "http") == 0 ? rv : -1);
}

void
post_send(struct post *p, const char *url, const char *token, post_cb cb,
    void *arg)
{
	struct token *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		cb(MAIL_RETRY, "no memory", arg);
		return;
	}
	t->p = p;
	t->cb = cb;
	t->arg = arg;
	p->active++;
	/* A compact JWS has no character that a form would encode. */
	buf_addf(&t->body, "logout_token=%s", token);
	if (t->body.err)
		over(t, MAIL_RETRY, "no memory");
	else if (url_take(t, url) == -1)
		over(t, MAIL_REFUSED, "its URL is none of http or https");
	else
		look_up(t);
}

/* ---- set-up ---- */

static void
on_log(int warning, const char *text)
{
	if (warning)
		log_warnx("resolver: %s", text);
}

struct post *
post_new(struct event_base *base, enum backchannel where, const char *roots,
    size_t nroots)
{
	struct post *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatalx("memory for logout tokens");
	evdns_set_log_fn(on_log);
	p->dns = evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS |
	    EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (p->dns == NULL)
		fatalx("resolver");
	(void)evdns_base_set_option(p->dns, "timeout:", "2");
	(void)evdns_base_set_option(p->dns, "attempts:", "2");
	p->multi = multi_new(CONNECTIONS, finished);
	multi_start(p->multi, base);
	p->where = where;
	p->roots = roots;
	p->nroots = nroots;
	return (p);
}

void
post_free(struct post *p)
{
	if (p == NULL)
		return;
	multi_free(p->multi);
	evdns_base_free(p->dns, 0);
	free(p);
}

unsigned
post_active(const struct post *p)
{
	return (p != NULL ? p->active : 0);
}
