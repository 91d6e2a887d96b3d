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
 * A mail of the engine's values and a template. Run by the mailer; holds
 * nothing.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "privsep/mailer/compose.h"
#include "src/base/clock.h"

#define PRODUCT		"moatd"

static void
time_text(char dst[32], int64_t us)
{
	char full[CLOCK_RFC3339];

	clock_rfc3339(full, us);
	snprintf(dst, 32, "%.10s %.5s UTC", full, full + 11);
}

static const char *
known(const char *s)
{
	return (*s != '\0' ? s : "unknown");
}

int
compose(struct buf *out, const struct mime_from *from,
    const struct templates *templates, const struct msg_mail_send_req *q,
    int which)
{
	struct buf subject = BUF_INIT, text = BUF_INIT, html = BUF_INIT;
	struct mime_mail mail = { .from = from, .to = q->to,
	    .id = q->id, .date = clock_now() };
	struct mail_values v;
	char when[32];

	time_text(when, q->time);
	v.v[MAIL_V_username] = q->username;
	v.v[MAIL_V_link] = q->link;
	v.v[MAIL_V_ip] = known(q->ip);
	v.v[MAIL_V_user_agent] = known(q->user_agent);
	v.v[MAIL_V_time] = when;
	v.v[MAIL_V_product] = from->name[0] != '\0' ?
	    from->name : PRODUCT;
	template_subject(&subject, templates, which, &v);
	template_text(&text, templates, which, &v);
	template_html(&html, templates, which, &v);
	mail.subject = buf_cstr(&subject);
	mail.text = buf_cstr(&text);
	mail.html = buf_cstr(&html);
	if (mail.subject != NULL && mail.text != NULL && mail.html != NULL)
		mime_compose(out, &mail);
	else
		out->err = 1;
	buf_free(&subject);
	buf_wipe_free(&text);		/* a link in it may be good */
	buf_wipe_free(&html);
	return (out->err ? -1 : 0);
}
