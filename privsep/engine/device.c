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
 * What a login comes from, as the account's holder would know it again: source
 * and user agent. Runs in the engine; the database holds a digest, since it
 * needs to know it again and nothing more.
 */
#include "config.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <string.h>

#include "privsep/engine/device.h"
#include "src/base/b64.h"

/* IPv4 as it is; of IPv6 the network, within which addresses change daily. */
static void
source_hash(crypto_hash_sha256_state *st, const char *ip)
{
	struct in6_addr a;

	if (inet_pton(AF_INET6, ip, &a) == 1 && !IN6_IS_ADDR_V4MAPPED(&a))
		crypto_hash_sha256_update(st, a.s6_addr, 8);
	else
		crypto_hash_sha256_update(st, (const uint8_t *)ip,
		    strlen(ip));
}

void
device_digest(char out[TOKEN_TEXT], const char *ip, const char *ua)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state st;

	crypto_hash_sha256_init(&st);
	source_hash(&st, ip);
	crypto_hash_sha256_update(&st, (const uint8_t *)"\n", 1);
	crypto_hash_sha256_update(&st, (const uint8_t *)ua, strlen(ua));
	crypto_hash_sha256_final(&st, digest);
	b64_encode(out, digest, sizeof(digest));
}
