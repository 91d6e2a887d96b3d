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
 * SMTP. Run by the mailer, on its event loop; holds the mails that are under
 * way. libcurl speaks the protocol, with no redirect, proxy, resolver or file
 * in its reach: the address, the root certificates and the credential are
 * given to it. A mail has a connection of its own, a few at a time.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/mailer/multi.h"
#include "privsep/mailer/smtp.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/wipe.h"

#define CONNECTIONS	4
#define CONNECT_S	15
#define ANSWER_S	60	/* for each of the server's replies */
#define WHOLE_S		120
#define LOOKUP_US	(60 * CLOCK_SEC)

struct smtp {
	const struct server *server;
	struct multi	*multi;
	const char	*roots;
	size_t		 nroots;
	unsigned	 active;
	int		 unreachable;
};

struct mail {
	struct smtp	*s;
	CURL		*easy;
	struct curl_slist *rcpt;
	struct buf	 body;
	size_t		 sent;
	smtp_cb		 cb;
	void		*arg;
	char		 error[CURL_ERROR_SIZE];
};

static void
mail_free(struct mail *m)
{
	if (m->easy != NULL)
		curl_easy_cleanup(m->easy);
	curl_slist_free_all(m->rcpt);
	buf_wipe_free(&m->body);
	free(m);
}

/* ---- how it ended ---- */

/*
 * The server wants none of this mail: a reply of class 5 to the sender, the
 * recipient or the text. What it says of us (530 to 538: credential, TLS) is
 * no judgement of the mail.
 */
static enum mail_result
judge(CURL *easy, CURLcode rv)
{
	long code = 0;

	if (rv == CURLE_OK)
		return (MAIL_SENT);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
	if (rv == CURLE_LOGIN_DENIED || rv == CURLE_USE_SSL_FAILED ||
	    code < 500 || code > 599 || (code >= 530 && code <= 538))
		return (MAIL_RETRY);
	return (MAIL_REFUSED);
}

static int
is_unreachable(CURLcode rv)
{
	return (rv == CURLE_COULDNT_CONNECT || rv == CURLE_OPERATION_TIMEDOUT ||
	    rv == CURLE_PEER_FAILED_VERIFICATION);
}

static void
finished(CURL *easy, CURLcode rv, void *arg)
{
	struct mail *m = arg;
	struct smtp *s = m->s;
	enum mail_result result = judge(easy, rv);

	s->active--;
	s->unreachable = is_unreachable(rv);
	multi_remove(s->multi, easy);
	m->cb(result, result == MAIL_SENT ? "" : m->error[0] != '\0' ?
	    m->error : curl_easy_strerror(rv), m->arg);
	mail_free(m);
}

/* A mail may hold a link that is good, and a command the password. */
void
smtp_library(void)
{
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wipe_free,
	    wipe_realloc, strdup, calloc) != CURLE_OK)
		fatalx("libcurl");
}

void
smtp_init(struct smtp **out, const struct server *server, const char *roots,
    size_t nroots)
{
	struct smtp *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatalx("libcurl");
	s->multi = multi_new(CONNECTIONS, finished);
	s->server = server;
	s->roots = roots;
	s->nroots = nroots;
	*out = s;
}

void
smtp_start(struct smtp *s, struct event_base *base)
{
	multi_start(s->multi, base);
}

void
smtp_free(struct smtp *s)
{
	if (s == NULL)
		return;
	multi_free(s->multi);
	free(s);
}

unsigned
smtp_active(const struct smtp *s)
{
	return (s != NULL ? s->active : 0);
}

int
smtp_wants_lookup(const struct smtp *s)
{
	const struct server *server = s->server;

	return (s->active == 0 && !server->literal &&
	    (s->unreachable || !server_found(server)) &&
	    clock_mono() - server->looked_at >= LOOKUP_US);
}

/* ---- one mail ---- */

static size_t
on_read(char *dst, size_t size, size_t n, void *arg)
{
	struct mail *m = arg;
	size_t left = m->body.len - m->sent;

	n *= size;
	if (n > left)
		n = left;
	memcpy(dst, m->body.p + m->sent, n);
	m->sent += n;
	return (n);
}

#define SET(opt, value)	(rv |= (int)curl_easy_setopt(m->easy, opt, value))

/* Where it goes, and how safely. */
static int
set_server(struct mail *m)
{
	const struct server *server = m->s->server;
	struct curl_blob blob = { (void *)(uintptr_t)m->s->roots,
	    m->s->nroots, CURL_BLOB_NOCOPY };
	int rv = 0, strict = server->user != NULL && !server->loopback;

	SET(CURLOPT_URL, server->url);
	SET(CURLOPT_RESOLVE, server->resolve);
	SET(CURLOPT_DNS_CACHE_TIMEOUT, -1L);
	SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_USE_SSL, (long)(server->tls || strict ? CURLUSESSL_ALL :
	    CURLUSESSL_TRY));
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CAINFO, NULL);
	SET(CURLOPT_CAPATH, NULL);
	if (m->s->roots != NULL)
		SET(CURLOPT_CAINFO_BLOB, &blob);
	if (server->user != NULL) {
		/* What needs no library that would open files. */
		SET(CURLOPT_LOGIN_OPTIONS,
		    "AUTH=PLAIN;AUTH=LOGIN;AUTH=CRAM-MD5");
		SET(CURLOPT_USERNAME, server->user);
		SET(CURLOPT_PASSWORD, server->password != NULL ?
		    server->password : "");
	}
	return (rv);
}

static int
set_mail(struct mail *m, const char *from, const char *to)
{
	char path[300];
	int rv = 0;

	snprintf(path, sizeof(path), "<%s>", to);
	if ((m->rcpt = curl_slist_append(NULL, path)) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "<%s>", from);
	SET(CURLOPT_MAIL_FROM, path);
	SET(CURLOPT_MAIL_RCPT, m->rcpt);
	SET(CURLOPT_UPLOAD, 1L);
	SET(CURLOPT_READFUNCTION, on_read);
	SET(CURLOPT_READDATA, m);
	SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)m->body.len);
	SET(CURLOPT_PRIVATE, m);
	SET(CURLOPT_ERRORBUFFER, m->error);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_FORBID_REUSE, 1L);
	SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)ANSWER_S);
	SET(CURLOPT_TIMEOUT, (long)WHOLE_S);
	return (rv);
}

int
smtp_send(struct smtp *s, const char *from, const char *to, struct buf *mail,
    smtp_cb cb, void *arg)
{
	struct mail *m;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return (-1);
	m->s = s;
	m->cb = cb;
	m->arg = arg;
	m->body = *mail;
	buf_init(mail);
	if ((m->easy = curl_easy_init()) == NULL || set_server(m) != 0 ||
	    set_mail(m, from, to) != 0 ||
	    multi_add(s->multi, m->easy) == -1) {
		mail_free(m);
		return (-1);
	}
	s->active++;
	return (0);
}
