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
 * Requests for authorization in the engine: what answer_authorize.c,
 * answer_consent.c and answer_par.c share. A code is made against a living
 * session of a browser and a request that the engine itself kept, which counts
 * once; also where nobody is asked, the request is kept, and used at once.
 */
#ifndef ENGINE_AUTHORIZE_H
#define ENGINE_AUTHORIZE_H

#include "privsep/engine/op.h"
#include "src/base/clock.h"
#include "src/rules/authorize.h"

#define CODE_US		(60 * CLOCK_SEC)
#define CONSENT_US	(600 * CLOCK_SEC)
#define PUSHED_US	(60 * CLOCK_SEC)
#define PUSHED_KEEP_US	(600 * CLOCK_SEC)	/* since a browser has it */
#define PUSHED_PREFIX	"urn:ietf:params:oauth:request_uri:"
#define AUTHORIZE_TRIES	3	/* while what was judged is changed */

/* The parameters, as MSG_AUTHORIZE has them. */
#define AUTHORIZE_str(name, cap)	char name[(cap) + 1];
#define AUTHORIZE_u8(name, cap)		uint8_t name;
#define AUTHORIZE_MEMBER(kind, name, cap)	AUTHORIZE_##kind(name, cap)
struct authorize_params {
	MSG_AUTHORIZE(AUTHORIZE_MEMBER)
};

/* op->extra of all of them. Hashes are "" where there is none. */
struct authorize {
	struct authorize_params params;
	char		 client_id[CAP_CLIENT + 1];
	char		 cookie[TOKEN_TEXT];	/* hash */
	char		 pushed[TOKEN_TEXT];	/* hash of a pushed request */
	char		 consent[TOKEN_TEXT];	/* hash of the nonce */
	char		 code[TOKEN_TEXT];	/* hash */
	char		 text[TOKEN_TEXT];	/* of nonce or code, or id */
	int64_t		 since;			/* authorize_since() */
	struct authorize_want want;
	char		 all[AUTHORIZE_SCOPE_CAP];	/* and earlier ones */
	char		 client_name[CAP_NAME + 1];
	char		 seen[UUID_LEN];	/* the client, as judged */
	const char	*error, *why;		/* literals */
	int		 kind;			/* of the answer to come */
	int		 allow, tries;
};

/* SHA-256 of a token of ours by its text: a code, a nonce. 0; -1: it is none,
 * and out is "". */
int	authorize_hash(char out[TOKEN_TEXT], const char *text);
/* A new one: text, and its hash into out. */
void	authorize_token(char text[TOKEN_TEXT], char out[TOKEN_TEXT]);
/* A hash as a parameter. */
static inline struct db_val
authorize_text(const char *hash)
{
	return (db_text(*hash != '\0' ? hash : NULL));
}

/* Copies MSG_AUTHORIZE of a message. */
#define AUTHORIZE_COPY_str(name)	\
	(void)op_copy(to_->name, sizeof(to_->name), from_->name);
#define AUTHORIZE_COPY_u8(name)		to_->name = from_->name;
#define AUTHORIZE_COPY_FIELD(kind, name, cap)	AUTHORIZE_COPY_##kind(name)
#define AUTHORIZE_COPY(to, from)	do {				\
	struct authorize_params *to_ = (to);				\
	__typeof__(from) from_ = (from);				\
	MSG_AUTHORIZE(AUTHORIZE_COPY_FIELD)				\
} while (0)

/* Row 0 of authorize_find's client. The texts are the result's. */
struct authorize_registered {
	struct authorize_client rules;
	const char	*name, *redirect_uris;
	int		 is_public;
};
/* 0: there is none. Notes its name and version in a. */
int	authorize_registered(struct authorize *, const struct store_result *,
	    struct authorize_registered *);
/* authorize_check() of the parameters. request_uri: one counts as sent. */
const char *authorize_judge(struct authorize *,
	    const struct authorize_registered *, int *pkce);

/* The parameters as a JSON object; NULL: no memory, free() it. 0; -1. */
char	*authorize_pack(const struct authorize_params *);
int	authorize_unpack(struct authorize_params *, const char *json);

/* AUTHORIZE_RES of op->extra, of this kind. */
void	authorize_answer(struct op *, int kind);

/* What a tenant says of its own scopes: next comes with SQL_CONSENT_SCOPES'
 * result, for consent_scopes(), which appends lines of name, TAB, description;
 * what would end one is a space. */
void	consent_describe(struct op *, const char *scope, op_sql_cb next);
void	consent_scopes(struct buf *, const char *scope,
	    const struct store_result *);

#endif
