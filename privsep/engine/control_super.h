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

/* The super admin's place, and the end of all sessions, by moatctl. */
#ifndef ENGINE_CONTROL_SUPER_H
#define ENGINE_CONTROL_SUPER_H

#include "privsep/engine/control_user.h"

/* As control_to, with a password that was made: given once, at success. */
struct control_super {
	struct control_to to;
	void	(*password)(const char *username, const char *password,
		    void *arg);
};

void	control_superadmin_create(struct engine *, const char *username,
	    const char *email, const struct control_super *);
void	control_superadmin_transfer(struct engine *, const char *user,
	    const struct control_super *);
void	control_superadmin_reset(struct engine *,
	    const struct control_super *);
void	control_revoke_all(struct engine *, const struct control_super *);

#endif
