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
 * The audit chain: what an entry is, its canonical form, its hash, its line in
 * an export (API.md section 6). Pure; the engine seals with it, moatctl checks
 * with it.
 *
 * hash is base64url(SHA-256(T)), T the entry without its member hash as
 * canonical JSON (RFC 8785). prev, which is in T, is the hash of the entry
 * before it, for seq 1 it is CHAIN_ZERO, 32 zero bytes in base64url. So an
 * entry's hash stands for all entries up to it.
 */
#ifndef JOSE_CHAIN_H
#define JOSE_CHAIN_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"

#define CHAIN_HASH	43		/* characters of a hash */
#define CHAIN_ZERO	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define CHAIN_HEAD_TYP	"moatd-audit+jwt"	/* of a signed head */

/* An entry; NULL is null where it may be. The texts are not owned. */
struct chain_entry {
	int64_t		 seq;		/* from 1 */
	const char	*created_at;	/* RFC 3339 with milliseconds */
	const char	*action, *result;
	const char	*actor, *subject, *client_id, *ip, *request_id;
	const char	*detail;	/* canonical JSON text */
	const char	*prev, *hash;
};

/* 0; -1: no memory. */
int	chain_hash(const struct chain_entry *, char hash[CHAIN_HASH + 1]);
/* Appends the entry's line of an export, in ASCII, with its end of line. */
int	chain_line(struct buf *, const struct chain_entry *);
/* The line of a signed head. */
int	chain_head_line(struct buf *, const char *jws);
/*
 * Appends the canonical form of a stored detail. A text that is not strict
 * JSON is taken as a string, so that no row can stop the chain.
 */
int	chain_detail(struct buf *, const char *text);
/*
 * From a parsed line: exactly the members, of the right types. The texts are
 * the object's and detail's (which must live on). 0; -1: not an entry.
 */
int	chain_parse(struct chain_entry *, json_t *object, struct buf *detail);

#endif
