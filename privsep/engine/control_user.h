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

/* What an operator does to one account, by moatctl. */
#ifndef ENGINE_CONTROL_USER_H
#define ENGINE_CONTROL_USER_H

struct engine;

struct control_to {
	void	(*line)(const char *, void *arg);
	/* The end, once: 0 or -1, and what there is to say. */
	void	(*done)(int ok, const char *summary, void *arg);
	void	*arg;
};

/* user: a username or an id. One line: a link that sets a password, once. */
void	control_password_link(struct engine *, const char *tenant,
	    const char *user, const struct control_to *);

#endif
