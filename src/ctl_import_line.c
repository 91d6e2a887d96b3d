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
 * Who: moatctl. Holds: one line of an import. Callers: ctl_import.c. Form and
 * types are checked here, meaning by the engine. A member that nobody knows is
 * refused: a misspelt password_hash must not make an account without one.
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/base/clock.h"
#include "src/ctl_import.h"
#include "src/json/json.h"
#include "src/json/schema.h"

static const struct schema_field fields[] = {
	{ .name = "username", .type = SCHEMA_STR, .required = 1, .min = 1,
	    .max = 254 },
	{ .name = "email", .type = SCHEMA_STR, .required = 1, .min = 1 },
	{ .name = "email_verified", .type = SCHEMA_BOOL },
	{ .name = "name", .type = SCHEMA_STR, .max = 128 },
	{ .name = "roles", .type = SCHEMA_STRS, .min = 1, .max = 64,
	    .items = 32 },
	{ .name = "password_hash", .type = SCHEMA_STR, .min = 1,
	    .bytes = CAP_FOREIGN },
	{ .name = "createdAt", .type = SCHEMA_STR, .min = 1, .bytes = 64 },
};
static const struct schema schema = SCHEMA("Import", fields, 0);

#define NFIELDS	(sizeof(fields) / sizeof(fields[0]))

static int
bad(struct import_line *l, const char *path, const char *reason)
{
	snprintf(l->path, sizeof(l->path), "%s", path);
	snprintf(l->reason, sizeof(l->reason), "%s", reason);
	return (-1);
}

static int
is_known(const char *key)
{
	size_t i;

	for (i = 0; i < NFIELDS; i++)
		if (strcmp(fields[i].name, key) == 0)
			return (1);
	return (0);
}

/* Null is what other systems write for nothing. */
static void
drop_nulls(json_t *o)
{
	size_t i;

	for (i = 0; i < NFIELDS; i++)
		if (json_is_null(json_object_get(o, fields[i].name)))
			json_object_del(o, fields[i].name);
}

/* n digits at *s. */
static int
digits(const char **s, int n, int *out)
{
	for (*out = 0; n > 0; n--, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return (-1);
		*out = *out * 10 + (**s - '0');
	}
	return (0);
}

static int
literal(const char **s, const char *set)
{
	if (**s == '\0' || strchr(set, **s) == NULL)
		return (-1);
	(*s)++;
	return (0);
}

/* Z, or +hh:mm, in seconds. */
static int
zone(const char *s, int *out)
{
	int sign, h, m;

	*out = 0;
	if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0)
		return (0);
	sign = *s == '-' ? -1 : 1;
	if (literal(&s, "+-") == -1 || digits(&s, 2, &h) == -1 ||
	    literal(&s, ":") == -1 || digits(&s, 2, &m) == -1 || *s != '\0' ||
	    h > 23 || m > 59)
		return (-1);
	*out = sign * (h * 3600 + m * 60);
	return (0);
}

/* RFC 3339, to the microsecond. */
static int
time_parse(const char *s, int64_t *us)
{
	struct tm tm, norm;
	int64_t part = 0;
	int unit, off;
	time_t t;

	memset(&tm, 0, sizeof(tm));
	if (digits(&s, 4, &tm.tm_year) == -1 || literal(&s, "-") == -1 ||
	    digits(&s, 2, &tm.tm_mon) == -1 || literal(&s, "-") == -1 ||
	    digits(&s, 2, &tm.tm_mday) == -1 || literal(&s, "Tt ") == -1 ||
	    digits(&s, 2, &tm.tm_hour) == -1 || literal(&s, ":") == -1 ||
	    digits(&s, 2, &tm.tm_min) == -1 || literal(&s, ":") == -1 ||
	    digits(&s, 2, &tm.tm_sec) == -1)
		return (-1);
	if (*s == '.') {
		if (!isdigit((unsigned char)*++s))
			return (-1);
		for (unit = 100000; isdigit((unsigned char)*s); s++) {
			part += (*s - '0') * unit;
			unit /= 10;
		}
	}
	tm.tm_year -= 1900;
	tm.tm_mon--;
	norm = tm;
	/* 30 February would become a day of March. */
	if (zone(s, &off) == -1 || (t = timegm(&norm)) <= 0 ||
	    norm.tm_mon != tm.tm_mon || norm.tm_mday != tm.tm_mday ||
	    norm.tm_hour != tm.tm_hour || norm.tm_min != tm.tm_min ||
	    norm.tm_sec != tm.tm_sec)
		return (-1);
	*us = (t - off) * CLOCK_SEC + part;
	return (*us > 0 ? 0 : -1);
}

static int
take_roles(struct import_line *l, const json_t *roles)
{
	const json_t *v;
	size_t i, n = 0, len;

	l->roles[0] = '\0';
	for (i = 0; i < json_array_size(roles); i++) {
		v = json_array_get(roles, i);
		len = json_string_length(v);
		if (strchr(json_string_value(v), ' ') != NULL ||
		    n + len + 2 > sizeof(l->roles))
			return (-1);
		if (n > 0)
			l->roles[n++] = ' ';
		memcpy(l->roles + n, json_string_value(v), len + 1);
		n += len;
	}
	return (0);
}

static int
take(struct import_line *l)
{
	const char *created;

	l->msg.username = schema_str(l->object, "username");
	l->msg.email = schema_str(l->object, "email");
	l->msg.name = schema_str(l->object, "name");
	l->msg.password_hash = schema_str(l->object, "password_hash");
	l->msg.email_verified = json_is_true(json_object_get(l->object,
	    "email_verified"));
	l->msg.roles = l->roles;
	if (take_roles(l, json_object_get(l->object, "roles")) == -1)
		return (bad(l, "roles", "may be user and admin only"));
	created = schema_str(l->object, "createdAt");
	if (*created != '\0' &&
	    time_parse(created, &l->msg.created_at) == -1)
		return (bad(l, "createdAt", "is not an RFC 3339 time"));
	return (0);
}

int
import_line_parse(struct import_line *l, const char *line, size_t n)
{
	struct schema_errors errors = { .n = 0 };
	const char *key, *why;
	json_t *v;

	memset(&l->msg, 0, sizeof(l->msg));
	if ((l->object = json_strict_object(line, n, &why)) == NULL)
		return (bad(l, "", why));
	json_object_foreach(l->object, key, v) {
		if (!is_known(key))
			return (bad(l, key, "is no member of an account"));
	}
	drop_nulls(l->object);
	if (!schema_check(&schema, l->object, &errors))
		return (bad(l, errors.e[0].path, errors.e[0].msg));
	return (take(l));
}

void
import_line_free(struct import_line *l)
{
	schema_wipe(&schema, l->object);
	json_decref(l->object);
	l->object = NULL;
}
