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
 * The written forms of other systems' password hashes. Run by a hasher only;
 * pure. One row for each form; every number is bounded here, before anything
 * is computed: a line of an import may be hostile.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/hasher/foreign_int.h"

#define ITOA64	"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define BCRYPT_LEN	60
#define BCRYPT_TAIL	29		/* behind cost and salt */

enum encoding { E_TEXT, E_B64, E_HEX };

struct form {
	const char	 *prefix;
	enum foreign_err (*parse)(const struct form *, const char *,
			    struct foreign *);
	size_t		  skip;		/* of the prefix, for the library */
	enum foreign_kind kind;
	const char	 *digest;
	char		  sep;		/* between rounds, salt and hash */
	enum encoding	  salt, hash;
};

/* ---- pieces ---- */

/* Takes what stands before sep ('\0': the rest) out of *s. 0, or -1. */
static int
piece(const char **s, char sep, char *dst, size_t cap)
{
	const char *end = sep == '\0' ? *s + strlen(*s) : strchr(*s, sep);
	size_t n;

	if (end == NULL || (n = (size_t)(end - *s)) >= cap)
		return (-1);
	memcpy(dst, *s, n);
	dst[n] = '\0';
	*s = sep == '\0' ? end : end + 1;
	return (0);
}

/* A decimal number of at most nine digits without leading zeroes. */
static int
number(const char *s, uint32_t *out)
{
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > 9 || s[n] != '\0' || s[0] == '0')
		return (-1);
	for (*out = 0; *s != '\0'; s++)
		*out = *out * 10 + (uint32_t)(*s - '0');
	return (0);
}

/* `key=N` before sep. */
static int
named(const char **s, const char *key, char sep, uint32_t *out)
{
	char text[16];
	size_t n = strlen(key);

	if (strncmp(*s, key, n) != 0)
		return (-1);
	*s += n;
	return (piece(s, sep, text, sizeof(text)) == -1 ? -1 :
	    number(text, out));
}

/* With or without padding; '.' for '+' is passlib's own alphabet. */
static int
base64(const char *s, uint8_t *out, size_t cap, size_t *n)
{
	char text[FOREIGN_CAP];
	size_t len = strlen(s), i;

	if (len >= sizeof(text))
		return (-1);
	if (len % 4 == 0)
		for (i = 0; i < 2 && len > 0 && s[len - 1] == '='; i++)
			len--;
	for (i = 0; i < len; i++)
		text[i] = s[i] == '.' ? '+' : s[i];
	if (len == 0 || sodium_base642bin(out, cap, text, len, NULL, n, NULL,
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
		return (-1);
	return (0);
}

static int
decode(enum encoding e, const char *s, uint8_t *out, size_t cap, size_t *n)
{
	const char *end;
	size_t len = strlen(s);

	switch (e) {
	case E_TEXT:
		if (len == 0 || len > cap)
			return (-1);
		memcpy(out, s, len);
		*n = len;
		return (0);
	case E_HEX:
		return (sodium_hex2bin(out, cap, s, len, NULL, n, &end) == 0 &&
		    *end == '\0' ? 0 : -1);
	default:
		return (base64(s, out, cap, n));
	}
}

static int
take_salt(enum encoding e, const char *s, struct foreign *f)
{
	return (decode(e, s, f->salt, sizeof(f->salt), &f->saltlen));
}

static int
take_hash(enum encoding e, const char *s, struct foreign *f)
{
	if (decode(e, s, f->hash, sizeof(f->hash), &f->hashlen) == -1)
		return (-1);
	return (f->hashlen >= FOREIGN_HASH_MIN ? 0 : -1);
}

/* ---- crypt(3) ---- */

static enum foreign_err
parse_bcrypt(const struct form *w, const char *s, struct foreign *f)
{
	unsigned cost;

	s += w->skip;
	if (strlen(s) != BCRYPT_LEN || strspn(s + 7, ITOA64) !=
	    BCRYPT_LEN - 7 || s[6] != '$' || s[3] != '$' ||
	    strchr("aby", s[2]) == NULL || strspn(s + 4, "0123456789") != 2)
		return (FOREIGN_FORM);
	cost = (unsigned)(s[4] - '0') * 10 + (unsigned)(s[5] - '0');
	if (cost < 4)
		return (FOREIGN_FORM);
	memcpy(f->text, s, BCRYPT_LEN + 1);
	f->tail = BCRYPT_TAIL;
	return (cost <= FOREIGN_BCRYPT_COST ? FOREIGN_OK : FOREIGN_COST);
}

/* [rounds=N$]salt$hash, of 43 or 86 characters */
static enum foreign_err
parse_shacrypt(const struct form *w, const char *s, struct foreign *f)
{
	const char *p = s + strlen(w->prefix);
	size_t salt, want = w->prefix[1] == '6' ? 86 : 43;
	uint32_t rounds = 5000;

	if (strncmp(p, "rounds=", 7) == 0 &&
	    named(&p, "rounds=", '$', &rounds) == -1)
		return (FOREIGN_FORM);
	salt = strspn(p, ITOA64);
	if (salt == 0 || salt > 16 || p[salt] != '$' || rounds < 1000 ||
	    strlen(p + salt + 1) != want ||
	    strspn(p + salt + 1, ITOA64) != want)
		return (FOREIGN_FORM);
	f->tail = (size_t)(p + salt + 1 - s);
	memcpy(f->text, s, strlen(s) + 1);
	return (rounds <= FOREIGN_CRYPT_ROUNDS ? FOREIGN_OK : FOREIGN_COST);
}

/* $y$j9T$salt$hash: 128 * 32 * 2^N bytes, N written as '9' for 12. */
static enum foreign_err
parse_yescrypt(const struct form *w, const char *s, struct foreign *f)
{
	const char *p = s + strlen(w->prefix), *cost;
	size_t salt;

	if (p[0] != 'j' || p[1] == '\0' || p[2] == '\0' ||
	    (cost = strchr(ITOA64, p[1])) == NULL ||
	    strchr("5T", p[2]) == NULL || p[3] != '$')
		return (FOREIGN_FORM);
	salt = strspn(p + 4, ITOA64);
	if (salt == 0 || salt > 86 || p[4 + salt] != '$' ||
	    strlen(p + 5 + salt) != 43 || strspn(p + 5 + salt, ITOA64) != 43)
		return (FOREIGN_FORM);
	f->tail = (size_t)(p + 5 + salt - s);
	memcpy(f->text, s, strlen(s) + 1);
	/* 4 KiB times 2^(place + 1) */
	return (cost - ITOA64 <= 15 ? FOREIGN_OK : FOREIGN_COST);
}

/* ---- Argon2 ---- */

static enum foreign_err
parse_argon2(const struct form *w, const char *s, struct foreign *f)
{
	char text[FOREIGN_CAP];
	uint32_t m, t, lanes;
	const char *p;

	s += w->skip;
	if (*s != '$') {		/* Django's: argon2$argon2id$… */
		f->text[0] = '$';
		memcpy(f->text + 1, s, strlen(s) + 1);
	} else
		memcpy(f->text, s, strlen(s) + 1);
	p = f->text + 1;
	p += strcspn(p, "$");
	if (strncmp(p, "$v=19$", 6) != 0)
		return (FOREIGN_FORM);
	p += 6;
	if (named(&p, "m=", ',', &m) == -1 || named(&p, "t=", ',', &t) == -1 ||
	    named(&p, "p=", '$', &lanes) == -1 ||
	    piece(&p, '$', text, sizeof(text)) == -1 || strchr(text, '.') ||
	    take_salt(E_B64, text, f) == -1 || f->saltlen < 8 ||
	    f->saltlen > 64 || strpbrk(p, ".=") != NULL ||
	    take_hash(E_B64, p, f) == -1)
		return (FOREIGN_FORM);
	if (m > FOREIGN_KIB || t > FOREIGN_PASSES || lanes > FOREIGN_LANES)
		return (FOREIGN_COST);
	return (m >= 8 * lanes ? FOREIGN_OK : FOREIGN_FORM);
}

/* ---- PBKDF2, scrypt ---- */

static enum foreign_err
parse_pbkdf2(const struct form *w, const char *s, struct foreign *f)
{
	char rounds[16], salt[FOREIGN_CAP];
	/* Another block of output for each so many bytes, each at full cost. */
	size_t block = strcmp(w->digest, "SHA1") == 0 ? 20 :
	    strcmp(w->digest, "SHA256") == 0 ? 32 : 64;

	s += strlen(w->prefix);
	if (piece(&s, w->sep, rounds, sizeof(rounds)) == -1 ||
	    number(rounds, &f->rounds) == -1 ||
	    piece(&s, w->sep, salt, sizeof(salt)) == -1 ||
	    take_salt(w->salt, salt, f) == -1 ||
	    take_hash(w->hash, s, f) == -1)
		return (FOREIGN_FORM);
	if ((uint64_t)f->rounds * ((f->hashlen + block - 1) / block) >
	    FOREIGN_ROUNDS)
		return (FOREIGN_COST);
	return (FOREIGN_OK);
}

static enum foreign_err
scrypt_bounds(const struct foreign *f)
{
	if (f->n < 2 || (f->n & (f->n - 1)) != 0 || f->r == 0 || f->p == 0)
		return (FOREIGN_FORM);
	if (f->r > 64 || f->p > FOREIGN_LANES || f->n > (1 << 24) ||
	    128 * f->n * f->r > (uint64_t)FOREIGN_KIB * 1024 ||
	    128 * f->n * f->r * f->p > (uint64_t)FOREIGN_KIB * 4096)
		return (FOREIGN_COST);
	return (FOREIGN_OK);
}

/* ln=L,r=R,p=P$salt$hash */
static enum foreign_err
parse_scrypt_phc(const struct form *w, const char *s, struct foreign *f)
{
	char salt[FOREIGN_CAP];
	uint32_t ln;

	s += strlen(w->prefix);
	if (named(&s, "ln=", ',', &ln) == -1 ||
	    named(&s, "r=", ',', &f->r) == -1 ||
	    named(&s, "p=", '$', &f->p) == -1 ||
	    piece(&s, '$', salt, sizeof(salt)) == -1 ||
	    take_salt(E_B64, salt, f) == -1 || take_hash(E_B64, s, f) == -1)
		return (FOREIGN_FORM);
	if (ln > 24)
		return (FOREIGN_COST);
	f->n = UINT64_C(1) << ln;
	return (scrypt_bounds(f));
}

/* Django: N$salt$r$p$hash. Werkzeug: N:r:p$salt$hash, in hex. */
static enum foreign_err
parse_scrypt(const struct form *w, const char *s, struct foreign *f)
{
	char salt[FOREIGN_CAP], num[3][16];
	uint32_t n;
	int django = w->sep == '$', bad;

	s += strlen(w->prefix);
	bad = piece(&s, w->sep, num[0], sizeof(num[0])) == -1 ||
	    (django && piece(&s, '$', salt, sizeof(salt)) == -1) ||
	    piece(&s, w->sep, num[1], sizeof(num[1])) == -1 ||
	    piece(&s, '$', num[2], sizeof(num[2])) == -1 ||
	    (!django && piece(&s, '$', salt, sizeof(salt)) == -1);
	if (bad || number(num[0], &n) == -1 || number(num[1], &f->r) == -1 ||
	    number(num[2], &f->p) == -1 || take_salt(w->salt, salt, f) == -1 ||
	    take_hash(w->hash, s, f) == -1)
		return (FOREIGN_FORM);
	f->n = n;
	return (scrypt_bounds(f));
}

/* The first row whose prefix fits decides. */
static const struct form forms[] = {
	{ "$2a$", parse_bcrypt, 0, FK_BCRYPT, NULL, 0, 0, 0 },
	{ "$2b$", parse_bcrypt, 0, FK_BCRYPT, NULL, 0, 0, 0 },
	{ "$2y$", parse_bcrypt, 0, FK_BCRYPT, NULL, 0, 0, 0 },
	{ "bcrypt$$2", parse_bcrypt, 7, FK_BCRYPT, NULL, 0, 0, 0 },
	{ "bcrypt_sha256$$2", parse_bcrypt, 14, FK_BCRYPT_SHA256, NULL, 0, 0,
	    0 },
	{ "$6$", parse_shacrypt, 0, FK_CRYPT, NULL, 0, 0, 0 },
	{ "$5$", parse_shacrypt, 0, FK_CRYPT, NULL, 0, 0, 0 },
	{ "$y$", parse_yescrypt, 0, FK_CRYPT, NULL, 0, 0, 0 },
	{ "$argon2id$", parse_argon2, 0, FK_ARGON2, NULL, 0, 0, 0 },
	{ "$argon2i$", parse_argon2, 0, FK_ARGON2, NULL, 0, 0, 0 },
	{ "argon2$argon2id$", parse_argon2, 7, FK_ARGON2, NULL, 0, 0, 0 },
	{ "argon2$argon2i$", parse_argon2, 7, FK_ARGON2, NULL, 0, 0, 0 },
	/* passlib */
	{ "$pbkdf2$", parse_pbkdf2, 0, FK_PBKDF2, "SHA1", '$', E_B64, E_B64 },
	{ "$pbkdf2-sha256$", parse_pbkdf2, 0, FK_PBKDF2, "SHA256", '$', E_B64,
	    E_B64 },
	{ "$pbkdf2-sha512$", parse_pbkdf2, 0, FK_PBKDF2, "SHA512", '$', E_B64,
	    E_B64 },
	{ "$scrypt$", parse_scrypt_phc, 0, FK_SCRYPT, NULL, '$', E_B64,
	    E_B64 },
	/* Django */
	{ "pbkdf2_sha256$", parse_pbkdf2, 0, FK_PBKDF2, "SHA256", '$', E_TEXT,
	    E_B64 },
	{ "pbkdf2_sha1$", parse_pbkdf2, 0, FK_PBKDF2, "SHA1", '$', E_TEXT,
	    E_B64 },
	{ "scrypt$", parse_scrypt, 0, FK_SCRYPT, NULL, '$', E_TEXT, E_B64 },
	/* Werkzeug (Flask) */
	{ "pbkdf2:sha1:", parse_pbkdf2, 0, FK_PBKDF2, "SHA1", '$', E_TEXT,
	    E_HEX },
	{ "pbkdf2:sha256:", parse_pbkdf2, 0, FK_PBKDF2, "SHA256", '$', E_TEXT,
	    E_HEX },
	{ "pbkdf2:sha512:", parse_pbkdf2, 0, FK_PBKDF2, "SHA512", '$', E_TEXT,
	    E_HEX },
	{ "scrypt:", parse_scrypt, 0, FK_SCRYPT, NULL, ':', E_TEXT, E_HEX },
	/* Keycloak, its two JSON texts in one line */
	{ "pbkdf2:", parse_pbkdf2, 0, FK_PBKDF2, "SHA1", ':', E_B64, E_B64 },
	{ "pbkdf2-sha256:", parse_pbkdf2, 0, FK_PBKDF2, "SHA256", ':', E_B64,
	    E_B64 },
	{ "pbkdf2-sha512:", parse_pbkdf2, 0, FK_PBKDF2, "SHA512", ':', E_B64,
	    E_B64 },
};

enum foreign_err
foreign_parse(const char *s, struct foreign *f)
{
	size_t i;

	memset(f, 0, sizeof(*f));
	/* One byte is kept for the '$' that Django leaves out. */
	if (strlen(s) >= FOREIGN_CAP - 1)
		return (FOREIGN_FORM);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strncmp(s, forms[i].prefix,
		    strlen(forms[i].prefix)) == 0) {
			f->kind = forms[i].kind;
			f->digest = forms[i].digest;
			return (forms[i].parse(&forms[i], s, f));
		}
	return (FOREIGN_FORM);
}
