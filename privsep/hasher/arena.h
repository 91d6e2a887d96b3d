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
 * The kept arena: between arena_begin() and arena_end() the one big anonymous
 * mapping that libsodium makes for an Argon2 hash comes from memory that stays
 * mapped, so that its pages need not be faulted in and zeroed for each hash.
 * Works by the executable's own mmap(2) and munmap(2), which libsodium's calls
 * find before libc's. Off in instrumented builds, whose run time owns mmap.
 */
#ifndef HASHER_ARENA_H
#define HASHER_ARENA_H

#include <stddef.h>

void	arena_begin(void);
void	arena_end(void);
/* Gives the memory back to the kernel, which wipes it. Cheap when it is. */
void	arena_release(void);

size_t	arena_size(void);	/* bytes of address space kept */
unsigned long arena_served(void);	/* mappings that came from it, so far */

#endif
