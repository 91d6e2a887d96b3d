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
 * Names of people: usernames and mail addresses (API.md section 3). Pure: no
 * I/O, no clock. Needs utf8proc, so only the engine pulls it in.
 */
#ifndef RULES_NAME_H
#define RULES_NAME_H

#include <stddef.h>

#define NAME_MAX_CP	64
#define NAME_CAP	260	/* bytes of a username, NUL included */
#define NAME_KEY_CAP	520	/* bytes of its key, NUL included */
#define EMAIL_CAP	255	/* an address, NUL included */

enum name_err { NAME_OK, NAME_TOO_SHORT, NAME_TOO_LONG, NAME_CHARACTER,
    NAME_EDGE, NAME_NOT_NFC, NAME_COMPAT, NAME_SCRIPTS };

const char *name_strerror(enum name_err);	/* a text for people */

/*
 * Checks a new username. On NAME_OK out holds it (it is NFC already) and key
 * its comparison form: NFKC, case folded, NFC again; unique per tenant.
 */
enum name_err	name_check(const char *in, char out[NAME_CAP],
	    char key[NAME_KEY_CAP]);
/* The key of whatever a client typed at login; 0, or -1 when it can be no
 * username (too long, not UTF-8). */
int	name_key(const char *in, char key[NAME_KEY_CAP]);
/* Display name: 0..128 code points, no control characters. 1: fine. */
int	name_display_ok(const char *);

/*
 * Address: ASCII dot-atom, "@", at least two DNS labels, ≤ 254. key is the
 * lower-case form. 1: fine.
 */
int	email_check(const char *in, char key[EMAIL_CAP]);

#endif
