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

/* The mails that moatd sends, and what may stand in them. */
#ifndef WALL_MAIL_H
#define WALL_MAIL_H

/*
 * T(name): a template, in files name.txt and name.html. The link of `verify`
 * confirms an address, that of `reset` and `set_password` sets a password; the
 * others only lead to the issuer.
 */
#define MAIL_TEMPLATES(T)						\
	T(verify) T(reset) T(set_password) T(already_registered)	\
	T(password_changed) T(email_changed) T(factor_changed)		\
	T(new_device)

/* V(name): {{name}} in a template. */
#define MAIL_VALUES(V)							\
	V(username) V(link) V(ip) V(user_agent) V(time) V(product)

#define MAIL_TEMPLATE_MAX	32768	/* bytes of one file */

#define MAIL_ENUM_T(n)	MAIL_T_##n,
#define MAIL_ENUM_V(n)	MAIL_V_##n,
enum mail_template { MAIL_TEMPLATES(MAIL_ENUM_T) MAIL_T__MAX };
enum mail_value { MAIL_VALUES(MAIL_ENUM_V) MAIL_V__MAX };

#endif
