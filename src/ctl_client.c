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
 * Who: moatctl. Holds: a new client's secret, to print it. Callers: moatctl.c's
 * table. The commands that begin with `client`; the engine answers them as it
 * answers /admin/clients. A member is an option of its name, with - for _, as
 * the message has it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/utf8.h"
#include "src/ctl_admin.h"

static const struct ctl_column columns[] = {
	{ "client_id", "CLIENT", 24 }, { "disabled", "DISABLED", 8 },
	{ "token_endpoint_auth_method", "METHOD", 19 },
	{ "roles", "ROLES", 16 }, { "client_name", "NAME", 0 },
	{ NULL, NULL, 0 }
};
static const char *const lists[] = { "redirect_uris",
	"post_logout_redirect_uris", "grant_types", "audience", "roles",
	"permissions", NULL };
/* Of these, words may also stand between commas, which URIs may have. */
static const char *const names[] = { "grant_types", "roles", "permissions",
	NULL };
static const char *const nulls[] = { "backchannel_logout_uri", "jwks", NULL };
static const struct ctl_alias hidden[] = {
	{ "secret", "" }, { NULL, NULL }
};
static const struct ctl_alias shown[] = {
	{ "secret", "client_secret" }, { NULL, NULL }
};
static const struct ctl_view view = { columns, hidden, lists, nulls };
static const struct ctl_view new_view = { columns, shown, lists, nulls };

static int
list(struct ctl *c, int argc, char *argv[])
{
	struct msg_clients_list_req m = { .limit = 0 };

	(void)argv;
	if (argc != 0)
		return (CTL_USAGE);
	return (ctl_list(c, IMSG_CLIENTS_LIST_REQ, &m, &m.cursor, &view));
}

static int
show(struct ctl *c, int argc, char *argv[])
{
	struct msg_client_get_req m = { .client_id = argv[0] };
	int rv;

	if ((rv = ctl_word(argc, argv, CAP_CLIENT, "client")) != CTL_DONE)
		return (rv);
	return (ctl_show(c, IMSG_CLIENT_GET_REQ, &m, &view));
}

#define OVERLAP_MAX	2592000		/* seconds, 30 days */

/* What kinds of applications there are, and what is usual for them. */
static const struct preset {
	const char	*type, *method, *grants;
} presets[] = {
	{ "web", "client_secret_basic", "authorization_code refresh_token" },
	{ "spa", "none", "authorization_code refresh_token" },
	{ "native", "none", "authorization_code refresh_token" },
	{ "machine", "client_secret_basic", "client_credentials" },
};

/* ---- members ---- */

#define MEMBERS_MAX	32

/* Both messages are of one shape, so that one will do. */
_Static_assert(sizeof(struct msg_client_create_req) ==
    sizeof(struct msg_client_patch_req), "set is not shaped like add");

struct wish {
	struct msg_client_create_req m;
	char		*texts[MEMBERS_MAX];	/* owned */
};

static int
is_in(const char *const *all, const char *name)
{
	for (; *all != NULL; all++)
		if (strcmp(*all, name) == 0)
			return (1);
	return (0);
}

/* --redirect-uris is redirect_uris. */
static int
is_option(const char *arg, const char *field)
{
	if (strncmp(arg, "--", 2) != 0)
		return (0);
	for (arg += 2; *arg != '\0' && *field != '\0'; arg++, field++)
		if (*arg != (*field == '_' ? '-' : *field))
			return (0);
	return (*arg == *field);
}

/* A list goes on where its option is repeated. */
static char *
text_of(const char *field, const char *value, char *before)
{
	char *words = NULL, *all;
	size_t n;

	if (is_in(names, field)) {
		if ((words = ctl_words(value)) == NULL)
			return (NULL);
		value = words;
	}
	n = strlen(value) + (before != NULL ? strlen(before) : 0) + 2;
	if ((all = malloc(n)) != NULL)
		snprintf(all, n, "%s%s%s", before != NULL ? before : "",
		    before != NULL && *before != '\0' ? " " : "", value);
	free(words);
	return (all);
}

/* 0; -1: the value can be none, or no memory. i: which member it is. */
static int
member_set(struct wish *w, const struct msg_field *f, size_t i,
    const char *value)
{
	char *at = (char *)&w->m + f->off, *text, *end;
	unsigned long v;
	uint32_t u32;

	if (!utf8_valid(value, strlen(value)))
		return (-1);
	if (f->kind == MSG_K_str) {
		text = text_of(f->name, value, is_in(lists, f->name) ?
		    w->texts[i] : NULL);
		if (text == NULL || strlen(text) > f->max) {
			free(text);
			return (-1);
		}
		free(w->texts[i]);
		w->texts[i] = text;
		memcpy(at, &text, sizeof(text));
	} else if (f->kind == MSG_K_u8) {
		if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
			return (-1);
		*at = strcmp(value, "yes") == 0;
	} else {
		v = strtoul(value, &end, 10);
		if (*value < '0' || *value > '9' || *end != '\0' ||
		    v > f->max)
			return (-1);
		u32 = (uint32_t)v;
		memcpy(at, &u32, sizeof(u32));
	}
	w->m.has |= UINT32_C(1) << i;
	return (0);
}

/* Members stand in the message behind has, in the order of its bits. */
static const struct msg_field *
member_find(const char *arg, size_t *bit)
{
	const struct msg_row *row = msg_row(IMSG_CLIENT_CREATE_REQ);
	size_t i, first;

	for (first = 0; strcmp(row->fields[first].name, "has") != 0; first++)
		continue;
	for (i = first + 2; i < row->nfields; i++)
		if (is_option(arg, row->fields[i].name)) {
			*bit = i - first - 1;
			return (&row->fields[i]);
		}
	return (NULL);
}

/* Takes the options out of argv; the one word that is left is the id. */
static int
wish_take(struct wish *w, int argc, char *argv[])
{
	const struct msg_field *f;
	int i, n = 0, rv;
	size_t bit;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < argc; i++) {
		if ((f = member_find(argv[i], &bit)) == NULL) {
			if (strncmp(argv[i], "--", 2) == 0)
				return (CTL_USAGE);
			argv[n++] = argv[i];
			continue;
		}
		if (i + 1 == argc)
			return (CTL_USAGE);
		if (bit >= MEMBERS_MAX ||
		    member_set(w, f, bit, argv[++i]) == -1) {
			fprintf(stderr, "moatctl: %s cannot be that\n",
			    argv[i - 1]);
			return (CTL_REFUSED);
		}
	}
	if ((rv = ctl_word(n, argv, CAP_CLIENT, "client")) != CTL_DONE)
		return (rv);
	w->m.client_id = argv[0];
	return (CTL_DONE);
}

static void
wish_free(struct wish *w)
{
	size_t i;

	for (i = 0; i < MEMBERS_MAX; i++)
		free(w->texts[i]);
}

/* Takes --type out; what is left, -1: usage. */
static int
take_type(int argc, char *argv[], const char **type)
{
	int i, n = 0;

	for (i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--type") != 0) {
			argv[n++] = argv[i];
			continue;
		}
		if (*type != NULL || i + 1 == argc)
			return (-1);
		*type = argv[++i];
	}
	return (n);
}

/* What a type has, unless it was said otherwise. 0; -1: no such type. */
static int
preset(struct wish *w, const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
		if (strcmp(presets[i].type, type) == 0)
			break;
	if (i == sizeof(presets) / sizeof(presets[0]))
		return (-1);
	if ((w->m.has & CLIENT_HAS_METHOD) == 0)
		w->m.token_endpoint_auth_method = presets[i].method;
	if ((w->m.has & CLIENT_HAS_GRANTS) == 0)
		w->m.grant_types = presets[i].grants;
	w->m.has |= CLIENT_HAS_METHOD | CLIENT_HAS_GRANTS;
	return (0);
}

static int
add(struct ctl *c, int argc, char *argv[])
{
	const char *type = NULL;
	struct wish w;
	uint16_t got;
	union msg m;
	int rv;

	if ((argc = take_type(argc, argv, &type)) == -1)
		return (CTL_USAGE);
	rv = wish_take(&w, argc, argv);
	if (rv == CTL_DONE && type != NULL && preset(&w, type) == -1) {
		fprintf(stderr, "moatctl: %s is none of web, spa, native and "
		    "machine\n", type);
		rv = CTL_REFUSED;
	}
	if (rv == CTL_DONE) {
		w.m.has |= CLIENT_HAS_ID;
		if ((w.m.has & CLIENT_HAS_NAME) == 0) {
			w.m.client_name = w.m.client_id;
			w.m.has |= CLIENT_HAS_NAME;
		}
		rv = ctl_admin(c, IMSG_CLIENT_CREATE_REQ, &w.m, &got, &m);
	}
	if (rv == CTL_DONE)
		ctl_object_print(c, ctl_object(got, &m,
		    got == IMSG_CLIENT_RES && *m.client_res.secret != '\0' ?
		    &new_view : &view));
	wish_free(&w);
	return (rv);
}

static int
set(struct ctl *c, int argc, char *argv[])
{
	struct wish w;
	int rv;

	rv = wish_take(&w, argc, argv);
	if (rv == CTL_DONE && w.m.has == 0)
		rv = CTL_USAGE;
	if (rv == CTL_DONE)
		rv = ctl_show(c, IMSG_CLIENT_PATCH_REQ, &w.m, &view);
	wish_free(&w);
	return (rv);
}

/* "90", "90s", "30m", "24h", "7d". 0: it can be none. */
static uint32_t
seconds(const char *s)
{
	static const struct {
		const char	*unit;
		uint32_t	 s;
	} units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 },
		{ "d", 86400 } };
	unsigned long n;
	char *end;
	size_t i;

	if (*s < '0' || *s > '9' || (n = strtoul(s, &end, 10)) > 1000000000)
		return (0);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0 &&
		    n <= UINT32_MAX / units[i].s)
			return ((uint32_t)n * units[i].s);
	return (0);
}

static int
secret(struct ctl *c, int argc, char *argv[])
{
	struct msg_client_secret_req m = { .client_id = "" };
	const char *overlap = NULL;
	const struct ctl_option options[] = {
		{ "--overlap", &overlap }, { NULL, NULL }
	};
	char what[200];
	uint32_t s = 0;
	int rv;

	if ((argc = ctl_options(argc, argv, options)) == -1)
		return (CTL_USAGE);
	if ((rv = ctl_word(argc, argv, CAP_CLIENT, "client")) != CTL_DONE)
		return (rv);
	if (overlap != NULL && ((s = seconds(overlap)) == 0 ||
	    s > OVERLAP_MAX)) {
		fprintf(stderr, "moatctl: %s is no time up to 30 days, such "
		    "as 24h\n", overlap);
		return (CTL_REFUSED);
	}
	m.client_id = argv[0];
	m.overlap_s = s;
	snprintf(what, sizeof(what), "give client %s a new secret, which ends "
	    "the old one%s%s", argv[0], s > 0 ? " in " : "",
	    s > 0 ? overlap : "");
	if (!ctl_confirm(c, what))
		return (CTL_REFUSED);
	return (ctl_show(c, IMSG_CLIENT_SECRET_REQ, &m, &new_view));
}

static int
end(struct ctl *c, int argc, char *argv[])
{
	struct msg_client_delete_req m = { .client_id = argv[0] };
	char what[200];
	int rv;

	if ((rv = ctl_word(argc, argv, CAP_CLIENT, "client")) != CTL_DONE)
		return (rv);
	snprintf(what, sizeof(what), "delete client %s, its sessions and the "
	    "permissions that it declared", argv[0]);
	if (!ctl_confirm(c, what))
		return (CTL_REFUSED);
	return (ctl_act(c, IMSG_CLIENT_DELETE_REQ, &m, ""));
}

static int
register_token(struct ctl *c, int argc, char *argv[])
{
	static const struct ctl_view token_view = { NULL, hidden, lists,
		nulls };
	struct msg_register_token_req m = { .lifetime_s = 0 };

	if (argc == 2 && strcmp(argv[0], "--lifetime") == 0) {
		if ((m.lifetime_s = seconds(argv[1])) == 0)
			return (CTL_USAGE);
	} else if (argc != 0)
		return (CTL_USAGE);
	return (ctl_show(c, IMSG_REGISTER_TOKEN_REQ, &m, &token_view));
}

static const struct ctl_word commands[] = {
	{ "list", list },
	{ "show", show },
	{ "add", add },
	{ "set", set },
	{ "secret", secret },
	{ "register-token", register_token },
	{ "delete", end },
	{ NULL, NULL }
};

int
ctl_client(struct ctl *c, int argc, char *argv[])
{
	c->what = "client";
	return (ctl_run(c, commands, argc, argv));
}
