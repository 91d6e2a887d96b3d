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
 * What a client's registration may say. Linked by worker and engine; pure.
 */
#include "config.h"

#include <string.h>

#include "src/base/utf8.h"
#include "src/rules/client.h"
#include "src/rules/role.h"

#define ALPHA	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT	"0123456789"
#define HEX	DIGIT "abcdefABCDEF"
/* RFC 3986: unreserved, sub-delims but the wildcard, and what paths have. */
#define URI_CHARS	ALPHA DIGIT "-._~!$&'()+,;=:@/?[]%"
#define NAME_MAX_CP	128

int
client_id_ok(const char *id)
{
	return (client_id_form(id, strlen(id)) &&
	    !client_id_reserved(id, strlen(id)));
}

/* ---- URIs ---- */

static int
chars_ok(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > CLIENT_URI_MAX || strspn(s, URI_CHARS) != len)
		return (0);
	while ((s = strchr(s, '%')) != NULL) {
		if (strspn(++s, HEX) < 2)
			return (0);
	}
	return (1);
}

/* Host and port behind //; len goes up to the path or the query. */
static int
port_ok(const char *s, size_t len)
{
	unsigned long port = 0;
	size_t i;

	if (len == 0 || len > 5)
		return (0);
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return (0);
		port = port * 10 + (unsigned long)(s[i] - '0');
	}
	return (port > 0 && port <= 65535);
}

static int
is_loopback(const char *host, size_t n)
{
	static const char *const names[] = { "127.0.0.1", "[::1]",
		"localhost" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && memcmp(names[i], host, n) == 0)
			return (1);
	return (0);
}

/* A DNS name or an IPv4 address: labels; or an IPv6 address in brackets. */
static int
host_ok(const char *s, size_t n)
{
	size_t i;

	if (n == 0 || n > 253)
		return (0);
	if (s[0] == '[')
		return (n > 3 && s[n - 1] == ']' &&
		    strspn(s + 1, HEX ":.") == n - 2);
	for (i = 0; i < n; i++) {
		if (strchr(ALPHA DIGIT "-.", s[i]) == NULL)
			return (0);
		if (s[i] == '.' && (i == 0 || s[i - 1] == '.' ||
		    i == n - 1))
			return (0);
	}
	return (s[0] != '-' && s[n - 1] != '-');
}

static int
authority_ok(const char *s, int loopback)
{
	size_t len = strcspn(s, "/?"), n = len;
	const char *colon;

	if (memchr(s, '@', len) != NULL)
		return (0);
	if (s[0] == '[') {
		if ((colon = memchr(s, ']', len)) == NULL)
			return (0);
		n = (size_t)(colon + 1 - s);
	} else if ((colon = memchr(s, ':', len)) != NULL)
		n = (size_t)(colon - s);
	if (n < len && (s[n] != ':' || !port_ok(s + n + 1, len - n - 1)))
		return (0);
	/* brackets stand nowhere else */
	if (strpbrk(s + n, "[]") != NULL)
		return (0);
	return (loopback ? is_loopback(s, n) : host_ok(s, n));
}

int
client_https_ok(const char *uri)
{
	if (!chars_ok(uri))
		return (0);
	if (strncmp(uri, "https://", 8) == 0)
		return (authority_ok(uri + 8, 0));
	if (strncmp(uri, "http://", 7) == 0)
		return (authority_ok(uri + 7, 1));
	return (0);
}

/* com.example.app:/path; a name that is turned round (RFC 8252). */
static int
private_ok(const char *uri)
{
	size_t n = strcspn(uri, ":");

	return (uri[n] == ':' && uri[n + 1] != '\0' &&
	    strchr(ALPHA, uri[0]) != NULL && memchr(uri, '.', n) != NULL &&
	    strspn(uri, ALPHA DIGIT "+-.") == n &&
	    strpbrk(uri, "@[]") == NULL);
}

int
client_redirect_ok(const char *uri)
{
	return (client_https_ok(uri) || (chars_ok(uri) && private_ok(uri)));
}

/* ---- words ---- */

int
client_has(const char *list, const char *word)
{
	size_t n, len = strlen(word);

	for (; *list != '\0'; list += list[n] == ' ' ? n + 1 : n) {
		n = strcspn(list, " ");
		if (n == len && memcmp(list, word, len) == 0)
			return (1);
	}
	return (0);
}

/* scope-token: printable ASCII but " and \ (RFC 6749 section 3.3). */
int
client_scope_ok(const char *scope)
{
	size_t i;

	for (i = 0; scope[i] != '\0'; i++) {
		if (scope[i] == ' ' && (i == 0 || scope[i - 1] == ' ' ||
		    scope[i + 1] == '\0'))
			return (0);
		if (scope[i] < ' ' || scope[i] > '~' || scope[i] == '"' ||
		    scope[i] == '\\')
			return (0);
	}
	return (i <= CLIENT_SCOPE_MAX);
}

int
client_audience_ok(const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++)
		if (s[i] <= ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\')
			return (0);
	return (i > 0 && i <= CLIENT_URI_MAX);
}

int
client_grant_ok(const char *s)
{
	return (strcmp(s, "authorization_code") == 0 ||
	    strcmp(s, "refresh_token") == 0 ||
	    strcmp(s, "client_credentials") == 0 ||
	    strcmp(s, CLIENT_GRANT_DEVICE) == 0 ||
	    strcmp(s, CLIENT_GRANT_EXCHANGE) == 0);
}

int
client_method_ok(const char *s)
{
	return (client_has_secret(s) || strcmp(s, "none") == 0 ||
	    strcmp(s, "private_key_jwt") == 0);
}

int
client_alg_ok(const char *s)
{
	return (strcmp(s, "ES256") == 0 || strcmp(s, "EdDSA") == 0 ||
	    strcmp(s, "RS256") == 0);
}

int
client_has_secret(const char *method)
{
	return (strcmp(method, "client_secret_basic") == 0 ||
	    strcmp(method, "client_secret_post") == 0);
}

int
client_is_sensitive(const char *scope)
{
	return (client_has(scope, "account") || client_has(scope, "admin"));
}

int
client_text_ok(const char *s, size_t max)
{
	size_t n, used, len = strlen(s);
	uint32_t cp;

	for (n = 0; len > 0; n++) {
		if ((used = utf8_next(s, len, &cp)) == 0 || cp < 0x20 ||
		    (cp >= 0x7f && cp < 0xa0) || cp == 0xfeff ||
		    (cp >= 0x200b && cp <= 0x200f) ||
		    (cp >= 0x2028 && cp <= 0x202e) ||
		    (cp >= 0x2060 && cp <= 0x206f))
			return (0);
		s += used;
		len -= used;
	}
	return (n >= 1 && n <= max);
}

int
client_name_ok(const char *s)
{
	return (client_text_ok(s, NAME_MAX_CP));
}

/* ---- the whole ---- */

static int
all_ok(const char *list, unsigned most, size_t cap, int (*ok)(const char *))
{
	char word[CLIENT_URI_MAX + 1];
	unsigned n = 0;
	size_t len;

	for (; *list != '\0'; list += list[len] == ' ' ? len + 1 : len) {
		len = strcspn(list, " ");
		if (++n > most || len > cap)
			return (0);
		memcpy(word, list, len);
		word[len] = '\0';
		if (!ok(word))
			return (0);
	}
	return (1);
}

/* A role of a client: a name, and not the one that nobody is given. */
static int
role_ok(const char *name)
{
	return (role_name_ok(name) && strcmp(name, "superadmin") != 0);
}

static const char *
check_members(const struct client *c)
{
	if (!client_id_ok(c->client_id))
		return ("client_id");
	if (!client_name_ok(c->client_name))
		return ("client_name");
	if (!all_ok(c->redirect_uris, CLIENT_URIS, CLIENT_URI_MAX,
	    client_redirect_ok))
		return ("redirect_uris");
	if (!all_ok(c->post_logout_redirect_uris, CLIENT_URIS,
	    CLIENT_URI_MAX, client_redirect_ok))
		return ("post_logout_redirect_uris");
	if (!all_ok(c->grant_types, 8, CLIENT_URI_MAX, client_grant_ok))
		return ("grant_types");
	if (!client_method_ok(c->method))
		return ("token_endpoint_auth_method");
	if (!client_scope_ok(c->scope))
		return ("scope");
	if (!all_ok(c->audience, CLIENT_AUDIENCE, CLIENT_URI_MAX,
	    client_audience_ok))
		return ("audience");
	if (!all_ok(c->roles, CLIENT_ROLES, ROLE_NAME_MAX, role_ok))
		return ("roles");
	if (!all_ok(c->permissions, PERMISSIONS_MAX, 64, permission_name_ok))
		return ("permissions");
	if (!client_alg_ok(c->id_token_alg))
		return ("id_token_signed_response_alg");
	if (!client_alg_ok(c->access_token_alg))
		return ("access_token_signed_response_alg");
	if (*c->backchannel_logout_uri != '\0' &&
	    !client_https_ok(c->backchannel_logout_uri))
		return ("backchannel_logout_uri");
	return (NULL);
}

static const char *
check_lifetimes(const struct client *c)
{
	if (c->access_token_lifetime < CLIENT_ACCESS_MIN ||
	    c->access_token_lifetime > CLIENT_ACCESS_MAX)
		return ("access_token_lifetime");
	if (c->refresh_token_lifetime < CLIENT_REFRESH_MIN ||
	    c->refresh_token_lifetime > CLIENT_REFRESH_MAX)
		return ("refresh_token_lifetime");
	return (NULL);
}

/* As a list of JSON: two quotes and a comma for each. */
static size_t
list_size(const char *list)
{
	size_t n;

	if (*list == '\0')
		return (0);
	for (n = strlen(list) + 3; *list != '\0'; list++)
		n += *list == ' ' ? 2 : 0;
	return (n);
}

/* NULL; else the member that makes its tokens longer than one may be: found
 * out now rather than by those who would get none. */
static const char *
check_size(const struct client *c)
{
	size_t n = list_size(c->audience) + strlen(c->scope);

	if (n > CLIENT_TOKEN_MAX)
		return ("audience");
	if (client_has(c->grant_types, "client_credentials") &&
	    n + list_size(c->roles) > CLIENT_MACHINE_MAX)
		return (*c->audience != '\0' ? "audience" : "scope");
	return (NULL);
}

const char *
client_check(const struct client *c, const char **why)
{
	int keys = strcmp(c->method, "private_key_jwt") == 0;
	const char *member;

	*why = "is not valid";
	if ((member = check_members(c)) != NULL ||
	    (member = check_lifetimes(c)) != NULL)
		return (member);
	if ((member = check_size(c)) != NULL) {
		*why = "would make tokens too long";
		return (member);
	}
	if (client_has(c->grant_types, "authorization_code") &&
	    *c->redirect_uris == '\0') {
		*why = "is required for authorization_code";
		return ("redirect_uris");
	}
	if ((client_has(c->grant_types, "client_credentials") ||
	    client_has(c->grant_types, CLIENT_GRANT_EXCHANGE)) &&
	    strcmp(c->method, "none") == 0) {
		*why = "must not be none where a client acts by itself";
		return ("token_endpoint_auth_method");
	}
	if (keys && *c->jwks == '\0')
		*why = "is required for private_key_jwt";
	else if (!keys && *c->jwks != '\0')
		*why = "is for private_key_jwt only";
	else
		return (NULL);
	return ("jwks");
}
