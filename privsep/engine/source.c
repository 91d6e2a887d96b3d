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
 * Who is one source, and whether many of them guess. Runs in the engine; holds
 * two counts of this minute's logins. Called by throttle.c and the logins.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>

#include "privsep/engine/throttle.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define ALARM_WINDOW_US	(60 * CLOCK_SEC)
#define ALARM_EVERY_US	(600 * CLOCK_SEC)
#define ALARM_FAILURES	100	/* fewer in a minute are no flood */
#define ALARM_TENTHS	9	/* of all logins in it */

/* An address of one's own is a /64 in IPv6: its owner has all of it. */
void
throttle_source(char out[SOURCE_CAP], const char *ip)
{
	struct in6_addr a;
	char text[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET6, ip, &a) != 1) {
		snprintf(out, SOURCE_CAP, "%.*s", SOURCE_CAP - 1, ip);
		return;
	}
	if (IN6_IS_ADDR_V4MAPPED(&a)) {
		(void)inet_ntop(AF_INET, a.s6_addr + 12, out, SOURCE_CAP);
		return;
	}
	memset(a.s6_addr + 8, 0, 8);
	(void)inet_ntop(AF_INET6, &a, text, sizeof(text));
	snprintf(out, SOURCE_CAP, "%s/64", text);
}

/* One line, so that who reads the log can tell spraying from forgetting. */
void
throttle_count(struct engine *e, int failed)
{
	struct spray *s = &e->spray;
	int64_t mono = clock_mono();

	if (mono - s->since >= ALARM_WINDOW_US) {
		s->since = mono;
		s->failed = s->all = 0;
	}
	s->all++;
	s->failed += failed != 0;
	if (s->failed < ALARM_FAILURES ||
	    s->failed * 10 < s->all * ALARM_TENTHS ||
	    (s->told != 0 && mono - s->told < ALARM_EVERY_US))
		return;
	s->told = mono;
	log_warnx("%u of %u logins failed within a minute: passwords are "
	    "being guessed", s->failed, s->all);
}
