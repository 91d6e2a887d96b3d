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
 * Who: the parent. Holds: copies of the variables that moatd knows; those
 * that carry a credential in guarded memory. Callers: moatd.c takes at start,
 * applies at each load.
 *
 * What is not secret stays where the kernel shows it, so that an operator can
 * see (and repeat) how moatd was started; secrets are overwritten there.
 */
#include "config.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/parent/custody.h"
#include "privsep/parent/env.h"
#include "privsep/parent/secret.h"
#include "src/base/buf.h"
#include "src/base/log.h"

enum hide { PLAIN, SECRET, URL };

static const struct {
	const char	*name;
	enum hide	 hide;
} known[] = {
	{ "MOATD_CONFIG", PLAIN },
	{ "MOATD_PORT", PLAIN }, { "PORT", PLAIN },
	{ "MOATD_STATE", PLAIN }, { "MOATD_ISSUER", PLAIN },
	{ "MOATD_DATABASE_URL", URL }, { "MOATD_DATABASE_URL_FILE", PLAIN },
	{ "MOATD_SMTP_URL", URL }, { "MOATD_SMTP_URL_FILE", PLAIN },
	{ "MOATD_MAIL_FROM", PLAIN },
	{ "SUPER_ADMIN_USERNAME", PLAIN }, { "SUPER_ADMIN_EMAIL", PLAIN },
	{ "SUPER_ADMIN_PASSWORD", SECRET },
	{ "SUPER_ADMIN_PASSWORD_FILE", PLAIN },
	{ "DB_HOST", PLAIN }, { "DB_PORT", PLAIN }, { "DB_USERNAME", PLAIN },
	{ "DB_DATABASE", PLAIN }, { "DB_PASSWORD", SECRET },
	{ "DB_PASSWORD_FILE", PLAIN },
	{ "LISTEN_FDS", PLAIN }, { "LISTEN_PID", PLAIN },
	{ "LISTEN_FDNAMES", PLAIN }, { "NOTIFY_SOCKET", PLAIN },
	{ "WATCHDOG_USEC", PLAIN }, { "WATCHDOG_PID", PLAIN }
};
#define NKNOWN	(sizeof(known) / sizeof(*known))

struct env {
	char		*plain[NKNOWN];
	struct secret	*secret[NKNOWN];
};

/* Of a URL only the password: the rest says which server it was. */
static void
hide_password(char *url)
{
	char *start = strstr(url, "://"), *at, *colon, *p;

	if (start != NULL) {
		start += 3;
		at = start + strcspn(start, "/?#");
		while (at > start && *at != '@')
			at--;
		colon = memchr(start, ':', (size_t)(at - start));
		for (p = colon != NULL ? colon + 1 : at; p < at; p++)
			*p = 'x';
	}
	for (p = strstr(url, "password="); p != NULL;
	    p = strstr(p, "password="))
		for (p += 9; *p != '\0' && *p != '&'; p++)
			*p = 'x';
}

static void
take(struct env *e, size_t i, char *value)
{
	if (*value == '\0')
		return;
	if (known[i].hide == PLAIN) {
		conf_set_text(&e->plain[i], value);
		return;
	}
	secret_free(e->secret[i]);
	e->secret[i] = secret_new(value, strlen(value));
	if (known[i].hide == URL)
		hide_password(value);
	else
		sodium_memzero(value, strlen(value));
}

struct env *
env_take(char **environment)
{
	struct env *e;
	char **v;
	size_t i, n;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		fatal("environment");
	for (v = environment; v != NULL && *v != NULL; v++) {
		for (i = 0; i < NKNOWN; i++) {
			n = strlen(known[i].name);
			if (strncmp(*v, known[i].name, n) == 0 &&
			    (*v)[n] == '=')
				take(e, i, *v + n + 1);
		}
	}
	clearenv();
	return (e);
}

void
env_free(struct env *e)
{
	size_t i;

	if (e == NULL)
		return;
	for (i = 0; i < NKNOWN; i++) {
		free(e->plain[i]);
		secret_free(e->secret[i]);
	}
	free(e);
}

static size_t
place(const char *name)
{
	size_t i;

	for (i = 0; i < NKNOWN; i++)
		if (strcmp(known[i].name, name) == 0)
			return (i);
	fatalx("no variable %s", name);
}

const char *
env_get(const struct env *e, const char *name)
{
	return (e->plain[place(name)]);
}

int64_t
env_number(const struct env *e, const char *name)
{
	const char *s = env_get(e, name);

	if (s == NULL || strlen(s) > 18 ||
	    strspn(s, "0123456789") != strlen(s))
		return (0);
	return (strtoll(s, NULL, 10));
}

static int
complain(conf_report report, void *arg, const char *name, const char *what)
{
	char line[512];

	if (what == NULL)
		return (0);
	snprintf(line, sizeof(line), "%s: %.400s", name, what);
	report(line, arg);
	return (1);
}

static int
apply_port(const struct env *e, struct conf *c, conf_report report, void *arg)
{
	const char *name = "MOATD_PORT";
	int64_t port;
	size_t i;

	if (env_get(e, name) == NULL)
		name = "PORT";
	if (env_get(e, name) == NULL)
		return (0);
	port = env_number(e, name);
	if (port < 1 || port > 65535)
		return (complain(report, arg, name,
		    "port must be from 1 to 65535"));
	for (i = 0; i < c->nlisten; i++) {
		if (c->listen[i].addr == NULL ||
		    (c->listen[i].serve & SERVE_PUBLIC) == 0)
			continue;
		c->listen[i].port = (uint16_t)port;
		return (0);
	}
	return (complain(report, arg, name, conf_add_listen(c, "127.0.0.1",
	    NULL, port, SERVE_ALL)));
}

/* Percent-encodes all but the unreserved (RFC 3986 section 2.3). */
static void
add_encoded(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (isalnum((unsigned char)*s) || strchr("-._~", *s) != NULL)
			buf_addc(b, *s);
		else
			buf_addf(b, "%%%02X", (unsigned char)*s);
	}
}

/* A URL from DB_HOST and its companions. */
static const char *
database_parts(const struct env *e, struct conf *c, struct secret *password)
{
	const char *host = env_get(e, "DB_HOST"), *s, *no;
	struct buf b = BUF_INIT;

	buf_adds(&b, "postgresql://");
	if ((s = env_get(e, "DB_USERNAME")) != NULL) {
		add_encoded(&b, s);
		if (password != NULL) {
			buf_addc(&b, ':');
			add_encoded(&b, secret_open(password, NULL));
			secret_close(password);
		}
		buf_addc(&b, '@');
	}
	if (strchr(host, ':') != NULL)
		buf_addf(&b, "[%s]", host);
	else
		add_encoded(&b, host);
	if ((s = env_get(e, "DB_PORT")) != NULL) {
		buf_addc(&b, ':');
		add_encoded(&b, s);
	}
	if ((s = env_get(e, "DB_DATABASE")) != NULL) {
		buf_addc(&b, '/');
		add_encoded(&b, s);
	}
	if ((s = buf_cstr(&b)) == NULL)
		fatal("database URL");
	no = conf_set_dsn(c, s);
	buf_wipe_free(&b);
	return (no);
}

/* A secret by value, or by NAME_FILE; *s NULL when neither is there. */
static int
by_value_or_file(const struct env *e, const char *name, const char *file,
    size_t max, struct secret **s, conf_report report, void *arg)
{
	char why[192];

	*s = secret_dup(e->secret[place(name)]);
	if (*s != NULL || env_get(e, file) == NULL)
		return (0);
	if ((*s = custody_read_file(env_get(e, file), max, why,
	    sizeof(why))) == NULL)
		return (complain(report, arg, file, why));
	return (0);
}

static int
apply_database(const struct env *e, struct conf *c, conf_report report,
    void *arg)
{
	struct secret *url, *password = NULL;
	const char *no = NULL;
	int errors;

	errors = by_value_or_file(e, "MOATD_DATABASE_URL",
	    "MOATD_DATABASE_URL_FILE", 4096, &url, report, arg);
	if (errors == 0 && url != NULL) {
		no = conf_set_dsn(c, secret_open(url, NULL));
		secret_close(url);
		errors += complain(report, arg, "MOATD_DATABASE_URL", no);
	} else if (errors == 0 && env_get(e, "DB_HOST") != NULL) {
		errors = by_value_or_file(e, "DB_PASSWORD",
		    "DB_PASSWORD_FILE", 1024, &password, report, arg);
		if (errors == 0)
			no = database_parts(e, c, password);
		errors += complain(report, arg, "DB_HOST", no);
	}
	secret_free(url);
	secret_free(password);
	return (errors);
}

static int
apply_superadmin(const struct env *e, struct conf *c, conf_report report,
    void *arg)
{
	struct secret *password;
	int errors = 0;

	if (env_get(e, "SUPER_ADMIN_USERNAME") != NULL)
		errors += complain(report, arg, "SUPER_ADMIN_USERNAME",
		    conf_set_superadmin(c, "username",
		    env_get(e, "SUPER_ADMIN_USERNAME")));
	if (env_get(e, "SUPER_ADMIN_EMAIL") != NULL)
		errors += complain(report, arg, "SUPER_ADMIN_EMAIL",
		    conf_set_superadmin(c, "email",
		    env_get(e, "SUPER_ADMIN_EMAIL")));
	errors += by_value_or_file(e, "SUPER_ADMIN_PASSWORD",
	    "SUPER_ADMIN_PASSWORD_FILE", 1024, &password, report, arg);
	if (password != NULL) {
		secret_free(c->sa_password);
		c->sa_password = password;
		conf_set_text(&c->sa_password_file, NULL);
	}
	return (errors);
}

static int
apply_mail(const struct env *e, struct conf *c, conf_report report, void *arg)
{
	struct secret *url;
	int errors;

	errors = by_value_or_file(e, "MOATD_SMTP_URL", "MOATD_SMTP_URL_FILE",
	    1024, &url, report, arg);
	if (url != NULL) {
		errors += complain(report, arg, "MOATD_SMTP_URL",
		    conf_set_smtp(c, secret_open(url, NULL)));
		secret_free(url);
	}
	if (env_get(e, "MOATD_MAIL_FROM") != NULL)
		errors += complain(report, arg, "MOATD_MAIL_FROM",
		    conf_set_mail(c, "from", env_get(e, "MOATD_MAIL_FROM")));
	return (errors);
}

int
env_apply(const struct env *e, struct conf *c, conf_report report, void *arg)
{
	int errors = 0;

	if (env_get(e, "MOATD_STATE") != NULL)
		errors += complain(report, arg, "MOATD_STATE",
		    conf_set_state(c, env_get(e, "MOATD_STATE")));
	if (env_get(e, "MOATD_ISSUER") != NULL)
		errors += complain(report, arg, "MOATD_ISSUER",
		    conf_set_issuer(c, env_get(e, "MOATD_ISSUER")));
	errors += apply_port(e, c, report, arg);
	errors += apply_database(e, c, report, arg);
	errors += apply_superadmin(e, c, report, arg);
	errors += apply_mail(e, c, report, arg);
	return (errors);
}
