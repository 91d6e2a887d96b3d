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

#include <string.h>

#include "src/ctl.h"

static const struct {
	const char	 *word;
	int		(*run)(struct ctl *, int, char *[]);
} commands[] = {
	{ "import", ctl_import },
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
