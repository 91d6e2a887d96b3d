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
 * The vault's confinement: it reads and writes its channels and computes. No
 * file, no socket of its own, no child. What the loop and the allocators need
 * is the list that all roles share; libcrypto and libsodium need no more than
 * getrandom(2), which is in it.
 */
#include "config.h"

#include "privsep/vault/vault_sandbox.h"

#define VAULT_FILES	32	/* log, channels, epoll */

void
vault_policy(struct proc *p, struct sandbox_policy *policy)
{
	(void)p;
	policy->npaths = 0;
	policy->pledge = "stdio recvfd";
	policy->nofile = VAULT_FILES;
}
