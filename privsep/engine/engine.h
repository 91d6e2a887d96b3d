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
 * The engine: rules and SQL. One struct engine a process; every answer gets
 * it through its struct op. The rooms behind it (store, hashers, vaults) are
 * asked asynchronously; nothing here blocks.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <sys/queue.h>

#include <event2/event.h>
#include <stdint.h>

#include "privsep/store/store.h"
#include "privsep/wall/chan.h"
#include "privsep/wall/limit.h"
#include "privsep/wall/shm.h"
#include "src/jose/jws.h"

#define ENGINE_DEADLINE_US	(8 * CLOCK_SEC)
#define ENGINE_TICK_MS		250
#define ENGINE_CLIENT		"moatd"		/* client_id of /auth/... */
#define ENGINE_TENANT		"default"
#define ENGINE_SCOPE	"openid profile email roles account admin"
#define ENGINE_SCOPE_SETUP	"mfa_setup"	/* where a factor must be */
#define ENGINE_PURGE_US		(120 * CLOCK_SEC)

struct engine_conf {
	char		 issuer[CAP_URL + 1];
	int		 postgres, migrate_manual;
	int		 registration;	/* enum registration */
	int		 mail;		/* an SMTP server is configured */
	int		 backchannel;	/* clients are told of logouts */
	int		 mfa_admins;	/* administrators must have a factor */
	int		 client_registration;	/* clients may add themselves */
	int64_t		 access_s, idle_s, abs_s, grace_s;
	int64_t		 rotate_s;	/* age of a signing key; 0: any */
	uint32_t	 password_min, hash_queue;
	uint32_t	 inflight, bytes_ps, fails_ps;
	uint32_t	 db_ms, hasher_ms, vault_ms;
	/* throttles; 0: none */
	uint32_t	 password_free, password_first_s, password_max_s;
	uint32_t	 password_suspend, otp_hour, otp_stop;
	uint32_t	 source_failures, register_hour, mail_hour;
	uint32_t	 address_hour, client_minute;
};

struct bearer_known;
struct dpop_nonces;
struct tenant_known;
struct tenant_sweep;
struct op;
struct op_client;
struct outbox;
struct pool;
struct sealer;
TAILQ_HEAD(op_list, op);

/* One worker's channel. Identity is this struct, never a field. */
struct worker {
	TAILQ_ENTRY(worker) entry;
	struct engine	*eng;
	struct chan	*chan;
	uint32_t	 index, generation;
	int		 operator;	/* moatctl's connection is one, too */
	struct limit	 limit;
	struct op_list	 ops;		/* unanswered */
};
TAILQ_HEAD(worker_list, worker);

/* A key pair of this node, public half. */
struct node_key {
	char		 kid[CAP_KID + 1];
	uint8_t		 alg;		/* enum key_alg */
	int		 told;		/* the database knows, or refused it */
	int		 missed;	/* looks at the database without it */
};

/* What the database says of an algorithm. */
struct alg_keys {
	int		 has_active, has_next;
	int64_t		 active_at, next_at;	/* µs since 1970 */
	int64_t		 missing;	/* since then, monotonic; 0: nothing */
	char		 signing[CAP_KID + 1];	/* "": none of ours */
};

struct node_keys {
	struct node_key	 key[JWKS_MAX];
	size_t		 n;
	char		 node[256];	/* who we are among the nodes */
	char		 signing[CAP_KID + 1];	/* "" until known */
	struct alg_keys	 alg[ALG_RS256 + 1];
	int		 degraded;	/* the active key is not here */
	/* keys_tick.c */
	int		 leader;	/* this node makes keys */
	int		 eager;		/* somebody waits for a next key */
	int		 polling, beating, rotating;
	int64_t		 next_poll, next_beat, next_want, next_rotate;
};

/* What must be in order between us and a database before it counts as up. */
struct sync {
	int		 busy, again;
	int		 step;
	size_t		 key;
	int		 superadmin;
	int		 ready;
	int		 told;		/* the parent knows a state */
	char		 why[256];	/* it never came up */
};

/* This minute's logins (source.c). */
struct spray {
	int64_t		 since, told;	/* µs, monotonic */
	unsigned	 failed, all;
};

struct engine {
	struct event_base *base;
	struct chan	*parent;	/* not ours to free */
	struct engine_conf conf;
	struct store	*store;
	struct jwks	*jwks;
	struct node_keys keys;
	struct bearer_known *known;	/* bearer.c */
	struct dpop_nonces *nonces;	/* dpop.c */
	struct tenant_known *tenants;	/* tenant.c */
	struct tenant_sweep *sweep;	/* tenant_sweep.c */
	char		 fingerprint[2][65];	/* pepper, seal */
	struct sync	 sync;
	struct sealer	*sealer;	/* audit_seal.c */
	struct shm_engine *board;
	struct pool	*hashers, *vaults;
	struct outbox	*outbox;	/* NULL: mail is off */
	struct worker_list workers;
	struct op_list	 active;	/* in order of their deadlines */
	struct op_list	 spare;
	size_t		 nspare, nops;
	struct event	*tick;
	struct spray	 spray;
	struct limit	 refusals;	/* that are put on record */
	struct limit	 nobodies;	/* client_admit() */
	struct op_list	 trying, parked;	/* trying.c */
	unsigned	 nparked, gives;
	int		 waking;
	int64_t		 purged_at;
	int		 purging, stopping;
	int64_t		 stop_by;
	/* Does not return: a restart would be no help. */
	void		(*fail)(struct engine *, const char *text);
	/* Ends the process with an exit code, from the loop. */
	void		(*leave)(struct engine *, int code);
	void		*arg;
};

/* core.c: what engine.c and the tests set up alike. base and conf are set;
 * parent, store and board follow before the loop runs. */
void	engine_init(struct engine *);
int	engine_start(struct engine *);	/* begins to tick; 0, -1 */
void	engine_stop(struct engine *);	/* drains, then leaves */
void	engine_clear(struct engine *);
void	engine_store_event(enum store_event, const char *text, void *eng);
void	engine_store_ended(void *eng);

/* peers.c: channels to workers, hashers and vaults. fd is taken over. */
void	peer_set(struct engine *, const struct msg_peer_set *, int fd);
void	peer_gone(struct engine *, const struct msg_peer_gone *);
void	peer_bad(struct engine *, enum role, uint32_t index,
	    uint32_t generation, enum chan_end, const char *why);
void	peers_clear(struct engine *);

/* keys.c */
int	keys_add(struct engine *, const struct msg_pubkey_set *);
void	keys_drop(struct engine *, const char *kid);
/* The same, and the parent removes it from keys/. */
void	keys_discard(struct engine *, const char *kid);
/* Rows of keys_sync or keys_poll, of which q is the statement. */
void	keys_choose(struct engine *, const struct store_result *, int q);
/* Drops what the rows, which came after all were told, have no use for. */
void	keys_sweep(struct engine *, const struct store_result *, int q);
const char *keys_alg_name(uint8_t);
uint8_t	keys_alg(const char *name);	/* ALG_NONE: no such */
/* keys_tick.c */
void	keys_node(struct engine *, const char *state);	/* its name */
void	keys_tick(struct engine *, int64_t mono);
void	keys_poll(struct engine *);	/* now, and not in a second */
int64_t	keys_alive(int64_t now);	/* nodes seen since live */
int64_t	keys_retire_at(int64_t now);	/* of a key that signs until now */

/* sync.c */
void	sync_start(struct engine *);	/* unless it is under way */
void	sync_again(struct engine *);	/* after what is under way */
void	sync_lost(struct engine *, const char *why);
void	sync_tick(struct engine *);
void	sync_tell(struct engine *, int up, const char *text);

/* superadmin.c, control.c */
void	superadmin_create(struct engine *, uint64_t id,
	    const struct msg_superadmin_create_req *);
void	control_pass(struct engine *, int fd);

/* board.c */
void	board_beat(struct engine *);
void	purge_run(struct engine *);

#endif
