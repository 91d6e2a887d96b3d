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

/* The lexer of moatd.conf, and what it shares with the grammar. */
#ifndef PARENT_LEX_H
#define PARENT_LEX_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/parent/conf.h"

struct lex;

/* One parse at a time: the grammar has no other way to find its state. */
int	lex_open(struct conf *, conf_report, void *);
int	lex_close(void);		/* frees all; the number of errors */
struct conf *lex_conf(void);
/* Continues with a file, or with memory. -1: refused, and reported. */
int	lex_push_file(const char *path);
int	lex_push_mem(const char *name, const char *data, size_t len);
/* Reports "file:line: …" and counts. */
void	lex_error(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2)));
void	lex_check(const char *what);	/* the same when what is not NULL */
void	lex_macro(const char *name, const char *value);

int	lex_keyword(const char *);	/* its token, or 0 */

int	yylex(void);
void	yyerror(const char *);
int	yyparse(void);

#endif
