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


/* Accounts of another system, one at a time; for control.c. */
#ifndef ENGINE_IMPORT_H
#define ENGINE_IMPORT_H

#include "privsep/engine/engine.h"

/* Called exactly once for each account; the texts are static. */
typedef void (*import_cb)(void *arg, enum msg_status, const char *path,
	    const char *reason);

/*
 * ST_OK: made, or with dry_run it would be. ST_USERNAME_TAKEN: known already.
 * ST_EMAIL_TAKEN: verified by another. ST_INVALID_REQUEST: path and reason.
 * May call back before it returns.
 */
void	import_user(struct engine *, const struct msg_ctl_user_import_req *,
	    import_cb, void *arg);

/* What a hasher says about a foreign hash, as a text that stays. */
const char *import_reason(const char *said);

#endif
