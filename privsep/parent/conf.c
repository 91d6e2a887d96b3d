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
 * Who: the parent (and moatd -n). Holds: the configuration, with the
 * credentials of the database and of the super admin in guarded memory.
 * Callers: the grammar and env.c set, the rest of the parent reads.
 */
#include "config.h"

#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/conf.h"
#include "privsep/parent/custody.h"
#include "privsep/parent/lex.h"
#include "privsep/parent/origin.h"
#include "privsep/parent/secret.h"
#include "src/base/log.h"
#include "src/base/utf8.h"

#define NUM(section, name, member, lo, hi, def)				\
	{ section, name, offsetof(struct conf, member), lo, hi, def }

/* Every number there is: its place, its range, its default. */
static const struct number {
	const char	*section, *name;
	size_t		 off;
	int64_t		 min, max;
	uint32_t	 def;
} numbers[] = {
	NUM("", "workers", workers, 1, CONF_WORKERS, 0),
	NUM("", "hashers", hashers, 1, CONF_HASHERS, 0),
	NUM("", "vaults", vaults, 1, CONF_VAULTS, 1),
	NUM("password", "minimum", pw_minimum, 8, 128, 15),
	NUM("password", "memory", pw_memory, 8, 1048576, 19456),
	NUM("password", "time", pw_time, 1, 64, 2),
	NUM("token", "access", tok_access, 1, 86400, 600),
	NUM("token", "refresh-idle", tok_idle, 1, 31536000, 604800),
	NUM("token", "refresh-absolute", tok_absolute, 1, 31536000, 2592000),
	NUM("token", "grace", tok_grace, 0, 300, 10),
	NUM("token", "rotate", tok_rotate, 0, 31536000, 7776000),
	NUM("limit", "connections", lim_connections, 1, 1000000, 16384),
	NUM("limit", "header", lim_header, 1, 3600, 10),
	NUM("limit", "body", lim_body, 1, 3600, 30),
	NUM("limit", "write", lim_write, 1, 3600, 30),
	NUM("limit", "idle", lim_idle, 1, 3600, 60),
	NUM("limit", "inflight", lim_inflight, 1, 65536, 1024),
	NUM("limit", "bytes", lim_bytes, 4096, 2147483647, 67108864),
	NUM("limit", "failures", lim_failures, 1, 1000000, 100),
	NUM("limit", "hash-queue", lim_hash_queue, 1, 65536, 64),
	NUM("throttle", "password-free", th_pw_free, 1, 1000000, 5),
	NUM("throttle", "password-first", th_pw_first, 1, 86400, 30),
	NUM("throttle", "password-max", th_pw_max, 1, 86400, 3600),
	NUM("throttle", "password-suspend", th_pw_suspend, 1, 1000000, 100),
	NUM("throttle", "otp-hour", th_otp_hour, 1, 1000000, 10),
	NUM("throttle", "otp-stop", th_otp_stop, 1, 1000000, 100),
	NUM("throttle", "source-failures", th_source, 1, 1000000, 20),
	NUM("throttle", "register-hour", th_register, 1, 1000000, 5),
	NUM("throttle", "mail-hour", th_mail, 1, 1000000, 5),
	NUM("throttle", "address-hour", th_address, 1, 1000000, 3),
	NUM("throttle", "client-minute", th_client, 1, 1000000, 10),
	NUM("timeout", "database", to_database, 1, 60, 2),
	NUM("timeout", "hasher", to_hasher, 1, 60, 5),
	NUM("timeout", "vault", to_vault, 1, 60, 1)
};
#define NNUMBERS	(sizeof(numbers) / sizeof(*numbers))

static const struct {
	const char	*word;
	uint32_t	 mask;
} classes[] = {
	{ "public", SERVE_PUBLIC }, { "admin", SERVE_ADMIN },
	{ "metrics", SERVE_METRICS }
};

static char message[256];	/* what a setter complained about last */

void
conf_set_text(char **to, const char *text)
{
	char *copy = NULL;

	if (text != NULL && (copy = strdup(text)) == NULL)
		fatal("memory for the configuration");
	free(*to);
	*to = copy;
}

static uint32_t *
number_at(struct conf *c, const struct number *n)
{
	return ((uint32_t *)(void *)((char *)c + n->off));
}

static uint32_t
cores(uint32_t max)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return (n < 1 ? 1 : (unsigned long)n > max ? max : (uint32_t)n);
}

struct conf *
conf_new(void)
{
	struct conf *c;
	size_t i;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	for (i = 0; i < NNUMBERS; i++)
		*number_at(c, &numbers[i]) = numbers[i].def;
	conf_set_text(&c->state, MOATD_STATEDIR);
	conf_set_text(&c->user[ROLE_WORKER], "_moatd");
	conf_set_text(&c->user[ROLE_ENGINE], "_moatdb");
	conf_set_text(&c->user[ROLE_VAULT], "_moatkey");
	conf_set_text(&c->user[ROLE_HASHER], "_moatkey");
	conf_set_text(&c->user[ROLE_MAILER], "_moatmail");
	c->mail_private = 1;
	c->backchannel = BACKCHANNEL_PUBLIC;
	conf_set_text(&c->sa_username, "superadmin");
	conf_set_text(&c->sa_email, "superadmin@moatd.invalid");
	return (c);
}

static void
list_free(struct conf_list *l)
{
	while (l->n > 0)
		free(l->v[--l->n]);
}

void
conf_free(struct conf *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->nlisten; i++) {
		free(c->listen[i].addr);
		free(c->listen[i].socket);
	}
	for (i = 0; i < ROLE__MAX; i++)
		free(c->user[i]);
	conf_mail_free(c);
	list_free(&c->trust);
	list_free(&c->cors);
	secret_free(c->dsn);
	secret_free(c->sa_password);
	free(c->issuer);
	free(c->state);
	free(c->dsn_file);
	free(c->sa_username);
	free(c->sa_email);
	free(c->sa_password_file);
	free(c);
}

static int
parse(struct conf *c)
{
	yyparse();
	(void)c;
	return (lex_close());
}

int
conf_parse_file(struct conf *c, const char *path, conf_report report,
    void *arg)
{
	if (lex_open(c, report, arg) == -1)
		return (1);
	if (lex_push_file(path) == -1)
		return (lex_close());
	return (parse(c));
}

int
conf_parse_mem(struct conf *c, const char *name, const char *data,
    size_t len, conf_report report, void *arg)
{
	if (lex_open(c, report, arg) == -1)
		return (1);
	if (lex_push_mem(name, data, len) == -1)
		return (lex_close());
	return (parse(c));
}

const char *
conf_set_issuer(struct conf *c, const char *url)
{
	if (!origin_ok(url))
		return ("issuer must be http:// or https:// with a host and "
		    "nothing behind it, not even a slash");
	conf_set_text(&c->issuer, url);
	return (NULL);
}

const char *
conf_set_state(struct conf *c, const char *dir)
{
	if (*dir == '\0' || strlen(dir) > 900 ||
	    !utf8_valid(dir, strlen(dir)))
		return ("state must name a directory, in UTF-8");
	conf_set_text(&c->state, dir);
	return (NULL);
}

const char *
conf_set_number(struct conf *c, const char *section, const char *name,
    int64_t value)
{
	const struct number *n;
	size_t i;

	if (strcmp(section, "auto") == 0) {
		if (strcmp(name, "vaults") == 0)
			return ("vaults takes a number");
		section = "";
		value = cores(64);
	}
	for (i = 0; i < NNUMBERS; i++) {
		n = &numbers[i];
		if (strcmp(n->section, section) != 0 ||
		    strcmp(n->name, name) != 0)
			continue;
		if (value < n->min || value > n->max) {
			snprintf(message, sizeof(message), "%s%s%s must be "
			    "from %lld to %lld", section,
			    *section != '\0' ? " " : "", name,
			    (long long)n->min, (long long)n->max);
			return (message);
		}
		*number_at(c, n) = (uint32_t)value;
		return (NULL);
	}
	snprintf(message, sizeof(message), "unknown keyword \"%.64s\" in %s",
	    name, section);
	return (message);
}

const char *
conf_set_user(struct conf *c, const char *role, const char *name)
{
	static const enum role with[] = { ROLE_VAULT, ROLE_HASHER,
	    ROLE_ENGINE, ROLE_WORKER, ROLE_MAILER };
	size_t i;

	if (*name == '\0')
		return ("user takes a name");
	for (i = 0; i < sizeof(with) / sizeof(*with); i++) {
		if (strcmp(role_name(with[i]), role) != 0)
			continue;
		conf_set_text(&c->user[with[i]], name);
		return (NULL);
	}
	snprintf(message, sizeof(message), "unknown role \"%.64s\": worker, "
	    "engine, vault, hasher or mailer", role);
	return (message);
}

/* NULL: SQLite. */
const char *
conf_set_dsn(struct conf *c, const char *url)
{
	if (url != NULL && strncmp(url, "postgresql://", 13) != 0 &&
	    strncmp(url, "postgres://", 11) != 0)
		return ("the database must be a postgresql:// URL");
	if (url != NULL && strlen(url) > 4096)
		return ("the database's URL is longer than 4096 bytes");
	secret_free(c->dsn);
	c->dsn = url != NULL ? secret_new(url, strlen(url)) : NULL;
	c->postgres = url != NULL;
	conf_set_text(&c->dsn_file, NULL);
	return (NULL);
}

static const char *
set_dsn_secret(struct conf *c, struct secret *s)
{
	const char *no;

	no = conf_set_dsn(c, secret_open(s, NULL));
	secret_free(s);
	return (no);
}

const char *
conf_set_superadmin(struct conf *c, const char *what, const char *value)
{
	if (*value == '\0')
		return ("superadmin: empty value");
	if (strcmp(what, "username") == 0) {
		if (strlen(value) > 256)
			return ("superadmin username is too long");
		conf_set_text(&c->sa_username, value);
	} else if (strcmp(what, "email") == 0) {
		if (strlen(value) > 254)
			return ("superadmin email is too long");
		conf_set_text(&c->sa_email, value);
	} else
		conf_set_text(&c->sa_password_file, value);
	return (NULL);
}

const char *
conf_serve(const char *word, uint32_t *serve)
{
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		if (strcmp(classes[i].word, word) == 0) {
			*serve |= classes[i].mask;
			return (NULL);
		}
	}
	snprintf(message, sizeof(message), "unknown class \"%.64s\": public, "
	    "admin or metrics", word);
	return (message);
}

const char *
conf_add_listen(struct conf *c, const char *addr, const char *name,
    int64_t port, uint32_t serve)
{
	struct conf_listen *l = &c->listen[c->nlisten];
	unsigned char bin[16];
	size_t i;

	if (c->nlisten == CONF_LISTENERS)
		return ("more than 16 listeners");
	if (addr != NULL && inet_pton(AF_INET, addr, bin) != 1 &&
	    inet_pton(AF_INET6, addr, bin) != 1)
		return ("listen takes a numeric address (IPv4 or IPv6)");
	if (addr != NULL && (port < 1 || port > 65535))
		return ("port must be from 1 to 65535");
	if (name != NULL && (*name == '\0' || strlen(name) > 63))
		return ("socket takes the name that its unit gives it");
	for (i = 0; i < c->nlisten; i++) {
		if (addr != NULL && c->listen[i].addr != NULL &&
		    c->listen[i].port == port &&
		    strcmp(c->listen[i].addr, addr) == 0)
			return ("two listeners on one address");
		if (name != NULL && c->listen[i].socket != NULL &&
		    strcmp(c->listen[i].socket, name) == 0)
			return ("two listeners on one socket");
	}
	conf_set_text(&l->addr, addr);
	conf_set_text(&l->socket, name);
	l->port = (uint16_t)port;
	l->serve = serve;
	c->nlisten++;
	return (NULL);
}

/* 1: every bit behind the prefix is 0. A worker takes no other network. */
static int
is_network(const unsigned char *bin, long bits, long most)
{
	long i;

	for (i = bits; i >= 0 && i < most; i++)
		if ((bin[i / 8] & (0x80 >> (i % 8))) != 0)
			return (0);
	return (1);
}

const char *
conf_add_trust(struct conf *c, const char *cidr)
{
	char addr[64], *slash, *end;
	unsigned char bin[16];
	long bits = -1, most;

	if (c->trust.n == CONF_LIST)
		return ("more than 64 networks in trust proxy");
	if (strlen(cidr) >= sizeof(addr))
		return ("trust proxy takes addresses and networks");
	memcpy(addr, cidr, strlen(cidr) + 1);
	if ((slash = strchr(addr, '/')) != NULL) {
		*slash++ = '\0';
		bits = strtol(slash, &end, 10);
		if (strspn(slash, "0123456789") != strlen(slash) ||
		    *slash == '\0' || strlen(slash) > 3)
			return ("network with a bad prefix length");
	}
	most = inet_pton(AF_INET, addr, bin) == 1 ? 32 :
	    inet_pton(AF_INET6, addr, bin) == 1 ? 128 : -1;
	if (most == -1)
		return ("trust proxy takes addresses and networks");
	if (bits > most)
		return ("network with a bad prefix length");
	if (!is_network(bin, bits, most))
		return ("network with bits behind its prefix");
	conf_set_text(&c->trust.v[c->trust.n++], cidr);
	return (NULL);
}

const char *
conf_add_cors(struct conf *c, const char *origin)
{
	if (c->cors.n == CONF_LIST)
		return ("more than 64 origins in cors");
	if (!origin_ok(origin))
		return ("an origin is http:// or https:// with a host and "
		    "nothing behind it");
	conf_set_text(&c->cors.v[c->cors.n++], origin);
	return (NULL);
}

static int
report_one(conf_report report, void *arg, const char *who, const char *what)
{
	char line[1024];

	snprintf(line, sizeof(line), "%.700s: %s", who, what);
	report(line, arg);
	return (1);
}

static int
finish_secrets(struct conf *c, conf_report report, void *arg)
{
	char why[256];
	struct secret *s;
	char *path = NULL;
	const char *no;
	int errors = 0;

	if (c->dsn_file != NULL) {
		if ((s = custody_read_file(c->dsn_file, 4096, why,
		    sizeof(why))) == NULL)
			return (report_one(report, arg, c->dsn_file, why));
		conf_set_text(&path, c->dsn_file);
		if ((no = set_dsn_secret(c, s)) != NULL)
			errors += report_one(report, arg, path, no);
		free(path);
	}
	if (c->sa_password_file != NULL) {
		secret_free(c->sa_password);
		if ((c->sa_password = custody_read_file(c->sa_password_file,
		    1024, why, sizeof(why))) == NULL)
			errors += report_one(report, arg, c->sa_password_file,
			    why);
	}
	return (errors);
}

int
conf_finish(struct conf *c, conf_report report, void *arg)
{
	char issuer[64];
	int errors = 0;

	if (c->nlisten == 0)
		conf_add_listen(c, "127.0.0.1", NULL, 3000, SERVE_ALL);
	if (c->issuer == NULL) {
		snprintf(issuer, sizeof(issuer), "http://127.0.0.1:%u",
		    c->listen[0].port != 0 ? c->listen[0].port : 3000U);
		conf_set_text(&c->issuer, issuer);
	}
	if (c->workers == 0)
		c->workers = cores(CONF_WORKERS);
	if (c->hashers == 0)
		c->hashers = cores(CONF_HASHERS);
	if (c->tok_idle > c->tok_absolute)
		errors += report_one(report, arg, "token", "refresh-idle is "
		    "longer than refresh-absolute");
	errors += finish_secrets(c, report, arg);
	return (errors + conf_mail_finish(c, report, arg));
}
