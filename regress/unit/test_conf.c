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
 * The configuration: what moatd.conf may say, and what it may not. Whoever
 * can write the file is root already, so that hostile here means broken,
 * cut off, or made by a template that went wrong.
 */
#include "config.h"

#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/conf.h"
#include "privsep/parent/env.h"
#include "privsep/parent/secret.h"
#include "privsep/wall/msg.h"
#include "src/base/buf.h"

static char said[4096];		/* every report, a line each */
static struct conf *conf;
static char dir[64];

static void
report(const char *line, void *arg)
{
	size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof(said) - n, "%s\n", line);
}

static int
parse_n(const char *text, size_t n)
{
	int errors;

	conf_free(conf);
	conf = conf_new();
	said[0] = '\0';
	errors = conf_parse_mem(conf, "t", text, n, report, NULL);
	if (errors == 0)
		errors = conf_finish(conf, report, NULL);
	ck_assert_int_eq(errors > 0, said[0] != '\0');
	return (errors);
}

static int
parse(const char *text)
{
	return (parse_n(text, strlen(text)));
}

static void
accepts(const char *text)
{
	int errors = parse(text);

	ck_assert_msg(errors == 0, "%s: %s", text, said);
}

static void
rejects(const char *text, const char *why)
{
	ck_assert_msg(parse(text) > 0, "accepted: %s", text);
	ck_assert_msg(strstr(said, why) != NULL, "%s: %s", text, said);
}

static void
setup(void)
{
	ck_assert_int_ne(sodium_init(), -1);
	snprintf(dir, sizeof(dir), "/tmp/moatd-conf-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
teardown(void)
{
	char cmd[128];
	static const char *const names[] = { "a", "b", "c" };
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(cmd, sizeof(cmd), "%s/%s", dir, names[i]);
		unlink(cmd);
	}
	rmdir(dir);
	conf_free(conf);
	conf = NULL;
}

static const char *
file(const char *name, const char *text, mode_t mode)
{
	static char path[4][128];
	static unsigned turn;
	char *p = path[turn++ % 4];
	FILE *f;

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	unlink(p);
	ck_assert_ptr_nonnull(f = fopen(p, "w"));
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(p, mode), 0);
	return (p);
}

static int
parse_file(const char *path)
{
	conf_free(conf);
	conf = conf_new();
	said[0] = '\0';
	return (conf_parse_file(conf, path, report, NULL));
}

/* ---- accepts ---- */

START_TEST(conf_accepts_nothing_with_defaults)
{
	accepts("");
	ck_assert_str_eq(conf->issuer, "http://127.0.0.1:3000");
	ck_assert_uint_eq(conf->nlisten, 1);
	ck_assert_uint_eq(conf->listen[0].serve, SERVE_ALL);
	ck_assert_uint_eq(conf->pw_minimum, 15);
	ck_assert_uint_eq(conf->pw_memory, 19456);
	ck_assert_uint_eq(conf->tok_access, 600);
	ck_assert_uint_eq(conf->lim_connections, 16384);
	ck_assert_uint_ge(conf->workers, 1);
	ck_assert_int_eq(conf->postgres, 0);
}
END_TEST

START_TEST(conf_accepts_every_setting)
{
	accepts("issuer \"https://a.example\"\nstate /var/x\n"
	    "listen on 127.0.0.1 port 1 serve { public, admin }\n"
	    "listen on ::1 port 65535\n"
	    "listen on socket \"web\" serve { metrics }\n"
	    "database postgresql \"postgresql://u:p@h/d\"\nworkers 3\n"
	    "hashers auto\nvaults 2\nsandbox optional\n"
	    "user worker \"w\"\nuser engine e\nuser vault v\nuser hasher h\n"
	    "trust proxy { 10.0.0.0/8 ::1 }\ncors { \"https://x.example\" }\n"
	    "password { minimum 8 memory 1024 time 1 }\n"
	    "token { access 1 refresh-idle 2 refresh-absolute 3 grace 0 }\n"
	    "limit { connections 1 header 1 body 1 write 1 idle 1 inflight 1 "
	    "bytes 4096 failures 1 hash-queue 1 }\n"
	    "timeout { database 1 hasher 1 vault 1 }\nmigrate manual\n"
	    "registration closed\n"
	    "admin-second-factor required\n"
	    "client-registration yes\n"
	    "superadmin { username root email \"r@example.org\" }\n");
	ck_assert_uint_eq(conf->nlisten, 3);
	ck_assert_uint_eq(conf->listen[0].serve, SERVE_PUBLIC | SERVE_ADMIN);
	ck_assert_str_eq(conf->listen[2].socket, "web");
	ck_assert_uint_eq(conf->workers, 3);
	ck_assert_uint_eq(conf->to_database, 1);
	ck_assert_str_eq(conf->user[ROLE_HASHER], "h");
	ck_assert_uint_eq(conf->trust.n, 2);
	ck_assert_int_eq(conf->migrate_manual, 1);
	ck_assert_int_eq(conf->registration, REGISTRATION_CLOSED);
	ck_assert_int_eq(conf->mfa_admins, 1);
	ck_assert_int_eq(conf->client_registration, 1);
	ck_assert_int_eq(conf->sandbox_optional, 1);
	ck_assert_str_eq(conf->sa_username, "root");
}
END_TEST

START_TEST(conf_accepts_mail)
{
	accepts("");
	ck_assert_int_eq(conf->mail, 0);
	accepts("mail { smtp \"smtp://127.0.0.1:25\" }");
	ck_assert_int_eq(conf->mail, 1);
	ck_assert_str_eq(conf->mail_from, "moatd <no-reply@moatd.invalid>");
	accepts("issuer \"https://id.example.org:444\"\n"
	    "mail { smtp \"smtps://u:p%2F%40@[::1]:465/\"\n"
	    "private-addresses no ca /x }");
	ck_assert_str_eq(conf->mail_from, "moatd <no-reply@id.example.org>");
	ck_assert_int_eq(conf->mail_private, 0);
	accepts("mail { smtp \"smtp://h\" from \"A B <a@b.example>\" }");
	ck_assert_str_eq(conf->mail_from, "A B <a@b.example>");
}
END_TEST

START_TEST(conf_accepts_macros_comments_and_continuations)
{
	accepts("# comment\nport_1 = 8080\nhost = \"127.0.0.1\"\n"
	    "listen on $host \\\n    port $port_1 # here\n"
	    "password {\n\tminimum 20 # there\n\n\ttime 3\n}");
	ck_assert_uint_eq(conf->listen[0].port, 8080);
	ck_assert_uint_eq(conf->pw_minimum, 20);
	ck_assert_uint_eq(conf->pw_time, 3);
	ck_assert_str_eq(conf->issuer, "http://127.0.0.1:8080");
}
END_TEST

START_TEST(conf_accepts_the_last_of_two)
{
	accepts("workers 2\nworkers 3\npassword { time 4 }\n"
	    "password { memory 64 }\n");
	ck_assert_uint_eq(conf->workers, 3);
	ck_assert_uint_eq(conf->pw_time, 4);
	ck_assert_uint_eq(conf->pw_memory, 64);
}
END_TEST

START_TEST(conf_accepts_includes_beside_the_file)
{
	file("b", "workers 7\n", 0600);
	ck_assert_int_eq(parse_file(file("a", "include \"b\"\nhashers 5",
	    0644)), 0);
	ck_assert_uint_eq(conf->workers, 7);
	ck_assert_uint_eq(conf->hashers, 5);
}
END_TEST

START_TEST(conf_accepts_a_secret_from_a_file)
{
	char text[256];

	snprintf(text, sizeof(text), "database postgresql file \"%s\"\n",
	    file("c", "postgresql://u:p@h/d\n", 0400));
	accepts(text);
	ck_assert_str_eq(secret_open(conf->dsn, NULL), "postgresql://u:p@h/d");
	secret_close(conf->dsn);
}
END_TEST

/* ---- rejects ---- */

static const struct {
	const char *text, *why;
} broken[] = {
	{ "foo", "t:1: unknown keyword \"foo\"" },
	{ "\n\nfoo bar\n", "t:3: unknown keyword \"foo\"" },
	{ "issuer", "t:1: syntax error" },
	{ "issuer 5", "t:1: syntax error" },
	{ "issuer \"https://a\" \"b\"", "t:1: syntax error" },
	{ "issuer \"https://a/\"", "nothing behind it" },
	{ "issuer \"https://u:p@a\"", "issuer must be" },
	{ "issuer \"ftp://a\"", "issuer must be" },
	{ "issuer \"https://\"", "issuer must be" },
	{ "issuer \"https://a?b\"", "issuer must be" },
	{ "issuer \"abc", "t:1: text without closing quote" },
	{ "issuer \"abc\nworkers 1\n", "t:1: text without closing quote" },
	{ "issuer \"a\tb\"", "control character" },
	{ "issuer \"\x1b[31m\"", "control character" },
	{ "issuer \"\xff\"", "not UTF-8" },
	{ "issuer \"\xed\xa0\x80\"", "not UTF-8" },
	{ "state \"\"", "state must name a directory" },
	{ "workers 0", "workers must be from 1 to 64" },
	{ "workers 65", "workers must be from 1 to 64" },
	{ "workers -1", "syntax error" },
	{ "workers 1.5", "syntax error" },
	{ "workers 99999999999999999999999999", "number too large" },
	{ "workers 9223372036854775807", "number too large" },
	{ "workers 4294967297", "workers must be from 1 to 64" },
	{ "vaults auto", "vaults takes a number" },
	{ "listen on 127.0.0.1 port 0", "port must be from 1 to 65535" },
	{ "listen on 127.0.0.1 port 65536", "port must be from 1 to 65535" },
	{ "listen on localhost port 1", "numeric address" },
	{ "listen on 127.1 port 1", "numeric address" },
	{ "listen on 127.0.0.1", "something is missing" },
	{ "listen on 127.0.0.1 port 1 serve { }", "syntax error" },
	{ "listen on 127.0.0.1 port 1 serve { all }", "unknown class \"all\"" },
	{ "listen on 127.0.0.1 port 1\nlisten on 127.0.0.1 port 1",
	    "t:2: two listeners on one address" },
	{ "listen on socket \"\"", "socket takes the name" },
	{ "database mysql", "syntax error" },
	{ "database postgresql \"mysql://h\"", "postgresql:// URL" },
	{ "database postgresql file \"/nonexistent/x\"", "No such file" },
	{ "user root \"x\"", "unknown role \"root\"" },
	{ "user worker \"\"", "user takes a name" },
	{ "trust proxy { 10.0.0.0/33 }", "bad prefix length" },
	{ "trust proxy { 10.0.0.0/ }", "bad prefix length" },
	{ "trust proxy { 10.0.0.0/-1 }", "bad prefix length" },
	{ "trust proxy { ::1/129 }", "bad prefix length" },
	{ "trust proxy { 10.0.0.1/8 }", "bits behind its prefix" },
	{ "trust proxy { 10.128.0.0/8 }", "bits behind its prefix" },
	{ "trust proxy { 2001:db8::1/64 }", "bits behind its prefix" },
	{ "trust proxy { 10.0.0.0/00 1.2.3.4/0 }", "bits behind its prefix" },
	{ "trust proxy { example.org }", "addresses and networks" },
	{ "trust proxy { }", "syntax error" },
	{ "cors { \"*\" }", "an origin is" },
	{ "cors { \"https://a/b\" }", "an origin is" },
	{ "cors { \"null\" }", "an origin is" },
	{ "cors { \"https://a:b\" }", "an origin is" },
	{ "cors { \"https://a:0\" }", "an origin is" },
	{ "cors { \"https://a:65536\" }", "an origin is" },
	{ "cors { \"https://A.example\" }", "an origin is" },
	{ "cors { \"https://a..b\" }", "an origin is" },
	{ "cors { \"https://[::1\" }", "an origin is" },
	{ "cors { \"https://a:1:2\" }", "an origin is" },
	{ "password { minimum 7 }", "password minimum must be from 8" },
	{ "password { minimun 15 }", "unknown keyword \"minimun\" in" },
	{ "password { minimum }", "syntax error" },
	{ "password minimum 15", "syntax error" },
	{ "password { minimum 15", "\"{\" without \"}\"" },
	{ "password {\n\n\n", "\"{\" without \"}\"" },
	{ "password { { minimum 15 } }", "syntax error" },
	{ "}", "syntax error" },
	{ "token { refresh-idle 10 refresh-absolute 5 }", "longer than" },
	{ "token { access 86401 }", "token access must be" },
	{ "timeout { database 0 }", "timeout database must be" },
	{ "migrate never", "syntax error" },
	{ "superadmin { username \"\" }", "empty value" },
	{ "superadmin { password \"secret\" }", "syntax error" },
	{ "mail { }", "syntax error" },
	{ "mail { smtp }", "syntax error" },
	{ "mail { smtp \"http://h\" }", "smtp:// or smtps:// URL" },
	{ "mail { smtp \"smtp://\" }", "must name a host" },
	{ "mail { smtp \"smtp://h/x\" }", "must name a host" },
	{ "mail { smtp \"smtp://h?x\" }", "must name a host" },
	{ "mail { smtp \"smtp://h:0\" }", "must name a host" },
	{ "mail { smtp \"smtp://h:70000\" }", "must name a host" },
	{ "mail { smtp \"smtp://u:p@\" }", "must name a host" },
	{ "mail { smtp \"smtp://u:p/q@h\" }", "encode special characters" },
	{ "mail { smtp \"smtp://u:p q@h\" }", "encode special characters" },
	{ "mail { smtp file \"/nonexistent/x\" }", "No such file" },
	{ "mail { smtp file \"x\" }", "absolute path" },
	{ "mail { from file \"/x\" }", "only smtp" },
	{ "mail { from \"nobody\" }", "address or name" },
	{ "mail { from \"a <b@c> d\" }", "address or name" },
	{ "mail { from \"a <b@c, d@e>\" }", "address or name" },
	{ "mail { templates here }", "absolute path" },
	{ "mail { templates \"/nonexistent/x\" }", "No such file" },
	{ "mail { private-addresses maybe }", "yes or no" },
	{ "mail { smpt \"smtp://h\" }", "unknown keyword in mail" },
	{ "workers $n", "macro \"$n\" is not defined" },
	{ "workers $", "macro \"$\" is not defined" },
	{ "9a = 5", "cannot be a macro's name" },
	{ "a-b = 5", "cannot be a macro's name" },
	{ "= 5", "syntax error" },
	{ "n = five\nworkers $n", "t:2: syntax error" },
	{ "port = 5", "syntax error" },
	{ "workers 1;", "means nothing here" },
	{ "workers (1)", "means nothing here" },
	{ "include \"/nonexistent/moatd.conf\"", "No such file" },
	{ "include \"/\"", "not a regular file" },
	{ "include \"/dev/zero\"", "not a regular file" },
	{ "include", "syntax error" }
};

START_TEST(conf_rejects_what_is_broken)
{
	rejects(broken[_i].text, broken[_i].why);
}
END_TEST

START_TEST(conf_rejects_nul_bytes)
{
	ck_assert_int_gt(parse_n("workers \0001\n", 11), 0);
	ck_assert_ptr_nonnull(strstr(said, "NUL byte"));
	ck_assert_int_gt(parse_n("state \"a\0b\"\n", 12), 0);
	ck_assert_ptr_nonnull(strstr(said, "control character"));
	ck_assert_int_gt(parse_n("\0", 1), 0);
}
END_TEST

START_TEST(conf_rejects_long_texts_and_many_words)
{
	size_t n = 1 << 20;
	char *text = malloc(n + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', n);
	text[0] = '"';
	ck_assert_int_gt(parse_n(text, n), 0);
	ck_assert_ptr_nonnull(strstr(said, "longer than 4096"));
	text[0] = 'a';
	ck_assert_int_gt(parse_n(text, n), 0);
	ck_assert_ptr_nonnull(strstr(said, "longer than 4096"));
	memset(text, '{', n);
	ck_assert_int_gt(parse_n(text, n), 0);
	free(text);
}
END_TEST

START_TEST(conf_rejects_too_many_entries)
{
	struct buf b = BUF_INIT;
	int i;

	buf_adds(&b, "trust proxy {");
	for (i = 0; i < CONF_LIST + 1; i++)
		buf_addf(&b, " 10.0.0.%d", i);
	buf_adds(&b, " }\n");
	rejects(buf_cstr(&b), "more than 64 networks");
	buf_reset(&b);
	for (i = 0; i < CONF_LISTENERS + 1; i++)
		buf_addf(&b, "listen on 127.0.0.1 port %d\n", i + 1);
	rejects(buf_cstr(&b), "t:17: more than 16 listeners");
	buf_free(&b);
}
END_TEST

START_TEST(conf_rejects_include_loops)
{
	file("a", "include \"b\"\n", 0600);
	file("b", "workers 1\ninclude \"a\"\n", 0600);
	ck_assert_int_gt(parse_file(file("c", "include \"a\"", 0600)), 0);
	ck_assert_ptr_nonnull(strstr(said, "/b:2: "));
	ck_assert_ptr_nonnull(strstr(said, "includes itself"));
}
END_TEST

START_TEST(conf_rejects_files_that_others_may_write)
{
	ck_assert_int_gt(parse_file(file("a", "workers 1\n", 0666)), 0);
	ck_assert_ptr_nonnull(strstr(said, "writable by others"));
	ck_assert_int_gt(parse_file(file("a", "workers 1\n", 0620)), 0);
	ck_assert_int_gt(parse_file("/nonexistent/moatd.conf"), 0);
	ck_assert_int_gt(parse_file(dir), 0);
}
END_TEST

START_TEST(conf_rejects_secrets_that_others_may_write)
{
	char text[256];

	snprintf(text, sizeof(text), "superadmin { password file \"%s\" }\n",
	    file("c", "x", 0602));
	rejects(text, "writable by others");
	snprintf(text, sizeof(text), "superadmin { password file \"%s\" }\n",
	    file("c", "", 0600));
	rejects(text, "empty");
	snprintf(text, sizeof(text), "database postgresql file \"%s\"\n",
	    file("c", "mysql://x", 0600));
	rejects(text, "postgresql:// URL");
}
END_TEST

/* Nothing that a file says reaches the terminal as a control sequence. */
START_TEST(conf_rejects_with_escaped_words)
{
	rejects("\xc2\x9b" "31m\n", "\\x");
	ck_assert_ptr_null(strstr(said, "\xc2\x9b"));
}
END_TEST

/* ---- environment ---- */

static int
with_env(const char *text, const char *const *vars)
{
	static char copy[16][256];
	char *v[17];
	struct env *e;
	int i, errors;

	for (i = 0; vars[i] != NULL; i++) {
		snprintf(copy[i], sizeof(copy[i]), "%s", vars[i]);
		v[i] = copy[i];
	}
	v[i] = NULL;
	e = env_take(v);
	conf_free(conf);
	conf = conf_new();
	said[0] = '\0';
	errors = conf_parse_mem(conf, "t", text, strlen(text), report, NULL);
	errors += env_apply(e, conf, report, NULL);
	errors += errors == 0 ? conf_finish(conf, report, NULL) : 0;
	env_free(e);
	for (i = 0; vars[i] != NULL; i++)
		ck_assert_msg(strstr(v[i], "hunter2") == NULL, "%s", v[i]);
	return (errors);
}

START_TEST(env_accepts_overrides_and_wipes_secrets)
{
	const char *const vars[] = { "MOATD_PORT=8081", "PORT=1",
	    "MOATD_STATE=/s", "DB_HOST=db", "DB_PORT=5433", "DB_USERNAME=a b",
	    "DB_PASSWORD=hunter2/@:", "DB_DATABASE=d", "HOME=/root",
	    "SUPER_ADMIN_PASSWORD=hunter2", "MOATD_SMTP_URL=smtp://u:hunter2@h",
	    NULL };

	ck_assert_int_eq(with_env("listen on 127.0.0.1 port 1 serve { admin }\n"
	    "listen on 127.0.0.1 port 2 serve { public }\n", vars), 0);
	ck_assert_uint_eq(conf->listen[0].port, 1);
	ck_assert_uint_eq(conf->listen[1].port, 8081);
	ck_assert_str_eq(conf->state, "/s");
	ck_assert_int_eq(conf->postgres, 1);
	ck_assert_str_eq(secret_open(conf->dsn, NULL),
	    "postgresql://a%20b:hunter2%2F%40%3A@db:5433/d");
	secret_close(conf->dsn);
	ck_assert_str_eq(secret_open(conf->sa_password, NULL), "hunter2");
	secret_close(conf->sa_password);
}
END_TEST

START_TEST(env_accepts_a_url_and_hides_its_password_only)
{
	const char *const vars[] = {
	    "MOATD_DATABASE_URL="
	    "postgresql://u:hunter2@h/d?password=hunter2&x=y",
	    "DB_HOST=other", NULL };

	ck_assert_int_eq(with_env("", vars), 0);
	ck_assert_str_eq(secret_open(conf->dsn, NULL),
	    "postgresql://u:hunter2@h/d?password=hunter2&x=y");
	secret_close(conf->dsn);
}
END_TEST

START_TEST(env_rejects_bad_values)
{
	static const char *const bad[][2] = {
		{ "MOATD_PORT=0", "MOATD_PORT: port must be" },
		{ "MOATD_PORT=70000", "MOATD_PORT: port must be" },
		{ "MOATD_PORT=12x", "MOATD_PORT: port must be" },
		{ "PORT=-1", "PORT: port must be" },
		{ "MOATD_PORT=99999999999999999999", "port must be" },
		{ "MOATD_ISSUER=https://a/b", "MOATD_ISSUER: issuer must" },
		{ "MOATD_DATABASE_URL=mysql://h", "postgresql:// URL" },
		{ "MOATD_DATABASE_URL_FILE=/nonexistent/x", "No such file" },
		{ "SUPER_ADMIN_PASSWORD_FILE=/nonexistent/x", "No such file" }
	};
	const char *vars[2] = { bad[_i][0], NULL };

	ck_assert_int_gt(with_env("", vars), 0);
	ck_assert_msg(strstr(said, bad[_i][1]) != NULL, "%s", said);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf");
	TCase *t = tcase_create("conf");
	SRunner *sr;
	int failed;

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, conf_accepts_nothing_with_defaults);
	tcase_add_test(t, conf_accepts_every_setting);
	tcase_add_test(t, conf_accepts_mail);
	tcase_add_test(t, conf_accepts_macros_comments_and_continuations);
	tcase_add_test(t, conf_accepts_the_last_of_two);
	tcase_add_test(t, conf_accepts_includes_beside_the_file);
	tcase_add_test(t, conf_accepts_a_secret_from_a_file);
	tcase_add_loop_test(t, conf_rejects_what_is_broken, 0,
	    (int)(sizeof(broken) / sizeof(*broken)));
	tcase_add_test(t, conf_rejects_nul_bytes);
	tcase_add_test(t, conf_rejects_long_texts_and_many_words);
	tcase_add_test(t, conf_rejects_too_many_entries);
	tcase_add_test(t, conf_rejects_include_loops);
	tcase_add_test(t, conf_rejects_files_that_others_may_write);
	tcase_add_test(t, conf_rejects_secrets_that_others_may_write);
	tcase_add_test(t, conf_rejects_with_escaped_words);
	tcase_add_test(t, env_accepts_overrides_and_wipes_secrets);
	tcase_add_test(t, env_accepts_a_url_and_hides_its_password_only);
	tcase_add_loop_test(t, env_rejects_bad_values, 0, 9);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
