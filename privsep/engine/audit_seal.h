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
 * The sealer. Acts write their audit entries unsealed, in their own
 * transactions; one node of the cluster, which holds a lease in the database,
 * gives them seq, prev and hash within a second, and has the vault sign the
 * chain's end every minute and at the end. What keeps the chain whole when two
 * nodes seal all the same is in the SQL.
 */
#ifndef ENGINE_AUDIT_SEAL_H
#define ENGINE_AUDIT_SEAL_H

#include "privsep/engine/engine.h"
#include "src/base/clock.h"
#include "src/base/rnd.h"
#include "src/jose/chain.h"

#define SEAL_BATCH	128
#define SEAL_ID		64		/* characters of an entry's id */
#define SEAL_EVERY_US	(CLOCK_SEC / 2)
#define SEAL_LEASE_US	(3 * CLOCK_SEC)
#define SEAL_HEADS	256		/* signed in one round, at most */
#define SEAL_FAR_US	(60 * CLOCK_SEC)
#define SEAL_HEAD_US	(60 * CLOCK_SEC)
#define SEAL_TRIES	32		/* lost races of one round */
#define SEAL_FINAL_US	(3 * CLOCK_SEC / 2)

typedef void (*seal_cb)(int ok, void *arg);

struct seal_waiter;
STAILQ_HEAD(seal_waiters, seal_waiter);

enum seal_end { SEAL_RUNS, SEAL_ENDS, SEAL_ENDED };

struct sealer {
	struct engine	*eng;
	char		 node[UUID_LEN];	/* this process, to the lease */
	int		 busy, force, tries, warned;
	int		 heads;			/* signed in this round */
	char		 head_after[CAP_TENANT + 1];	/* signed last */
	int64_t		 next, next_head;	/* µs, monotonic */
	struct seal_waiters now, later;	/* of this round, of the next */
	enum seal_end	 end;
	int64_t		 end_by;
};

struct sealer *sealer_new(struct engine *);
void	sealer_free(struct sealer *);
void	seal_tick(struct engine *, int64_t mono);
/* Seals what is committed by now, lease or not. Calls cb once, later. */
void	seal_now(struct engine *, seal_cb, void *arg);
/* Has the vault sign that the tenant's chain is that at seq, and keeps it. */
void	seal_head(struct engine *, const char *tenant, int64_t seq,
	    const char *hash, seal_cb, void *arg);
/*
 * At the end: seals and signs once more, for a bounded time. 1 when that is
 * over; else the engine's tick is made to run when it is.
 */
int	seal_over(struct engine *, int64_t mono);
/* An entry as the columns from created_at to detail have it, from column 1
 * on. at and detail hold texts for it. 0; -1. */
int	seal_entry(struct chain_entry *, const struct store_result *, int stmt,
	    int row, char at[CLOCK_RFC3339], struct buf *detail);

#endif
