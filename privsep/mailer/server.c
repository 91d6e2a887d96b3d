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
 * The mail server. Run by the mailer, before its sandbox: takes the URL apart,
 * looks the name up, reads the root certificates. Holds the credential in
 * guarded memory. After that the mailer opens no file and asks no resolver; a
 * name that must be looked up anew costs a restart.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <curl/curl.h>
#include <netdb.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/mailer/server.h"
#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define ADDRESSES	16
#define ROOTS_MAX	(4 << 20)

/* Network, bits of it: what the Internet does not route. */
static const struct {
	uint32_t	net;
	unsigned	bits;
} private4[] = {
	{ 0x00000000, 8 }, { 0x0a000000, 8 }, { 0x64400000, 10 },
	{ 0x7f000000, 8 }, { 0xa9fe0000, 16 }, { 0xac100000, 12 },
	{ 0xc0000000, 24 }, { 0xc0a80000, 16 }, { 0xc6120000, 15 },
	{ 0xe0000000, 3 }
};

static int
is_private4(uint32_t a)
{
	size_t i;

	for (i = 0; i < sizeof(private4) / sizeof(*private4); i++)
		if ((a ^ private4[i].net) >> (32 - private4[i].bits) == 0)
			return (1);
	return (0);
}

static uint32_t
word(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

static int
is_private6(const uint8_t a[16])
{
	static const uint8_t zero[12];
	static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };

	if (memcmp(a, zero, 10) == 0 && a[10] == 0xff && a[11] == 0xff)
		return (is_private4(word(a + 12)));	/* mapped */
	if (memcmp(a, nat64, 12) == 0)
		return (is_private4(word(a + 12)));
	if (memcmp(a, zero, 12) == 0)
		return (1);		/* ::, ::1, compatible */
	if (a[0] == 0x20 && a[1] == 0x02)
		return (is_private4(word(a + 2)));	/* 6to4 */
	return ((a[0] & 0xfe) == 0xfc || a[0] == 0xff ||
	    (a[0] == 0xfe && (a[1] & 0x80) == 0x80));
}

int
server_address_private(const struct sockaddr *sa)
{
	const struct sockaddr_in6 *six;
	const struct sockaddr_in *four;

	if (sa->sa_family == AF_INET) {
		four = (const struct sockaddr_in *)(const void *)sa;
		return (is_private4(ntohl(four->sin_addr.s_addr)));
	}
	if (sa->sa_family != AF_INET6)
		return (1);
	six = (const struct sockaddr_in6 *)(const void *)sa;
	return (is_private6(six->sin6_addr.s6_addr));
}

int
server_address_loopback(const struct sockaddr *sa)
{
	const struct sockaddr_in6 *six;
	const struct sockaddr_in *four;

	if (sa->sa_family == AF_INET) {
		four = (const struct sockaddr_in *)(const void *)sa;
		return (ntohl(four->sin_addr.s_addr) >> 24 == 127);
	}
	six = (const struct sockaddr_in6 *)(const void *)sa;
	return (sa->sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LOOPBACK(&six->sin6_addr));
}

/* ---- the name ---- */

/* Puts "host:port:address,address" where libcurl looks first. */
static void
remember(struct server *s, const char *port, const struct addrinfo *list,
    int private)
{
	const struct addrinfo *ai;
	struct buf b = BUF_INIT;
	char addr[NI_MAXHOST];
	int n = 0, left_out = 0;

	s->loopback = 1;
	buf_addf(&b, "%s:%s:", s->host, port);
	for (ai = list; ai != NULL && n < ADDRESSES; ai = ai->ai_next) {
		if (!private && !s->literal &&
		    server_address_private(ai->ai_addr)) {
			left_out = 1;
			continue;
		}
		if (getnameinfo(ai->ai_addr, ai->ai_addrlen, addr,
		    sizeof(addr), NULL, 0, NI_NUMERICHOST) != 0)
			continue;
		buf_addf(&b, n > 0 ? ",%s" : "%s", addr);
		s->loopback = s->loopback &&
		    server_address_loopback(ai->ai_addr);
		n++;
	}
	if (n > 0 && !s->literal && buf_cstr(&b) != NULL)
		s->resolve = curl_slist_append(NULL, buf_cstr(&b));
	else if (n == 0)
		snprintf(s->why, sizeof(s->why), "%s has no address%s",
		    s->host, left_out ? " but private ones, which "
		    "private-addresses refuses" : "");
	buf_free(&b);
}

static void
look_up(struct server *s, const char *port, int private)
{
	struct addrinfo hints, *list = NULL;
	char host[256];
	size_t n = strlen(s->host);
	int rv;

	/* libcurl keeps the brackets of [::1] */
	snprintf(host, sizeof(host), "%s", s->host[0] == '[' ? s->host + 1 :
	    s->host);
	if (s->host[0] == '[' && n > 2)
		host[n - 2] = '\0';
	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICHOST;
	s->looked_at = clock_mono();
	if (getaddrinfo(host, port, &hints, &list) == 0)
		s->literal = 1;
	else {
		hints.ai_flags = AI_ADDRCONFIG;
		/* moatd waits for us to be ready */
		setenv("RES_OPTIONS", "timeout:2 attempts:2", 1);
		rv = getaddrinfo(host, port, &hints, &list);
		unsetenv("RES_OPTIONS");
		if (rv != 0) {
			snprintf(s->why, sizeof(s->why), "%s: %s", s->host,
			    gai_strerror(rv));
			return;
		}
	}
	remember(s, port, list, private);
	freeaddrinfo(list);
}

/* ---- the URL ---- */

static char *
guarded(char *s)
{
	char *p = NULL;

	if (s == NULL)
		return (NULL);
	if ((p = sodium_malloc(strlen(s) + 1)) == NULL)
		fatal("guarded memory");
	memcpy(p, s, strlen(s) + 1);
	sodium_memzero(s, strlen(s));
	curl_free(s);
	return (p);
}

static char *
url_part(CURLU *u, CURLUPart what, unsigned flags)
{
	char *s = NULL;

	return (curl_url_get(u, what, &s, flags) == CURLUE_OK ? s : NULL);
}

/* A stranger would send it over a connection that anyone can read. */
static int
url_take(struct server *s, CURLU *u, const char *ehlo, int private)
{
	char *scheme = url_part(u, CURLUPART_SCHEME, 0);
	char *host = url_part(u, CURLUPART_HOST, 0);
	char *port = url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	int rv = -1;

	s->user = guarded(url_part(u, CURLUPART_USER, CURLU_URLDECODE));
	s->password = guarded(url_part(u, CURLUPART_PASSWORD,
	    CURLU_URLDECODE));
	if (scheme != NULL && host != NULL && port != NULL &&
	    (strcmp(scheme, "smtp") == 0 || strcmp(scheme, "smtps") == 0) &&
	    (size_t)snprintf(s->host, sizeof(s->host), "%s", host) <
	    sizeof(s->host)) {
		s->tls = strcmp(scheme, "smtps") == 0;
		/* 25 is for servers among themselves; libcurl's default */
		snprintf(s->url, sizeof(s->url), "%s://%s:%s/%s", scheme,
		    host, port, ehlo);
		look_up(s, port, private);
		rv = 0;
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return (rv);
}

int
server_open(struct server *s, const char *url, const char *ehlo, int private,
    char *why, size_t whylen)
{
	CURLU *u = curl_url();
	int rv = -1;

	memset(s, 0, sizeof(*s));
	if (u == NULL)
		fatal("curl_url");
	if (curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK)
		rv = url_take(s, u, ehlo, private);
	curl_url_cleanup(u);
	if (rv == -1)
		snprintf(why, whylen, "the mail server's URL is not an "
		    "smtp:// or smtps:// URL");
	return (rv);
}

void
server_free(struct server *s)
{
	sodium_free(s->user);
	sodium_free(s->password);
	curl_slist_free_all(s->resolve);
	memset(s, 0, sizeof(*s));
}

int
server_found(const struct server *s)
{
	return (s->why[0] == '\0');
}

/* ---- root certificates ---- */

static char *
read_whole(const char *path, size_t *n)
{
	FILE *f;
	char *p;

	if ((f = fopen(path, "re")) == NULL)
		return (NULL);
	if ((p = malloc(ROOTS_MAX)) == NULL)
		fatal("memory for certificates");
	*n = fread(p, 1, ROOTS_MAX, f);
	if (ferror(f) || *n == 0 || *n == ROOTS_MAX) {
		free(p);
		p = NULL;
	}
	fclose(f);
	return (p);
}

char *
server_roots(const char *path, size_t *n)
{
	static const char *const usual[] = {
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
		"/etc/ssl/ca-bundle.pem"
	};
	char *p = NULL, *shrunk;
	size_t i;

	if (*path != '\0')
		p = read_whole(path, n);
	else
		for (i = 0; i < sizeof(usual) / sizeof(*usual) && p == NULL;
		    i++)
			p = read_whole(usual[i], n);
	if (p != NULL && (shrunk = realloc(p, *n)) != NULL)
		p = shrunk;
	return (p);
}
