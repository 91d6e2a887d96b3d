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
 * Who: the parent (and moatd -n). Holds: nothing; the lexer has the state of
 * the parse, conf.c the checks. Texts live until lex_close(). A syntax error
 * ends the parse; what is wrong with a value is reported and the parse goes on.
 */
%{
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "privsep/parent/conf.h"
#include "privsep/parent/lex.h"
#include "privsep/wall/msg.h"

#define C	lex_conf()

static void database_file(const char *);
static void mail_file(const char *, const char *);
static void serve_add(uint32_t *, const char *);
static void client_registration(const char *);
static void backchannel_logout(const char *);
%}

%union {
	const char	*text;
	int64_t		 num;
	uint32_t	 mask;
}

%token	ISSUER STATE LISTEN ON PORT SERVE SOCKET DATABASE SQLITE POSTGRESQL
%token	FROMFILE WORKERS HASHERS VAULTS SANDBOX REQUIRED OPTIONAL USER TRUST
%token	PROXY CORS PASSWORD TOKEN LIMIT THROTTLE TIMEOUT MIGRATE AUTO MANUAL
%token	REGISTRATION OPEN VERIFY CLOSED SUPERADMIN USERNAME EMAIL INCLUDE
%token	MAIL ADMINFACTOR BACKCHANNELLOGOUT CLIENTREGISTRATION BAD
%token	<text> STRING
%token	<num> NUMBER
%type	<text> count section numbers
%type	<mask> serve classes

%%

file	: /* empty */
	| file '\n'
	| file INCLUDE STRING '\n'	{ lex_push_file($3); }
	| file statement '\n'
	;

statement: STRING '=' STRING		{ lex_macro($1, $3); }
	| STRING '=' NUMBER {
		char digits[32];

		snprintf(digits, sizeof(digits), "%lld", (long long)$3);
		lex_macro($1, digits);
	}
	| ISSUER STRING			{ lex_check(conf_set_issuer(C, $2)); }
	| STATE STRING			{ lex_check(conf_set_state(C, $2)); }
	| LISTEN ON STRING PORT NUMBER serve {
		lex_check(conf_add_listen(C, $3, NULL, $5, $6));
	}
	| LISTEN ON SOCKET STRING serve {
		lex_check(conf_add_listen(C, NULL, $4, 0, $5));
	}
	| DATABASE SQLITE		{ lex_check(conf_set_dsn(C, NULL)); }
	| DATABASE POSTGRESQL STRING	{ lex_check(conf_set_dsn(C, $3)); }
	| DATABASE POSTGRESQL FROMFILE STRING	{ database_file($4); }
	| count NUMBER	{ lex_check(conf_set_number(C, "", $1, $2)); }
	| count AUTO	{ lex_check(conf_set_number(C, "auto", $1, 0)); }
	| SANDBOX REQUIRED		{ C->sandbox_optional = 0; }
	| SANDBOX OPTIONAL		{ C->sandbox_optional = 1; }
	| USER STRING STRING		{ lex_check(conf_set_user(C, $2, $3)); }
	| TRUST PROXY '{' networks '}'
	| CORS '{' origins '}'
	| numbers '}'
	| MIGRATE AUTO			{ C->migrate_manual = 0; }
	| MIGRATE MANUAL		{ C->migrate_manual = 1; }
	| REGISTRATION OPEN	{ C->registration = REGISTRATION_OPEN; }
	| REGISTRATION VERIFY	{ C->registration = REGISTRATION_VERIFY; }
	| REGISTRATION CLOSED	{ C->registration = REGISTRATION_CLOSED; }
	| ADMINFACTOR REQUIRED		{ C->mfa_admins = 1; }
	| ADMINFACTOR OPTIONAL		{ C->mfa_admins = 0; }
	| CLIENTREGISTRATION STRING	{ client_registration($2); }
	| BACKCHANNELLOGOUT STRING	{ backchannel_logout($2); }
	| SUPERADMIN '{' saoptions '}'
	| MAIL '{' mailoptions '}'
	;

count	: WORKERS	{ $$ = "workers"; }
	| HASHERS	{ $$ = "hashers"; }
	| VAULTS	{ $$ = "vaults"; }
	;

serve	: /* empty */			{ $$ = SERVE_ALL; }
	| SERVE '{' classes '}'		{ $$ = $3; }
	;

classes	: STRING			{ $$ = 0; serve_add(&$$, $1); }
	| classes STRING		{ $$ = $1; serve_add(&$$, $2); }
	;

networks: STRING			{ lex_check(conf_add_trust(C, $1)); }
	| networks STRING		{ lex_check(conf_add_trust(C, $2)); }
	;

origins	: STRING			{ lex_check(conf_add_cors(C, $1)); }
	| origins STRING		{ lex_check(conf_add_cors(C, $2)); }
	;

section	: PASSWORD	{ $$ = "password"; }
	| TOKEN		{ $$ = "token"; }
	| LIMIT		{ $$ = "limit"; }
	| THROTTLE	{ $$ = "throttle"; }
	| TIMEOUT	{ $$ = "timeout"; }
	;

numbers	: section '{' STRING NUMBER {
		lex_check(conf_set_number(C, $1, $3, $4));
		$$ = $1;
	}
	| section '{' DATABASE NUMBER {
		lex_check(conf_set_number(C, $1, "database", $4));
		$$ = $1;
	}
	| numbers STRING NUMBER {
		lex_check(conf_set_number(C, $1, $2, $3));
		$$ = $1;
	}
	| numbers DATABASE NUMBER {
		lex_check(conf_set_number(C, $1, "database", $3));
		$$ = $1;
	}
	;

saoptions: saoption
	| saoptions saoption
	;

saoption: USERNAME STRING {
		lex_check(conf_set_superadmin(C, "username", $2));
	}
	| EMAIL STRING {
		lex_check(conf_set_superadmin(C, "email", $2));
	}
	| PASSWORD FROMFILE STRING {
		lex_check(conf_set_superadmin(C, "password file", $3));
	}
	;

mailoptions: mailoption
	| mailoptions mailoption
	;

mailoption: STRING STRING	{ lex_check(conf_set_mail(C, $1, $2)); }
	| STRING FROMFILE STRING	{ mail_file($1, $3); }
	;

%%

static void
database_file(const char *path)
{
	conf_set_text(&C->dsn_file, path);
	C->postgres = 1;
}

static void
mail_file(const char *name, const char *path)
{
	if (strcmp(name, "smtp") == 0)
		lex_check(conf_set_mail(C, "smtp file", path));
	else
		lex_check("mail: only smtp is read from a file");
}

static void
serve_add(uint32_t *mask, const char *word)
{
	lex_check(conf_serve(word, mask));
}

static void
backchannel_logout(const char *word)
{
	if (strcmp(word, "yes") == 0)
		C->backchannel = BACKCHANNEL_PUBLIC;
	else if (strcmp(word, "private") == 0)
		C->backchannel = BACKCHANNEL_PRIVATE;
	else if (strcmp(word, "no") == 0)
		C->backchannel = BACKCHANNEL_NO;
	else
		lex_check("backchannel-logout is yes, no or private");
}

static void
client_registration(const char *word)
{
	int yes = strcmp(word, "yes") == 0;

	lex_check(yes || strcmp(word, "no") == 0 ? NULL :
	    "client-registration is yes or no");
	C->client_registration = yes;
}
