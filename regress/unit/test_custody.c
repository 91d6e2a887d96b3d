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
 * Custody: the state directory and the keys in it. What is refused ends the
 * process with one line, so each refusal runs in a child.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/custody.h"
#include "privsep/parent/secret.h"

#define KID	"abcdefghijklmnopqrstuvwxyz-_0123456789ABCDE"

static char top[64];
static struct conf *conf;
static struct privs privs;

static void
setup(void)
{
	char state[80];

	ck_assert_int_ne(sodium_init(), -1);
	umask(022);
	snprintf(top, sizeof(top), "/tmp/moatd-custody-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(state, sizeof(state), "%s/a/state", top);
	conf = conf_new();
	ck_assert_ptr_null(conf_set_state(conf, state));
}

/* One level deep is enough for what these tests make. */
static void
empty_dir(const char *path)
{
	char sub[512];
	struct dirent *de;
	DIR *d;

	if ((d = opendir(path)) == NULL)
		return;
	while ((de = readdir(d)) != NULL) {
		if (strcmp(de->d_name, ".") == 0 ||
		    strcmp(de->d_name, "..") == 0)
			continue;
		snprintf(sub, sizeof(sub), "%.200s/%.200s", path, de->d_name);
		if (unlink(sub) == -1) {
			chmod(sub, 0700);
			empty_dir(sub);
			rmdir(sub);
		}
	}
	closedir(d);
}

static void
teardown(void)
{
	empty_dir(top);
	rmdir(top);
	conf_free(conf);
}

static void
put(const char *name, const char *data, size_t n, mode_t mode)
{
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", conf->state, name);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, data, n), (ssize_t)n);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void
make_keys(void)
{
	struct custody *c = custody_open(conf, &privs);
	char bytes[32];

	memset(bytes, 'p', sizeof(bytes));
	ck_assert_int_eq(custody_load(c), 1);
	custody_store_secret(c, "pepper", bytes, sizeof(bytes));
	custody_store_secret(c, "seal", bytes, sizeof(bytes));
	custody_store_key(c, KID, "pem", 3);
	ck_assert_int_eq(custody_load(c), 0);
	custody_free(c);
}

/* Opens and loads in a child; its exit code and what it said. */
static int
load_in_child(char *said, size_t n)
{
	int p[2], status;
	ssize_t got;
	pid_t pid;

	ck_assert_int_eq(pipe(p), 0);
	if ((pid = fork()) == 0) {
		dup2(p[1], STDERR_FILENO);
		_exit(custody_load(custody_open(conf, &privs)) + 40);
	}
	close(p[1]);
	got = read(p[0], said, n - 1);
	said[got > 0 ? got : 0] = '\0';
	close(p[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static void
refuses(const char *why)
{
	char said[1024];
	int code = load_in_child(said, sizeof(said));

	ck_assert_msg(code == 1, "code %d: %s", code, said);
	ck_assert_msg(strstr(said, why) != NULL, "%s", said);
	ck_assert_msg(strchr(said, '\n') == strrchr(said, '\n'), "%s", said);
}

/* While moatd runs: a key more, on disk and in memory, and one less. */
START_TEST(custody_accepts_keys_that_come_and_go)
{
	const char *more = "0123456789012345678901234567890123456789xyz";
	struct custody *c;
	struct stat st;
	char path[200];

	make_keys();
	c = custody_open(conf, &privs);
	ck_assert_int_eq(custody_load(c), 0);
	ck_assert_int_eq(custody_add_key(c, more, "more", 4), 0);
	ck_assert_int_eq(custody_add_key(c, more, "other", 5), 0);
	ck_assert_uint_eq(c->nkeys, 2);
	snprintf(path, sizeof(path), "%s/keys/%s.pem", conf->state, more);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0400);
	ck_assert_int_eq(st.st_size, 4);
	ck_assert_int_eq(custody_load(c), 0);
	ck_assert_ptr_nonnull(custody_key(c, more));
	ck_assert_int_eq(custody_drop_key(c, KID), 0);
	ck_assert_int_eq(custody_drop_key(c, KID), -1);
	ck_assert_int_eq(custody_drop_key(c, more), -1);	/* the last */
	ck_assert_int_eq(custody_load(c), 0);
	ck_assert_uint_eq(c->nkeys, 1);
	ck_assert_str_eq(c->key[0].kid, more);
	custody_free(c);
}
END_TEST

START_TEST(custody_rejects_keys_with_bad_names_and_without_room)
{
	static const char *const bad[] = { "", "../x", "a/b", ".new-x", "a.b",
	    "01234567890123456789012345678901234567890123456789"
	    "0123456789abcde" };
	struct custody *c;
	char kid[16];
	size_t i;

	make_keys();
	c = custody_open(conf, &privs);
	ck_assert_int_eq(custody_load(c), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(custody_add_key(c, bad[i], "pem", 3), -1);
		ck_assert_int_eq(custody_drop_key(c, bad[i]), -1);
	}
	for (i = 1; i < CUSTODY_KEYS; i++) {
		snprintf(kid, sizeof(kid), "key-%zu", i);
		ck_assert_int_eq(custody_add_key(c, kid, "pem", 3), 0);
	}
	ck_assert_int_eq(custody_add_key(c, "one-more", "pem", 3), -1);
	ck_assert_uint_eq(c->nkeys, CUSTODY_KEYS);
	custody_free(c);
}
END_TEST

START_TEST(custody_accepts_same_secrets_only)
{
	struct custody *c;
	char bytes[32];

	memset(bytes, 'p', sizeof(bytes));
	c = custody_open(conf, &privs);
	custody_load(c);
	ck_assert_int_eq(custody_same(c, "pepper", bytes, 32), -1);
	custody_free(c);
	make_keys();
	c = custody_open(conf, &privs);
	custody_load(c);
	ck_assert_int_eq(custody_same(c, "pepper", bytes, 32), 1);
	ck_assert_int_eq(custody_same(c, "seal", bytes, 31), 0);
	bytes[31] ^= 1;
	ck_assert_int_eq(custody_same(c, "seal", bytes, 32), 0);
	custody_free(c);
}
END_TEST

START_TEST(custody_accepts_what_it_made)
{
	struct custody *c;
	struct stat st;
	char path[160];

	make_keys();
	c = custody_open(conf, &privs);
	ck_assert_int_eq(custody_load(c), 0);
	ck_assert_uint_eq(c->nkeys, 1);
	ck_assert_str_eq(c->key[0].kid, KID);
	custody_free(c);
	snprintf(path, sizeof(path), "%s/keys", conf->state);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	snprintf(path, sizeof(path), "%s/keys/pepper", conf->state);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0400);
}
END_TEST

START_TEST(custody_accepts_no_second_pepper)
{
	struct custody *c;

	make_keys();
	c = custody_open(conf, &privs);
	custody_store_secret(c, "pepper", "other", 5);
	ck_assert_int_eq(custody_load(c), 0);
	ck_assert_mem_eq(secret_open(c->pepper, NULL), "pppp", 4);
	secret_close(c->pepper);
	custody_free(c);
}
END_TEST

START_TEST(custody_accepts_a_start_cut_short)
{
	struct custody *c;
	char path[160];

	make_keys();
	put("keys/.new-abc", "half", 4, 0400);
	c = custody_open(conf, &privs);
	ck_assert_int_eq(custody_load(c), 0);
	custody_free(c);
	snprintf(path, sizeof(path), "%s/keys/.new-abc", conf->state);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(custody_rejects_keys_that_others_may_read)
{
	static const mode_t modes[] = { 0444, 0440, 0404, 0644, 0420, 0402 };

	make_keys();
	put("keys/pepper", "pppppppppppppppppppppppppppppppp", 32, modes[_i]);
	refuses("keys/pepper: open to others");
	put("keys/pepper", "pppppppppppppppppppppppppppppppp", 32, 0400);
	put("keys/" KID ".pem", "x", 1, modes[_i]);
	refuses("chmod 0400");
}
END_TEST

START_TEST(custody_rejects_links_and_odd_files)
{
	char path[160];

	make_keys();
	snprintf(path, sizeof(path), "%s/keys/pepper", conf->state);
	unlink(path);
	ck_assert_int_eq(symlink("seal", path), 0);
	refuses("keys/pepper");
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0400), 0);
	refuses("not a regular file");
}
END_TEST

START_TEST(custody_rejects_wrong_sizes)
{
	char big[17000];

	memset(big, 'x', sizeof(big));
	make_keys();
	put("keys/pepper", big, 31, 0400);
	refuses("has 31 bytes, not 32");
	put("keys/pepper", big, 33, 0400);
	refuses("longer than 32 bytes");
	put("keys/pepper", big, 32, 0400);
	put("keys/" KID ".pem", big, sizeof(big), 0400);
	refuses("longer than 16384 bytes");
}
END_TEST

START_TEST(custody_rejects_keys_of_odd_names)
{
	make_keys();
	put("keys/a b.pem", "x", 1, 0400);
	refuses("named by its kid");
}
END_TEST

START_TEST(custody_rejects_a_second_moatd)
{
	struct custody *c;

	make_keys();
	c = custody_open(conf, &privs);
	refuses("another moatd runs on");
	custody_free(c);
}
END_TEST

START_TEST(custody_rejects_directories_open_to_others)
{
	char path[160];

	make_keys();
	snprintf(path, sizeof(path), "%s/keys", conf->state);
	ck_assert_int_eq(chmod(path, 0750), 0);
	refuses("chmod 0700");
	ck_assert_int_eq(chmod(path, 0700), 0);
	ck_assert_int_eq(chmod(conf->state, 0777), 0);
	refuses("writable by others");
}
END_TEST

START_TEST(custody_rejects_a_state_that_is_a_file)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/a", top);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert_int_ne(open(conf->state, O_WRONLY | O_CREAT, 0600), -1);
	refuses("state directory");
	unlink(conf->state);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("custody");
	TCase *t = tcase_create("custody");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, custody_accepts_what_it_made);
	tcase_add_test(t, custody_accepts_keys_that_come_and_go);
	tcase_add_test(t, custody_rejects_keys_with_bad_names_and_without_room);
	tcase_add_test(t, custody_accepts_same_secrets_only);
	tcase_add_test(t, custody_accepts_no_second_pepper);
	tcase_add_test(t, custody_accepts_a_start_cut_short);
	tcase_add_loop_test(t, custody_rejects_keys_that_others_may_read, 0, 6);
	tcase_add_test(t, custody_rejects_links_and_odd_files);
	tcase_add_test(t, custody_rejects_wrong_sizes);
	tcase_add_test(t, custody_rejects_keys_of_odd_names);
	tcase_add_test(t, custody_rejects_a_second_moatd);
	tcase_add_test(t, custody_rejects_directories_open_to_others);
	tcase_add_test(t, custody_rejects_a_state_that_is_a_file);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
