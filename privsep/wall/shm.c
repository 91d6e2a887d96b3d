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
 * Boards. The parent makes them; each child maps what it was handed, before
 * its sandbox. A reader's descriptor is a second, read-only opening of the
 * board, so that no mprotect(2) makes its mapping writable; the size is
 * sealed, so that a writer cannot cut the ground from under its readers.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "privsep/wall/shm.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL	0x0008U		/* Linux 6.3 */
#endif

#ifdef HAVE_MEMFD_CREATE
static int
make_pair(const char *name, size_t size, int *rw, int *ro)
{
	char path[64];

	*rw = memfd_create(name,
	    MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (*rw == -1 && errno == EINVAL)
		*rw = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*rw == -1)
		return (-1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", *rw);
	if (ftruncate(*rw, (off_t)size) == -1 ||
	    fcntl(*rw, F_ADD_SEALS,
	    F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == -1 ||
	    (*ro = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	/* nobody who finds it below /proc opens it for writing again */
	return (fchmod(*rw, 0400));
}
#else
static int
make_pair(const char *name, size_t size, int *rw, int *ro)
{
	char path[64];

	snprintf(path, sizeof(path), "/moatd-%ld-%s", (long)getpid(), name);
	*rw = shm_open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (*rw == -1)
		return (-1);
	*ro = shm_open(path, O_RDONLY | O_CLOEXEC, 0);
	shm_unlink(path);
	if (*ro == -1)
		return (-1);
	return (ftruncate(*rw, (off_t)size));
}
#endif

int
shm_make(const char *name, size_t size, int *rw, int *ro)
{
	int saved;

	*rw = *ro = -1;
	if (make_pair(name, size, rw, ro) == 0)
		return (0);
	saved = errno;
	if (*rw != -1)
		close(*rw);
	if (*ro != -1)
		close(*ro);
	*rw = *ro = -1;
	errno = saved;
	return (-1);
}

void *
shm_map(int fd, size_t size, int writable)
{
	struct stat st;
	void *p = MAP_FAILED;

	if (fstat(fd, &st) == 0) {
		if (S_ISREG(st.st_mode) && st.st_size == (off_t)size)
			p = mmap(NULL, size,
			    writable ? PROT_READ | PROT_WRITE : PROT_READ,
			    MAP_SHARED, fd, 0);
		else
			errno = EINVAL;
	}
	close(fd);
	return (p == MAP_FAILED ? NULL : p);
}
