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
 * The configuration: what moatd.conf and the environment say, checked. A
 * struct conf is built once, from a file and then the environment, and not
 * changed after conf_finish().
 */
#ifndef PARENT_CONF_H
#define PARENT_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/wall/mail.h"
#include "privsep/wall/msg.h"
#include "privsep/wall/role.h"

#define CONF_LISTENERS	16
#define CONF_LIST	64	/* entries of `trust proxy` and of `cors` */
#define CONF_WORKERS	64
#define CONF_HASHERS	64
#define CONF_VAULTS	8

struct secret;

struct conf_listen {
	char	 *addr;		/* numeric IPv4 or IPv6 address, or NULL */
	char	 *socket;	/* name among LISTEN_FDNAMES, or NULL */
	uint16_t  port;
	uint32_t  serve;	/* SERVE_* */
};

struct conf_list {
	char	*v[CONF_LIST];
	size_t	 n;
};

struct conf {
	char	*issuer, *state;
	struct conf_listen listen[CONF_LISTENERS];
	size_t	 nlisten;

	int	 postgres;		/* 0: SQLite under state/db */
	struct secret *dsn;		/* with postgres, after conf_finish() */
	char	*dsn_file;

	char	*user[ROLE__MAX];
	struct conf_list trust, cors;
	int	 sandbox_optional, migrate_manual;
	int	 registration;		/* enum registration */
	int	 mfa_admins;		/* administrators must have a factor */
	int	 client_registration;	/* clients may add themselves */
	int	 backchannel;		/* enum backchannel: of logout tokens */

	uint32_t workers, hashers, vaults;
	uint32_t pw_minimum, pw_memory, pw_time;
	uint32_t tok_access, tok_idle, tok_absolute, tok_grace;
	uint32_t tok_rotate;		/* of signing keys; 0: never */
	uint32_t lim_connections, lim_header, lim_body, lim_write, lim_idle;
	uint32_t lim_inflight, lim_bytes, lim_failures, lim_hash_queue;
	uint32_t th_pw_free, th_pw_first, th_pw_max, th_pw_suspend;
	uint32_t th_otp_hour, th_otp_stop, th_source, th_register;
	uint32_t th_mail, th_address, th_client;
	uint32_t to_database, to_hasher, to_vault;

	char	*sa_username, *sa_email, *sa_password_file;
	struct secret *sa_password;	/* NULL: make one */

	int	 mail;			/* an SMTP server is configured */
	int	 mailer;		/* there is work for one */
	struct secret *smtp;		/* its URL; with mail, after finish */
	char	*smtp_file, *mail_from, *mail_ca, *mail_dir;
	int	 mail_private;		/* names may lead to private addresses */
	/* an operator's templates: text and HTML; NULL: the built-in one */
	struct conf_template {
		char	*file, *text;
	} template[MAIL_T__MAX][2];
};

/* Gets each problem as one line, "file:line: what" or "VARIABLE: what". */
typedef void (*conf_report)(const char *line, void *arg);

struct conf *conf_new(void);
void	 conf_free(struct conf *);

/* Both return the number of errors, each of them reported. */
int	 conf_parse_file(struct conf *, const char *path, conf_report, void *);
int	 conf_parse_mem(struct conf *, const char *name, const char *data,
	    size_t len, conf_report, void *);
/* Fills in what was left open, reads the *file* secrets, checks the whole. */
int	 conf_finish(struct conf *, conf_report, void *);

/*
 * Setters, for the grammar and the environment: NULL, or what is wrong (valid
 * until the next call).
 */
const char *conf_set_issuer(struct conf *, const char *);
const char *conf_set_state(struct conf *, const char *);
const char *conf_set_number(struct conf *, const char *section,
	    const char *name, int64_t);
const char *conf_set_user(struct conf *, const char *role, const char *name);
const char *conf_set_dsn(struct conf *, const char *url);
const char *conf_set_superadmin(struct conf *, const char *what,
	    const char *value);
const char *conf_set_mail(struct conf *, const char *name,
	    const char *value);
const char *conf_set_smtp(struct conf *, const char *url);
const char *conf_add_listen(struct conf *, const char *addr,
	    const char *socket, int64_t port, uint32_t serve);
const char *conf_add_trust(struct conf *, const char *);
const char *conf_add_cors(struct conf *, const char *);
const char *conf_serve(const char *word, uint32_t *serve);
void	 conf_set_text(char **, const char *);	/* replaces a copy */

/* conf_mail.c: what conf.c leaves to it. */
const char *conf_template_name(size_t);	/* of enum mail_template */
void	 conf_mail_free(struct conf *);
int	 conf_mail_finish(struct conf *, conf_report, void *);

#endif
