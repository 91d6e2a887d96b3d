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
 * Names of roles and permissions. Linked by worker and engine; pure.
 */
#include "config.h"

#include <string.h>

#include "src/rules/role.h"

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define DIGIT	"0123456789"
#define INNER	LOWER DIGIT "._-"

static const struct {
	const char	*name, *implied;
	int		 role;		/* a role may hold it */
} builtin[] = {
	{ "users:read", NULL, 1 }, { "users:write", "users:read", 1 },
	{ "roles:read", NULL, 1 }, { "roles:write", "roles:read", 1 },
	{ "clients:read", NULL, 1 }, { "clients:write", "clients:read", 1 },
	{ "tenants:read", NULL, 0 }, { "tenants:write", "tenants:read", 0 },
	{ "keys:read", NULL, 1 }, { "keys:rotate", "keys:read", 1 },
	{ "audit:read", NULL, 1 }, { "tokens:introspect", NULL, 1 },
};
#define NBUILTIN	(sizeof(builtin) / sizeof(builtin[0]))

/* One of first, then min to max of INNER, and no more. */
static int
is_form(const char *s, size_t len, const char *first, size_t min, size_t max)
{
	size_t i;

	if (len < 1 + min || len > 1 + max || s[0] == '\0' ||
	    strchr(first, s[0]) == NULL)
		return (0);
	for (i = 1; i < len; i++)
		if (s[i] == '\0' || strchr(INNER, s[i]) == NULL)
			return (0);
	return (1);
}

int
role_name_ok(const char *name)
{
	return (is_form(name, strlen(name), LOWER, 1, 63));
}

int
permission_name_ok(const char *name)
{
	return (is_form(name, strlen(name), LOWER DIGIT, 0, 63));
}

int
client_id_form(const char *id, size_t len)
{
	return (is_form(id, len, LOWER DIGIT, 2, 63));
}

/* A UUIDv7's text, as users' ids are: a client's own token has its id as sub,
 * which must never read as somebody's (RFC 9068 section 5). */
static int
like_user_id(const char *id, size_t len)
{
	static const char form[] = "xxxxxxxx-xxxx-7xxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	if (len != sizeof(form) - 1)
		return (0);
	for (i = 0; i < len; i++)
		if (form[i] == 'x' ? strchr("0123456789abcdef", id[i]) == NULL :
		    id[i] != form[i])
			return (0);
	return (1);
}

int
client_id_reserved(const char *id, size_t len)
{
	size_t i;

	if (like_user_id(id, len))
		return (1);
	if (len >= strlen("moatd") && memcmp(id, "moatd", 5) == 0)
		return (1);
	for (i = 0; i < NBUILTIN; i++)
		if (strncmp(builtin[i].name, id, len) == 0 &&
		    builtin[i].name[len] == ':')
			return (1);
	return (0);
}

static size_t
find(const char *name)
{
	size_t i;

	for (i = 0; i < NBUILTIN; i++)
		if (strcmp(builtin[i].name, name) == 0)
			break;
	return (i);
}

int
permission_builtin(const char *name)
{
	return (find(name) < NBUILTIN);
}

const char *
permission_implied(const char *name)
{
	size_t i = find(name);

	return (i < NBUILTIN ? builtin[i].implied : NULL);
}

int
permission_ok(const char *name)
{
	return (permission_builtin(name) || role_permission_ok(name));
}

int
role_permission_ok(const char *name)
{
	size_t len = strcspn(name, ":"), i = find(name);

	if (i < NBUILTIN)
		return (builtin[i].role);
	return (name[len] == ':' && client_id_form(name, len) &&
	    !client_id_reserved(name, len) &&
	    permission_name_ok(name + len + 1));
}
