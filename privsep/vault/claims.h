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
 * Claims of tokens as JSON, from typed fields. What claims_is_*() lets through
 * needs no escape; all other texts are escaped.
 */
#ifndef VAULT_CLAIMS_H
#define VAULT_CLAIMS_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"

/* Visible ASCII without quote and backslash (RFC 6749 3.3), one word. */
int	claims_is_word(const char *, size_t n);
/* Words with one space between; none is fine. */
int	claims_is_list(const char *);
int	claims_is_optional(const char *);	/* a word, or "" */
/* A label of API.md; no '/' can enter an issuer. */
int	claims_is_tenant(const char *);

/* `before` is the text in front of the value: ",\"sub\":". */
void	claims_text(struct buf *, const char *before, const char *value);
/* The same, and nothing where the value is "". */
void	claims_optional(struct buf *, const char *before, const char *value);
void	claims_count(struct buf *, const char *before, int64_t);
void	claims_flag(struct buf *, const char *before, int on);
/* Words as the rest of an array that `before` has opened. */
void	claims_list(struct buf *, const char *before, const char *words);
/* The issuer of a tenant, in quotes. */
void	claims_issuer(struct buf *, const char *before, const char *issuer,
	    const char *tenant);

#endif
