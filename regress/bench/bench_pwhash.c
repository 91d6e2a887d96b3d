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
 * The baseline of POST /auth/login: a loop of plain crypto_pwhash() with the
 * given parameters, in N processes, for S seconds.
 *
 *	bench_pwhash KIB PASSES PROCESSES SECONDS
 */
#include "config.h"

#include <sys/wait.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/clock.h"

#define PASSWORD	"correct horse battery staple"

static long
argument(const char *s)
{
	char *end;
	long v = strtol(s, &end, 10);

	if (*s == '\0' || *end != '\0' || v <= 0 || v > 1 << 24) {
		fprintf(stderr, "usage: bench_pwhash kib passes processes "
		    "seconds\n");
		exit(2);
	}
	return v;
}

/* Returns how many hashes were done until the time. */
static long
hash_until(int64_t end, size_t bytes, unsigned long long passes)
{
	unsigned char out[32], salt[crypto_pwhash_SALTBYTES];
	long n = 0;

	randombytes_buf(salt, sizeof(salt));
	do {
		if (crypto_pwhash(out, sizeof(out), PASSWORD,
		    sizeof(PASSWORD) - 1, salt, passes, bytes,
		    crypto_pwhash_ALG_ARGON2ID13) != 0)
			exit(1);
		n++;
	} while (clock_mono() < end);
	return n;
}

int
main(int argc, char *argv[])
{
	long arg[4], i, n, sum = 0;
	int64_t start, end;
	int fds[2];

	if (argc != 5 || sodium_init() == -1 || pipe(fds) == -1)
		argument("");
	for (i = 0; i < 4; i++)
		arg[i] = argument(argv[i + 1]);
	start = clock_mono();
	end = start + arg[3] * CLOCK_SEC;
	for (i = 0; i < arg[2]; i++)
		if (fork() == 0) {
			n = hash_until(end, (size_t)arg[0] * 1024,
			    (unsigned long long)arg[1]);
			_exit(write(fds[1], &n, sizeof(n)) != sizeof(n));
		}
	for (i = 0; i < arg[2]; i++) {
		if (read(fds[0], &n, sizeof(n)) != sizeof(n))
			return 1;
		sum += n;
	}
	printf("%.1f hashes/s (%ld KiB, %ld passes, %ld processes)\n",
	    (double)sum * CLOCK_SEC / (double)(clock_mono() - start), arg[0],
	    arg[1], arg[2]);
	while (wait(NULL) > 0)
		;
	return 0;
}
