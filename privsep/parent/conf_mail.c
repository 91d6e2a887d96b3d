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
 * Who: the parent (and moatd -n). Holds: the mail server's URL in guarded
 * memory, and the operator's templates. Callers: the grammar, env.c, conf.c.
 * Of a template only its placeholders are looked at here, so that a bad one is
 * refused before a mailer is started with it.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/conf.h"
#include "privsep/parent/custody.h"
#include "privsep/parent/secret.h"
#include "src/base/buf.h"
#include "src/base/log.h"
#include "src/base/utf8.h"

#define NAME_OF(n)	#n,
static const char *const templates[] = { MAIL_TEMPLATES(NAME_OF) };
static const char *const values[] = { MAIL_VALUES(NAME_OF) };
static const char *const suffixes[2] = { "txt", "html" };

const char *
conf_template_name(size_t i)
{
	return (templates[i]);
}

/* Graphic ASCII that needs no quoting in an address or a URL. */
static int
plain(const char *s, size_t n, const char *but)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || strchr(but, s[i]) != NULL)
			return (0);
	return (1);
}

static int
is_address(const char *s, size_t n)
{
	const char *at = memchr(s, '@', n);
	size_t local, domain;

	if (at == NULL || n > 254)
		return (0);
	local = (size_t)(at - s);
	domain = n - local - 1;
	return (local > 0 && domain > 0 && plain(s, local, "<>()[]\\,;:\"@") &&
	    plain(at + 1, domain, "<>()[]\\,;:\"@_") && at[1] != '.' &&
	    s[n - 1] != '.');
}

/* address, or name <address> */
static const char *
set_from(struct conf *c, const char *value)
{
	size_t n = strlen(value), i;
	const char *open = strrchr(value, '<'), *addr = value;

	for (i = 0; i < n; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return ("mail from: control character");
	if (n > 400 || !utf8_valid(value, n))
		return ("mail from: not UTF-8, or longer than 400 bytes");
	if (open != NULL) {
		if (value[n - 1] != '>')
			return ("mail from must be address or name <address>");
		addr = open + 1;
		n = (size_t)(value + n - 1 - addr);
	}
	if (!is_address(addr, n))
		return ("mail from must be address or name <address>");
	conf_set_text(&c->mail_from, value);
	return (NULL);
}

/* host, host:port, [address]:port; a slash at the end does no harm */
static int
is_server(const char *s)
{
	size_t n = strcspn(s, "/"), port;
	long number;

	if (s[n] == '/' && s[n + 1] != '\0')
		return (0);
	if (*s == '[') {
		port = strcspn(s, "]") + 1;
		if (port < 4 || port > n || strspn(s + 1,
		    "0123456789abcdefABCDEF:.") + 2 != port)
			return (0);
	} else {
		port = strspn(s, "abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");
		if (port == 0)
			return (0);
	}
	if (port == n)
		return (1);
	if (s[port] != ':' || n - port < 2 || n - port > 6 ||
	    strspn(s + port + 1, "0123456789") != n - port - 1)
		return (0);
	number = strtol(s + port + 1, NULL, 10);
	return (number > 0 && number < 65536);
}

const char *
conf_set_smtp(struct conf *c, const char *url)
{
	const char *host = strncmp(url, "smtp://", 7) == 0 ? url + 7 :
	    strncmp(url, "smtps://", 8) == 0 ? url + 8 : NULL;
	const char *at;

	if (host == NULL)
		return ("the mail server must be an smtp:// or smtps:// URL");
	if (strlen(url) > 1024)
		return ("the mail server's URL is longer than 1024 bytes");
	at = strrchr(host, '@');
	if (!plain(host, strlen(host), "<>\\\"") || (at != NULL &&
	    memchr(host, '/', (size_t)(at - host)) != NULL))
		return ("the mail server's URL: encode special characters in "
		    "user and password (%2F for /)");
	if (!is_server(at != NULL ? at + 1 : host))
		return ("the mail server's URL must name a host, perhaps a "
		    "port, and nothing behind it");
	secret_free(c->smtp);
	c->smtp = secret_new(url, strlen(url));
	conf_set_text(&c->smtp_file, NULL);
	return (NULL);
}

const char *
conf_set_mail(struct conf *c, const char *name, const char *value)
{
	int yes = strcmp(value, "yes") == 0;

	if (strcmp(name, "smtp") == 0)
		return (conf_set_smtp(c, value));
	if (strcmp(name, "from") == 0)
		return (set_from(c, value));
	if (strcmp(name, "private-addresses") == 0) {
		if (!yes && strcmp(value, "no") != 0)
			return ("mail private-addresses is yes or no");
		c->mail_private = yes;
		return (NULL);
	}
	if (*value != '/' || strlen(value) > 900)
		return (strcmp(name, "templates") == 0 ||
		    strcmp(name, "ca") == 0 || strcmp(name, "smtp file") == 0 ?
		    "mail: an absolute path is needed" :
		    "unknown keyword in mail: smtp, from, templates, ca or "
		    "private-addresses");
	if (strcmp(name, "smtp file") == 0)
		conf_set_text(&c->smtp_file, value);
	else if (strcmp(name, "templates") == 0)
		conf_set_text(&c->mail_dir, value);
	else if (strcmp(name, "ca") == 0)
		conf_set_text(&c->mail_ca, value);
	else
		return ("unknown keyword in mail: smtp, from, templates, ca or "
		    "private-addresses");
	return (NULL);
}

void
conf_mail_free(struct conf *c)
{
	size_t i, k;

	for (i = 0; i < MAIL_T__MAX; i++)
		for (k = 0; k < 2; k++) {
			free(c->template[i][k].file);
			free(c->template[i][k].text);
		}
	secret_free(c->smtp);
	free(c->smtp_file);
	free(c->mail_from);
	free(c->mail_ca);
	free(c->mail_dir);
}

/* ---- the whole ---- */

static int
complain(conf_report report, void *arg, const char *path, unsigned line,
    const char *what)
{
	char text[1200], at[16] = "";

	if (line != 0)
		snprintf(at, sizeof(at), ":%u", line);
	snprintf(text, sizeof(text), "%.900s%s: %s", path, at, what);
	report(text, arg);
	return (1);
}

static int
is_value(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < MAIL_V__MAX; i++)
		if (strlen(values[i]) == n && memcmp(values[i], s, n) == 0)
			return (1);
	return (0);
}

/* The number of the first line that is wrong, or 0. */
static unsigned
bad_line(const char *text)
{
	const char *p = text, *open, *end;
	unsigned line = 1;

	while ((open = strstr(p, "{{")) != NULL) {
		for (; p < open; p++)
			line += *p == '\n';
		end = strstr(open, "}}");
		if (end == NULL || !is_value(open + 2,
		    (size_t)(end - open - 2)))
			return (line);
		p = end + 2;
	}
	return (0);
}

static int
check_template(const struct conf_template *t, int html, conf_report report,
    void *arg)
{
	unsigned line;

	if (!utf8_valid(t->text, strlen(t->text)))
		return (complain(report, arg, t->file, 0, "not UTF-8"));
	if (!html && (strncmp(t->text, "Subject: ", 9) != 0 ||
	    strstr(t->text, "\n\n") != strchr(t->text, '\n')))
		return (complain(report, arg, t->file, 1, "a text begins with "
		    "a line \"Subject: \" and an empty line"));
	if ((line = bad_line(t->text)) != 0)
		return (complain(report, arg, t->file, line, "unknown "
		    "placeholder; there are username, link, ip, user_agent, "
		    "time and product, each between {{ and }}"));
	return (0);
}

/* Templates that were written elsewhere end their lines with CR and LF. */
static void
drop_cr(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++)
		if (*text != '\r')
			*to++ = *text;
	*to = '\0';
}

static int
read_template(struct conf *c, size_t i, int html, conf_report report,
    void *arg)
{
	struct conf_template *t = &c->template[i][html];
	char path[1024], why[192];

	snprintf(path, sizeof(path), "%s/%s.%s", c->mail_dir, templates[i],
	    suffixes[html]);
	if ((t->text = custody_read_text(path, MAIL_TEMPLATE_MAX, why,
	    sizeof(why))) == NULL)
		return (*why != '\0' ? complain(report, arg, path, 0, why) :
		    0);
	conf_set_text(&t->file, path);
	drop_cr(t->text);
	return (check_template(t, html, report, arg));
}

/* Where nobody said who writes: the issuer's host does. */
static void
default_from(struct conf *c)
{
	const char *host = strstr(c->issuer, "://") + 3;
	char from[320];
	size_t n = strcspn(host, ":");

	if (*host == '[' || host[strspn(host, "0123456789.")] == '\0' ||
	    host[strspn(host, "0123456789.")] == ':') {
		host = "moatd.invalid";
		n = strlen(host);
	}
	snprintf(from, sizeof(from), "moatd <no-reply@%.*s>", (int)n, host);
	conf_set_text(&c->mail_from, from);
}

static int
finish_smtp(struct conf *c, conf_report report, void *arg)
{
	char why[256], path[1024];
	struct secret *s;
	const char *no;

	if (c->smtp_file == NULL)
		return (0);
	snprintf(path, sizeof(path), "%s", c->smtp_file);
	if ((s = custody_read_file(path, 1024, why, sizeof(why))) == NULL)
		return (complain(report, arg, path, 0, why));
	no = conf_set_smtp(c, secret_open(s, NULL));
	secret_free(s);
	return (no != NULL ? complain(report, arg, path, 0, no) : 0);
}

int
conf_mail_finish(struct conf *c, conf_report report, void *arg)
{
	int errors = finish_smtp(c, report, arg);
	size_t i;

	c->mail = c->smtp != NULL;
	/* Where moatd itself is for this host alone, so are its clients. */
	if (c->backchannel == BACKCHANNEL_PUBLIC && c->issuer != NULL &&
	    strncmp(c->issuer, "http://", 7) == 0)
		c->backchannel = BACKCHANNEL_LOOPBACK;
	c->mailer = c->mail || c->backchannel != BACKCHANNEL_NO;
	if (c->mail && c->mail_from == NULL)
		default_from(c);
	if (c->mail_dir == NULL)
		return (errors);
	if (access(c->mail_dir, R_OK | X_OK) == -1)
		return (errors + complain(report, arg, c->mail_dir, 0,
		    strerror(errno)));
	for (i = 0; i < MAIL_T__MAX; i++) {
		errors += read_template(c, i, 0, report, arg);
		errors += read_template(c, i, 1, report, arg);
	}
	return (errors);
}
