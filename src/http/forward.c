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
 * Runs in the worker, on the fields of peers in `trust proxy`; everybody
 * else's are never looked at.
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "src/http/forward.h"
#include "src/http/parse.h"

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static int
is_v4(const uint8_t addr[16])
{
	return memcmp(addr, mapped, sizeof(mapped)) == 0;
}

/* Text without port or brackets. */
static int
plain_parse(uint8_t addr[16], const char *s, size_t n, int *v4)
{
	char text[FORWARD_TEXT];

	if (n == 0 || n >= sizeof(text))
		return -1;
	memcpy(text, s, n);
	text[n] = '\0';
	*v4 = strchr(text, ':') == NULL;
	if (!*v4)
		return inet_pton(AF_INET6, text, addr) == 1 ? 0 : -1;
	memcpy(addr, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, addr + 12) == 1 ? 0 : -1;
}

static int
covers(const struct forward_net *net, const uint8_t addr[16])
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;
	uint8_t mask;

	if (memcmp(net->addr, addr, whole) != 0)
		return 0;
	if (rest == 0)
		return 1;
	mask = (uint8_t)(0xff << (8 - rest));
	return (net->addr[whole] & mask) == (addr[whole] & mask);
}

static int
host_bits(const struct forward_net *net)
{
	unsigned i;

	for (i = net->bits; i < 128; i++) {
		if (net->addr[i / 8] & (0x80 >> (i % 8)))
			return 1;
	}
	return 0;
}

int
forward_net_parse(struct forward_net *net, const char *text)
{
	size_t n = strcspn(text, "/");
	unsigned long bits;
	char *end;
	int v4;

	if (plain_parse(net->addr, text, n, &v4) == -1)
		return -1;
	net->bits = 128;
	if (text[n] == '\0')
		return 0;
	if (text[n + 1] < '0' || text[n + 1] > '9')
		return -1;
	bits = strtoul(text + n + 1, &end, 10);
	if (*end != '\0' || bits > (v4 ? 32 : 128))
		return -1;
	net->bits = (uint8_t)(v4 ? bits + 96 : bits);
	return host_bits(net) ? -1 : 0;
}

int
forward_trusted(const struct forward_net *nets, size_t n,
    const uint8_t addr[16])
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (covers(&nets[i], addr))
			return 1;
	}
	return 0;
}

int
forward_addr_parse(uint8_t addr[16], const char *s, size_t n)
{
	const char *p;
	size_t i;
	int v4;

	if (n > 0 && s[0] == '[') {
		p = memchr(s, ']', n);
		if (p == NULL)
			return -1;
		i = (size_t)(p - s) + 1;
		if (plain_parse(addr, s + 1, i - 2, &v4) == -1 || v4)
			return -1;
	} else {
		p = memchr(s, ':', n);
		if (p == NULL || memchr(p + 1, ':', n - (size_t)(p - s) - 1))
			return plain_parse(addr, s, n, &v4);
		i = (size_t)(p - s);
		if (plain_parse(addr, s, i, &v4) == -1)
			return -1;
	}
	if (i == n)
		return 0;
	if (s[i] != ':' || n - i < 2 || n - i > 6)
		return -1;
	for (i++; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
	}
	return 0;
}

void
forward_addr_text(char dst[FORWARD_TEXT], const uint8_t addr[16])
{
	if (is_v4(addr))
		inet_ntop(AF_INET, addr + 12, dst, FORWARD_TEXT);
	else
		inet_ntop(AF_INET6, addr, dst, FORWARD_TEXT);
}

int
forward_loopback(const uint8_t addr[16])
{
	static const uint8_t one[16] = { [15] = 1 };

	return (is_v4(addr) && addr[12] == 127) || memcmp(addr, one, 16) == 0;
}

void
forward_from_sockaddr(uint8_t addr[16], const struct sockaddr *sa)
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const uint32_t local = htonl(INADDR_LOOPBACK);

	memcpy(addr, mapped, sizeof(mapped));
	switch (sa->sa_family) {
	case AF_INET:
		memcpy(addr + 12, &in->sin_addr, 4);
		break;
	case AF_INET6:
		memcpy(addr, &in6->sin6_addr, 16);
		break;
	default:		/* a local socket */
		memcpy(addr + 12, &local, 4);
		break;
	}
}

/* for=1.2.3.4;proto=https → the node; quotes are taken off. 0, or -1. */
static int
for_param(const char **s, size_t *n)
{
	size_t i = 0, from, to;

	while (i < *n) {
		while (i < *n && ((*s)[i] == ' ' || (*s)[i] == ';'))
			i++;
		for (from = i; i < *n && (*s)[i] != ';'; i++)
			;
		to = i;
		while (to > from && (*s)[to - 1] == ' ')
			to--;
		if (to - from < 4 || !parse_is(*s + from, 4, "for="))
			continue;
		from += 4;
		if (to - from >= 2 && (*s)[from] == '"' &&
		    (*s)[to - 1] == '"') {
			from++;
			to--;
		}
		*s += from;
		*n = to - from;
		return 0;
	}
	return -1;
}

int
forward_walk(const struct forward_net *nets, size_t n, enum forward_kind kind,
    const char *list, uint8_t addr[16])
{
	size_t end = strlen(list), from, len;
	uint8_t hop[16];
	const char *s;
	int took = 0;

	for (;;) {
		if (!forward_trusted(nets, n, addr))
			return took;
		for (from = end; from > 0 && list[from - 1] != ','; from--)
			;
		s = list + from;
		len = end - from;
		while (len > 0 && (*s == ' ' || *s == '\t')) {
			s++;
			len--;
		}
		while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
			len--;
		if (kind == FORWARD_RFC7239 && for_param(&s, &len) == -1)
			return took;
		/* "unknown", a hidden name or rubbish: the last hop it is. */
		if (forward_addr_parse(hop, s, len) == -1)
			return took;
		memcpy(addr, hop, 16);
		took = 1;
		if (from == 0)
			return took;
		end = from - 1;
	}
}
