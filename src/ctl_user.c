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
 * Who: moatctl. Holds: nothing. Callers: moatctl.c's table. The commands that
 * begin with `user`.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "src/base/utf8.h"
#include "src/ctl.h"

/* Lines, then how it ended. */
static int
answer(struct ctl *c, const char *member)
{
	uint16_t type = 0;
	union msg m;
	int rv;

	for (;;) {
		if ((rv = ctl_next(c, ROLE_ENGINE, &type, &m)) != CTL_DONE)
			return (rv);
		if (type == IMSG_CTL_DONE_RES)
			break;
		if (type != IMSG_CTL_TEXT_RES)
			continue;
		if (c->json)
			ctl_print(json_pack("{s:s}", member,
			    m.ctl_text_res.text));
		else {
			ctl_text(m.ctl_text_res.text, 0);
			putchar('\n');
		}
	}
	if (c->json && m.ctl_done_res.code == CTL_DONE)
		return (CTL_DONE);
	return (ctl_end(c, &m.ctl_done_res));
}

/* One argument, which may be a user. */
static int
named(int argc, char *argv[])
{
	if (argc != 1 || *argv[0] == '\0')
		return (CTL_USAGE);
	if (!utf8_valid(argv[0], strlen(argv[0])) ||
	    strlen(argv[0]) > CAP_USERNAME) {
		fprintf(stderr, "moatctl: no such user\n");
		return (CTL_REFUSED);
	}
	return (CTL_DONE);
}

static int
set_password_link(struct ctl *c, int argc, char *argv[])
{
	struct msg_ctl_password_link_req req;
	int rv;

	if ((rv = named(argc, argv)) != CTL_DONE)
		return (rv);
	req.user = argv[0];
	req.tenant = c->tenant;
	if ((rv = ctl_ask(c, IMSG_CTL_PASSWORD_LINK_REQ, &req)) != CTL_DONE)
		return (rv);
	return (answer(c, "link"));
}

static int
unlock(struct ctl *c, int argc, char *argv[])
{
	struct msg_ctl_user_unlock_req req;
	uint16_t type = 0;
	union msg m;
	int rv;

	if ((rv = named(argc, argv)) != CTL_DONE)
		return (rv);
	req.user = argv[0];
	req.tenant = c->tenant;
	if ((rv = ctl_ask(c, IMSG_CTL_USER_UNLOCK_REQ, &req)) != CTL_DONE)
		return (rv);
	do {
		if ((rv = ctl_next(c, ROLE_ENGINE, &type, &m)) != CTL_DONE)
			return (rv);
	} while (type != IMSG_CTL_DONE_RES);
	return (ctl_end(c, &m.ctl_done_res));
}

static const struct {
	const char	 *word;
	int		(*run)(struct ctl *, int, char *[]);
} commands[] = {
	{ "import", ctl_import },
	{ "set-password-link", set_password_link },
	{ "unlock", unlock },
};

int
ctl_user(struct ctl *c, int argc, char *argv[])
{
	size_t i;

	for (i = 0; argc > 0 && i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].word, argv[0]) == 0)
			return (commands[i].run(c, argc - 1, argv + 1));
	return (CTL_USAGE);
}
