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


/* What the parts of the vault's tests share. */
#ifndef UNIT_TEST_VAULT_H
#define UNIT_TEST_VAULT_H

#include <check.h>

#include "privsep/wall/msg.h"

#define ISSUER	"https://auth.example.org"

/* A request as the engine makes it at a login. */
void	vault_request(struct msg_token_issue_req *, const char *kid);
/* The real executable under a fake parent and a fake engine. */
TCase	*vault_proc_cases(void);
TCase	*vault_factor_cases(void);
TCase	*vault_id_cases(void);

#endif
