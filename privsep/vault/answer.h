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
 * What the vault answers, and with what. Run by the vault.
 */
#ifndef VAULT_ANSWER_H
#define VAULT_ANSWER_H

#include "privsep/vault/keyring.h"
#include "privsep/vault/seal.h"
#include "privsep/wall/proc.h"

struct answer_with {
	char		*issuer;
	struct keyring	*keys;
	struct seal	*seal;
};

/* 0: answered on the channel; -1: not a question to the vault. */
int	answer_question(const struct answer_with *, struct chan *, uint16_t type,
	    uint64_t id, const union msg *);

#endif
