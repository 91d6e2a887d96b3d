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
 * A whole engine in one process, on SQLite in a temporary directory or where a
 * test's dsn says, with workers, hashers, vaults, a mailer and a parent played
 * by the test over socketpairs.
 */
#ifndef UNIT_ENGINE_RIG_H
#define UNIT_ENGINE_RIG_H

#include <check.h>

#include "privsep/engine/op.h"
#include "regress/unit/jose_help.h"

#define ISSUER		"https://id.example.org"
#define PASSWORD	"correct horse battery"
#define WORKERS		2
#define HASHERS		2
#define VAULTS		2

/* What came back for one request. */
struct reply {
	int		 done, items;
	uint16_t	 type;
	uint8_t		 status;
	uint32_t	 retry;
	char		 path[65], reason[129];
	char		 text[300];	/* user id, username, cursor, ticket */
	char		 codes[513];	/* recovery codes */
	char		 access[CAP_BEARER + 1], refresh[CAP_REFRESH + 1];
};

struct rig;

/* The test's end of a channel. */
struct end {
	struct rig	*rig;
	enum role	 role;
	uint32_t	 index;
	struct chan	*chan;		/* NULL: closed */
	int		 fd;		/* raw, when there is no chan */
	unsigned	 asked;		/* messages that came */
	int		 hold;		/* do not answer */
	int		 lie;		/* 1: unknown id, 2: wrong type */
	int64_t		 lie_step;	/* a code is right, and of this step */
	const char	*lie_codes;	/* recovery codes in the place of ten */
	uint8_t		 lie_status;	/* of whatever is about factors */
	uint16_t	 held_type;
	uint64_t	 held_id;
};

/* The mail that the played mailer was asked for last, and what it says. */
struct mailbox {
	uint8_t		 result;	/* MAIL_SENT: 0 */
	char		 id[CAP_ID + 1], name[33], to[255];
	char		 link[CAP_URL + 1];
};

struct rig {
	struct event_base *base;
	struct engine	 e;
	struct shm_engine board;
	char		 dir[64];
	struct end	 worker[WORKERS], hasher[HASHERS], vault[VAULTS];
	struct end	 mailer;	/* where conf.mail is set */
	struct mailbox	 mail;
	struct chan	*parent;
	struct reply	 reply[256];	/* by request id */
	unsigned	 ids;
	int		 bad;		/* PEER_BAD */
	int		 bad_role;
	int		 db_up, db_superadmin;
	uint8_t		 sa_status;	/* SUPERADMIN_CREATE_RES */
	int		 sa_done;
	int		 failed, left;
	int		 wants, drops;	/* KEY_WANT, KEY_DROP */
	unsigned	 wanted[3];	/* ES256, EdDSA, RS256 */
	char		 dropped[CAP_KID + 1];
	const char	*dsn;		/* NULL: SQLite in dir */
	int64_t		(*sql)(const char *);	/* rig_sql() where dsn is set */
	/* called in a vault's place when the time has come to interfere */
	void		(*meanwhile)(struct rig *);
};

extern const struct chan_ops rig_ops[];	/* by the role that is played */

void	rig_open(struct rig *);		/* nothing runs yet */
void	rig_start(struct rig *);	/* waits for the database */
void	rig_up(struct rig *);		/* both */
void	rig_key(struct rig *, struct test_key *);	/* as the parent */
void	rig_down(struct rig *);
void	rig_stop(struct rig *);		/* the engine; files stay */
void	rig_turn(struct rig *, int ms);
void	rig_wait(struct rig *, const int *flag);
void	rig_connect(struct rig *, struct end *, enum role, uint32_t index,
	    uint32_t permit);
void	rig_raw(struct rig *, struct end *, uint32_t permit);
void	rig_kill(struct end *);		/* closes the test's end */
unsigned rig_send(struct rig *, int worker, uint16_t type, const void *msg);
struct reply *rig_ask(struct rig *, int worker, uint16_t type,
	    const void *msg);
struct reply *rig_reply(struct rig *, unsigned id);	/* waits */
int64_t	rig_sql(struct rig *, const char *sql);
/* Requests that most tests need. */
struct reply *rig_register(struct rig *, const char *name);
struct reply *rig_login(struct rig *, const char *name, const char *pw);
struct reply *rig_me(struct rig *, const char *bearer);
/* The code that the played vault takes for a step, off steps from now. */
void	rig_code(char code[7], int off);
/* A token signed with the key; claims in the place of the usual ones. */
char	*rig_token(struct test_key *, const char *typ, const char *iss,
	    const char *sub, const char *sid, const char *scope, int64_t exp);

int	rig_main(const char *name, const TTest *const *, size_t);

#define CTX	.rid = "rid-1", .ip = "192.0.2.7", .ua = "test"

#endif
