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
 * Who: the parent (and moatd -n). Holds: the text of moatd.conf while it is
 * parsed, and wipes it. Callers: conf.c opens and closes, the grammar reads.
 *
 * A word is a number when it has digits only; text may be quoted. Between
 * braces, line ends and commas are white space. An included file is read
 * where it stands; a file that includes itself is refused.
 */
#include "config.h"

#include <ctype.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/parent/lex.h"
#include "privsep/parent/parse.h"
#include "privsep/parent/source.h"
#include "src/base/log.h"
#include "src/base/utf8.h"

#define DEPTH_MAX	16
#define WORD_MAX	4096
#define WORDS_MAX	65536
#define ERRORS_MAX	20

struct source {
	struct source	*up;
	char		*name;
	char		*data;
	size_t		 len, pos;
	int		 line, newline;	/* newline: line ends were returned */
	int		 fresh;		/* nothing on this line yet */
	dev_t		 dev;
	ino_t		 ino;
};

struct word {
	struct word	*next;
	size_t		 len;
	char		 text[];
};

struct macro {
	struct macro	*next;
	const char	*name, *value;
};

struct lex {
	struct conf	*conf;
	conf_report	 report;
	void		*arg;
	struct source	*top;
	struct word	*words;
	struct macro	*macros;
	size_t		 nwords;
	int		 errors, depth, braces, last_line;
	const char	*last, *first;	/* words, for messages */
	char		*last_name;
};

static struct lex *L;

int
lex_open(struct conf *conf, conf_report report, void *arg)
{
	if ((L = calloc(1, sizeof(*L))) == NULL)
		return (-1);
	L->conf = conf;
	L->report = report;
	L->arg = arg;
	return (0);
}

static void
source_pop(void)
{
	struct source *s = L->top;

	L->top = s->up;
	L->depth--;
	sodium_memzero(s->data, s->len);
	free(s->data);
	free(L->last_name);
	L->last_name = s->name;		/* an error may still be about it */
	L->last_line = s->line;
	free(s);
}

int
lex_close(void)
{
	struct macro *m;
	struct word *w;
	int errors;

	while (L->top != NULL)
		source_pop();
	while ((w = L->words) != NULL) {
		L->words = w->next;
		sodium_memzero(w->text, w->len);
		free(w);
	}
	while ((m = L->macros) != NULL) {
		L->macros = m->next;
		free(m);
	}
	errors = L->errors;
	free(L->last_name);
	free(L);
	L = NULL;
	return (errors);
}

struct conf *
lex_conf(void)
{
	return (L->conf);
}

void
lex_error(const char *fmt, ...)
{
	char line[1024], text[640], safe[800];
	const struct source *s = L->top;
	va_list ap;

	if (L->errors++ >= ERRORS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_escape(safe, sizeof(safe), text, strlen(text));
	if (s == NULL && L->last_name == NULL)
		snprintf(line, sizeof(line), "%s", safe);
	else
		snprintf(line, sizeof(line), "%.200s:%d: %s",
		    s != NULL ? s->name : L->last_name,
		    s != NULL ? s->line : L->last_line, safe);
	L->report(line, L->arg);
}

void
lex_check(const char *what)
{
	if (what != NULL)
		lex_error("%s", what);
}

void
yyerror(const char *what)
{
	const char *word = L->last;

	if (L->errors > 0 && word == NULL)
		return;			/* the lexer has said what is wrong */
	/* A line that starts with a stranger reads as a macro's name. */
	if (L->first != NULL && (word == NULL || strcmp(word, "=") != 0))
		word = L->first;
	if (word == NULL || *word == '\n')
		lex_error("%s: something is missing before the end of the "
		    "line", what);
	else if (L->first != NULL)
		lex_error("unknown keyword \"%.64s\"", word);
	else
		lex_error("%s at \"%.64s\"", what, word);
}

int
lex_push_mem(const char *name, const char *data, size_t len)
{
	struct source *s;

	if (L->depth >= DEPTH_MAX) {
		lex_error("more than %d files deep in includes", DEPTH_MAX);
		return (-1);
	}
	if ((s = calloc(1, sizeof(*s))) == NULL ||
	    (s->data = malloc(len + 1)) == NULL ||
	    (s->name = strdup(name)) == NULL)
		fatal("memory for %s", name);
	if (len > 0)
		memcpy(s->data, data, len);
	s->len = len;
	s->line = 1;
	s->fresh = 1;
	s->up = L->top;
	L->top = s;
	L->depth++;
	return (0);
}

int
lex_push_file(const char *path)
{
	struct source_file f;
	const struct source *s;
	char why[128];
	int rv;

	if (source_read(&f, path, L->top != NULL ? L->top->name : NULL, why,
	    sizeof(why)) == -1) {
		lex_error("%s: %s", f.name, why);
		return (-1);
	}
	for (s = L->top; s != NULL; s = s->up) {
		if (s->dev != f.dev || s->ino != f.ino)
			continue;
		lex_error("%s: includes itself", f.name);
		source_wipe(&f);
		return (-1);
	}
	rv = lex_push_mem(f.name, f.data, f.len);
	if (rv == 0) {
		L->top->dev = f.dev;
		L->top->ino = f.ino;
	}
	source_wipe(&f);
	return (rv);
}

static char *
word_new(const char *src, size_t n)
{
	struct word *w;

	if (++L->nwords > WORDS_MAX ||
	    (w = malloc(sizeof(*w) + n + 1)) == NULL)
		return (NULL);
	memcpy(w->text, src, n);
	w->text[n] = '\0';
	w->len = n;
	w->next = L->words;
	L->words = w;
	return (w->text);
}

void
lex_macro(const char *name, const char *value)
{
	struct macro *m;
	const char *p;

	for (p = name; isalnum((unsigned char)*p) || *p == '_'; p++)
		;
	if (*p != '\0' || p == name || isdigit((unsigned char)*name)) {
		lex_error("\"%.64s\" cannot be a macro's name", name);
		return;
	}
	if ((m = calloc(1, sizeof(*m))) == NULL ||
	    (m->value = word_new(value, strlen(value))) == NULL)
		fatalx("memory for a macro");
	m->name = name;			/* a word of this parse */
	m->next = L->macros;
	L->macros = m;
}

static const char *
macro_find(const char *name)
{
	const struct macro *m;

	for (m = L->macros; m != NULL; m = m->next)
		if (strcmp(m->name, name) == 0)
			return (m->value);
	return (NULL);
}

static int
bad(const char *what)
{
	L->last = NULL;
	L->first = NULL;
	lex_error("%s", what);
	return (BAD);
}

/* White space, comments, continued lines. */
static void
skip(struct source *s)
{
	for (; s->pos < s->len; s->pos++) {
		switch (s->data[s->pos]) {
		case ' ': case '\t': case '\r':
			continue;
		case ',':
			if (L->braces == 0)
				return;
			continue;
		case '\n':
			if (L->braces == 0)
				return;
			s->line++;
			continue;
		case '\\':
			if (s->pos + 1 >= s->len ||
			    s->data[s->pos + 1] != '\n')
				return;
			s->pos++;
			s->line++;
			continue;
		case '#':
			while (s->pos + 1 < s->len &&
			    s->data[s->pos + 1] != '\n')
				s->pos++;
			continue;
		default:
			return;
		}
	}
}

static int
text_token(const char *src, size_t n)
{
	size_t i;

	if (!utf8_valid(src, n))
		return (bad("text is not UTF-8"));
	for (i = 0; i < n; i++)
		if ((unsigned char)src[i] < ' ' || src[i] == 0x7f)
			return (bad("control character in a text"));
	if ((yylval.text = word_new(src, n)) == NULL)
		return (bad("too many words"));
	L->last = yylval.text;
	return (STRING);
}

static int
quoted(struct source *s)
{
	char out[WORD_MAX];
	size_t n = 0;
	char c;

	for (s->pos++; s->pos < s->len; s->pos++) {
		c = s->data[s->pos];
		if (c == '"') {
			s->pos++;
			return (text_token(out, n));
		}
		if (c == '\n')
			break;
		if (c == '\\' && s->pos + 1 < s->len &&
		    (s->data[s->pos + 1] == '"' || s->data[s->pos + 1] == '\\'))
			c = s->data[++s->pos];
		if (n == sizeof(out))
			return (bad("text longer than 4096 bytes"));
		out[n++] = c;
	}
	return (bad("text without closing quote"));
}

static int
number(const char *digits)
{
	int64_t n = 0;

	for (; *digits != '\0'; digits++) {
		if (n > (INT64_MAX - 9) / 10)
			return (bad("number too large"));
		n = n * 10 + (*digits - '0');
	}
	yylval.num = n;
	return (NUMBER);
}

static int
is_word(unsigned char c)
{
	return (isalnum(c) || (c != '\0' && strchr("_-./:@%+*[]?&~", c) !=
	    NULL) || c >= 0x80);
}

static int
classify(const char *word, int keyword)
{
	int found;

	if (*word != '\0' && strspn(word, "0123456789") == strlen(word))
		return (number(word));
	if (keyword && (found = lex_keyword(word)) != 0)
		return (found);
	return (STRING);
}

static int
bare(struct source *s)
{
	size_t start = s->pos;
	int macro = s->data[start] == '$', fresh = s->fresh, token;
	const char *value;

	s->pos += (size_t)macro;
	while (s->pos < s->len && is_word((unsigned char)s->data[s->pos]))
		s->pos++;
	if (s->pos - start > WORD_MAX)
		return (bad("word longer than 4096 bytes"));
	if (text_token(s->data + start, s->pos - start) == BAD)
		return (BAD);
	if (macro) {
		if ((value = macro_find(yylval.text + 1)) == NULL) {
			lex_error("macro \"%.64s\" is not defined",
			    yylval.text);
			L->last = L->first = NULL;
			return (BAD);
		}
		yylval.text = value;
		return (classify(value, 0));
	}
	token = classify(yylval.text, 1);
	if (token == STRING && fresh && L->braces == 0)
		L->first = L->last;
	return (token);
}

static int
end_of_line(struct source *s)
{
	s->newline++;
	s->fresh = 1;
	L->last = "\n";
	return ('\n');
}

static int
token(struct source *s)
{
	static const char *const punct[] = { "{", "}", "=", "," };
	int c = (unsigned char)s->data[s->pos];
	size_t i;

	if (c == '"')
		return (quoted(s));
	if (c == '$' || is_word((unsigned char)c))
		return (bare(s));
	if (c == '\0')
		return (bad("NUL byte"));
	for (i = 0; i < sizeof(punct) / sizeof(*punct); i++) {
		if (c != punct[i][0])
			continue;
		s->pos++;
		L->last = punct[i];
		if (c == '{' || c == '}')
			L->braces = c == '{';	/* they do not nest */
		return (c);
	}
	return (bad("character that means nothing here"));
}

int
yylex(void)
{
	struct source *s;
	int t;

	while ((s = L->top) != NULL) {
		s->line += s->newline;
		s->newline = 0;
		if (s->fresh)
			L->first = NULL;
		skip(s);
		if (s->pos < s->len && s->data[s->pos] == '\n') {
			s->pos++;
			return (end_of_line(s));
		}
		if (s->pos < s->len) {
			t = token(s);
			s->fresh = 0;
			return (t);
		}
		if (L->braces > 0)
			return (bad("\"{\" without \"}\""));
		if (!s->fresh) {
			s->fresh = 1;
			L->last = "\n";
			return ('\n');
		}
		source_pop();
	}
	return (0);
}
