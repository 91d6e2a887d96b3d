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
 * Where PostgreSQL is: takes the connection string apart, resolves names and
 * fills in what libpq would otherwise look for in the environment, the home
 * directory or the resolver. Runs in the engine before its confinement;
 * holds the database password until pg_dsn_wipe().
 */
#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>

#include <netdb.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/store/pgsql_int.h"
#include "src/base/log.h"

/* What is set unless the DSN says it. */
static const struct {
	const char *key, *val;
} defaults[] = {
	{ "keepalives_idle", "10" },
	{ "keepalives_interval", "3" },
	{ "keepalives_count", "3" },
	{ "tcp_user_timeout", "10000" },
	/* Names that do not exist keep libpq out of the home directory. */
	{ "passfile", "/nonexistent/pgpass" },
	{ "sslcert", "/nonexistent/postgresql.crt" },
	{ "sslkey", "/nonexistent/postgresql.key" },
	{ "sslrootcert", "/nonexistent/root.crt" },
	{ "sslcrl", "/nonexistent/root.crl" },
};

/* What is set whatever the DSN says. */
static const struct {
	const char *key, *val;
} forced[] = {
	{ "gssencmode", "disable" },
	{ "application_name", "moatd" },
	{ "client_encoding", "UTF8" },
};

static const char *const files[] = { "sslcert", "sslkey", "sslrootcert",
	"sslcrl", "passfile" };

static char *
copy(const char *s)
{
	char *p;

	if ((p = strdup(s)) == NULL)
		fatalx("store: out of memory");
	return (p);
}

static const char *
get(const struct pg_dsn *d, const char *key)
{
	int i;

	for (i = 0; i < d->nopt; i++)
		if (strcmp(d->key[i], key) == 0)
			return (d->val[i]);
	return (NULL);
}

static void
wipe(char *s)
{
	if (s != NULL)
		sodium_memzero(s, strlen(s));
	free(s);
}

static void
set(struct pg_dsn *d, const char *key, const char *val)
{
	int i;

	for (i = 0; i < d->nopt; i++)
		if (strcmp(d->key[i], key) == 0)
			break;
	if (i == PG_OPTIONS)
		fatalx("database: too many options");
	if (i == d->nopt) {
		d->key[i] = copy(key);
		d->nopt++;
	} else
		wipe(d->val[i]);
	d->val[i] = copy(val);
}

/* Element n of a comma-separated list; "" past its end. Caller frees. */
static char *
element(const char *list, int n)
{
	const char *e;
	char *p;
	size_t len;

	for (; n > 0 && list != NULL; n--)
		if ((list = strchr(list, ',')) != NULL)
			list++;
	if (list == NULL)
		return (copy(""));
	e = strchr(list, ',');
	len = e != NULL ? (size_t)(e - list) : strlen(list);
	if ((p = strndup(list, len)) == NULL)
		fatalx("store: out of memory");
	return (p);
}

static int
elements(const char *list)
{
	int n = 1;

	if (list == NULL)
		return (0);
	for (; *list != '\0'; list++)
		n += *list == ',';
	return (n);
}

static void
add_host(struct pg_dsn *d, const char *name, const char *addr, const char *port)
{
	struct pg_host *h;

	if (d->nhost == PG_HOSTS) {
		log_warnx("database: more than %d addresses; the rest is "
			  "not used",
		    PG_HOSTS);
		return;
	}
	h = &d->host[d->nhost++];
	h->name = copy(name);
	h->addr = copy(addr);
	h->port = copy(port);
}

/* Every address of a name is an address to try. */
static void
resolve(struct pg_dsn *d, const char *name, const char *port)
{
	struct addrinfo hints, *res, *ai;
	char addr[NI_MAXHOST];
	int rc;

	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	if ((rc = getaddrinfo(name, NULL, &hints, &res)) != 0) {
		log_warnx("database: %s: %s", name, gai_strerror(rc));
		d->names = 1;
		return;
	}
	for (ai = res; ai != NULL; ai = ai->ai_next) {
		if (getnameinfo(ai->ai_addr, ai->ai_addrlen, addr, sizeof(addr),
			NULL, 0, NI_NUMERICHOST) != 0)
			continue;
		if (strcmp(addr, name) != 0)
			d->names = 1;
		add_host(d, name, addr, port);
	}
	freeaddrinfo(res);
}

static void
hosts(
    struct pg_dsn *d, const char *host, const char *hostaddr, const char *port)
{
	char *a, *h, *p;
	int i, n;

	if ((n = elements(hostaddr)) < elements(host))
		n = elements(host);
	if (n == 0)
		n = 1;
	for (i = 0; i < n; i++) {
		h = element(host, i);
		a = element(hostaddr, i);
		/* One port serves all hosts. */
		p = element(port, elements(port) > 1 ? i : 0);
		if (a[0] != '\0' || h[0] == '\0' || h[0] == '/' || h[0] == '@')
			add_host(d, h, a, p);
		else
			resolve(d, h, p);
		free(h);
		free(a);
		free(p);
	}
}

static void
check_files(const struct pg_dsn *d)
{
	const char *mode, *p;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if ((p = get(d, files[i])) != NULL && access(p, R_OK) != 0)
			fatal("database: %s %s", files[i], p);
	mode = get(d, "sslmode");
	if (mode != NULL && strncmp(mode, "verify-", 7) == 0 &&
	    get(d, "sslrootcert") == NULL)
		fatalx("database: sslmode=%s needs sslrootcert=FILE", mode);
}

static void
add_defaults(struct pg_dsn *d)
{
	struct passwd *pw;
	size_t i;

	if (get(d, "user") == NULL) {
		if ((pw = getpwuid(geteuid())) == NULL)
			fatalx("database: the connection string has no user");
		set(d, "user", pw->pw_name);
	}
	for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (get(d, defaults[i].key) == NULL)
			set(d, defaults[i].key, defaults[i].val);
	for (i = 0; i < sizeof(forced) / sizeof(forced[0]); i++)
		set(d, forced[i].key, forced[i].val);
	/* Of several servers the one that writes is meant. */
	if (d->nhost > 1 && get(d, "target_session_attrs") == NULL)
		set(d, "target_session_attrs", "read-write");
}

void
pg_dsn_parse(struct pg_dsn *d, const char *dsn)
{
	PQconninfoOption *opt, *o;
	const char *host = NULL, *addr = NULL, *port = NULL;
	char *err = NULL;

	memset(d, 0, sizeof(*d));
	/* The message may quote the string, which holds the password. */
	if ((opt = PQconninfoParse(dsn, &err)) == NULL)
		fatalx("database: the connection string does not parse");
	for (o = opt; o->keyword != NULL; o++) {
		if (o->val == NULL || o->val[0] == '\0')
			continue;
		if (strcmp(o->keyword, "service") == 0 ||
		    strcmp(o->keyword, "replication") == 0)
			fatalx("database: %s is not supported", o->keyword);
		if (strcmp(o->keyword, "host") == 0)
			host = o->val;
		else if (strcmp(o->keyword, "hostaddr") == 0)
			addr = o->val;
		else if (strcmp(o->keyword, "port") == 0)
			port = o->val;
		else
			set(d, o->keyword, o->val);
	}
	hosts(d, host, addr, port);
	check_files(d);
	add_defaults(d);
	for (o = opt; o->keyword != NULL; o++)
		if (o->val != NULL)
			sodium_memzero(o->val, strlen(o->val));
	PQconninfoFree(opt);
}

void
pg_dsn_wipe(struct pg_dsn *d)
{
	int i;

	for (i = 0; i < d->nopt; i++) {
		free(d->key[i]);
		wipe(d->val[i]);
	}
	for (i = 0; i < d->nhost; i++) {
		free(d->host[i].name);
		free(d->host[i].addr);
		free(d->host[i].port);
	}
	memset(d, 0, sizeof(*d));
}

PGconn *
pg_dsn_connect(const struct pg_dsn *d, int host)
{
	const char *key[PG_OPTIONS + 4], *val[PG_OPTIONS + 4];
	const struct pg_host *h = &d->host[host];
	int i;

	for (i = 0; i < d->nopt; i++) {
		key[i] = d->key[i];
		val[i] = d->val[i];
	}
	key[i] = "host";
	val[i++] = h->name;
	key[i] = "hostaddr";
	val[i++] = h->addr;
	key[i] = "port";
	val[i++] = h->port;
	key[i] = val[i] = NULL;
	return (PQconnectStartParams(key, val, 0));
}

size_t
pg_dsn_files(const struct pg_dsn *d, const char **path, size_t cap)
{
	const char *p;
	size_t i, n = 0;

	for (i = 0; i < sizeof(files) / sizeof(files[0]) && n < cap; i++)
		if ((p = get(d, files[i])) != NULL &&
		    strncmp(p, "/nonexistent/", 13) != 0)
			path[n++] = p;
	return (n);
}
