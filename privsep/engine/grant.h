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
 * The token endpoint (API.md section 8): what its grants share. Each is a row
 * of the table in answer_token.c and a file of its own. Its run() comes when
 * what the client proves itself with is ready, and has the client's
 * authentication as a part of its first operation (client_auth.h); what was
 * asked for is grant_ask(). It ends with grant_issue(), which answers.
 */
#ifndef ENGINE_GRANT_H
#define ENGINE_GRANT_H

#include "privsep/engine/client_auth.h"
#include "privsep/engine/throttle.h"
#include "src/rules/authorize.h"

struct grant_type {
	const char	*name;		/* as asked for, and as registered */
	void		(*run)(struct op *);
	enum shm_grant	 counter;
};

/* A token that came, as it describes itself; sid: its jti where it is a
 * machine's, a client's own. */
struct grant_named {
	char		 sub[CAP_ID + 1], sid[CAP_ID + 1];
	int64_t		 epoch, exp;
	int		 machine;
};
#define GRANT_NOBODY	(-1)	/* in machine: none came */

/* What is to be issued; in op->extra. The user, the session and the roles are
 * the op's: user_id, sid, tenant, epoch, auth_at, acr, amr, role, roles, name,
 * username, email. */
struct grant {
	const struct grant_type *type;
	char		 scope[AUTHORIZE_SCOPE_CAP];	/* of the session; then
							 * of the tokens */
	char		 audience[CAP_AUDIENCE + 1];	/* "": the client's */
	char		 actor[CAP_ID + 1];
	char		 nonce[1025];
	const char	*issued_type;	/* issued_token_type, "" none */
	int64_t		 updated_at;
	int		 email_verified;
	int		 machine;	/* no user, no session */
	struct grant_named subject, actor_named;	/* of an exchange */
	char		 id_token[CAP_BEARER + 1];
};

static inline struct grant *
grant_of(struct op *op)
{
	return (op->extra);
}

/* The request. */
static inline const struct msg_token_req *
grant_ask(const struct op *op)
{
	return (&op->held->token_req);
}

/* client_known(), and that it may use this grant type and has shown the key
 * that its tokens must be bound to. 0: the op ended. */
int	grant_client_known(struct op *, const struct store_result *, int until,
	    int client);
/* Takes the only row of a statement that begins with the part grant_columns,
 * and the custom roles of another. 0: the op ended. */
int	grant_take(struct op *, const struct store_result *, int row,
	    int roles);
/* How many columns that has. */
#define GRANT_COLUMNS	14
/* The scope that was asked for, of what there is in grant->scope: never wider.
 * 0: the op ended. */
int	grant_narrow(struct op *);
/* A first refresh token: its text into op->refresh, its hash into
 * op->succ_hash. */
void	grant_refresh_make(struct op *);
/* Has the tokens made, counts and answers. */
void	grant_issue(struct op *);

void	grant_code(struct op *);
void	grant_refresh(struct op *);
void	grant_client(struct op *);
void	grant_device(struct op *);
void	grant_exchange(struct op *);

#endif
