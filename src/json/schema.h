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
 * What a request body must look like, as a table. A schema checks form and
 * types only; meaning is the engine's. The OpenAPI document is made from the
 * same tables, so that neither can drift from the other.
 */
#ifndef JSON_SCHEMA_H
#define JSON_SCHEMA_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum schema_type {
	SCHEMA_STR,		/* min..max code points, ≤ bytes */
	SCHEMA_PASSWORD,	/* 1..1024 bytes */
	SCHEMA_OTP,		/* six ASCII digits */
	SCHEMA_BOOL,
	SCHEMA_INT,		/* an integer from min to max */
	SCHEMA_OBJECT,		/* an object, for its reader to check */
	SCHEMA_STRS		/* array of at most `items` SCHEMA_STR */
};

#define SCHEMA_PASSWORD_MAX	1024
#define SCHEMA_STR_MAX		4096	/* bytes, where none is given */

struct schema_field {
	const char	*name;
	enum schema_type type;
	int		 required;
	uint32_t	 min, max;	/* code points; max 0: bytes decide */
	uint32_t	 bytes;		/* 0: SCHEMA_STR_MAX */
	uint32_t	 items;
	const char	*needs;		/* when present, so must this one be */
	const char	*excludes;	/* not both */
	int		 counts;	/* satisfies `nonempty` */
};

struct schema {
	const char	*name;		/* OpenAPI component, "Login" */
	const struct schema_field *fields;
	size_t		 nfields;
	int		 nonempty;	/* PATCH: one counting member at least */
};

#define SCHEMA(name, table, nonempty)					\
	{ (name), (table), sizeof(table) / sizeof((table)[0]), (nonempty) }

#define SCHEMA_ERRORS	16
struct schema_error {
	char		 path[48];	/* "name", "roles.0", "" the body */
	char		 msg[132];	/* for people; never a value */
};
struct schema_errors {
	struct schema_error e[SCHEMA_ERRORS];
	size_t		 n;		/* further ones are dropped */
};

/* Appends one; path and msg are cut to fit. */
void	schema_error_add(struct schema_errors *, const char *path,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Checks an object. 1: fine; 0: errors has at least one entry. Members that
 * the table does not name are ignored. */
int	schema_check(const struct schema *, const json_t *,
	    struct schema_errors *);
/* Overwrites the texts of all members that the table names (passwords, codes,
 * tokens), before the last json_decref(). NULL-safe. */
void	schema_wipe(const struct schema *, json_t *);
/* Of an integer member and of a boolean one, 0 when it is absent. */
uint32_t schema_uint(const json_t *, const char *name);
int	schema_bool(const json_t *, const char *name);
/* 1: the member is there. */
int	schema_has(const json_t *, const char *name);
/* Text of a member, "" when it is absent. Only after schema_check(). */
const char *schema_str(const json_t *, const char *name);

#endif
