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

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/lex.h"
#include "privsep/parent/parse.h"
#include "src/base/log.h"
#include "src/base/utf8.h"

#define FILE_MAX	(1024 * 1024)
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

static const struct {
	const char	*word;
	int		 token;
} keywords[] = {
	{ "auto", AUTO }, { "closed", CLOSED }, { "cors", CORS },
	{ "database", DATABASE }, { "email", EMAIL }, { "file", FROMFILE },
	{ "hashers", HASHERS }, { "include", INCLUDE }, { "issuer", ISSUER },
	{ "limit", LIMIT }, { "listen", LISTEN }, { "manual", MANUAL },
	{ "migrate", MIGRATE }, { "on", ON }, { "open", OPEN },
	{ "optional", OPTIONAL }, { "password", PASSWORD }, { "port", PORT },
	{ "postgresql", POSTGRESQL }, { "proxy", PROXY },
	{ "registration", REGISTRATION }, { "required", REQUIRED },
	{ "sandbox", SANDBOX }, { "serve", SERVE }, { "socket", SOCKET },
	{ "sqlite", SQLITE }, { "state", STATE }, { "superadmin", SUPERADMIN },
	{ "timeout", TIMEOUT }, { "token", TOKEN }, { "trust", TRUST },
	{ "user", USER }, { "username", USERNAME }, { "vaults", VAULTS },
	{ "workers", WORKERS }
};

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
	snprintf(line, sizeof(line), "%.200s:%d: %s",
	    s != NULL ? s->name : L->last_name != NULL ? L->last_name : "-",
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

/* Who may write the file decides what root does. */
static const char *
file_refused(const struct stat *st)
{
	const struct source *s;

	if (!S_ISREG(st->st_mode))
		return ("not a regular file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return ("owned by someone else");
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return ("writable by others: chmod go-w it");
	if (st->st_size > FILE_MAX)
		return ("larger than 1 MiB");
	for (s = L->top; s != NULL; s = s->up)
		if (s->dev == st->st_dev && s->ino == st->st_ino)
			return ("includes itself");
	return (NULL);
}

static ssize_t
read_all(int fd, char *dst, size_t cap)
{
	size_t n = 0;
	ssize_t r;

	while (n < cap) {
		if ((r = read(fd, dst + n, cap - n)) == 0)
			break;
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return (-1);
		n += (size_t)r;
	}
	return ((ssize_t)n);
}

static int
push_fd(const char *path, int fd)
{
	struct stat st;
	const char *no;
	char *data;
	ssize_t n;
	int rv = -1;

	if (fstat(fd, &st) == -1) {
		lex_error("%s: %s", path, strerror(errno));
		return (-1);
	}
	if ((no = file_refused(&st)) != NULL) {
		lex_error("%s: %s", path, no);
		return (-1);
	}
	if ((data = malloc((size_t)st.st_size + 1)) == NULL)
		fatal("memory for %s", path);
	if ((n = read_all(fd, data, (size_t)st.st_size)) == -1)
		lex_error("%s: %s", path, strerror(errno));
	else
		rv = lex_push_mem(path, data, (size_t)n);
	if (rv == 0) {
		L->top->dev = st.st_dev;
		L->top->ino = st.st_ino;
	}
	sodium_memzero(data, (size_t)st.st_size);
	free(data);
	return (rv);
}

int
lex_push_file(const char *path)
{
	char full[PATH_MAX], dir[PATH_MAX];
	int fd, rv;

	if (*path == '/' || L->top == NULL ||
	    strchr(L->top->name, '/') == NULL) {
		snprintf(full, sizeof(full), "%s", path);
	} else {
		snprintf(dir, sizeof(dir), "%s", L->top->name);
		if ((size_t)snprintf(full, sizeof(full), "%s/%s",
		    dirname(dir), path) >= sizeof(full)) {
			lex_error("path too long");
			return (-1);
		}
	}
	if ((fd = open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK)) == -1) {
		lex_error("%s: %s", full, strerror(errno));
		return (-1);
	}
	rv = push_fd(full, fd);
	close(fd);
	return (rv);
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
	if ((m = calloc(1, sizeof(*m))) == NULL)
		fatal("memory for a macro");
	m->name = name;			/* both live as long as the parse */
	m->value = value;
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
	size_t i;

	if (*word != '\0' && strspn(word, "0123456789") == strlen(word))
		return (number(word));
	for (i = 0; keyword && i < sizeof(keywords) / sizeof(*keywords); i++)
		if (strcmp(keywords[i].word, word) == 0)
			return (keywords[i].token);
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
brace(int c)
{
	L->braces += c == '{' ? 1 : -1;
	if (L->braces < 0 || L->braces > 1)
		L->braces = 0;
	return (c);
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
		return (c == '{' || c == '}' ? brace(c) : c);
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
