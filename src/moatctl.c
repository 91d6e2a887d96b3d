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
 * moatctl: the operator's client. Runs as whoever calls it and holds nothing;
 * talks to moatd's control socket, which hears root and moatd's own user.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/ctl.h"

static const struct {
	const char	 *word, *args, *does;
	int		(*run)(struct ctl *, int, char *[]);
} commands[] = {
	{ "status", "", "every process and its health", ctl_status },
	{ "reload", "", "read the configuration again", ctl_reload },
	{ "selftest", "sandbox", "each role tries what it must not do",
	    ctl_selftest },
	{ "migrate", "[--dry-run]", "apply (or print) pending migrations",
	    ctl_migrate },
	{ "config", "check [FILE]", "parse a configuration, no daemon",
	    ctl_config },
	{ "audit", "export [--from TIME] [--to TIME]",
	    "print the audit chain, one JSON object a line", ctl_audit },
	{ "audit", "verify FILE [--key JWKS]",
	    "check an export, no daemon", ctl_audit },
	{ "user", "list [--q PREFIX] [--role R] [--status S]",
	    "accounts", ctl_user },
	{ "user", "show U", "one account; U: a username or an id", ctl_user },
	{ "user", "set-password-link U",
	    "print a link that sets a user's password, once", ctl_user },
	{ "user", "add NAME EMAIL [--role R]",
	    "make an account; prints a link that sets its password",
	    ctl_user },
	{ "user", "disable U", "no logins any more; sessions end", ctl_user },
	{ "user", "enable U", "undo that", ctl_user },
	{ "user", "unlock U",
	    "lift what failures did to a user", ctl_user },
	{ "user", "reset-mfa U",
	    "take the second factor away; sessions end", ctl_user },
	{ "user", "revoke-sessions U", "end all sessions", ctl_user },
	{ "user", "delete U", "erase an account", ctl_user },
	{ "user", "import FILE [--dry-run]",
	    "bring accounts of another system, with their hashes", ctl_user },
	{ "superadmin", "create NAME EMAIL",
	    "make the super admin, print a password", ctl_superadmin },
	{ "superadmin", "transfer U",
	    "another user takes the super admin's place", ctl_superadmin },
	{ "superadmin", "reset",
	    "new password, no second factor, sessions end", ctl_superadmin },
	{ "tenant", "list", "all tenants", ctl_tenant },
	{ "tenant", "show ID", "one tenant", ctl_tenant },
	{ "tenant", "add ID [--MEMBER VALUE]...",
	    "make a tenant; members as with set", ctl_tenant },
	{ "tenant", "set ID --MEMBER VALUE...",
	    "change --name, --status, --registration, --require-mfa, "
	    "--password-min", ctl_tenant },
	{ "tenant", "delete ID", "erase a suspended tenant and its users",
	    ctl_tenant },
	{ "tenant", "theme ID [FILE | --reset]",
	    "show or set its pages' style sheet", ctl_tenant },
	{ "tenant", "logo ID [FILE | --reset]",
	    "the same of their logo: PNG, JPEG, WebP, SVG", ctl_tenant },
	{ "tenant", "texts ID [FILE | --reset]",
	    "the same of their own texts, JSON", ctl_tenant },
	{ "role", "list", "all roles and what they hold", ctl_role },
	{ "role", "show NAME", "one role", ctl_role },
	{ "role", "add NAME [--MEMBER VALUE]...",
	    "make a role; members as with set", ctl_role },
	{ "role", "set NAME --MEMBER VALUE...",
	    "change --description, --permissions", ctl_role },
	{ "role", "delete NAME", "end a role; who holds it loses it",
	    ctl_role },
	{ "scope", "list", "scopes and what consent says of them",
	    ctl_scope },
	{ "scope", "set NAME DESCRIPTION", "describe a scope", ctl_scope },
	{ "scope", "delete NAME", "say nothing of a scope", ctl_scope },
	{ "client", "list", "all clients", ctl_client },
	{ "client", "show ID", "one client", ctl_client },
	{ "client", "add ID [--type TYPE] [--MEMBER VALUE]...",
	    "make a client; prints its secret, once", ctl_client },
	{ "client", "set ID --MEMBER VALUE...", "change a client",
	    ctl_client },
	{ "client", "secret ID [--overlap TIME]",
	    "a new secret; the old one dies", ctl_client },
	{ "client", "register-token [--lifetime T]",
	    "a token by which clients register", ctl_client },
	{ "client", "delete ID", "end a client and its tokens", ctl_client },
	{ "revoke-all", "", "end every session, kill every token",
	    ctl_revoke_all },
	{ "backup", "FILE", "copy the embedded store to a new file",
	    ctl_backup },
	{ "key", "list", "signing keys and their states", ctl_key },
	{ "key", "rotate [ALG]", "the next key becomes active", ctl_key },
	{ "key", "retire KID", "a key's tokens die at once", ctl_key },
	{ "key", "export FILE [--passphrase-file F]",
	    "keys/ into a sealed file", ctl_key },
	{ "key", "import FILE [--passphrase-file F]",
	    "keys of another node into keys/", ctl_key }
};
#define NCOMMANDS	(sizeof(commands) / sizeof(*commands))

static int
usage(FILE *to)
{
	size_t i;

	fprintf(to, "usage: moatctl [--json] [--yes] [--socket PATH] "
	    "[--tenant T] COMMAND\n\n");
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(to, "  %-10s %-30s  %s\n", commands[i].word,
		    commands[i].args, commands[i].does);
	fprintf(to, "\nexit code: 0 done, 1 refused or failed, 2 usage, "
	    "3 moatd unreachable, 4 a check failed\n");
	return (to == stdout ? CTL_DONE : CTL_USAGE);
}

/*
 * Takes the options that may stand anywhere out of argv; what is left belongs
 * to the command. -1: one of them is not complete.
 */
static int
common_options(struct ctl *c, int argc, char *argv[], int *help)
{
	int i, n = 0;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			c->json = 1;
		else if (strcmp(argv[i], "--yes") == 0)
			c->yes = 1;
		else if (strcmp(argv[i], "--help") == 0)
			*help = 1;
		else if (strncmp(argv[i], "--socket=", 9) == 0)
			c->socket = argv[i] + 9;
		else if (strcmp(argv[i], "--socket") == 0) {
			if (++i == argc)
				return (-1);
			c->socket = argv[i];
		} else if (strcmp(argv[i], "--tenant") == 0) {
			if (++i == argc)
				return (-1);
			c->tenant = argv[i];
		} else
			argv[n++] = argv[i];
	}
	return (n);
}

static const char *
default_socket(char *dst, size_t n)
{
	const char *state = getenv("MOATD_STATE");

	snprintf(dst, n, "%s/moatd.sock",
	    state != NULL && *state != '\0' ? state : MOATD_STATEDIR);
	return (dst);
}

int
main(int argc, char *argv[])
{
	struct ctl c = { .tenant = "default", .fd = -1, .body = BUF_INIT };
	char path[4096];
	int n, help = 0, rv = CTL_USAGE;
	size_t i;

	c.socket = default_socket(path, sizeof(path));
	n = common_options(&c, argc, argv, &help);
	if (help)
		return (usage(stdout));
	if (!ctl_tenant_ok(c.tenant)) {
		fprintf(stderr, "moatctl: no such tenant\n");
		return (CTL_REFUSED);
	}
	for (i = 0; n > 0 && i < NCOMMANDS; i++)
		if (strcmp(commands[i].word, argv[0]) == 0) {
			rv = commands[i].run(&c, n - 1, argv + 1);
			break;
		}
	if (rv == CTL_USAGE)
		usage(stderr);
	if (c.fd != -1)
		close(c.fd);
	buf_free(&c.body);
	if (fflush(stdout) == EOF && rv == CTL_DONE)
		rv = CTL_REFUSED;
	return (rv);
}
