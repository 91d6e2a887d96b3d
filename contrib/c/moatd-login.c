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
 * A native application that logs its user in with moatd, by libiddawc: code
 * flow with PKCE (RFC 8252), the browser's answer on a port of the loopback
 * that the system picks, a refresh, the user's claims, and revocation.
 *
 *	moatctl client add login --type native --client-name Login \
 *	    --redirect-uris http://127.0.0.1/callback
 *	cc -o moatd-login moatd-login.c $(pkg-config --cflags --libs libiddawc)
 *	moatd-login https://id.example.org login
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <iddawc.h>

#define SCOPE	"openid profile email offline_access"

/* A loopback listener; its port goes to *port. */
static int
listen_loopback(unsigned int *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 8) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "listen");
	*port = ntohs(sin.sin_port);
	return fd;
}

/*
 * Reads one request and answers it. True, with its target in buf, when it is
 * the one that was waited for: browsers also ask for an icon.
 */
static int
serve_one(int fd, char *buf, size_t size)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\n"
	    "Content-Type: text/html; charset=utf-8\r\n"
	    "Connection: close\r\n\r\n"
	    "<!doctype html><html lang=\"en\"><title>Done</title>"
	    "<p id=\"done\">You may close this window.</p></html>";
	size_t n = 0;
	ssize_t got;
	char *end;

	buf[0] = '\0';
	while (n < size - 1 && strstr(buf, "\r\n\r\n") == NULL) {
		if ((got = read(fd, buf + n, size - 1 - n)) <= 0)
			return 0;
		n += (size_t)got;
		buf[n] = '\0';
	}
	if (write(fd, answer, sizeof(answer) - 1) == -1)
		warn("write");
	if (strncmp(buf, "GET /callback?", 14) != 0 ||
	    (end = strchr(buf + 4, ' ')) == NULL)
		return 0;
	*end = '\0';
	memmove(buf, buf + 4, (size_t)(end - buf - 3));
	return 1;
}

/* Waits for the browser to come back; what it came with. */
static void
wait_answer(int listener, char *target, size_t size)
{
	int fd, done = 0;

	while (!done) {
		if ((fd = accept(listener, NULL, NULL)) == -1)
			err(1, "accept");
		done = serve_one(fd, target, size);
		close(fd);
	}
}

static void
must(struct _i_session *s, int result, const char *what)
{
	const char *error = i_get_str_parameter(s, I_OPT_ERROR);

	if (result != I_OK)
		errx(1, "%s: %s", what, error != NULL ? error : "failed");
}

static void
set_up(struct _i_session *s, const char *issuer, const char *client,
    const char *redirect)
{
	char config[1024];

	snprintf(config, sizeof(config),
	    "%s/.well-known/openid-configuration", issuer);
	must(s, i_set_parameter_list(s,
	    I_OPT_RESPONSE_TYPE, I_RESPONSE_TYPE_CODE,
	    I_OPT_OPENID_CONFIG_ENDPOINT, config,
	    I_OPT_CLIENT_ID, client, I_OPT_REDIRECT_URI, redirect,
	    I_OPT_SCOPE, SCOPE, I_OPT_STATE_GENERATE, 16,
	    I_OPT_NONCE_GENERATE, 32, I_OPT_PKCE_CODE_VERIFIER_GENERATE, 43,
	    I_OPT_PKCE_METHOD, I_PKCE_METHOD_S256,
	    I_OPT_TOKEN_METHOD, I_TOKEN_AUTH_METHOD_NONE, I_OPT_NONE),
	    "parameters");
	must(s, i_get_openid_config(s), "discovery");
}

static void
log_in(struct _i_session *s, int listener, unsigned int port)
{
	char target[8192], answer[8192 + 64];

	must(s, i_build_auth_url_get(s), "authorization URL");
	printf("Open this page in your browser:\n%s\n",
	    i_get_str_parameter(s, I_OPT_REDIRECT_TO));
	fflush(stdout);
	wait_answer(listener, target, sizeof(target));

	snprintf(answer, sizeof(answer), "http://127.0.0.1:%u%s", port, target);
	i_set_str_parameter(s, I_OPT_REDIRECT_TO, answer);
	must(s, i_parse_redirect_to(s), "login");
	must(s, i_run_token_request(s), "code");
	must(s, i_verify_id_token(s), "ID token");
	must(s, i_get_userinfo(s, 0), "userinfo");
	printf("user %s\n", i_get_str_parameter(s, I_OPT_USERINFO));
}

static void
refresh(struct _i_session *s)
{
	/* The nonce was the login's (OpenID Connect Core 1.0 section 12.2). */
	i_set_str_parameter(s, I_OPT_NONCE, NULL);
	i_set_response_type(s, I_RESPONSE_TYPE_REFRESH_TOKEN);
	must(s, i_run_token_request(s), "refresh");
	must(s, i_get_userinfo(s, 0), "userinfo");
	printf("refreshed\n");
}

/* Ends the grant: the access token dies with it. */
static void
sign_out(struct _i_session *s)
{
	i_set_str_parameter(s, I_OPT_TOKEN_TARGET,
	    i_get_str_parameter(s, I_OPT_REFRESH_TOKEN));
	i_set_str_parameter(s, I_OPT_TOKEN_TARGET_TYPE_HINT, "refresh_token");
	must(s, i_revoke_token(s, I_INTROSPECT_REVOKE_AUTH_CLIENT_TARGET),
	    "revocation");
	if (i_get_userinfo(s, 0) == I_OK)
		errx(1, "the revoked token still works");
	printf("signed out\n");
}

int
main(int argc, char **argv)
{
	struct _i_session s;
	char redirect[64];
	unsigned int port;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: moatd-login issuer client_id\n");
		return 2;
	}
	if (i_global_init() != I_OK || i_init_session(&s) != I_OK)
		errx(1, "libiddawc");
	fd = listen_loopback(&port);
	snprintf(redirect, sizeof(redirect), "http://127.0.0.1:%u/callback",
	    port);
	set_up(&s, argv[1], argv[2], redirect);
	log_in(&s, fd, port);
	refresh(&s);
	sign_out(&s);
	close(fd);
	i_clean_session(&s);
	i_global_close();
	return 0;
}
