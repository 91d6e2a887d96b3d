/*
 * Hashes of other systems, as an importer or the database may write them: the
 * parser must bound what it takes, and nothing may be computed by it.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/hasher/foreign_int.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct foreign f;
	char *s;

	if (n > 2048 || (s = malloc(n + 1)) == NULL)
		return (0);
	memcpy(s, p, n);
	s[n] = '\0';
	if (foreign_parse(s, &f) == FOREIGN_OK &&
	    (f.tail >= sizeof(f.text) || f.saltlen > FOREIGN_SALT ||
	    f.hashlen > FOREIGN_HASH || f.rounds > FOREIGN_ROUNDS ||
	    128 * f.n * f.r > (uint64_t)FOREIGN_KIB * 1024 ||
	    strlen(f.text) >= FOREIGN_CAP))
		abort();
	free(s);
	return (0);
}
