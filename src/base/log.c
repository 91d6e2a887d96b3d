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
 * Log lines. Run by every process; holds only the process's name and where
 * its lines go. One line is one write(2), so that lines of several writers
 * never mix. Everything is escaped here, at the last moment, so that no
 * caller has to think of it.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "src/base/log.h"
#include "src/base/utf8.h"

#define LINE_MAX_BYTES	1024	/* with name and newline */

static struct {
	char	name[32];
	int	syslog;
	int	verbose;
} ctx = { "moatd", 0, 0 };

static const int syslog_level[] = {
	[LOG_L_ERR] = LOG_ERR,
	[LOG_L_WARN] = LOG_WARNING,
	[LOG_L_INFO] = LOG_NOTICE,
	[LOG_L_DEBUG] = LOG_DEBUG
};

void
log_init(const char *name)
{
	snprintf(ctx.name, sizeof(ctx.name), "%s", name);
}

void
log_to_syslog(void)
{
	openlog(ctx.name, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	ctx.syslog = 1;
}

void
log_verbose(int on)
{
	ctx.verbose = on;
}

const char *
log_name(void)
{
	return (ctx.name);
}

/*
 * What a terminal or a log viewer could take for more than a letter: C0, DEL,
 * C1, line and paragraph separators, and what turns the writing direction.
 */
static int
plain(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return (0);
	if (cp == 0x2028 || cp == 0x2029 || cp == 0x061c || cp == 0xfeff)
		return (0);
	if ((cp >= 0x200e && cp <= 0x200f) || (cp >= 0x202a && cp <= 0x202e) ||
	    (cp >= 0x2066 && cp <= 0x2069))
		return (0);
	return (1);
}

static size_t
escape(char *dst, size_t cap, const char *src, size_t n, int backslash)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *s = (const uint8_t *)src;
	size_t i, k, used, pos = 0;
	uint32_t cp;

	if (cap == 0)
		return (0);
	for (i = 0; i < n; i += used) {
		used = utf8_next(s + i, n - i, &cp);
		if (used > 0 && plain(cp) && (cp != '\\' || !backslash)) {
			if (used >= cap - pos)
				break;
			memcpy(dst + pos, s + i, used);
			pos += used;
			continue;
		}
		if (used == 0)
			used = 1;
		if (4 * used >= cap - pos)
			break;
		for (k = 0; k < used; k++) {
			dst[pos++] = '\\';
			dst[pos++] = 'x';
			dst[pos++] = hex[s[i + k] >> 4];
			dst[pos++] = hex[s[i + k] & 15];
		}
	}
	dst[pos] = '\0';
	return (pos);
}

size_t
log_escape(char *dst, size_t cap, const char *src, size_t n)
{
	return (escape(dst, cap, src, n, 1));
}

/* Writes name, ": ", the escaped text and a newline. */
static void
emit(enum log_level level, const char *name, const char *text, size_t n,
    int backslash)
{
	char line[LINE_MAX_BYTES];
	ssize_t r;
	size_t len;
	int head;

	head = snprintf(line, sizeof(line), "%.64s: ", name);
	if (head < 0)
		return;
	len = (size_t)head;
	len += escape(line + len, sizeof(line) - 1 - len, text, n, backslash);
	if (ctx.syslog) {
		/* syslog(3) names this process itself */
		syslog(syslog_level[level], "%s",
		    strcmp(name, ctx.name) == 0 ? line + head : line);
		return;
	}
	line[len++] = '\n';
	do {
		r = write(STDERR_FILENO, line, len);
	} while (r == -1 && errno == EINTR);
}

static void
vlog(enum log_level level, int err, const char *fmt, va_list ap)
{
	char text[LINE_MAX_BYTES];
	size_t len;
	int n, saved = errno;

	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n < 0)
		n = snprintf(text, sizeof(text), "%s", fmt);
	len = n < 0 ? 0 : (size_t)n;
	if (len >= sizeof(text))
		len = utf8_cut(text, sizeof(text) - 1, sizeof(text) - 1);
	if (err != 0 && len < sizeof(text) - 2) {
		n = snprintf(text + len, sizeof(text) - len, ": %s",
		    strerror(err));
		if (n > 0)
			len += (size_t)n;
		if (len >= sizeof(text))
			len = sizeof(text) - 1;
	}
	emit(level, ctx.name, text, len, 1);
	errno = saved;
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LOG_L_WARN, 0, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LOG_L_WARN, errno, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LOG_L_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!ctx.verbose)
		return;
	va_start(ap, fmt);
	vlog(LOG_L_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LOG_L_ERR, 0, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LOG_L_ERR, errno, fmt, ap);
	va_end(ap);
	exit(1);
}

/*
 * The child put a name in front of its line; the one that counts is the
 * parent's, so the child's is cut off: "worker: x" from "worker 1" becomes
 * "worker 1: x". The child escaped its backslashes already.
 */
void
log_forward(const char *name, const char *line, size_t len)
{
	size_t full = strlen(name), stem = strcspn(name, " [#");
	size_t cut = 0;

	if (len >= full + 2 && memcmp(line, name, full) == 0 &&
	    memcmp(line + full, ": ", 2) == 0)
		cut = full + 2;
	else if (len >= stem + 2 && memcmp(line, name, stem) == 0 &&
	    memcmp(line + stem, ": ", 2) == 0)
		cut = stem + 2;
	emit(LOG_L_INFO, name, line + cut, len - cut, 0);
}
