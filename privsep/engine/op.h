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
 * One request under way. An op is made when a worker's message arrives and
 * ends with exactly one answer, or silently when its worker is gone. It waits
 * for one thing at a time; that thing calls back exactly once, and only then
 * may the op be freed. An op whose answer has left (deadline) or whose worker
 * is gone ends at that callback, before the step after it.
 */
#ifndef ENGINE_OP_H
#define ENGINE_OP_H

#include "privsep/engine/engine.h"
#include "src/base/rnd.h"
#include "src/jose/dpop.h"
#include "src/rules/name.h"
#include "src/rules/password.h"
#include "src/rules/tenant.h"

#define TOKEN_BYTES	32
#define TOKEN_TEXT	44		/* base64url of 32 bytes, and NUL */

typedef void (*op_sql_cb)(struct op *, const struct store_result *);
typedef void (*op_ask_cb)(struct op *, const union msg *);

enum op_factor { FACTOR_NONE, FACTOR_OTP, FACTOR_RECOVERY };
enum op_wait { OP_RUNS, OP_SQL, OP_QUEUED, OP_ASKED, OP_PARKED,
    OP_ELSEWHERE };
enum op_try { TRY_NONE, TRY_RUNS, TRY_PARKED };

struct pool_peer;

/* Normalised passwords; in memory of its own, wiped as soon as possible. raw:
 * the one of a login as it was sent, where that differs, or "". */
struct op_secret {
	char		 password[PASSWORD_NFKC_CAP];
	char		 raw[CAP_PASSWORD + 1];
	char		 old[PASSWORD_NFKC_CAP];
};

/* What a tenant's row says (tenant.c); known: it was looked at. */
struct op_policy {
	int		 known;
	enum registration registration;
	int		 require_mfa;
	uint32_t	 password_min;	/* 0: the configuration's */
};

#define RECOVERY_CODES	10

/* A factor as it was made, until its owner was told; memory of its own. */
struct op_made {
	char		 secret[65], url[CAP_URL + 1];
	char		 svg[32768 + 1], png[16384 + 1];
	char		 codes[513];
	char		 hash[RECOVERY_CODES][TOKEN_TEXT];
};

struct op {
	TAILQ_ENTRY(op)	 entry;		/* active or spare */
	TAILQ_ENTRY(op)	 of_worker;
	TAILQ_ENTRY(op)	 queued;	/* in its pool */
	struct engine	*eng;
	struct worker	*worker;	/* NULL: gone, or internal */
	uint64_t	 id;		/* of the request */
	uint16_t	 type;
	int		 internal;	/* for the parent, not a worker */
	int		 operator;	/* moatctl asks, on the host */
	/* the engine's own: told of a failure in an answer's place */
	void		(*failed)(void *arg, enum msg_status);
	void		*failed_arg;
	int		 answered, listed;
	enum op_wait	 wait;
	int64_t		 deadline;	/* µs, monotonic */
	int64_t		 now;		/* µs since 1970, at its start */
	op_sql_cb	 sql_cb;
	/* tenant.c: until the tenant is known */
	union msg	*held;
	void		(*answer)(struct op *, const union msg *);
	void		(*then)(struct op *, const union msg *);
	void		(*tenant_cb)(struct op *);
	struct op_policy policy;
	/* what is asked of a pool; its texts are in this op */
	struct pool	*pool;
	struct pool_peer *peer;
	uint16_t	 ask_type;
	union msg	 ask;
	op_ask_cb	 ask_cb;
	int64_t		 ask_by;	/* µs, monotonic */
	int		 ask_tries;
	struct op_secret *secret;
	struct op_made	*made;
	struct op_client *client;	/* client_auth.h; who asks */
	void		*extra;		/* an answer's own */
	size_t		 extra_size;
	/* password and factor; see reauth.h */
	void		(*reauth_cb)(struct op *);
	const char	*act;		/* the audit's action of a refusal */
	enum op_factor	 factor;	/* what was sent */
	int		 no_factor;	/* the password alone is asked for */
	int		 mfa;		/* the account has one */
	int		 mfa_mandatory;	/* its tenant wants one */
	int64_t		 totp_step;	/* the last that counted */
	void		(*link_cb)(struct op *);	/* see link.h */
	void		(*budget_cb)(struct op *);
	void		(*dpop_cb)(struct op *);	/* see dpop.h */
	int64_t		 dpop_slot;
	int		 send;		/* the address may get a mail */
	int		 has_name;	/* a patch changes it */
	/* throttle.h */
	void		(*throttle_cb)(struct op *);
	op_sql_cb	 login_cb;	/* who was meant by the name */
	TAILQ_ENTRY(op)	 tried;		/* trying.c */
	enum op_try	 try;
	int		 woken, otp_taken, again;
	unsigned	 gives;		/* the engine's, when it charged */
	enum msg_status	 status;	/* that it ended with */
	int		 throttle;	/* enum throttle_kind */
	int		 throttled, suspended;
	int		 loopback;	/* a direct loopback peer asks */
	const char	*pw_kind;	/* whose charge a password's is */
	int		 pw_by_user;
	uint32_t	 retry_after_s;	/* of RATE_LIMITED */
	/* refused after the bearer was found good */
	enum msg_status	 refusal;
	const char	*refusal_path, *refusal_reason;
	/* whom it is about */
	int64_t		 epoch, version, auth_at, until;
	int64_t		 before_at;
	uint32_t	 limit;
	int		 known;
	int		 browser;	/* cookie.h: its session is one's */
	char		 opid[UUID_LEN];
	unsigned	 bearer_scopes;	/* BEARER_*, of its token */
	int		 machine;	/* a client by a token of its own:
					 * user_id is its, sid a jti */
	char		 user_id[CAP_ID + 1], sid[CAP_ID + 1];
	char		 tenant[65], role[17];	/* tenant: its own */
	char		 realm[TENANT_CAP];	/* the tenant acted in */
	char		 link_id[UUID_LEN];
	/* thumbprints of the key that a proof showed, and that a bearer is
	 * bound to; "" none */
	char		 jkt[JWK_KID_LEN + 1], bound[JWK_KID_LEN + 1];
	/* ---- not cleared for a new request ---- */
	char		 rid[CAP_RID + 1], ip[CAP_IP + 1], ua[CAP_UA + 1];
	char		 source[CAP_IP + 1];	/* ip, or its network */
	char		 pw_subject[NAME_KEY_CAP], pw_name[NAME_KEY_CAP];
	char		 target[CAP_ID + 1];	/* session to end, cursor */
	char		 name[CAP_NAME + 1];
	char		 username[NAME_CAP], key[NAME_KEY_CAP];
	char		 email[CAP_EMAIL + 1], email_key[EMAIL_CAP];
	char		 wish[EMAIL_CAP];	/* the address to come */
	char		 scope[1025], acr[17], amr[65];
	char		 roles[CAP_ROLES + 1];	/* custom ones; then all */
	char		 record[CAP_RECORD + 1];
	char		 sealed[CAP_SEALED + 1];	/* TOTP secret at rest */
	char		 otp[CAP_OTP + 1];
	char		 recovery[TOKEN_TEXT];	/* hash of the code sent */
	char		 refresh[TOKEN_TEXT];	/* the token that leaves */
	char		 hash[TOKEN_TEXT], succ_hash[TOKEN_TEXT];
	char		 before[TOKEN_TEXT];	/* hash of the cookie sent */
	char		 device[TOKEN_TEXT];	/* and of the device's */
	uint8_t		 token[TOKEN_BYTES];	/* the one that came */
	char		 access[CAP_BEARER + 1];
	struct dpop_proof proof;
};

/* op.c. NULL: no memory. */
struct op *op_new(struct engine *, struct worker *, uint64_t id,
	    uint16_t type);
struct op *op_internal(struct engine *, uint64_t id, uint16_t type);
/* Asked for by the engine itself: whatever would be answered with an error
 * calls failed() once instead; op_end() is its good end. */
struct op *op_own(struct engine *, uint16_t type,
	    void (*failed)(void *arg, enum msg_status), void *arg);
void	op_end(struct op *);
void	op_context(struct op *, const char *rid, const char *ip,
	    const char *ua);
/* Each of these answers and ends the op. */
void	op_answer(struct op *, uint16_t type, const void *msg);
void	op_done(struct op *);
void	op_fail(struct op *, enum msg_status);
void	op_fail_at(struct op *, enum msg_status, const char *path,
	    const char *reason);
/* Runs one SQL operation; the callback comes only with a result, every other
 * outcome ends the op. */
void	op_sql(struct op *, enum sql_op, const void *params, op_sql_cb);
/* Asks a pool; op->ask holds the message. The callback comes only with an
 * answer of the right type. Ends the op with BUSY when the queue is full. */
void	op_ask(struct op *, struct pool *, uint16_t type, op_ask_cb);
/* 1: goes on. 0: nobody waits for it any more, and it was freed. */
int	op_resume(struct op *);
int	op_stale(const struct op *);
struct op_secret *op_secret(struct op *);	/* NULL: op ended, no memory */
struct op_made *op_made(struct op *);		/* NULL: op ended, no memory */
/* Zeroed memory in op->extra, wiped with the op. NULL: op ended, no memory */
void	*op_extra(struct op *, size_t);
void	op_wipe(struct op *);		/* drops its secret */
void	op_worker_gone(struct worker *);
void	op_expire(struct engine *, int64_t mono);
void	op_pool_failed(struct op *);
void	ops_clear(struct engine *);
/* Copies text that fits by the wall's caps. 0; -1 when it does not. */
int	op_copy(char *dst, size_t cap, const char *src);

/* pool.c: the hashers, the vaults. */
struct pool *pool_new(struct engine *, enum role, unsigned inflight,
	    uint32_t queue_each, uint32_t deadline_ms, int retries);
void	pool_free(struct pool *);
int	pool_full(struct pool *);
int	pool_put(struct pool *, struct op *);	/* 0; -1: the queue is full */
void	pool_drop(struct pool *, struct op *);	/* takes a queued op out */
void	pool_expire(struct pool *, int64_t mono);
unsigned pool_load(const struct pool *);	/* waiting and asked */
void	pool_add(struct pool *, uint32_t index, uint32_t generation, int fd);
void	pool_remove(struct pool *, uint32_t index, uint32_t generation);

/* The issuer of the op's realm, into room for any. */
#define OP_ISSUER	(CAP_URL + 1 + TENANT_ISSUER)
void	op_issuer(const struct op *, char out[OP_ISSUER]);

/* answer.c: finds and runs the answer to a worker's request. */
void	answer(struct op *, const union msg *);

/* bearer.c. bearer_take: verifies the token, of the realm's issuer, and fills
 * in user_id, sid, tenant and epoch; 0 when the op ended with a refusal or
 * will. An admin message takes the root's tokens in any realm: op->tenant is
 * then "default", and that only the super admin may is for its SQL. A token
 * that is bound to a key wants a proof by it before (dpop.h), and a proof wants
 * such a token. */
int	bearer_take(struct op *, const char *bearer);
/* What a token must be good for; bits. */
#define BEARER_ACCOUNT	1
#define BEARER_ADMIN	2
#define BEARER_SETUP	4	/* it may be good only for setting up a factor */
#define BEARER_ANY	8	/* whatever its scope */
#define BEARER_FULL	16	/* whatever its scope, but not for setting up */
#define BEARER_OPENID	32	/* and what it says of an account: */
#define BEARER_PROFILE	64
#define BEARER_EMAIL	128
#define BEARER_ROLES	256
int	bearer_take_scope(struct op *, const char *bearer, unsigned want);
/* The claims of an access token of the realm's issuer; at_free() them when it
 * is AT_OK. What the database knows was not asked. */
enum at_err bearer_claims(struct op *, const char *token, struct at_claims *);
/* The same where a token will do that is good only for setting up a factor. */
int	bearer_take_setup(struct op *, const char *bearer);
void	bearer_forget(struct engine *);
/* Refuses, but with INVALID_TOKEN when the bearer does not hold. The texts
 * must be static. */
void	bearer_refuse(struct op *, enum msg_status, const char *path,
	    const char *reason);

/* issue.c: what login and refresh share. */
void	issue_hash(char out[TOKEN_TEXT], const uint8_t token[TOKEN_BYTES]);
const char *issue_roles(const char *role);	/* NULL: no such role */
/* Keeps an account's custom roles, the rows of a statement, for issue_ask. */
void	issue_custom(struct op *, const struct store_result *, int stmt);
/* The claim, in the place of the custom roles. 0; -1: no such role. */
int	issue_all_roles(struct op *);
/* Adds a word. 0; -1: no room. */
int	issue_add(char *list, size_t cap, const char *word);
void	issue_ask(struct op *, int refresh, op_ask_cb);
int	issue_taken(struct op *, const union msg *);	/* 0: op ended */
void	issue_answer(struct op *);

/* audit.c: a row of its own for an act that changed nothing. */
void	audit_failure(struct op *, const char *action, const char *actor,
	    const char *subject, op_sql_cb);

void	answer_register(struct op *, const union msg *);
void	answer_login(struct op *, const union msg *);
void	answer_refresh(struct op *, const union msg *);
void	answer_bearer_check(struct op *, const union msg *);
void	answer_logout(struct op *, const union msg *);
void	answer_me_get(struct op *, const union msg *);
void	answer_me_patch(struct op *, const union msg *);
void	answer_sessions_list(struct op *, const union msg *);
void	answer_session_end(struct op *, const union msg *);
void	answer_password_change(struct op *, const union msg *);
void	answer_mfa_login(struct op *, const union msg *);
void	answer_step_up(struct op *, const union msg *);
void	answer_totp_setup(struct op *, const union msg *);
void	answer_totp_verify(struct op *, const union msg *);
void	answer_totp_disable(struct op *, const union msg *);
void	answer_recovery_new(struct op *, const union msg *);
void	answer_email_verify(struct op *, const union msg *);
void	answer_email_resend(struct op *, const union msg *);
void	answer_password_request(struct op *, const union msg *);
void	answer_password_reset(struct op *, const union msg *);
void	answer_me_delete(struct op *, const union msg *);
void	answer_authorize(struct op *, const union msg *);
void	answer_consent_get(struct op *, const union msg *);
void	answer_consent(struct op *, const union msg *);
void	answer_par(struct op *, const union msg *);
void	answer_grants_list(struct op *, const union msg *);
void	answer_grant_delete(struct op *, const union msg *);
void	answer_user_get(struct op *, const union msg *);
void	answer_users_list(struct op *, const union msg *);
void	answer_check(struct op *, const union msg *);
void	answer_verify(struct op *, const union msg *);
void	answer_client_check(struct op *, const union msg *);
void	answer_introspect(struct op *, const union msg *);
void	answer_token_revoke(struct op *, const union msg *);
void	answer_userinfo(struct op *, const union msg *);
void	answer_end_session(struct op *, const union msg *);
void	answer_clients_list(struct op *, const union msg *);
void	answer_client_get(struct op *, const union msg *);
void	answer_client_create(struct op *, const union msg *);
void	answer_client_patch(struct op *, const union msg *);
void	answer_client_delete(struct op *, const union msg *);
void	answer_client_secret(struct op *, const union msg *);
void	answer_permissions_list(struct op *, const union msg *);
void	answer_roles_list(struct op *, const union msg *);
void	answer_role_get(struct op *, const union msg *);
void	answer_role_create(struct op *, const union msg *);
void	answer_role_patch(struct op *, const union msg *);
void	answer_role_delete(struct op *, const union msg *);
void	answer_scopes_list(struct op *, const union msg *);
void	answer_scope_set(struct op *, const union msg *);
void	answer_scope_delete(struct op *, const union msg *);
void	answer_audit_list(struct op *, const union msg *);
void	answer_audit_export(struct op *, const union msg *);
void	answer_keys_list(struct op *, const union msg *);
void	answer_key_rotate(struct op *, const union msg *);
void	answer_key_retire(struct op *, const union msg *);
void	answer_user_create(struct op *, const union msg *);
void	answer_user_patch(struct op *, const union msg *);
void	answer_user_role(struct op *, const union msg *);
void	answer_user_act(struct op *, const union msg *);
void	answer_user_delete(struct op *, const union msg *);
void	answer_token(struct op *, const union msg *);
void	answer_client_register(struct op *, const union msg *);
void	answer_client_self(struct op *, const union msg *);
void	answer_register_token(struct op *, const union msg *);
void	answer_device_code(struct op *, const union msg *);
void	answer_device_get(struct op *, const union msg *);
void	answer_device_decide(struct op *, const union msg *);
void	answer_look_set(struct op *, const union msg *);
void	answer_look_get(struct op *, const union msg *);

#endif
