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

/* What outbox.c and outbox_mail.c share. */
#ifndef ENGINE_OUTBOX_MAIL_H
#define ENGINE_OUTBOX_MAIL_H

#include <sys/queue.h>

#include "privsep/engine/engine.h"
#include "privsep/wall/ask.h"
#include "src/base/rnd.h"
#include "src/rules/tenant.h"

struct mail {
	TAILQ_ENTRY(mail) entry;
	struct outbox	*ob;
	int64_t		 created_at, tries;
	int64_t		 due;		/* again, when it was not sent */
	int		 over;		/* 1: delete the row; 2: due again */
	int		 storing;
	uint8_t		 purpose;	/* enum link_purpose, 0: no link */
	char		 id[CAP_ID + 1], link_id[CAP_ID + 1];
	char		 name[33], to[255];
	char		 username[CAP_USERNAME + 1];
	char		 ip[CAP_IP + 1], ua[CAP_UA + 1];
	char		 link[CAP_URL + 1], tenant[TENANT_CAP];
};

struct outbox {
	struct engine	*eng;
	struct chan	*chan;		/* NULL: no mailer now */
	struct asker	*asker;
	uint32_t	 index, generation;	/* the mailer's */
	TAILQ_HEAD(mail_list, mail) mails;
	unsigned	 nmails;
	int		 leasing, renewing, again;
	int64_t		 look_at, renewed_at;	/* monotonic */
	char		 self[UUID_LEN];	/* leased_by */
	struct logouts	*logouts;	/* NULL: clients are not told */
};

/* A row that is leased and in the list goes its way. */
void	mail_begin(struct mail *);
void	mail_drop(struct mail *, const char *why);	/* gives it up */
void	mail_store(struct mail *);	/* how it ended, once more */
void	mail_free(struct mail *);

/* Leases what is due, if there is room; when there is room, otherwise. */
void	outbox_look(struct outbox *);

#endif
