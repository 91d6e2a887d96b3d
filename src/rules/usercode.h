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
 * Codes that a person carries from a device to a browser (RFC 8628 section
 * 6.1). Pure.
 */
#ifndef RULES_USERCODE_H
#define RULES_USERCODE_H

#include <stddef.h>
#include <stdint.h>

#define USER_CODE_LEN	8
#define USER_CODE_CAP	(USER_CODE_LEN + 1)
#define USER_CODE_SHOWN	(USER_CODE_LEN + 2)

/* From random bytes. 0; -1: they did not suffice, which is rare with 32. */
int	user_code_make(char out[USER_CODE_CAP], const uint8_t *, size_t);
/* As typed, in its normal form: case, dashes and spaces do not matter. 0; -1:
 * it can be none. */
int	user_code_take(char out[USER_CODE_CAP], const char *);
/* XXXX-XXXX. */
void	user_code_show(char out[USER_CODE_SHOWN], const char *code);

#endif
