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
 * Who: moatctl. Holds: nothing. Callers: ctl_audit.c. Checks an export of the
 * audit chain; needs no moatd, only the file and the public keys of those who
 * signed it. What the file holds is hostile.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/ctl.h"
#include "src/jose/chain_check.h"
#include "src/json/json.h"

#define KEYS_MAX	(1024 * 1024)	/* bytes of a JWK Set */
#define LINE_MAX_LEN	(1024 * 1024)	/* bytes of a line */

static FILE *
open_or_say(const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");

	if (f == NULL)
		fprintf(stderr, "moatctl: %s: %s\n", path, strerror(errno));
	return (f);
}

static void
close_file(FILE *f)
{
	if (f != NULL && f != stdin)
		fclose(f);
}

/* NULL, and it was said why. */
static struct jwks *
keys_read(const char *path)
{
	struct jwks *keys = NULL;
	char *text = malloc(KEYS_MAX + 1);
	FILE *f;
	size_t n;

	if ((f = open_or_say(path)) == NULL || text == NULL)
		goto out;
	n = fread(text, 1, KEYS_MAX + 1, f);
	if ((keys = jwks_new()) == NULL || n > KEYS_MAX ||
	    jwks_add_json(keys, text, n) < 1) {
		fprintf(stderr, "moatctl: %s: not a JWK Set of public keys\n",
		    path);
		jwks_free(keys);
		keys = NULL;
	}
out:
	close_file(f);
	free(text);
	return (keys);
}

/*
 * One line into b, without its end. 1; 0: no more; -1: longer than any that
 * moatd writes.
 */
static int
read_line(FILE *f, struct buf *b)
{
	int c;

	buf_reset(b);
	while ((c = getc_unlocked(f)) != EOF && c != '\n') {
		if (b->len == LINE_MAX_LEN)
			return (-1);
		buf_addc(b, (char)c);
	}
	return (c == EOF && b->len == 0 ? 0 : 1);
}

/* 0: read to its end, whatever was found; -1: it cannot be read. */
static int
check_file(struct chain_check *check, FILE *f)
{
	struct buf b = BUF_INIT;
	int more;

	while ((more = read_line(f, &b)) != 0)
		if (more == -1 || b.err)
			chain_check_line(check, "", 0);
		else if (chain_check_line(check, (const char *)b.p,
		    b.len) == -1)
			break;
	buf_free(&b);
	if (ferror(f))
		return (-1);
	chain_check_end(check);
	return (0);
}

static void
report_json(const struct chain_report *r, int keys)
{
	char at[CLOCK_RFC3339];
	json_t *o;

	if (r->broken) {
		ctl_print(json_pack("{s:b, s:s, s:I, s:I}", "ok", 0, "why",
		    r->why, "line", (json_int_t)r->line, "seq",
		    (json_int_t)r->seq));
		return;
	}
	clock_rfc3339(at, r->head_iat > 0 && r->head_iat < INT32_MAX ?
	    r->head_iat * CLOCK_SEC : 0);
	o = json_pack("{s:b, s:I, s:I, s:I, s:s, s:I, s:b, s:s, s:s, s:s}",
	    "ok", 1, "entries", (json_int_t)r->entries, "first",
	    (json_int_t)r->first, "last", (json_int_t)r->last, "hash", r->hash,
	    "heads", (json_int_t)r->heads, "signatures", keys, "issuer",
	    r->issuer, "tenant", r->tenant, "signedAt", at);
	ctl_print(o);
}

static void
report(const char *path, const struct chain_report *r, int keys)
{
	char at[CLOCK_RFC3339];

	if (r->broken && r->line > 0)
		fprintf(stderr, "moatctl: %s:%zu: %s\n", path, r->line,
		    r->why);
	else if (r->broken)
		fprintf(stderr, "moatctl: %s: %s\n", path, r->why);
	if (r->broken)
		return;
	clock_rfc3339(at, r->head_iat > 0 && r->head_iat < INT32_MAX ?
	    r->head_iat * CLOCK_SEC : 0);
	printf("%zu entries, %lld to %lld, and %zu signed heads, the last of "
	    "%s: good\n", r->entries, (long long)r->first,
	    (long long)r->last, r->heads, at);
	ctl_text(r->issuer, 0);
	printf(", tenant ");
	ctl_text(r->tenant, 0);
	printf(", %s\n", r->hash);
	if (!keys)
		printf("signatures were NOT checked: give --key\n");
}

static int
verify(const struct ctl *c, const char *path, const struct jwks *keys)
{
	struct chain_check *check = chain_check_new(keys);
	const struct chain_report *r;
	FILE *f = NULL;
	int rv = CTL_REFUSED;

	if (check == NULL || (f = open_or_say(path)) == NULL)
		goto out;
	if (check_file(check, f) == -1) {
		fprintf(stderr, "moatctl: %s: %s\n", path, strerror(errno));
		goto out;
	}
	r = chain_check_report(check);
	if (c->json)
		report_json(r, keys != NULL);
	else
		report(path, r, keys != NULL);
	rv = r->broken ? CTL_CHECK : CTL_DONE;
out:
	close_file(f);
	chain_check_free(check);
	return (rv);
}

int
ctl_verify(struct ctl *c, int argc, char *argv[])
{
	const char *path = NULL, *key = NULL;
	struct jwks *keys = NULL;
	int i, rv;

	for (i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--key") == 0) {
			if (key != NULL || ++i == argc)
				return (CTL_USAGE);
			key = argv[i];
		} else if (path == NULL)
			path = argv[i];
		else
			return (CTL_USAGE);
	}
	if (path == NULL)
		return (CTL_USAGE);
	jose_init();
	json_seed();
	if (key != NULL && (keys = keys_read(key)) == NULL)
		return (CTL_REFUSED);
	rv = verify(c, path, keys);
	jwks_free(keys);
	return (rv);
}
