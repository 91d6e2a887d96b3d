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
 * Every message between moatd's processes: one table. A row is
 *
 *	M(NAME, name, number, from, to, phase, class, max, fd)
 *
 * from, to	sets of roles (ROLE_BIT); the receiver checks both
 * phase	PH_SETUP: only before the child is READY; PH_RUN: only after;
 *		PH_ANY: whenever the channel lives
 * class	what the channel's permit mask must hold (SERVE_*), 0: nothing
 * max		largest body in bytes
 * fd		1: carries exactly one descriptor, 0: none
 *
 * and beside it its fields, in wire order, F(kind, member, maximum):
 * u8, u32, u64, i64	integers, big endian; maximum: largest value (0: any)
 * str		text: valid UTF-8 without NUL, at most maximum bytes; decoded
 *		as a NUL-terminated const char * into the received message
 * bin		bytes: decoded as struct wire_bin into the received message
 *
 * Names: IMSG_<NOUN>_<VERB>_REQ is even, its _RES odd. The structs (struct
 * msg_login_req …), the codec, the permit check and the hostile tests all
 * come from this table.
 *
 * Messages to the engine are whole operations that carry their proof. None
 * says who its sender is: identity is the socket.
 */
#ifndef WALL_MSG_H
#define WALL_MSG_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/wall/role.h"

struct wire_bin {
	const uint8_t	*p;
	size_t		 n;
};

enum msg_phase { PH_ANY, PH_SETUP, PH_RUN };

#define R_P	ROLE_BIT(ROLE_PARENT)
#define R_V	ROLE_BIT(ROLE_VAULT)
#define R_H	ROLE_BIT(ROLE_HASHER)
#define R_E	ROLE_BIT(ROLE_ENGINE)
#define R_W	ROLE_BIT(ROLE_WORKER)
#define R_M	ROLE_BIT(ROLE_MAILER)
#define R_C	ROLE_BIT(ROLE_CTL)
#define R_CHILD	(R_V | R_H | R_E | R_W | R_M)

#define MSG_STD	4096
#define MSG_BIG	73728		/* the most any row may have */

/* Caps of fields that several messages share, in bytes. */
#define CAP_RID		64	/* X-Request-Id */
#define CAP_IP		64	/* textual source address */
#define CAP_UA		256	/* User-Agent, cut by the worker */
#define CAP_USERNAME	1016	/* 254 code points */
#define CAP_EMAIL	4096
#define CAP_NAME	512	/* 128 code points */
#define CAP_PASSWORD	1024	/* bytes, API.md section 1 */
#define CAP_BEARER	4096	/* a compact JWS */
#define CAP_REFRESH	128	/* the text of a refresh token */
#define CAP_ID		64	/* an opaque id */
#define CAP_TENANT	64
#define CAP_ROLES	4096	/* names, single spaces between */
#define CAP_CURSOR	1024
#define CAP_KID		64
#define CAP_URL		1024
#define CAP_RECORD	1024	/* a stored password record */
#define CAP_FOREIGN	512	/* a password hash that is imported */
#define CAP_LINE	1024	/* one line for an operator */
#define CAP_TICKET	128	/* of a login that waits for its factor */
#define CAP_OTP		16
#define CAP_RCODE	64	/* a recovery code as typed */
#define CAP_SEALED	512	/* a TOTP secret at rest */
#define CAP_LINK	128	/* the token of a link in a mail */
#define CAP_FROM	512	/* "name <address>" */
#define CAP_ETAG	512	/* an If-Match as sent, "" none */
#define CAP_ROLE	64
#define CAP_PERMISSION	129	/* client_id:name */
#define CAP_PERMISSIONS	16384	/* names, single spaces between */
#define CAP_CLIENT	64
#define CAP_URIS	20499	/* 20 URIs, single spaces between */
#define CAP_JWKS	4096
#define CAP_COOKIE	128	/* the value of one of a page's cookies */
#define CAP_SCOPE	1024
#define CAP_SCOPES	16384	/* with what is said of them */
#define CAP_CODE	128	/* codes, nonces of consent, device codes */
#define CAP_CLAIMS	12288	/* a JSON object */
#define CAP_AUDIENCE	10249	/* 10 of them, single spaces between */
#define CAP_LOOK	32768

/* Who asks and where, as the worker saw it; never proof. tenant: of the path
 * that the client used; "" is the default one, as "default". */
#define MSG_CTX(F)							\
	F(str, rid, CAP_RID) F(str, ip, CAP_IP) F(str, ua, CAP_UA)	\
	F(u8, loopback, 1)	/* direct loopback peer */		\
	F(str, tenant, CAP_TENANT)

/*
 * A page's visitor logs in: the answer is a session's cookie, not tokens.
 * cookie: of the session that this one takes the place of, "" none; device:
 * of a browser that the account was used with before, "" none.
 */
#define MSG_BROWSER(F)							\
	F(u8, browser, 1) F(str, cookie, CAP_COOKIE)			\
	F(str, device, CAP_COOKIE)

/* A client authenticates itself. auth: enum client_auth, the one way that it
 * used; secret: of basic and post; assertion: of private_key_jwt. */
#define MSG_CAUTH(F)							\
	F(u8, auth, CLIENT_AUTH__MAX - 1) F(str, client_id, CAP_CLIENT)	\
	F(str, secret, 256) F(str, assertion, CAP_BEARER)

/* API.md's Factor: one of both, or none. */
#define MSG_FACTOR(F)							\
	F(str, otp, CAP_OTP) F(str, recovery_code, CAP_RCODE)

/* ---- parent to child, before READY ---- */
#define MSG_conf_common(F)						\
	F(u8, role, 0) F(u32, index, 0) F(u32, generation, 0)		\
	F(u32, flags, 0)	/* CONF_F_* */				\
	F(u32, uid, 0) F(u32, gid, 0)	/* with CONF_F_DROP */		\
	F(str, chroot, CAP_LINE)	/* "" none */			\
	F(str, state, CAP_LINE)		/* state directory */		\
	F(str, version, 64)						\
	F(u8, selftest, 0)	/* act to try (selftest.h), 0 none */
#define MSG_conf_worker(F)						\
	F(str, issuer, CAP_URL) F(u32, serve, 0)			\
	F(u32, max_conns, 0) F(u32, header_ms, 0) F(u32, body_ms, 0)	\
	F(u32, write_ms, 0) F(u32, idle_ms, 0) F(u32, drain_ms, 0)	\
	F(u32, max_inflight, 0)	/* asks to the engine at a time */	\
	F(u32, password_min, 0) F(u32, slots, 0) /* worker boards */	\
	F(u8, mail, 1)		/* an SMTP server is configured */	\
	F(u8, client_registration, 1)
#define MSG_conf_trust(F)	F(str, cidr, 64)
#define MSG_conf_cors(F)	F(str, origin, CAP_URL)
#define MSG_conf_engine(F)						\
	F(str, issuer, CAP_URL)						\
	F(u32, key_rotate_s, 0)	/* age of an active key, 0: any */	\
	F(u8, database, 1)	/* 0 SQLite (state/db), 1 PostgreSQL */	\
	F(u32, access_s, 0) F(u32, refresh_idle_s, 0)			\
	F(u32, refresh_abs_s, 0) F(u32, grace_s, 0)			\
	F(u32, password_min, 0)						\
	F(u32, hash_queue, 0)	/* waiting logins for each hasher */	\
	F(u32, inflight, 0) F(u32, bytes_ps, 0) F(u32, fails_ps, 0)	\
	F(u32, db_ms, 0) F(u32, hasher_ms, 0) F(u32, vault_ms, 0)	\
	F(u8, migrate_manual, 1)					\
	F(u8, registration, 2)	/* enum registration */			\
	F(u8, mail, 1)		/* an SMTP server is configured */	\
	F(u8, mfa_admins, 1)	/* administrators must have a factor */	\
	F(u8, client_registration, 1)	/* clients may add themselves */ \
	F(u8, backchannel, 1)	/* clients are told of logouts */	\
	/* throttles, 0: none */					\
	F(u32, password_free, 0) F(u32, password_first_s, 0)		\
	F(u32, password_max_s, 0) F(u32, password_suspend, 0)		\
	F(u32, otp_hour, 0) F(u32, otp_stop, 0)				\
	F(u32, source_failures, 0) F(u32, register_hour, 0)		\
	F(u32, mail_hour, 0) F(u32, address_hour, 0)			\
	F(u32, client_minute, 0)
#define MSG_conf_vault(F)	F(str, issuer, CAP_URL)
#define MSG_conf_hasher(F)						\
	F(u32, memory_kib, 0) F(u32, time, 0)
#define MSG_conf_mailer(F)	/* its URL is SECRET_SMTP */		\
	F(str, from, CAP_FROM) F(str, issuer, CAP_URL)			\
	F(str, ca, CAP_LINE)	/* file of root certificates, "": usual */ \
	F(u8, private, 1)	/* names may lead to private addresses */ \
	F(u8, backchannel, 3)	/* enum backchannel, of logout tokens */
#define MSG_template_set(F)	/* an operator's; its file, to name it */ \
	F(str, name, 32) F(u8, html, 1) F(str, file, CAP_LINE)		\
	F(str, text, 32768)
#define MSG_listener_set(F)						\
	F(u32, serve, 0) F(str, name, CAP_LINE)
#define MSG_peer_set(F)							\
	F(u8, role, 0) F(u32, index, 0) F(u32, generation, 0)		\
	F(u32, permit, 0)
#define MSG_peer_gone(F)						\
	F(u8, role, 0) F(u32, index, 0) F(u32, generation, 0)
#define MSG_shm_set(F)							\
	F(u8, kind, 0) F(u32, slot, 0) F(u8, writable, 1) F(u32, size, 0)
#define MSG_secret_set(F)	/* SECRET_*: only to the role it is for */ \
	F(u8, kind, 0) F(bin, value, 8192)
#define MSG_signkey_set(F)	/* a PEM file, to the vault only */	\
	F(str, kid, CAP_KID) F(bin, pem, 16384)
#define MSG_pubkey_set(F)						\
	F(str, kid, CAP_KID) F(u8, alg, 0) F(bin, spki, 2048)
#define MSG_signkey_drop(F)	F(str, kid, CAP_KID)
#define MSG_pubkey_drop(F)	F(str, kid, CAP_KID)
#define MSG_vault_job_set(F)	/* what a one-shot vault -g is for */	\
	F(u8, job, 3)		/* enum vault_job */			\
	F(u8, es256, 2) F(u8, eddsa, 2) F(u8, rs256, 2)	/* so many */	\
	F(str, passphrase, CAP_PASSWORD)
#define MSG_bundle_set(F)	F(bin, part, 65536)	/* to open */
#define MSG_fingerprint_set(F)	/* of pepper and seal, to the engine */	\
	F(u8, kind, 0) F(str, value, 64)
#define MSG_start(F)		F(u8, unused, 0)

/* ---- child to parent ---- */
#define MSG_ready(F)							\
	F(u32, mechanisms, 0)	/* SANDBOX_M_* that are on */
#define MSG_fail(F)		/* cannot start, and a restart is no help */ \
	F(str, reason, CAP_LINE)
#define MSG_key_made(F)		/* from a one-shot vault -g only */	\
	F(str, kid, CAP_KID) F(bin, pem, 16384)
#define MSG_secret_made(F)	F(u8, kind, 0) F(bin, value, 64)
#define MSG_bundle_made(F)	F(bin, part, 65536)	/* sealed */
#define MSG_pubkey_made(F)						\
	F(str, kid, CAP_KID) F(u8, alg, 0) F(bin, spki, 2048)
#define MSG_fingerprint_made(F)	F(u8, kind, 0) F(str, value, 64)
#define MSG_peer_bad(F)		/* the parent kills and restarts it */	\
	F(u8, role, 0) F(u32, index, 0) F(u32, generation, 0)		\
	F(str, reason, CAP_LINE)
#define MSG_db_state(F)		/* engine, whenever it changes */	\
	F(u8, up, 1) F(u8, superadmin, 1)	/* 1: there is one */	\
	F(str, text, CAP_LINE)

/* ---- engine to parent: states are the database's, files are not ---- */
#define MSG_key_want(F)		/* make so many of each */		\
	F(u8, es256, 2) F(u8, eddsa, 2) F(u8, rs256, 2)
#define MSG_key_drop(F)		/* no one needs it: forget it, remove it */ \
	F(str, kid, CAP_KID)

/* ---- parent and engine ---- */
#define MSG_stop(F)		F(u8, unused, 0)
#define MSG_superadmin_create_req(F)					\
	F(str, username, CAP_USERNAME) F(str, email, CAP_EMAIL)		\
	F(str, password, CAP_PASSWORD)
#define MSG_superadmin_create_res(F)					\
	F(u8, status, 0) F(str, reason, CAP_LINE)
#define MSG_ctl_pass(F)		F(u8, unused, 0)

/* ---- worker to engine. A bearer is an access token, or WALL_COOKIE and the
 * value of a page's session cookie: account messages take both, those of
 * administration only the first. ---- */
#define MSG_tenant_check_req(F)	MSG_CTX(F)	/* is there such one? */
#define MSG_bearer_check_req(F)	MSG_CTX(F) F(str, bearer, CAP_BEARER)
#define MSG_register_req(F)						\
	MSG_CTX(F) F(str, username, CAP_USERNAME)			\
	F(str, password, CAP_PASSWORD) F(str, email, CAP_EMAIL)		\
	F(str, name, CAP_NAME)
#define MSG_login_req(F)						\
	MSG_CTX(F) F(str, username, CAP_USERNAME)			\
	F(str, password, CAP_PASSWORD) MSG_FACTOR(F) MSG_BROWSER(F)
#define MSG_refresh_req(F)	MSG_CTX(F) F(str, token, CAP_REFRESH)
#define MSG_logout_req(F)	MSG_CTX(F) F(str, bearer, CAP_BEARER)
#define MSG_me_get_req(F)	MSG_CTX(F) F(str, bearer, CAP_BEARER)
#define MSG_me_patch_req(F)						\
	MSG_CTX(F) F(str, bearer, CAP_BEARER)				\
	F(u8, has_name, 1) F(str, name, CAP_NAME)			\
	F(u8, has_email, 1) F(str, email, CAP_EMAIL)	/* with Reauth */ \
	F(str, password, CAP_PASSWORD) MSG_FACTOR(F)
#define MSG_sessions_list_req(F)					\
	MSG_CTX(F) F(str, bearer, CAP_BEARER) F(u32, limit, 200)	\
	F(str, cursor, CAP_CURSOR)
#define MSG_session_end_req(F)	/* id "": all but the bearer's own */	\
	MSG_CTX(F) F(str, bearer, CAP_BEARER) F(str, id, CAP_ID)
#define MSG_password_change_req(F)					\
	MSG_CTX(F) F(str, bearer, CAP_BEARER)				\
	F(str, old, CAP_PASSWORD) F(str, new, CAP_PASSWORD)
#define MSG_mfa_login_req(F)						\
	MSG_CTX(F) F(str, ticket, CAP_TICKET) MSG_FACTOR(F) MSG_BROWSER(F)
#define MSG_step_up_req(F)						\
	MSG_CTX(F) F(str, bearer, CAP_BEARER)				\
	F(str, password, CAP_PASSWORD) MSG_FACTOR(F)
#define MSG_totp_setup_req(F)	/* user_id: of the alias' path, or "" */ \
	MSG_CTX(F) F(str, bearer, CAP_BEARER) F(str, user_id, CAP_ID)	\
	F(str, password, CAP_PASSWORD)
#define MSG_totp_verify_req(F)						\
	MSG_CTX(F) F(str, bearer, CAP_BEARER) F(str, user_id, CAP_ID)	\
	F(str, otp, CAP_OTP)
#define MSG_totp_disable_req(F)						\
	MSG_CTX(F) F(str, bearer, CAP_BEARER)				\
	F(str, password, CAP_PASSWORD) MSG_FACTOR(F)
#define MSG_recovery_new_req(F)						\
	MSG_CTX(F) F(str, bearer, CAP_BEARER)				\
	F(str, password, CAP_PASSWORD) F(str, otp, CAP_OTP)
#define MSG_email_verify_req(F)	MSG_CTX(F) F(str, token, CAP_LINK)
#define MSG_email_resend_req(F)	MSG_CTX(F) F(str, email, CAP_EMAIL)
#define MSG_password_request_req(F)					\
	MSG_CTX(F) F(str, email, CAP_EMAIL)
#define MSG_password_reset_req(F)					\
	MSG_CTX(F) F(str, token, CAP_LINK) F(str, new, CAP_PASSWORD)	\
	MSG_FACTOR(F)
#define MSG_me_delete_req(F)						\
	MSG_CTX(F) F(str, bearer, CAP_BEARER)				\
	F(str, password, CAP_PASSWORD) MSG_FACTOR(F)

/* ---- OAuth 2 and OpenID Connect. A parameter that is "" was not sent (RFC
 * 6749 section 3.1). ---- */
#define MSG_AUTHORIZE(F)						\
	F(str, response_type, 64) F(str, redirect_uri, CAP_URL)		\
	F(str, scope, CAP_SCOPE) F(str, state, 1024) F(str, nonce, 1024) \
	F(str, code_challenge, 128) F(str, code_challenge_method, 32)	\
	F(str, prompt, 128) F(str, max_age, 32) F(str, login_hint, 1016) \
	F(str, acr_values, 256) F(str, ui_locales, 256)			\
	F(str, response_mode, 32) F(str, dpop_jkt, 64)			\
	F(u8, request, 1)	/* a request object was sent */		\
	F(str, request_uri, 512) F(str, id_token_hint, CAP_BEARER)
/* since: µs since 1970, when AUTHORIZE_LOGIN was answered to this request;
 * 0: never. A login since then is what prompt asks for. */
#define MSG_authorize_req(F)						\
	MSG_CTX(F) F(str, cookie, CAP_COOKIE)				\
	F(str, client_id, CAP_CLIENT) MSG_AUTHORIZE(F) F(i64, since, 0)
#define MSG_consent_get_req(F)						\
	MSG_CTX(F) F(str, cookie, CAP_COOKIE) F(str, nonce, CAP_CODE)
#define MSG_consent_req(F)						\
	MSG_CTX(F) F(str, cookie, CAP_COOKIE) F(str, nonce, CAP_CODE)	\
	F(u8, allow, 1)
#define MSG_par_req(F)	/* client_id of the authentication */		\
	MSG_CTX(F) MSG_CAUTH(F) MSG_AUTHORIZE(F) F(str, dpop, CAP_BEARER)
#define MSG_token_req(F)						\
	MSG_CTX(F) MSG_CAUTH(F) F(str, grant_type, 128)			\
	F(str, code, CAP_CODE) F(str, redirect_uri, CAP_URL)		\
	F(str, code_verifier, 256) F(str, refresh_token, CAP_REFRESH)	\
	F(str, scope, CAP_SCOPE) F(str, device_code, CAP_CODE)		\
	F(str, subject_token, CAP_BEARER)				\
	F(str, subject_token_type, 128)					\
	F(str, actor_token, CAP_BEARER) F(str, actor_token_type, 128)	\
	F(str, requested_token_type, 128) F(str, audience, CAP_URL)	\
	F(str, resource, CAP_URL) F(str, dpop, CAP_BEARER)
#define MSG_introspect_req(F)						\
	MSG_CTX(F) MSG_CAUTH(F) F(str, token, CAP_BEARER)		\
	F(str, token_type_hint, 64)
#define MSG_token_revoke_req(F)						\
	MSG_CTX(F) MSG_CAUTH(F) F(str, token, CAP_BEARER)		\
	F(str, token_type_hint, 64)
#define MSG_userinfo_req(F)	/* dpop: the proof or ""; post: the method */ \
	MSG_CTX(F) F(str, bearer, CAP_BEARER) F(str, dpop, CAP_BEARER)	\
	F(u8, post, 1)
#define MSG_end_session_req(F)	/* confirmed: by the page that asked */	\
	MSG_CTX(F) F(str, cookie, CAP_COOKIE)				\
	F(str, id_token_hint, CAP_BEARER) F(str, client_id, CAP_CLIENT)	\
	F(str, post_logout_redirect_uri, CAP_URL) F(str, state, 1024)	\
	F(u8, confirmed, 1)
#define MSG_device_code_req(F)						\
	MSG_CTX(F) MSG_CAUTH(F) F(str, scope, CAP_SCOPE)
#define MSG_device_get_req(F)						\
	MSG_CTX(F) F(str, cookie, CAP_COOKIE) F(str, user_code, 32)
#define MSG_device_decide_req(F)					\
	MSG_CTX(F) F(str, cookie, CAP_COOKIE) F(str, user_code, 32)	\
	F(u8, allow, 1)
/* RFC 7591: by an initial access token; RFC 7592: by the client's own. act:
 * enum client_self. */
#define MSG_client_register_req(F)					\
	MSG_CTX(F) F(str, token, CAP_CODE) F(u32, has, 0) MSG_CLIENT(F)
#define MSG_client_self_req(F)						\
	MSG_CTX(F) F(str, token, CAP_CODE)				\
	F(u8, act, CLIENT_SELF__MAX - 1) F(u32, has, 0) MSG_CLIENT(F)
#define MSG_grants_list_req(F)						\
	MSG_CTX(F) F(str, bearer, CAP_BEARER) MSG_LIST(F)
#define MSG_grant_delete_req(F)						\
	MSG_CTX(F) F(str, bearer, CAP_BEARER) F(str, client_id, CAP_CLIENT)
/* How a tenant's pages look: enum look. Anybody may ask. */
#define MSG_look_get_req(F)	MSG_CTX(F) F(u8, look, LOOK__MAX - 1)

#define MSG_browser_res(F)	/* device "": the browser keeps its own */ \
	F(str, cookie, CAP_COOKIE) F(str, device, CAP_COOKIE)		\
	F(u8, setup, 1)	/* it is good only for setting up a factor */
#define MSG_authorize_res(F)	/* kind: enum authorize_kind */		\
	F(u8, kind, AUTHORIZE__MAX - 1)					\
	F(str, redirect_uri, CAP_URL) F(str, state, 1024)		\
	F(str, error, 64) F(str, description, 128)			\
	F(str, code, CAP_CODE)						\
	F(str, nonce, CAP_CODE)	/* of the consent that is asked */	\
	F(i64, since, 0) F(str, login_hint, 1016) F(str, ui_locales, 256) \
	F(str, client_name, CAP_NAME)
#define MSG_consent_res(F)	/* scopes: lines of name, TAB, description */ \
	F(str, client_id, CAP_CLIENT) F(str, client_name, CAP_NAME)	\
	F(str, redirect_uri, CAP_URL) F(str, username, CAP_USERNAME)	\
	F(str, scopes, CAP_SCOPES)
#define MSG_par_res(F)	F(str, request_uri, 512) F(u32, expires_in, 0)
#define MSG_token_res(F)						\
	F(str, access, CAP_BEARER) F(str, token_type, 16)		\
	F(u32, expires_in, 0) F(str, scope, CAP_SCOPE)			\
	F(str, id_token, CAP_BEARER) F(str, refresh, CAP_REFRESH)	\
	F(str, issued_token_type, 128) F(str, dpop_nonce, 64)
#define MSG_introspect_res(F)	/* claims: "" when it is not active */	\
	F(str, claims, CAP_CLAIMS)
#define MSG_userinfo_res(F)	F(str, claims, CAP_CLAIMS)
#define MSG_end_session_res(F)	/* kind: enum end_session */		\
	F(u8, kind, END_SESSION__MAX - 1)				\
	F(str, uri, 4200)	/* of REDIRECT: with the state */	\
	F(str, client_name, CAP_NAME)
#define MSG_device_code_res(F)						\
	F(str, device_code, CAP_CODE) F(str, user_code, 32)		\
	F(u32, expires_in, 0) F(u32, interval, 0)
#define MSG_client_register_res(F)	/* token: to manage it with */	\
	MSG_CLIENT(F) F(i64, created_at, 0) F(str, secret, 64)		\
	F(str, token, CAP_CODE)
#define MSG_grant_item_res(F)						\
	F(str, client_id, CAP_CLIENT) F(str, client_name, CAP_NAME)	\
	F(str, scope, CAP_SCOPE) F(i64, created_at, 0)
#define MSG_look_res(F)	/* body empty: there is none */			\
	F(str, type, 64) F(bin, body, CAP_LOOK) F(str, etag, 64)	\
	/* and what its forms should say */				\
	F(u8, registration, 2) F(u32, password_min, 0)

/* ---- administration: to the engine from workers of listeners that serve
 * admin, and from moatctl, whose word needs no bearer ("") ---- */
#define MSG_ADMIN(F)	MSG_CTX(F) F(str, bearer, CAP_BEARER)
#define MSG_LIST(F)	F(u32, limit, 200) F(str, cursor, CAP_CURSOR)

/* user: an id; from moatctl a username as well */
#define MSG_users_list_req(F)						\
	MSG_ADMIN(F) MSG_LIST(F) F(str, q, CAP_USERNAME)		\
	F(str, role, CAP_ROLE) F(str, state, 16)	/* "": any */
#define MSG_user_get_req(F)	MSG_ADMIN(F) F(str, user, CAP_USERNAME)
#define MSG_user_create_req(F)						\
	MSG_ADMIN(F) F(str, username, CAP_USERNAME)			\
	F(str, email, CAP_EMAIL) F(str, name, CAP_NAME)			\
	F(str, roles, CAP_ROLES) F(u8, email_verified, 1)		\
	F(str, password_hash, CAP_FOREIGN)	/* "": none, a mail goes out */
#define MSG_user_patch_req(F)						\
	MSG_ADMIN(F) F(str, user, CAP_USERNAME) F(str, if_match, CAP_ETAG) \
	F(u8, has_username, 1) F(str, username, CAP_USERNAME)		\
	F(u8, has_email, 1) F(str, email, CAP_EMAIL)			\
	F(u8, has_name, 1) F(str, name, CAP_NAME)			\
	F(u8, has_roles, 1) F(str, roles, CAP_ROLES)			\
	F(u8, has_verified, 1) F(u8, email_verified, 1)
#define MSG_user_role_req(F)						\
	MSG_ADMIN(F) F(str, user, CAP_USERNAME) F(str, if_match, CAP_ETAG) \
	F(str, role, CAP_ROLE)
#define MSG_user_delete_req(F)						\
	MSG_ADMIN(F) F(str, user, CAP_USERNAME) F(str, if_match, CAP_ETAG)
#define MSG_user_act_req(F)	/* enum user_act */			\
	MSG_ADMIN(F) F(str, user, CAP_USERNAME) F(u8, act, USER_ACT__MAX - 1)
#define MSG_permissions_list_req(F)	MSG_ADMIN(F) MSG_LIST(F)
#define MSG_roles_list_req(F)	MSG_ADMIN(F) MSG_LIST(F)
#define MSG_role_get_req(F)	MSG_ADMIN(F) F(str, name, CAP_ROLE)
#define MSG_role_create_req(F)						\
	MSG_ADMIN(F) F(str, name, CAP_ROLE) F(str, description, 1024)	\
	F(str, permissions, CAP_PERMISSIONS)
#define MSG_role_patch_req(F)						\
	MSG_ADMIN(F) F(str, name, CAP_ROLE)				\
	F(u8, has_description, 1) F(str, description, 1024)		\
	F(u8, has_permissions, 1) F(str, permissions, CAP_PERMISSIONS)
#define MSG_role_delete_req(F)	MSG_ADMIN(F) F(str, name, CAP_ROLE)

/* A client as API.md section 6 has it; lists with single spaces between. */
#define MSG_CLIENT(F)							\
	F(str, client_id, CAP_CLIENT) F(str, client_name, CAP_NAME)	\
	F(str, redirect_uris, CAP_URIS)					\
	F(str, post_logout_redirect_uris, CAP_URIS)			\
	F(str, grant_types, 512)					\
	F(str, token_endpoint_auth_method, 32) F(str, jwks, CAP_JWKS)	\
	F(str, scope, 1024) F(str, audience, 10249)			\
	F(str, roles, 2111) F(str, permissions, 6499)		\
	F(u32, access_token_lifetime, 86400)				\
	F(u32, refresh_token_lifetime, 31536000)			\
	F(str, id_token_signed_response_alg, 16)			\
	F(str, access_token_signed_response_alg, 16)			\
	F(u8, skip_consent, 1) F(u8, disabled, 1)			\
	F(str, backchannel_logout_uri, CAP_URL)				\
	F(u8, require_pushed_authorization_requests, 1)			\
	F(u8, dpop_bound_access_tokens, 1)
#define MSG_clients_list_req(F)	MSG_ADMIN(F) MSG_LIST(F)
#define MSG_client_get_req(F)	MSG_ADMIN(F) F(str, client_id, CAP_CLIENT)
#define MSG_client_create_req(F) /* has: bits, enum client_member */	\
	MSG_ADMIN(F) F(u32, has, 0) MSG_CLIENT(F)
#define MSG_client_patch_req(F)						\
	MSG_ADMIN(F) F(u32, has, 0) MSG_CLIENT(F)
#define MSG_client_delete_req(F) MSG_ADMIN(F) F(str, client_id, CAP_CLIENT)
#define MSG_client_secret_req(F) /* overlap: the old one is good so long */ \
	MSG_ADMIN(F) F(str, client_id, CAP_CLIENT) F(u32, overlap_s, 2592000)

#define MSG_TENANT(F)							\
	F(str, id, 64) F(str, name, CAP_NAME) F(str, state, 16)		\
	F(str, registration, 16) F(u8, require_mfa, 1)			\
	F(u32, password_min, 64)	/* 0: the server's */
#define MSG_tenants_list_req(F)	MSG_ADMIN(F) MSG_LIST(F)
#define MSG_tenant_get_req(F)	MSG_ADMIN(F) F(str, id, 64)
#define MSG_tenant_create_req(F)	/* has: bits, enum tenant_member */ \
	MSG_ADMIN(F) F(u32, has, 0) MSG_TENANT(F)
#define MSG_tenant_patch_req(F)	MSG_ADMIN(F) F(u32, has, 0) MSG_TENANT(F)
#define MSG_tenant_delete_req(F)	MSG_ADMIN(F) F(str, id, 64)
#define MSG_keys_list_req(F)	MSG_ADMIN(F) MSG_LIST(F)
#define MSG_key_rotate_req(F)	MSG_ADMIN(F) F(str, alg, 16)
#define MSG_key_retire_req(F)	MSG_ADMIN(F) F(str, kid, CAP_KID)
#define MSG_audit_list_req(F)	/* µs since 1970, 0: none; texts "": any */ \
	MSG_ADMIN(F) MSG_LIST(F) F(i64, from, 0) F(i64, to, 0)		\
	F(str, actor, CAP_ID) F(str, subject, CAP_ID)			\
	F(str, action, 64) F(str, result, 16)
/* A piece, behind entry `after` up to `upto`; upto 0 begins an export, and
 * its answer says what that is. */
#define MSG_audit_export_req(F)						\
	MSG_ADMIN(F) F(i64, from, 0) F(i64, to, 0)			\
	F(i64, after, 0) F(i64, upto, 0)
/* Scopes of a tenant's own, with what the page of consent says of them. */
#define MSG_scopes_list_req(F)	MSG_ADMIN(F) MSG_LIST(F)
#define MSG_scope_set_req(F)						\
	MSG_ADMIN(F) F(str, name, 64) F(str, description, 1024)
#define MSG_scope_delete_req(F)	MSG_ADMIN(F) F(str, name, 64)
#define MSG_scope_item_res(F)						\
	F(str, name, 64) F(str, description, 1024) F(i64, created_at, 0)
#define MSG_scope_res(F)						\
	F(str, name, 64) F(str, description, 1024) F(i64, created_at, 0)
#define MSG_look_set_req(F)	/* body empty: the server's own again */ \
	MSG_ADMIN(F) F(u8, look, LOOK__MAX - 1) F(str, type, 64)	\
	F(bin, body, CAP_LOOK)
/* An initial access token of RFC 7591, shown once. */
#define MSG_register_token_req(F)	MSG_ADMIN(F) F(u32, lifetime_s, 0)
#define MSG_register_token_res(F)	F(str, token, CAP_CODE)
/* Decisions: of the bearer itself, for a client about anybody. */
#define MSG_check_req(F)						\
	MSG_CTX(F) F(str, bearer, CAP_BEARER)				\
	F(str, permission, CAP_PERMISSION) F(str, role, CAP_ROLE)
#define MSG_client_check_req(F)						\
	MSG_CTX(F) F(str, client_id, CAP_CLIENT) F(str, secret, 256)	\
	F(str, subject, CAP_ID) F(str, permissions, 8192)
#define MSG_verify_req(F)						\
	MSG_CTX(F) F(str, bearer, CAP_BEARER)				\
	F(str, permission, CAP_PERMISSION) F(str, role, CAP_ROLE)

#define MSG_USER(F)							\
	F(str, id, CAP_ID) F(str, username, CAP_USERNAME)		\
	F(str, email, CAP_EMAIL) F(u8, email_verified, 1)		\
	F(str, name, CAP_NAME) F(str, role, 64) F(str, roles, CAP_ROLES) \
	F(str, status, 16) F(u8, locked, 1) F(u8, mfa, 1)		\
	F(str, tenant, 64) F(i64, created_at, 0) F(i64, updated_at, 0)	\
	F(i64, last_login_at, 0) F(str, etag, 128)
#define MSG_user_item_res(F)	MSG_USER(F)
#define MSG_user_res(F)		MSG_USER(F)
#define MSG_permission_item_res(F)	F(str, name, CAP_PERMISSION)
#define MSG_ROLE(F)							\
	F(str, name, CAP_ROLE) F(str, description, 1024)		\
	F(str, permissions, CAP_PERMISSIONS) F(u8, builtin, 1)		\
	F(i64, created_at, 0)
#define MSG_role_item_res(F)	MSG_ROLE(F)
#define MSG_role_res(F)		MSG_ROLE(F)
#define MSG_client_item_res(F)	MSG_CLIENT(F) F(i64, created_at, 0)
#define MSG_client_res(F)	/* secret: of a new one, shown once */	\
	MSG_CLIENT(F) F(i64, created_at, 0) F(str, secret, 64)
#define MSG_client_secret_res(F)					\
	F(str, client_id, CAP_CLIENT) F(str, secret, 64)
#define MSG_tenant_item_res(F)	MSG_TENANT(F) F(i64, created_at, 0)
#define MSG_tenant_res(F)	MSG_TENANT(F) F(i64, created_at, 0)
#define MSG_key_item_res(F)						\
	F(str, kid, CAP_KID) F(str, alg, 16) F(str, state, 16)		\
	F(i64, created_at, 0) F(i64, active_at, 0) F(i64, retire_at, 0)
#define MSG_key_res(F)							\
	F(str, kid, CAP_KID) F(str, alg, 16) F(str, retiring, CAP_KID)
#define MSG_audit_item_res(F)	F(str, json, 8192)	/* one object */
#define MSG_audit_text_res(F)	/* NDJSON; the end when after is upto */ \
	F(str, text, 65535) F(i64, after, 0) F(i64, upto, 0)
#define MSG_check_res(F)	F(u8, allowed, 1) F(str, subject, CAP_ID)
#define MSG_client_check_res(F)	/* a 0 or 1 for each permission */	\
	F(str, allowed, 64)
#define MSG_verify_res(F)						\
	F(str, username, CAP_USERNAME) F(str, subject, CAP_ID)		\
	F(str, roles, CAP_ROLES) F(str, tenant, 64)

/* ---- engine to worker ---- */
#define MSG_error_res(F)	/* answers any request */		\
	F(u8, status, 0)	/* enum msg_status */			\
	F(u32, retry_after_s, 0)					\
	F(str, path, 64)	/* offending member, or "" */		\
	F(str, reason, 128)	/* weak_password reason, or text */
#define MSG_done_res(F)		F(u8, unused, 0)
#define MSG_register_res(F)	/* pending: mode `verify`, mail went out */ \
	F(str, user_id, CAP_ID) F(u8, pending, 1)
#define MSG_mfa_ticket_res(F)	F(str, ticket, CAP_TICKET) F(u32, expires_in, 0)
#define MSG_totp_res(F)							\
	F(str, secret, 64) F(str, url, CAP_URL) F(str, svg, 32768)	\
	F(str, png, 16384)	/* base64 */				\
	F(u32, expires_in, 0)
#define MSG_recovery_res(F)	F(str, codes, 512)	/* space between */
#define MSG_tokens_res(F)						\
	F(str, access, CAP_BEARER) F(str, refresh, CAP_REFRESH)		\
	F(u32, expires_in, 0) F(u32, refresh_expires_in, 0)
#define MSG_me_res(F)							\
	F(str, id, CAP_ID) F(str, username, CAP_USERNAME)		\
	F(str, email, CAP_EMAIL) F(u8, email_verified, 1)		\
	F(str, name, CAP_NAME) F(str, role, 64) F(str, roles, CAP_ROLES) \
	F(str, permissions, CAP_PERMISSIONS) F(str, status, 16)		\
	F(u8, locked, 1) F(u8, mfa, 1) F(str, tenant, 64)		\
	F(str, pending_email, CAP_EMAIL)				\
	F(i64, created_at, 0) F(i64, updated_at, 0)			\
	F(i64, last_login_at, 0)	/* 0: null */
#define MSG_session_item_res(F)						\
	F(str, id, CAP_ID) F(u8, current, 1) F(str, client_id, 64)	\
	F(str, ip, CAP_IP) F(str, user_agent, CAP_UA)			\
	F(str, amr, 64) F(i64, created_at, 0)				\
	F(i64, last_used_at, 0) F(i64, expires_at, 0)
#define MSG_list_end_res(F)	F(str, next, CAP_CURSOR)

/* ---- engine and vault ---- */
#define MSG_token_issue_req(F)	/* the vault composes the claims */	\
	F(str, kid, CAP_KID) F(str, sub, CAP_ID)			\
	F(str, client_id, 64) F(str, scope, 1024) F(str, sid, CAP_ID)	\
	F(str, roles, CAP_ROLES) F(i64, auth_time, 0) F(str, acr, 16)	\
	F(str, amr, 64) F(str, tenant, 64) F(i64, epoch, 0)		\
	F(u32, lifetime_s, 86400)					\
	F(u8, refresh, 1)	/* 1: a first refresh token as well */	\
	F(str, audience, CAP_AUDIENCE)	/* beside the issuer */		\
	F(str, jkt, 64)		/* cnf of RFC 9449, "" none */		\
	F(str, actor, CAP_ID)	/* act.sub of RFC 8693, "" none */	\
	/* an ID token as well, signed by id_kid; "" none */		\
	F(str, id_kid, CAP_KID) F(str, nonce, 1024)			\
	F(u32, claims, 7)	/* bits, ID_CLAIM_* */			\
	F(str, name, CAP_NAME) F(str, username, CAP_USERNAME)		\
	F(i64, updated_at, 0)	/* seconds */				\
	F(str, email, CAP_EMAIL) F(u8, email_verified, 1)
#define MSG_token_issue_res(F)						\
	F(u8, status, 0) F(str, access, CAP_BEARER)			\
	F(bin, refresh, 32) F(str, id_token, CAP_BEARER)
/* A logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4). */
#define MSG_logout_sign_req(F)						\
	F(str, kid, CAP_KID) F(str, client_id, CAP_CLIENT)		\
	F(str, sub, CAP_ID) F(str, sid, CAP_ID) F(str, tenant, 64)
#define MSG_logout_sign_res(F)	F(u8, status, 0) F(str, jws, CAP_BEARER)
#define MSG_refresh_derive_req(F)	F(bin, token, 32)
#define MSG_refresh_derive_res(F)	F(bin, successor, 32)

/* Second factors: secrets are clear only in the vault and in the one answer
 * that shows them to their owner. */
#define MSG_totp_make_req(F)						\
	F(str, user_id, CAP_ID) F(str, account, CAP_USERNAME)		\
	F(str, tenant, CAP_TENANT)
#define MSG_totp_make_res(F)						\
	F(u8, status, 0) F(str, sealed, CAP_SEALED) F(str, secret, 64)	\
	F(str, url, CAP_URL) F(str, svg, 32768) F(str, png, 16384)
#define MSG_totp_check_req(F)	/* now: seconds; steps ≤ last_step fail */ \
	F(str, user_id, CAP_ID) F(str, sealed, CAP_SEALED)		\
	F(str, otp, CAP_OTP) F(i64, now, 0) F(i64, last_step, 0)
#define MSG_totp_check_res(F)						\
	F(u8, status, 0) F(u8, match, 1) F(i64, step, 0)
#define MSG_recovery_make_req(F)	F(u8, unused, 0)
#define MSG_recovery_make_res(F)	F(u8, status, 0) F(str, codes, 512)
/* The token of a mailed link is derived from its row's id, so that no row
 * and no outbox holds it. */
#define MSG_link_derive_req(F)	F(u8, purpose, 0) F(str, id, CAP_ID)
#define MSG_link_derive_res(F)	F(u8, status, 0) F(bin, token, 32)
#define MSG_head_sign_req(F)	/* an audit chain's head */		\
	F(str, kid, CAP_KID) F(str, tenant, 64) F(i64, seq, 0)		\
	F(str, hash, 64)
#define MSG_head_sign_res(F)	F(u8, status, 0) F(str, jws, CAP_BEARER)

/* ---- engine and hasher ---- */
#define MSG_pw_hash_req(F)						\
	F(str, user_id, CAP_ID) F(str, password, CAP_PASSWORD * 4)
#define MSG_pw_hash_res(F)	F(u8, status, 0) F(str, record, CAP_RECORD)
#define MSG_pw_verify_req(F)	/* record "": the dummy, never right */	\
	F(str, user_id, CAP_ID) F(str, record, CAP_RECORD)		\
	F(str, password, CAP_PASSWORD * 4)				\
	F(str, raw, CAP_PASSWORD)	/* as sent; "": the same */
#define MSG_pw_verify_res(F)						\
	F(u8, status, 0)						\
	F(u8, match, 1) F(str, record, CAP_RECORD) /* new one, or "" */
/* verify `old`, and hash `password` in the same turn when it matches */
#define MSG_pw_replace_req(F)						\
	F(str, user_id, CAP_ID) F(str, record, CAP_RECORD)		\
	F(str, old, CAP_PASSWORD * 4) F(str, password, CAP_PASSWORD * 4)

/* ---- engine and mailer ---- */
#define MSG_mail_send_req(F)	/* values of a template, not its text */ \
	F(str, id, CAP_ID) F(str, name, 32)	/* mail.h */		\
	F(str, to, 254) F(str, username, CAP_USERNAME)			\
	F(str, link, CAP_URL) F(str, ip, CAP_IP)			\
	F(str, user_agent, CAP_UA) F(i64, time, 0)
/* A logout token is posted; answered by MAIL_SEND_RES. */
#define MSG_logout_send_req(F)						\
	F(str, id, CAP_ID) F(str, url, CAP_URL) F(str, token, CAP_BEARER)
#define MSG_mail_send_res(F)						\
	F(u8, result, 2)	/* enum mail_result */			\
	F(str, reason, 256)

/* A hash of another system: checked, never computed. The record binds it. */
#define MSG_pw_import_req(F)						\
	F(str, user_id, CAP_ID) F(str, hash, CAP_FOREIGN)
#define MSG_pw_import_res(F)						\
	F(u8, status, 0) F(str, record, CAP_RECORD) F(str, reason, 128)

/* ---- control socket ---- */
#define MSG_ctl_status_req(F)	F(u8, unused, 0)
#define MSG_ctl_reload_req(F)	F(u8, unused, 0)
#define MSG_ctl_selftest_req(F)	F(u8, unused, 0)
#define MSG_ctl_migrate_req(F)	F(u8, dry_run, 1)
#define MSG_ctl_password_link_req(F)	/* user: a username, or an id */ \
	F(str, user, CAP_USERNAME) F(str, tenant, CAP_TENANT)
#define MSG_ctl_audit_export_req(F)	/* µs since 1970, 0: none */	\
	F(i64, from, 0) F(i64, to, 0) F(str, tenant, 64)
/* The super admin's place. password_res: a new one, shown once. */
#define MSG_ctl_superadmin_create_req(F)				\
	F(str, username, CAP_USERNAME) F(str, email, CAP_EMAIL)
#define MSG_ctl_superadmin_transfer_req(F)	F(str, user, CAP_USERNAME)
#define MSG_ctl_superadmin_reset_req(F)	F(u8, unused, 0)
#define MSG_ctl_revoke_all_req(F)	F(u8, unused, 0)
#define MSG_ctl_backup_req(F)	F(u8, unused, 0)
#define MSG_ctl_password_res(F)						\
	F(str, username, CAP_USERNAME) F(str, password, 64)
#define MSG_ctl_file_res(F)	F(u64, size, 0)	/* to be read from fd */
/* Of the parent: the file is the descriptor, opened by moatctl. */
#define MSG_ctl_key_export_req(F)	F(str, passphrase, CAP_PASSWORD)
#define MSG_ctl_key_import_req(F)	F(str, passphrase, CAP_PASSWORD)
/* One account that moves here; several may be under way on a connection. */
#define MSG_ctl_user_import_req(F)					\
	F(u8, dry_run, 1) F(str, username, CAP_USERNAME)		\
	F(str, email, CAP_EMAIL) F(u8, email_verified, 1)		\
	F(str, name, CAP_NAME) F(str, roles, CAP_ROLES)			\
	F(str, password_hash, CAP_FOREIGN)	/* "": none */		\
	F(i64, created_at, 0)			/* 0: now */		\
	F(str, tenant, CAP_TENANT)
#define MSG_ctl_user_import_res(F)					\
	F(u8, status, 0) F(str, path, 64) F(str, reason, 128)
#define CTL_IMPORT_WINDOW	64	/* unanswered at a time */
#define MSG_ctl_done_res(F)	/* code: moatctl's exit code */		\
	F(u8, code, 0) F(str, text, CAP_LINE)
#define MSG_ctl_proc_item_res(F)					\
	F(u8, role, 0) F(u32, index, 0) F(u32, pid, 0) F(u8, state, 0)	\
	F(u32, restarts, 0) F(u64, uptime_s, 0) F(u64, rss_bytes, 0)	\
	F(u32, queue, 0) F(u32, mechanisms, 0)
#define MSG_ctl_health_res(F)						\
	F(u8, ready, 1) F(u8, database, 1) F(str, version, 64)		\
	F(str, listen, CAP_LINE) F(u32, generation, 0)
#define MSG_ctl_test_item_res(F)					\
	F(u8, role, 0) F(str, act, 64) F(str, outcome, 128)		\
	F(u8, breach, 1)
#define MSG_ctl_text_res(F)	F(str, text, 65535)

#define MSG_TABLE(M)							\
/* parent to child */							\
M(CONF_COMMON, conf_common, 2, R_P, R_CHILD, PH_SETUP, 0, MSG_STD, 0)	\
M(CONF_WORKER, conf_worker, 4, R_P, R_W, PH_SETUP, 0, MSG_STD, 0)	\
M(CONF_TRUST, conf_trust, 6, R_P, R_W, PH_SETUP, 0, MSG_STD, 0)		\
M(CONF_CORS, conf_cors, 8, R_P, R_W, PH_SETUP, 0, MSG_STD, 0)		\
M(CONF_ENGINE, conf_engine, 10, R_P, R_E, PH_SETUP, 0, MSG_STD, 0)	\
M(CONF_VAULT, conf_vault, 12, R_P, R_V, PH_SETUP, 0, MSG_STD, 0)	\
M(CONF_HASHER, conf_hasher, 14, R_P, R_H, PH_SETUP, 0, MSG_STD, 0)	\
M(LISTENER_SET, listener_set, 16, R_P, R_W, PH_SETUP, 0, MSG_STD, 1)	\
M(PEER_SET, peer_set, 18, R_P, R_CHILD, PH_ANY, 0, MSG_STD, 1)		\
M(PEER_GONE, peer_gone, 20, R_P, R_E, PH_RUN, 0, MSG_STD, 0)		\
M(SHM_SET, shm_set, 22, R_P, R_CHILD, PH_SETUP, 0, MSG_STD, 1)		\
M(SECRET_SET, secret_set, 24, R_P, R_V | R_H | R_E | R_M, PH_SETUP, 0,	\
    16384, 0)								\
M(SIGNKEY_SET, signkey_set, 26, R_P, R_V, PH_ANY, 0, 20480, 0)		\
M(PUBKEY_SET, pubkey_set, 28, R_P, R_W | R_E, PH_ANY, 0, MSG_STD, 0)	\
M(FINGERPRINT_SET, fingerprint_set, 30, R_P, R_E, PH_SETUP, 0, MSG_STD, 0) \
M(START, start, 32, R_P, R_CHILD, PH_SETUP, 0, MSG_STD, 0)		\
M(STOP, stop, 34, R_P, R_CHILD, PH_ANY, 0, MSG_STD, 0)			\
M(CONF_MAILER, conf_mailer, 44, R_P, R_M, PH_SETUP, 0, MSG_STD, 0)	\
M(TEMPLATE_SET, template_set, 46, R_P, R_M, PH_SETUP, 0, 36864, 0)	\
M(SIGNKEY_DROP, signkey_drop, 48, R_P, R_V, PH_ANY, 0, MSG_STD, 0)	\
M(PUBKEY_DROP, pubkey_drop, 50, R_P, R_W | R_E, PH_ANY, 0, MSG_STD, 0)	\
M(VAULT_JOB_SET, vault_job_set, 52, R_P, R_V, PH_SETUP, 0, MSG_STD, 0)	\
M(BUNDLE_SET, bundle_set, 54, R_P, R_V, PH_SETUP, 0, MSG_BIG, 0)	\
M(CTL_PASS, ctl_pass, 36, R_P, R_E, PH_RUN, 0, MSG_STD, 1)		\
/* child to parent */							\
M(READY, ready, 33, R_CHILD, R_P, PH_SETUP, 0, MSG_STD, 0)		\
M(FAIL, fail, 35, R_CHILD, R_P, PH_ANY, 0, MSG_STD, 0)			\
M(KEY_MADE, key_made, 37, R_V, R_P, PH_SETUP, 0, 20480, 0)		\
M(SECRET_MADE, secret_made, 39, R_V, R_P, PH_SETUP, 0, MSG_STD, 0)	\
M(PUBKEY_MADE, pubkey_made, 41, R_V, R_P, PH_ANY, 0, MSG_STD, 0)	\
M(BUNDLE_MADE, bundle_made, 49, R_V, R_P, PH_SETUP, 0, MSG_BIG, 0)	\
M(FINGERPRINT_MADE, fingerprint_made, 43, R_V | R_H, R_P, PH_SETUP, 0,	\
    MSG_STD, 0)								\
M(PEER_BAD, peer_bad, 45, R_E, R_P, PH_RUN, 0, MSG_STD, 0)		\
M(DB_STATE, db_state, 47, R_E, R_P, PH_RUN, 0, MSG_STD, 0)		\
M(KEY_WANT, key_want, 51, R_E, R_P, PH_RUN, 0, MSG_STD, 0)		\
M(KEY_DROP, key_drop, 53, R_E, R_P, PH_RUN, 0, MSG_STD, 0)		\
/* parent and engine */							\
M(SUPERADMIN_CREATE_REQ, superadmin_create_req, 60, R_P, R_E, PH_RUN, 0, \
    8192, 0)								\
M(SUPERADMIN_CREATE_RES, superadmin_create_res, 61, R_E, R_P, PH_RUN, 0, \
    MSG_STD, 0)								\
/* worker and engine */							\
M(BEARER_CHECK_REQ, bearer_check_req, 100, R_W, R_E, PH_RUN, 0, 8192, 0) \
M(REGISTER_REQ, register_req, 102, R_W, R_E, PH_RUN, SERVE_PUBLIC, 8192, 0) \
M(LOGIN_REQ, login_req, 104, R_W, R_E, PH_RUN, SERVE_PUBLIC, MSG_STD, 0) \
M(REFRESH_REQ, refresh_req, 106, R_W, R_E, PH_RUN, SERVE_PUBLIC, MSG_STD, 0) \
M(LOGOUT_REQ, logout_req, 108, R_W, R_E, PH_RUN, SERVE_PUBLIC, 8192, 0)	\
M(ME_GET_REQ, me_get_req, 110, R_W, R_E, PH_RUN, SERVE_PUBLIC, 8192, 0)	\
M(ME_PATCH_REQ, me_patch_req, 112, R_W, R_E, PH_RUN, SERVE_PUBLIC, 16384, 0) \
M(SESSIONS_LIST_REQ, sessions_list_req, 114, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, 8192, 0)						\
M(SESSION_END_REQ, session_end_req, 116, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, 8192, 0)						\
M(PASSWORD_CHANGE_REQ, password_change_req, 118, R_W, R_E, PH_RUN,	\
    SERVE_PUBLIC, 8192, 0)						\
M(MFA_LOGIN_REQ, mfa_login_req, 120, R_W, R_E, PH_RUN, SERVE_PUBLIC,	\
    MSG_STD, 0)								\
M(STEP_UP_REQ, step_up_req, 122, R_W, R_E, PH_RUN, SERVE_PUBLIC, 8192, 0) \
M(TOTP_SETUP_REQ, totp_setup_req, 124, R_W, R_E, PH_RUN, SERVE_PUBLIC,	\
    8192, 0)								\
M(TOTP_VERIFY_REQ, totp_verify_req, 126, R_W, R_E, PH_RUN, SERVE_PUBLIC, \
    8192, 0)								\
M(TOTP_DISABLE_REQ, totp_disable_req, 128, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, 8192, 0)						\
M(RECOVERY_NEW_REQ, recovery_new_req, 130, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, 8192, 0)						\
M(EMAIL_VERIFY_REQ, email_verify_req, 132, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, MSG_STD, 0)						\
M(EMAIL_RESEND_REQ, email_resend_req, 134, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, 8192, 0)						\
M(PASSWORD_REQUEST_REQ, password_request_req, 136, R_W, R_E, PH_RUN,	\
    SERVE_PUBLIC, 8192, 0)						\
M(PASSWORD_RESET_REQ, password_reset_req, 138, R_W, R_E, PH_RUN,	\
    SERVE_PUBLIC, MSG_STD, 0)						\
M(ME_DELETE_REQ, me_delete_req, 140, R_W, R_E, PH_RUN, SERVE_PUBLIC,	\
    8192, 0)								\
M(TENANT_CHECK_REQ, tenant_check_req, 142, R_W, R_E, PH_RUN, 0, MSG_STD, 0) \
M(MFA_TICKET_RES, mfa_ticket_res, 121, R_E, R_W, PH_RUN, 0, MSG_STD, 0)	\
M(TOTP_RES, totp_res, 125, R_E, R_W, PH_RUN, 0, MSG_BIG, 0)		\
M(RECOVERY_RES, recovery_res, 127, R_E, R_W, PH_RUN, 0, MSG_STD, 0)	\
M(ERROR_RES, error_res, 101, R_E, R_W | R_C, PH_ANY, 0, MSG_STD, 0)		\
M(REGISTER_RES, register_res, 103, R_E, R_W, PH_RUN, 0, MSG_STD, 0)	\
M(TOKENS_RES, tokens_res, 105, R_E, R_W, PH_RUN, 0, 8192, 0)		\
M(DONE_RES, done_res, 107, R_E, R_W | R_C, PH_ANY, 0, MSG_STD, 0)		\
M(ME_RES, me_res, 111, R_E, R_W, PH_RUN, 0, 36864, 0)			\
M(SESSION_ITEM_RES, session_item_res, 115, R_E, R_W, PH_RUN, 0, MSG_STD, 0) \
M(LIST_END_RES, list_end_res, 117, R_E, R_W | R_C, PH_ANY, 0, MSG_STD, 0)	\
/* engine and vault */							\
M(TOKEN_ISSUE_REQ, token_issue_req, 200, R_E, R_V, PH_RUN, 0, 32768, 0)	\
M(TOKEN_ISSUE_RES, token_issue_res, 201, R_V, R_E, PH_RUN, 0, 12288, 0)	\
M(REFRESH_DERIVE_REQ, refresh_derive_req, 202, R_E, R_V, PH_RUN, 0,	\
    MSG_STD, 0)								\
M(REFRESH_DERIVE_RES, refresh_derive_res, 203, R_V, R_E, PH_RUN, 0,	\
    MSG_STD, 0)								\
M(TOTP_MAKE_REQ, totp_make_req, 204, R_E, R_V, PH_RUN, 0, MSG_STD, 0)	\
M(TOTP_MAKE_RES, totp_make_res, 205, R_V, R_E, PH_RUN, 0, MSG_BIG, 0)	\
M(TOTP_CHECK_REQ, totp_check_req, 206, R_E, R_V, PH_RUN, 0, MSG_STD, 0)	\
M(TOTP_CHECK_RES, totp_check_res, 207, R_V, R_E, PH_RUN, 0, MSG_STD, 0)	\
M(RECOVERY_MAKE_REQ, recovery_make_req, 208, R_E, R_V, PH_RUN, 0,	\
    MSG_STD, 0)								\
M(RECOVERY_MAKE_RES, recovery_make_res, 209, R_V, R_E, PH_RUN, 0,	\
    MSG_STD, 0)								\
M(LINK_DERIVE_REQ, link_derive_req, 210, R_E, R_V, PH_RUN, 0, MSG_STD, 0) \
M(LINK_DERIVE_RES, link_derive_res, 211, R_V, R_E, PH_RUN, 0, MSG_STD, 0) \
M(HEAD_SIGN_REQ, head_sign_req, 212, R_E, R_V, PH_RUN, 0, MSG_STD, 0)	\
M(HEAD_SIGN_RES, head_sign_res, 213, R_V, R_E, PH_RUN, 0, 8192, 0)	\
M(LOGOUT_SIGN_REQ, logout_sign_req, 214, R_E, R_V, PH_RUN, 0, MSG_STD, 0) \
M(LOGOUT_SIGN_RES, logout_sign_res, 215, R_V, R_E, PH_RUN, 0, 8192, 0)	\
/* engine and hasher */							\
M(PW_HASH_REQ, pw_hash_req, 220, R_E, R_H, PH_RUN, 0, 8192, 0)		\
M(PW_HASH_RES, pw_hash_res, 221, R_H, R_E, PH_RUN, 0, MSG_STD, 0)	\
M(PW_VERIFY_REQ, pw_verify_req, 222, R_E, R_H, PH_RUN, 0, 8192, 0)	\
M(PW_VERIFY_RES, pw_verify_res, 223, R_H, R_E, PH_RUN, 0, MSG_STD, 0)	\
M(PW_REPLACE_REQ, pw_replace_req, 224, R_E, R_H, PH_RUN, 0, 16384, 0)	\
/* engine and mailer */							\
M(MAIL_SEND_REQ, mail_send_req, 240, R_E, R_M, PH_RUN, 0, MSG_STD, 0)	\
M(LOGOUT_SEND_REQ, logout_send_req, 242, R_E, R_M, PH_RUN, 0, 8192, 0)	\
M(MAIL_SEND_RES, mail_send_res, 241, R_M, R_E, PH_RUN, 0, MSG_STD, 0)	\
M(PW_IMPORT_REQ, pw_import_req, 226, R_E, R_H, PH_RUN, 0, MSG_STD, 0)	\
M(PW_IMPORT_RES, pw_import_res, 227, R_H, R_E, PH_RUN, 0, MSG_STD, 0)	\
/* administration: from a worker or moatctl */				\
M(USERS_LIST_REQ, users_list_req, 500, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(USER_GET_REQ, user_get_req, 502, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(USER_CREATE_REQ, user_create_req, 504, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 20480, 0)						\
M(USER_PATCH_REQ, user_patch_req, 506, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 20480, 0)						\
M(USER_ROLE_REQ, user_role_req, 508, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(USER_DELETE_REQ, user_delete_req, 510, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(USER_ACT_REQ, user_act_req, 512, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(PERMISSIONS_LIST_REQ, permissions_list_req, 520, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(ROLES_LIST_REQ, roles_list_req, 522, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(ROLE_GET_REQ, role_get_req, 524, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(ROLE_CREATE_REQ, role_create_req, 526, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 24576, 0)						\
M(ROLE_PATCH_REQ, role_patch_req, 528, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 24576, 0)						\
M(ROLE_DELETE_REQ, role_delete_req, 530, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(CLIENTS_LIST_REQ, clients_list_req, 540, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(CLIENT_GET_REQ, client_get_req, 542, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(CLIENT_CREATE_REQ, client_create_req, 544, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, MSG_BIG, 0)						\
M(CLIENT_PATCH_REQ, client_patch_req, 546, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, MSG_BIG, 0)						\
M(CLIENT_DELETE_REQ, client_delete_req, 548, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(CLIENT_SECRET_REQ, client_secret_req, 550, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(TENANTS_LIST_REQ, tenants_list_req, 560, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(TENANT_GET_REQ, tenant_get_req, 562, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(TENANT_CREATE_REQ, tenant_create_req, 564, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(TENANT_PATCH_REQ, tenant_patch_req, 566, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(TENANT_DELETE_REQ, tenant_delete_req, 568, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(KEYS_LIST_REQ, keys_list_req, 570, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(KEY_ROTATE_REQ, key_rotate_req, 572, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(KEY_RETIRE_REQ, key_retire_req, 574, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(AUDIT_LIST_REQ, audit_list_req, 580, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(AUDIT_EXPORT_REQ, audit_export_req, 582, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(USER_ITEM_RES, user_item_res, 501, R_E, R_W | R_C, PH_ANY, 0,	\
    12288, 0)							\
M(USER_RES, user_res, 503, R_E, R_W | R_C, PH_ANY, 0,	\
    12288, 0)							\
M(PERMISSION_ITEM_RES, permission_item_res, 521, R_E, R_W | R_C, PH_ANY, 0,	\
    MSG_STD, 0)							\
M(ROLE_ITEM_RES, role_item_res, 523, R_E, R_W | R_C, PH_ANY, 0,	\
    20480, 0)							\
M(ROLE_RES, role_res, 525, R_E, R_W | R_C, PH_ANY, 0,	\
    20480, 0)							\
M(CLIENT_ITEM_RES, client_item_res, 541, R_E, R_W | R_C, PH_ANY, 0,	\
    MSG_BIG, 0)							\
M(CLIENT_RES, client_res, 543, R_E, R_W | R_C, PH_ANY, 0,	\
    MSG_BIG, 0)							\
M(CLIENT_SECRET_RES, client_secret_res, 551, R_E, R_W | R_C, PH_ANY, 0,	\
    MSG_STD, 0)							\
M(TENANT_ITEM_RES, tenant_item_res, 561, R_E, R_W | R_C, PH_ANY, 0,	\
    MSG_STD, 0)							\
M(TENANT_RES, tenant_res, 563, R_E, R_W | R_C, PH_ANY, 0,	\
    MSG_STD, 0)							\
M(KEY_ITEM_RES, key_item_res, 571, R_E, R_W | R_C, PH_ANY, 0,	\
    MSG_STD, 0)							\
M(KEY_RES, key_res, 573, R_E, R_W | R_C, PH_ANY, 0,	\
    MSG_STD, 0)							\
M(AUDIT_ITEM_RES, audit_item_res, 581, R_E, R_W | R_C, PH_ANY, 0,	\
    12288, 0)							\
M(AUDIT_TEXT_RES, audit_text_res, 583, R_E, R_W | R_C, PH_ANY, 0,	\
    MSG_BIG, 0)							\
/* OAuth 2 and OpenID Connect, and pages */				\
M(AUTHORIZE_REQ, authorize_req, 600, R_W, R_E, PH_RUN, SERVE_PUBLIC,	\
    16384, 0)								\
M(CONSENT_GET_REQ, consent_get_req, 602, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, MSG_STD, 0)						\
M(CONSENT_REQ, consent_req, 604, R_W, R_E, PH_RUN, SERVE_PUBLIC, MSG_STD, 0) \
M(TOKEN_REQ, token_req, 606, R_W, R_E, PH_RUN, SERVE_PUBLIC, 32768, 0)	\
M(INTROSPECT_REQ, introspect_req, 608, R_W, R_E, PH_RUN, SERVE_PUBLIC,	\
    16384, 0)								\
M(TOKEN_REVOKE_REQ, token_revoke_req, 610, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, 16384, 0)						\
M(USERINFO_REQ, userinfo_req, 612, R_W, R_E, PH_RUN, SERVE_PUBLIC, 16384, 0) \
M(END_SESSION_REQ, end_session_req, 614, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, 12288, 0)						\
M(PAR_REQ, par_req, 616, R_W, R_E, PH_RUN, SERVE_PUBLIC, 32768, 0)	\
M(DEVICE_CODE_REQ, device_code_req, 618, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, 12288, 0)						\
M(DEVICE_GET_REQ, device_get_req, 620, R_W, R_E, PH_RUN, SERVE_PUBLIC,	\
    MSG_STD, 0)								\
M(DEVICE_DECIDE_REQ, device_decide_req, 622, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, MSG_STD, 0)						\
M(CLIENT_REGISTER_REQ, client_register_req, 624, R_W, R_E, PH_RUN,	\
    SERVE_PUBLIC, MSG_BIG, 0)						\
M(CLIENT_SELF_REQ, client_self_req, 626, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, MSG_BIG, 0)						\
M(GRANTS_LIST_REQ, grants_list_req, 630, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, 8192, 0)						\
M(GRANT_DELETE_REQ, grant_delete_req, 632, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, 8192, 0)						\
M(LOOK_GET_REQ, look_get_req, 640, R_W | R_C, R_E, PH_ANY, SERVE_PUBLIC, \
    MSG_STD, 0)								\
M(AUTHORIZE_RES, authorize_res, 601, R_E, R_W, PH_RUN, 0, 8192, 0)	\
M(CONSENT_RES, consent_res, 603, R_E, R_W, PH_RUN, 0, 24576, 0)		\
M(TOKEN_RES, token_res, 607, R_E, R_W, PH_RUN, 0, 16384, 0)		\
M(INTROSPECT_RES, introspect_res, 609, R_E, R_W, PH_RUN, 0, 16384, 0)	\
M(USERINFO_RES, userinfo_res, 613, R_E, R_W, PH_RUN, 0, 16384, 0)	\
M(END_SESSION_RES, end_session_res, 615, R_E, R_W, PH_RUN, 0, 8192, 0)	\
M(PAR_RES, par_res, 617, R_E, R_W, PH_RUN, 0, MSG_STD, 0)		\
M(DEVICE_CODE_RES, device_code_res, 619, R_E, R_W, PH_RUN, 0, MSG_STD, 0) \
M(CLIENT_REGISTER_RES, client_register_res, 625, R_E, R_W, PH_RUN, 0,	\
    MSG_BIG, 0)								\
M(GRANT_ITEM_RES, grant_item_res, 631, R_E, R_W, PH_RUN, 0, MSG_STD, 0)	\
M(LOOK_RES, look_res, 641, R_E, R_W | R_C, PH_ANY, 0, 36864, 0)		\
M(BROWSER_RES, browser_res, 161, R_E, R_W, PH_RUN, 0, MSG_STD, 0)	\
M(SCOPES_LIST_REQ, scopes_list_req, 584, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(SCOPE_SET_REQ, scope_set_req, 586, R_W | R_C, R_E, PH_ANY,		\
    SERVE_ADMIN, 8192, 0)						\
M(SCOPE_DELETE_REQ, scope_delete_req, 588, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(REGISTER_TOKEN_REQ, register_token_req, 590, R_W | R_C, R_E, PH_ANY,	\
    SERVE_ADMIN, 8192, 0)						\
M(LOOK_SET_REQ, look_set_req, 592, R_W | R_C, R_E, PH_ANY, SERVE_ADMIN,	\
    45056, 0)								\
M(SCOPE_ITEM_RES, scope_item_res, 585, R_E, R_W | R_C, PH_ANY, 0,	\
    MSG_STD, 0)								\
M(SCOPE_RES, scope_res, 587, R_E, R_W | R_C, PH_ANY, 0,	\
    MSG_STD, 0)								\
M(REGISTER_TOKEN_RES, register_token_res, 591, R_E, R_W | R_C, PH_ANY,	\
    0, MSG_STD, 0)							\
/* decisions */								\
M(CHECK_REQ, check_req, 150, R_W, R_E, PH_RUN, SERVE_PUBLIC, 8192, 0)	\
M(CHECK_RES, check_res, 151, R_E, R_W, PH_RUN, 0, MSG_STD, 0)		\
M(CLIENT_CHECK_REQ, client_check_req, 152, R_W, R_E, PH_RUN,		\
    SERVE_PUBLIC, 16384, 0)						\
M(CLIENT_CHECK_RES, client_check_res, 153, R_E, R_W, PH_RUN, 0, MSG_STD, 0) \
M(VERIFY_REQ, verify_req, 154, R_W, R_E, PH_RUN, SERVE_PUBLIC, 8192, 0)	\
M(VERIFY_RES, verify_res, 155, R_E, R_W, PH_RUN, 0, 8192, 0)		\
/* moatctl and parent or engine */					\
M(CTL_STATUS_REQ, ctl_status_req, 300, R_C, R_P, PH_ANY, 0, MSG_STD, 0)	\
M(CTL_RELOAD_REQ, ctl_reload_req, 302, R_C, R_P, PH_ANY, 0, MSG_STD, 0)	\
M(CTL_SELFTEST_REQ, ctl_selftest_req, 304, R_C, R_P, PH_ANY, 0, MSG_STD, 0) \
M(CTL_KEY_EXPORT_REQ, ctl_key_export_req, 310, R_C, R_P, PH_ANY, 0,	\
    MSG_STD, 1)								\
M(CTL_KEY_IMPORT_REQ, ctl_key_import_req, 312, R_C, R_P, PH_ANY, 0,	\
    MSG_STD, 1)								\
M(CTL_MIGRATE_REQ, ctl_migrate_req, 400, R_C, R_E, PH_ANY, 0, MSG_STD, 0) \
M(CTL_USER_IMPORT_REQ, ctl_user_import_req, 404, R_C, R_E, PH_ANY, 0,	\
    16384, 0)								\
M(CTL_USER_IMPORT_RES, ctl_user_import_res, 405, R_E, R_C, PH_ANY, 0,	\
    MSG_STD, 0)								\
M(CTL_PASSWORD_LINK_REQ, ctl_password_link_req, 402, R_C, R_E, PH_ANY, 0, \
    MSG_STD, 0)								\
M(CTL_AUDIT_EXPORT_REQ, ctl_audit_export_req, 406, R_C, R_E, PH_ANY, 0,	\
    MSG_STD, 0)								\
M(CTL_SUPERADMIN_CREATE_REQ, ctl_superadmin_create_req, 410, R_C, R_E,	\
    PH_ANY, 0, 8192, 0)							\
M(CTL_SUPERADMIN_TRANSFER_REQ, ctl_superadmin_transfer_req, 412, R_C, R_E, \
    PH_ANY, 0, MSG_STD, 0)						\
M(CTL_SUPERADMIN_RESET_REQ, ctl_superadmin_reset_req, 414, R_C, R_E,	\
    PH_ANY, 0, MSG_STD, 0)						\
M(CTL_REVOKE_ALL_REQ, ctl_revoke_all_req, 416, R_C, R_E, PH_ANY, 0,	\
    MSG_STD, 0)								\
M(CTL_BACKUP_REQ, ctl_backup_req, 418, R_C, R_E, PH_ANY, 0, MSG_STD, 0)	\
M(CTL_PASSWORD_RES, ctl_password_res, 411, R_E, R_C, PH_ANY, 0, MSG_STD, 0) \
M(CTL_FILE_RES, ctl_file_res, 419, R_E, R_C, PH_ANY, 0, MSG_STD, 1)	\
M(CTL_DONE_RES, ctl_done_res, 301, R_P | R_E, R_C, PH_ANY, 0, MSG_STD, 0) \
M(CTL_PROC_ITEM_RES, ctl_proc_item_res, 303, R_P, R_C, PH_ANY, 0,	\
    MSG_STD, 0)								\
M(CTL_HEALTH_RES, ctl_health_res, 305, R_P, R_C, PH_ANY, 0, MSG_STD, 0)	\
M(CTL_TEST_ITEM_RES, ctl_test_item_res, 307, R_P, R_C, PH_ANY, 0,	\
    MSG_STD, 0)								\
M(CTL_TEXT_RES, ctl_text_res, 309, R_P | R_E, R_C, PH_ANY, 0, MSG_BIG, 0)

/* From CTL_ENGINE_FIRST on, control requests are for the engine. */
#define CTL_ENGINE_FIRST	400

/* flags of CONF_COMMON */
#define CONF_F_DROP	UINT32_C(0x01)	/* give up root: uid, gid, chroot */
#define CONF_F_OPTIONAL	UINT32_C(0x02)	/* `sandbox optional` */
#define CONF_F_VERBOSE	UINT32_C(0x04)	/* debug lines */
#define CONF_F_SELFTEST	UINT32_C(0x08)	/* try act `selftest`, then exit */
#define CONF_F_DB_KNOWN	UINT32_C(0x10)	/* the database was up before */

/* Before the value of a session cookie, in the place of an access token: no
 * token has a colon (RFC 6750 section 2.1). */
#define WALL_COOKIE	"K:"

enum client_auth { CLIENT_AUTH_NONE, CLIENT_AUTH_BASIC, CLIENT_AUTH_POST,
    CLIENT_AUTH_JWT, CLIENT_AUTH__MAX };
/* What a worker is to do next. PAGE: 400, nothing may be redirected; ERROR:
 * error and description to redirect_uri; LOGIN, SETUP, STEP_UP: log in, set a
 * second factor up, show it, and ask again with `since` (0: without); CONSENT:
 * ask the user, by `nonce`. */
enum authorize_kind { AUTHORIZE_PAGE, AUTHORIZE_ERROR, AUTHORIZE_CODE,
    AUTHORIZE_LOGIN, AUTHORIZE_SETUP, AUTHORIZE_STEP_UP, AUTHORIZE_CONSENT,
    AUTHORIZE__MAX };
/* DONE: logged out; REDIRECT: and on to uri; CONFIRM: ask first; BAD: 400,
 * the URI is not registered or the hint is not ours. */
enum end_session { END_SESSION_DONE, END_SESSION_REDIRECT,
    END_SESSION_CONFIRM, END_SESSION_BAD, END_SESSION__MAX };
enum client_self { CLIENT_SELF_READ, CLIENT_SELF_UPDATE, CLIENT_SELF_DELETE,
    CLIENT_SELF__MAX };
enum look { LOOK_THEME, LOOK_LOGO, LOOK_TEXTS, LOOK__MAX };

/* Bits of TOKEN_ISSUE_REQ's claims: what the scopes ask for. */
#define ID_CLAIM_PROFILE	1
#define ID_CLAIM_EMAIL		2
#define ID_CLAIM_ROLES		4

enum secret_kind { SECRET_PEPPER = 1, SECRET_SEAL, SECRET_DSN, SECRET_SMTP };
/* FIRST: pepper, seal and a key; KEYS: so many keys; SEAL: what it is given,
 * into a bundle; OPEN: a bundle, into what it holds. */
enum vault_job { JOB_FIRST, JOB_KEYS, JOB_SEAL, JOB_OPEN };
enum registration { REGISTRATION_OPEN, REGISTRATION_VERIFY,
    REGISTRATION_CLOSED };
/* LINK_DPOP: nonces of proofs; its id is the number of a slot of time. */
/* Where logout tokens may be sent: no server; public ones by https; these, and
 * this host by http; all, and this host by http. */
enum backchannel { BACKCHANNEL_NO, BACKCHANNEL_PUBLIC, BACKCHANNEL_LOOPBACK,
    BACKCHANNEL_PRIVATE };
enum link_purpose { LINK_VERIFY = 1, LINK_RESET, LINK_DPOP };
/* RETRY: later may be better. REFUSED: the server wants none of it. */
enum mail_result { MAIL_SENT, MAIL_RETRY, MAIL_REFUSED };
/* What is done to a user, API.md section 6: POST /admin/users/{id}/X. */
enum user_act { USER_DISABLE, USER_ENABLE, USER_UNLOCK, USER_RESET_MFA,
    USER_SEND_RESET, USER_REVOKE_SESSIONS, USER_ACT__MAX };
/* The bits of `has`, in the order of MSG_CLIENT. */
enum client_member { CLIENT_HAS_ID = 1 << 0, CLIENT_HAS_NAME = 1 << 1,
    CLIENT_HAS_REDIRECTS = 1 << 2, CLIENT_HAS_LOGOUTS = 1 << 3,
    CLIENT_HAS_GRANTS = 1 << 4, CLIENT_HAS_METHOD = 1 << 5,
    CLIENT_HAS_JWKS = 1 << 6, CLIENT_HAS_SCOPE = 1 << 7,
    CLIENT_HAS_AUDIENCE = 1 << 8, CLIENT_HAS_ROLES = 1 << 9,
    CLIENT_HAS_PERMISSIONS = 1 << 10, CLIENT_HAS_ACCESS_S = 1 << 11,
    CLIENT_HAS_REFRESH_S = 1 << 12, CLIENT_HAS_ID_ALG = 1 << 13,
    CLIENT_HAS_ACCESS_ALG = 1 << 14, CLIENT_HAS_SKIP_CONSENT = 1 << 15,
    CLIENT_HAS_DISABLED = 1 << 16, CLIENT_HAS_BACKCHANNEL = 1 << 17,
    CLIENT_HAS_PAR = 1 << 18, CLIENT_HAS_DPOP = 1 << 19,
    /* a registration that is none: refused once its token was found good */
    CLIENT_HAS_BAD = 1 << 30 };
enum tenant_member { TENANT_HAS_NAME = 1, TENANT_HAS_STATE = 2,
    TENANT_HAS_REGISTRATION = 4, TENANT_HAS_REQUIRE_MFA = 8,
    TENANT_HAS_PASSWORD_MIN = 16 };
enum key_alg { ALG_NONE, ALG_ES256, ALG_EDDSA, ALG_RS256 };

/* How an operation ended; src/api has the table to HTTP codes. */
enum msg_status {
	ST_OK,
	ST_BUSY,		/* 503, a limit or a full queue */
	ST_UNAVAILABLE,		/* 503, a dependency is down */
	ST_INTERNAL,		/* 500 */
	ST_INVALID_REQUEST,	/* 400, path says where */
	ST_WEAK_PASSWORD,	/* 400, reason says why */
	ST_UNAUTHORIZED,	/* 401, no token */
	ST_INVALID_TOKEN,	/* 401 */
	ST_INVALID_CREDENTIALS,	/* 401 */
	ST_FORBIDDEN,		/* 403 */
	ST_INSUFFICIENT_SCOPE,	/* 403 */
	ST_REGISTRATION_CLOSED,	/* 403 */
	ST_NOT_FOUND,		/* 404 */
	ST_USERNAME_TAKEN,	/* 409 */
	ST_RATE_LIMITED,	/* 429 */
	ST_MAIL_UNAVAILABLE,	/* 503 */
	ST_INVALID_LINK,	/* 400 invalid_token, of a mailed link */
	ST_MFA_REQUIRED,	/* 401, without a ticket */
	ST_INVALID_OTP,		/* 401 */
	ST_MFA_MANDATORY,	/* 403 */
	ST_MFA_SETUP_REQUIRED,	/* 403 */
	ST_SUPERADMIN_PROTECTED,	/* 403 */
	ST_EMAIL_TAKEN,		/* 409 */
	ST_MFA_ACTIVE,		/* 409 */
	ST_MFA_NOT_PENDING,	/* 409 */
	ST_MFA_NOT_ACTIVE,	/* 409 */
	ST_STEP_UP_REQUIRED,	/* 403 */
	ST_BUILTIN_ROLE,	/* 403 */
	ST_BUILTIN_TENANT,	/* 403 */
	ST_ROLE_TAKEN,		/* 409 */
	ST_CLIENT_TAKEN,	/* 409 */
	ST_PUBLIC_CLIENT,	/* 409 */
	ST_TENANT_TAKEN,	/* 409 */
	ST_TENANT_ACTIVE,	/* 409 */
	ST_KEY_ACTIVE,		/* 409 */
	ST_PRECONDITION_FAILED,	/* 412 */
	ST_INVALID_CLIENT,	/* 401, of a client's own authentication */
	/* OAuth's, 400 (RFC 6749 5.2, 8628 3.5, 8693 2.2.2, 9449, 7591) */
	ST_INVALID_GRANT,
	ST_UNAUTHORIZED_CLIENT,
	ST_UNSUPPORTED_GRANT_TYPE,
	ST_INVALID_SCOPE,
	ST_AUTHORIZATION_PENDING,
	ST_SLOW_DOWN,
	ST_ACCESS_DENIED,
	ST_EXPIRED_TOKEN,
	ST_INVALID_TARGET,
	ST_INVALID_DPOP_PROOF,
	ST_USE_DPOP_NONCE,	/* reason: the nonce */
	ST_INVALID_CLIENT_METADATA,
	ST_INVALID_REDIRECT_URI,
	ST_UNSUPPORTED_RESPONSE_TYPE,	/* RFC 9126 */
	ST_REQUEST_NOT_SUPPORTED,
	ST__MAX
};

/* ---- what the table makes ---- */
#define MSG_T_u8	uint8_t
#define MSG_T_u32	uint32_t
#define MSG_T_u64	uint64_t
#define MSG_T_i64	int64_t
#define MSG_T_str	const char *
#define MSG_T_bin	struct wire_bin
#define MSG_FIELD_DECL(kind, member, maximum)	MSG_T_##kind member;

#define MSG_ENUM(N, n, num, from, to, ph, cl, max, fd)	IMSG_##N = num,
#define MSG_STRUCT(N, n, num, from, to, ph, cl, max, fd)		\
	struct msg_##n { MSG_##n(MSG_FIELD_DECL) };
#define MSG_UNION(N, n, num, from, to, ph, cl, max, fd)			\
	struct msg_##n n;

enum msg_type { MSG_TABLE(MSG_ENUM) IMSG__LAST };
/* PW_REPLACE_REQ is answered by PW_VERIFY_RES. */
MSG_TABLE(MSG_STRUCT)
union msg { MSG_TABLE(MSG_UNION) };

enum msg_kind { MSG_K_u8, MSG_K_u32, MSG_K_u64, MSG_K_i64, MSG_K_str,
    MSG_K_bin };

struct msg_field {
	const char	*name;
	enum msg_kind	 kind;
	size_t		 off;		/* offsetof in the struct */
	uint64_t	 max;
};

struct msg_row {
	const char	*name;		/* "LOGIN_REQ" */
	uint16_t	 type;
	uint32_t	 from, to;
	enum msg_phase	 phase;
	uint32_t	 class;
	uint32_t	 max;		/* body */
	int		 fd;
	const struct msg_field *fields;
	size_t		 nfields;
};

/* NULL when there is no such message. O(1). */
const struct msg_row *msg_row(uint16_t type);
/* All rows, for tests: returns their number. */
size_t	msg_rows(const struct msg_row **);
/*
 * A copy of a message with all its texts, in one piece of memory: for who has
 * to wait before he answers. NULL: no memory. msg_copy_free() wipes it and is
 * NULL-safe.
 */
union msg *msg_copy(const struct msg_row *, const union msg *);
void	msg_copy_free(union msg *);
/* 1: *_ITEM_RES, one of a list that another message ends. */
int	msg_is_item(const struct msg_row *);

#endif
