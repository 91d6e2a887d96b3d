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
 * What all operations of an administrator share. Each is one SQL operation
 * that finds out by itself who asks and whether they may, in the transaction
 * of the act: the first statement of one that reads is `who`; of one that
 * writes they are `lock`, which waits for the actor's row, `mark`, which marks
 * it with this operation where everything holds, and `who`, which tells why it
 * did not (lock_machine and mark_machine: the same where the actor is a
 * client). (One statement could not both wait and see what it waited for:
 * PostgreSQL reads other tables as they were when the statement began.)
 * Every statement that writes has the mark among its conditions.
 *
 * An operator (moatctl) is asked for nothing: that a request came over the
 * control socket is known from its channel.
 */
#ifndef ENGINE_ADMIN_H
#define ENGINE_ADMIN_H

#include "privsep/engine/op.h"
#include "src/base/clock.h"

/* A factor must have been shown so lately for a write (API.md section 6). */
#define ADMIN_FRESH_US	(300 * CLOCK_SEC)

/*
 * The bearer of an administrator: op->user_id, sid, tenant and epoch are the
 * actor's; op->realm is the tenant that is administered. 1; 0: the op ended
 * or will. An operator has no bearer, and an actor of NULL.
 */
int	admin_take(struct op *, const char *bearer);

/*
 * Reads `who` of a result: 1 when the actor may. 0: the op ended, with
 * INVALID_TOKEN, FORBIDDEN, MFA_SETUP_REQUIRED or STEP_UP_REQUIRED.
 */
int	admin_may(struct op *, const struct store_result *, int stmt);

/* Refuses what was asked for, but with INVALID_TOKEN when the bearer does not
 * hold. The texts must be static. */
void	admin_refuse(struct op *, enum msg_status, const char *path,
	    const char *reason);

/* Parameters of `who`, for the initializer of an operation's struct. */
#define ADMIN_READ(o, permission)					\
	.now = db_int((o)->now), .operator = db_int((o)->operator),	\
	.actor = db_text(admin_actor(o)), .sid = db_text((o)->sid),	\
	.machine = db_int((o)->machine),				\
	.home = db_text((o)->tenant), .epoch = db_int((o)->epoch),	\
	.tenant = db_text((o)->realm), .perm = db_text(permission),	\
	.lax = db_int(!(o)->eng->conf.mfa_admins)
/* And of `mark`. */
#define ADMIN_WRITE(o, permission)					\
	ADMIN_READ(o, permission), .op = db_text((o)->opid),		\
	.fresh = db_int((o)->now - ADMIN_FRESH_US)

const char *admin_actor(const struct op *);	/* NULL: an operator */
const char *admin_client(const struct op *);	/* by which it came; the same */
/* A username as an operator may type it, in op->key; else it is "". The text
 * itself is op->target. For a worker only an id will do. */
void	admin_user(struct op *, const char *user);
const char *admin_key(const struct op *);	/* op->key, NULL: none */

#endif
