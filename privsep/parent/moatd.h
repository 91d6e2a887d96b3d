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

/* The parent's one context: what its modules share. */
#ifndef PARENT_MOATD_H
#define PARENT_MOATD_H

#include <sys/queue.h>

#include <event2/event.h>

#include "privsep/parent/boards.h"
#include "privsep/parent/conf.h"
#include "privsep/parent/custody.h"
#include "privsep/parent/env.h"
#include "privsep/parent/listen.h"
#include "privsep/parent/privs.h"
#include "privsep/wall/chan.h"
#include "privsep/wall/shm.h"

#define MOATD_DRAIN_MS	10000	/* from SIGTERM to SIGKILL, for workers */

enum moatd_phase {
	MOATD_STARTING,		/* before the ready line */
	MOATD_SERVING,
	MOATD_STOPPING
};

/* A public key that a vault made from a signing key, for those who verify. */
struct moatd_pubkey {
	char		 kid[CAP_KID + 1];
	uint8_t		 alg;
	uint8_t		 spki[2048];
	size_t		 n;
	unsigned	 made;		/* so many vaults have it */
	int		 published;	/* to whoever verifies */
};

struct child;
struct slot;
struct control;
struct superadmin;
TAILQ_HEAD(slot_list, slot);
TAILQ_HEAD(child_list, child);

struct moatd {
	struct event_base *base;
	const char	*conf_path, *import_path;
	int		 foreground, verbose;
	struct env	*env;
	struct conf	*conf;
	struct privs	 privs;
	struct custody	*custody;
	struct listeners listeners;
	struct boards	 boards;

	struct slot_list slots;		/* places, in start order */
	struct child_list children;	/* every living process */
	uint32_t	 spawned;	/* generation of the last child */
	uint32_t	 generation;	/* of the configuration */

	struct moatd_pubkey pubkey[CUSTODY_KEYS];
	size_t		 npubkeys;
	char		 fingerprint[3][65];	/* by SECRET_PEPPER, _SEAL */

	enum moatd_phase phase;
	int		 stop_step;	/* which role stop.c waits for */
	int		 reload_wanted;
	int		 reloading;	/* a new configuration takes over */
	int64_t		 reloaded_at;
	int		 db_reported, db_up;
	int		 db_known;	/* it was up: never make it anew */
	struct keyjob	*making;	/* keys for the engine, or NULL */
	struct superadmin *superadmin;
	struct control	*control;
	struct event	*tick, *stop_timer, *reload_timer;
	struct event	*signals[5];
	unsigned	 ticks;
	int64_t		 started;	/* µs, monotonic */
	int		 daemon_pipe;	/* tells who waits for us; -1 */
	int		 exit_code;
};

#endif
