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
 * The parent's side of keys that come, go and move: which file is written or
 * removed, and who is told. What a key is for is the engine's to decide.
 */
#ifndef PARENT_KEYMAKER_H
#define PARENT_KEYMAKER_H

#include "privsep/parent/child.h"

#define KEYS_BUNDLE	(1 << 20)	/* bytes of a sealed file, at most */

struct keyjob;

/* The engine wants keys made; one job at a time, it asks again. */
void	keymaker_want(struct moatd *, const struct msg_key_want *);
/* The engine has no more use for a key: file, vaults, verifiers forget it. */
void	keymaker_drop(struct moatd *, const char *kid);
/* A vault has a key ready: when all have, its public half goes out. */
void	keymaker_pubkey(struct child *, const struct msg_pubkey_made *);

/* What the one-shot vault of a job is sent, and what it says. */
int	keymaker_send(struct child *);
void	keymaker_key(struct child *, const struct msg_key_made *);
void	keymaker_secret(struct child *, const struct msg_secret_made *);
void	keymaker_bundle(struct child *, const struct msg_bundle_made *);

/*
 * keys/ into a file, or a file into keys/. fd is a regular file and taken
 * over. done() is called once, unless the job is forgotten; NULL: why.
 */
typedef void (*keyjob_done)(int ok, const char *text, void *arg);
struct keyjob *keyjob_export(struct moatd *, int fd, const char *passphrase,
	    keyjob_done, void *arg, const char **why);
struct keyjob *keyjob_import(struct moatd *, int fd, const char *passphrase,
	    keyjob_done, void *arg, const char **why);
void	keyjob_forget(struct keyjob *);		/* NULL-safe */
/* Reads a sealed file whole. NULL, or why not. */
const char *keyjob_read(int fd, struct buf *);

#endif
