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
 * Log lines. Children write to descriptor 2 (a pipe the parent forwards);
 * the parent writes to stderr (-d) or syslog(3). Every line is escaped:
 * control bytes, DEL, backslash, characters that turn the writing direction
 * and bytes that are not UTF-8 leave as \xNN, so that no input can forge,
 * colour or disguise a line. A line is cut at 1 KiB.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>
#include <stddef.h>

enum log_level { LOG_L_ERR, LOG_L_WARN, LOG_L_INFO, LOG_L_DEBUG };

/* Name of the process as it stands in front of each line, e.g. "engine". */
void	log_init(const char *name);
/* Parent only: send lines to syslog(3) instead of descriptor 2. */
void	log_to_syslog(void);
void	log_verbose(int on);		/* on: debug lines are written too */
const char *log_name(void);

void	log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Like log_warnx() with ": strerror(errno)" behind it; errno survives. */
void	log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Own bug or failed start: one line, then exit(1). Never for peer's faults. */
void	fatalx(const char *fmt, ...)
	    __attribute__((noreturn, format(printf, 1, 2)));
void	fatal(const char *fmt, ...)
	    __attribute__((noreturn, format(printf, 1, 2)));

/*
 * Parent only: forwards one line that child `name` wrote (bytes, no newline)
 * with the same escaping and bound.
 */
void	log_forward(const char *name, const char *line, size_t len);

/* Escapes n bytes of src into dst (always NUL-terminated, cut to fit). */
size_t	log_escape(char *dst, size_t cap, const char *src, size_t n);

#endif
