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
 * Fuzz target of the configuration: the lexer, the grammar and the checks, on
 * the text of one file (an include finds nothing below a directory that is
 * not there). What was accepted must pass the last check without a fault.
 */
#include "config.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/parent/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
report(const char *line, void *arg)
{
	size_t *lines = arg;

	/* Each problem is one line that no input can break or colour. */
	for (; *line != '\0'; line++)
		if ((unsigned char)*line < ' ' || *line == 0x7f)
			abort();
	(*lines)++;
}

/* The file's secrets are not read: that is the file system's business. */
static int
names_files(const struct conf *c)
{
	return (c->dsn_file != NULL || c->sa_password_file != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct conf *c;
	size_t lines = 0;
	int errors;

	if (sodium_init() == -1 || (c = conf_new()) == NULL)
		abort();
	errors = conf_parse_mem(c, "/nonexistent/moatd.conf",
	    (const char *)data, n, report, &lines);
	if (errors > 0 && lines == 0)
		abort();
	if (errors == 0 && !names_files(c)) {
		conf_finish(c, report, &lines);
		if (c->workers < 1 || c->workers > CONF_WORKERS ||
		    c->nlisten < 1 || c->issuer == NULL)
			abort();
	}
	conf_free(c);
	return (0);
}
