/*
 * Hashes of other systems, made by Debian's python3-bcrypt, python3-argon2,
 * python3-passlib, python3-django and Python's hashlib, and what no importer
 * may get computed (regress/live/test_import.py makes fresh ones).
 */
#include "config.h"

#include <check.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/hasher/foreign.h"
#include "privsep/hasher/record.h"

#define PASS	"correct horse battery staple"
#define USER	"0198a5c2-0000-7000-8000-000000000001"
#define OTHER	"0198a5c2-0000-7000-8000-000000000002"
#define BCRYPT	good[0]
#define ARGON	good[4]		/* our own form, imported */

static const char *const good[] = {
	/* bcrypt 2a */
	"$2a$04$NrPLwI5WWUqo49HY90v5tuMvCrnNWDfI8d2f3upR0Bap0tbiVC.d2",
	/* bcrypt 2b */
	"$2b$04$WJ.P.KZhL0cg6PV0FMLoSuHkE1b2i5HB1rpvBEHRX6bQ2azOsAJQK",
	/* bcrypt 2y */
	"$2y$04$4ZaC5KnvhiCPt1NkXbnttuydMYbRlyVbOG6Ga2sEDB8eUGhraL6k6",
	/* argon2id */
	"$argon2id$v=19$m=1024,t=2,p=4$AJEIUGN3gw16gVMS1axciA$c12g8o2"
	    "x4kdsW2CGFrLkFQ",
	/* argon2id p1 */
	"$argon2id$v=19$m=64,t=1,p=1$uGa3A/jj9Nk8NmJUjeGNoA$aEJXgxFYQ"
	    "sEymbIbND/+qA",
	/* argon2i */
	"$argon2i$v=19$m=256,t=3,p=2$BAXncu5lbwg$o10rKRhqxC0qVRwWIpDU"
	    "gHVBKlcH5tpq",
	/* passlib */
	"$pbkdf2$10$nNN6r7WWEqI0BqDUWgvBGA$vv8vAW0/PPlDQs9XksOdOO.ns8"
	    "A",
	/* passlib */
	"$pbkdf2-sha256$10$.38PYcxZyxmDMKb0/r/3vg$9.ln54wVGDNJByX1eEM"
	    "AEieLmFLbu9mk9jN739DkgZY",
	/* passlib */
	"$pbkdf2-sha512$10$4vx/D2GsldJ6L4UwxjhnLA$//0D2airtj82FgF3s19"
	    "2NMiTdubv8FT7Aqn.cTSe5k3cIiG7V99IMmsNGfgcBVusET0f2Zh6o9xszKn"
	    "H07YTJQ",
	/* passlib scrypt */
	"$scrypt$ln=4,r=8,p=1$5hxjLGUMASCklBJCCKFUSg$NbVC4bmuznZgwHL9"
	    "65Biz77yrSMNme57STHRlhHbIbQ",
	/* sha512_crypt */
	"$6$rounds=1000$JP/eDm6t4XU2Odyd$T3fZGG.J/f0Oh/Yu0CBF8oqkhBlt"
	    "xELeRHua2GSqlSaIT6BZec6QUYVDG5XAeFDd2VM1496ANcwew4ajxFSj/.",
	/* sha512_crypt */
	"$6$Ipb9koBkR9ijXW66$EO4geUjiqyAHJAzZkmXEdaL8mxopLeijrVT1xkFR"
	    "0jKkjxq7rqJ1PI5oCU8R9SuljQok89St3OaZWrutdmc6H.",
	/* sha256_crypt */
	"$5$rounds=1000$dvRWUWuy7b.0GYqR$/sG66d4wlTdUGBNiSrdcuJA1UmXv"
	    "PC9cbDtEtJmm2F3",
	/* yescrypt */
	"$y$j75$abcdefgh$PjxqSBInLcUv0eN5/yu/Y5cbNsCBHaJNtWz5vXDtR8C",
	/* yescrypt */
	"$y$j9T$abcdefgh$iFdgk.VNNhO/seY38dVXNRu7wN8w.sV4fiverjT2unB",
	/* django */
	"pbkdf2_sha256$10$saltsalt$VBydjFpBE/BQxekj5FP31NAu6m0PukNKRo"
	    "m1u4UiOIc=",
	/* django */
	"pbkdf2_sha1$10$saltsalt$qvMekwEyyLXX0DwQrchCqtMIsck=",
	/* django */
	"bcrypt_sha256$$2b$04$r8DyNWSkyfuKdw1oI20tv.Pjb9fleRHBKmuWO3S"
	    "eBjaKAJ8IIIVXa",
	/* django */
	"bcrypt$$2b$04$1lKDWKlQ9h59N3CrSvNhLuTHNfZGSZgdx0knlQmx00JoOj"
	    "fMjbNbG",
	/* django */
	"argon2$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$ERNvCBi29vikzz"
	    "suEI2bUQ",
	/* django scrypt */
	"scrypt$16$saltsalt$8$1$OeJugEGPEIFZgX/mDt2xsR9LVjvIGw827DrVh"
	    "iMW8SJ5zeA4NyTTmpv/JO5b6jkD+nHJ942NhivE211c/mLSBg==",
	/* werkzeug scrypt */
	"scrypt:16:8:1$saltsalt$39e26e80418f108159817fe60eddb1b11f4b5"
	    "63bc81b0f36ec3ad5862316f12279cde0383724d39a9bff24ee5bea3903f"
	    "a71c9f78d8d862bc4db5d5cfe62d206",
	/* keycloak */
	"pbkdf2-sha256:10:MDEyMzQ1Njc4OWFiY2RlZg==:ytoRUsYjpcAUaamG1k"
	    "JlXK7aAWLnRlQXHF7ZdigW8fEypa3g6NtlRX0vRxPiUm/MmgSlsY/P+zvMNf"
	    "/X1+gF5A==",
	/* keycloak */
	"pbkdf2-sha512:10:MDEyMzQ1Njc4OWFiY2RlZg==:NBKx/0fQ+M9Y4M+mAJ"
	    "elFXcADklVTJ1ke7ROIB/bL7/EmbKxYQEoSqIh+CSAyd4J6MaVeBL8gItfno"
	    "I3r+ti8w==",
	/* keycloak */
	"pbkdf2:10:MDEyMzQ1Njc4OWFiY2RlZg==:b1ixREcytgZ7p0fy9qGK5BpYW"
	    "Qc=",
	/* werkzeug */
	"pbkdf2:sha256:10$saltsalt$541c9d8c5a4113f050c5e923e453f7d4d0"
	    "2eea6d0fba434a4689b5bb85223887",
};
#define NGOOD	((int)(sizeof(good) / sizeof(good[0])))

/* bcrypt of "pässwörd 密码" in UTF-8, and of 72 times x */
static const char unicode[] =
    "$2b$04$oVWsSeq4/dEU2cP4Aoui.e/iwmtl90PbF7qRoZpg0kPUrqz3GLlTC";
static const char longest[] =
    "$2b$04$A/NYMx73D7prr7rIU8Lji./IOI6WJaJgtNXC56VHCLM19kMHuiPw2";
static const char argon2d[] =
    "$argon2d$v=19$m=256,t=3,p=2$6N9jy1WoKCuoJ476SsP5sg$WBPb++6bUNhAAGAuaGYx1w";

static const struct argon_cost cheap = { 64, 1 };
static struct pepper *pepper, *other_pepper;
static char dummy[RECORD_CAP], other_dummy[RECORD_CAP];

static void
setup(void)
{
	uint8_t secret[PEPPER_LEN];

	ck_assert_int_ne(sodium_init(), -1);
	memset(secret, 7, sizeof(secret));
	pepper = pepper_new(secret);
	secret[0] = 8;
	other_pepper = pepper_new(secret);
	record_dummy(pepper, &cheap, dummy);
	record_dummy(other_pepper, &cheap, other_dummy);
	ck_assert_int_eq(foreign_warm_up(), 0);
}

static void
teardown(void)
{
	pepper_free(pepper);
	pepper_free(other_pepper);
}

static enum record_err
verify(const char *user, const char *record, const char *pass,
    const char *raw)
{
	return (record_verify(pepper, user, record, pass, raw, dummy));
}

/* ---- each form ---- */

START_TEST(foreign_accepts_what_others_made)
{
	ck_assert_msg(foreign_check(good[_i]) == FOREIGN_OK, "%s", good[_i]);
	ck_assert_msg(foreign_verify(good[_i], PASS) == FOREIGN_OK, "%s",
	    good[_i]);
}
END_TEST

START_TEST(foreign_rejects_other_passwords)
{
	static const char *const wrong[] = { "", PASS " ", "Correct horse"
	    " battery staple", "correct horse battery stapl", "x" };
	size_t k;

	for (k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++)
		ck_assert_msg(foreign_verify(good[_i], wrong[k]) ==
		    FOREIGN_MISMATCH, "%s: %s", good[_i], wrong[k]);
}
END_TEST

/*
 * Cut anywhere it is no hash, or another one. (What PBKDF2 and scrypt derive
 * may be cut down to 16 bytes: shorter output begins like longer.)
 */
START_TEST(foreign_rejects_cut_hashes)
{
	char cut[FOREIGN_CAP];
	size_t n, len = strlen(good[_i]);
	int derived = strstr(good[_i], "pbkdf2") != NULL ||
	    strstr(good[_i], "scrypt") != NULL;

	for (n = 0; n < len; n++) {
		memcpy(cut, good[_i], n);
		cut[n] = '\0';
		if (foreign_check(cut) == FOREIGN_OK && !derived)
			ck_assert_msg(foreign_verify(cut, PASS) ==
			    FOREIGN_MISMATCH, "%s", cut);
	}
	memcpy(cut, good[_i], len);
	memcpy(cut + len, "$", 2);
	ck_assert_msg(foreign_check(cut) == FOREIGN_FORM, "%s", cut);
	memcpy(cut + len, "\x01", 2);
	ck_assert_msg(foreign_check(cut) == FOREIGN_FORM, "%s", cut);
}
END_TEST

/* What bcrypt itself does: 72 bytes count, whatever follows. */
START_TEST(foreign_accepts_bcrypt_of_72_bytes)
{
	char pass[1024];

	memset(pass, 'x', sizeof(pass));
	pass[sizeof(pass) - 1] = '\0';
	ck_assert_int_eq(foreign_verify(longest, pass), FOREIGN_OK);
	pass[72] = 'y';
	ck_assert_int_eq(foreign_verify(longest, pass), FOREIGN_OK);
	pass[72] = '\0';
	ck_assert_int_eq(foreign_verify(longest, pass), FOREIGN_OK);
	pass[71] = '\0';
	ck_assert_int_eq(foreign_verify(longest, pass), FOREIGN_MISMATCH);
	pass[71] = 'y';
	ck_assert_int_eq(foreign_verify(longest, pass), FOREIGN_MISMATCH);
}
END_TEST

START_TEST(foreign_accepts_utf8)
{
	ck_assert_int_eq(foreign_verify(unicode, "p\xc3\xa4ssw\xc3\xb6rd "
	    "\xe5\xaf\x86\xe7\xa0\x81"), FOREIGN_OK);
	/* bytes, not characters: decomposed is another password */
	ck_assert_int_eq(foreign_verify(unicode, "pa\xcc\x88sswo\xcc\x88rd "
	    "\xe5\xaf\x86\xe7\xa0\x81"), FOREIGN_MISMATCH);
}
END_TEST

#define SALT22	"abcdefghijklmnopqrstuu"
#define HASH31	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcde"
#define B64_16	"AAAAAAAAAAAAAAAAAAAAAA"
#define B64_32	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct {
	const char	*hash;
	enum foreign_err want;
} refused[] = {
	{ "", FOREIGN_FORM },
	{ "password", FOREIGN_FORM },
	{ "5f4dcc3b5aa765d61d8327deb882cf99", FOREIGN_FORM },
	{ "{SSHA}xyz", FOREIGN_FORM },
	{ "*", FOREIGN_FORM }, { "!", FOREIGN_FORM }, { "*0", FOREIGN_FORM },
	{ "$1$abcdefgh$0123456789012345678901", FOREIGN_FORM },
	{ "ab0123456789.", FOREIGN_FORM },
	{ "sha1$salt$0123456789012345678901234567890123456789",
	    FOREIGN_FORM },
	/* bcrypt */
	{ "$2b$15$" SALT22 HASH31, FOREIGN_COST },
	{ "$2b$31$" SALT22 HASH31, FOREIGN_COST },
	{ "$2b$99$" SALT22 HASH31, FOREIGN_COST },
	{ "$2b$03$" SALT22 HASH31, FOREIGN_FORM },
	{ "$2b$4$" SALT22 HASH31 "a", FOREIGN_FORM },
	{ "$2b$-1$" SALT22 HASH31, FOREIGN_FORM },
	{ "$2b$1a$" SALT22 HASH31, FOREIGN_FORM },
	{ "$2x$04$" SALT22 HASH31, FOREIGN_FORM },
	{ "$2$04$" SALT22 HASH31 "a", FOREIGN_FORM },
	{ "$2b$04$" SALT22 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcd-",
	    FOREIGN_FORM },
	{ "$2b$04$" SALT22 HASH31 "a", FOREIGN_FORM },
	{ "$2b$04$" SALT22, FOREIGN_FORM },
	{ "$2b$04$" SALT22 ":BCDEFGHIJKLMNOPQRSTUVWXYZabcde",
	    FOREIGN_FORM },
	{ "bcrypt$$2b$31$" SALT22 HASH31, FOREIGN_COST },
	{ "bcrypt$" "2b$04$" SALT22 HASH31, FOREIGN_FORM },
	{ "bcrypt_sha256$$2b$20$" SALT22 HASH31, FOREIGN_COST },
	/* Argon2 */
	{ "$argon2id$v=19$m=4194304,t=1,p=1$" B64_16 "$" B64_32,
	    FOREIGN_COST },
	{ "$argon2id$v=19$m=262145,t=1,p=1$" B64_16 "$" B64_32,
	    FOREIGN_COST },
	{ "$argon2id$v=19$m=64,t=17,p=1$" B64_16 "$" B64_32, FOREIGN_COST },
	{ "$argon2id$v=19$m=640,t=1,p=17$" B64_16 "$" B64_32,
	    FOREIGN_COST },
	{ "$argon2id$v=19$m=8,t=1,p=2$" B64_16 "$" B64_32, FOREIGN_FORM },
	{ "$argon2id$v=19$m=4294967360,t=1,p=1$" B64_16 "$" B64_32,
	    FOREIGN_FORM },
	{ "$argon2id$v=19$m=064,t=1,p=1$" B64_16 "$" B64_32, FOREIGN_FORM },
	{ "$argon2id$v=19$m=64,t=0,p=1$" B64_16 "$" B64_32, FOREIGN_FORM },
	{ "$argon2id$v=19$m=64,t=1,p=0$" B64_16 "$" B64_32, FOREIGN_FORM },
	{ "$argon2id$v=19$m=64,t=1,p=1,keyid=AA$" B64_16 "$" B64_32,
	    FOREIGN_FORM },
	{ "$argon2id$v=16$m=64,t=1,p=1$" B64_16 "$" B64_32, FOREIGN_FORM },
	{ "$argon2id$m=64,t=1,p=1$" B64_16 "$" B64_32, FOREIGN_FORM },
	{ "$argon2id$v=19$m=64,t=1,p=1$AAAA$" B64_32, FOREIGN_FORM },
	{ "$argon2id$v=19$m=64,t=1,p=1$" B64_16 "$AAAA", FOREIGN_FORM },
	{ "$argon2id$v=19$m=64,t=1,p=1$" B64_16 "$", FOREIGN_FORM },
	{ "$argon2id$v=19$m=64,t=1,p=1$" B64_16, FOREIGN_FORM },
	{ "$argon2ds$v=19$m=64,t=1,p=1$" B64_16 "$" B64_32, FOREIGN_FORM },
	{ argon2d, FOREIGN_FORM },
	/* PBKDF2 */
	{ "pbkdf2_sha256$4000001$salt$" B64_32 "=", FOREIGN_COST },
	{ "pbkdf2_sha256$999999999$salt$" B64_32 "=", FOREIGN_COST },
	{ "pbkdf2_sha256$9999999999$salt$" B64_32 "=", FOREIGN_FORM },
	{ "pbkdf2_sha256$0$salt$" B64_32 "=", FOREIGN_FORM },
	{ "pbkdf2_sha256$-1$salt$" B64_32 "=", FOREIGN_FORM },
	{ "pbkdf2_sha256$10$$" B64_32 "=", FOREIGN_FORM },
	{ "pbkdf2_sha256$10$salt$AAAA", FOREIGN_FORM },
	{ "pbkdf2_sha256$10$salt$" B64_32 B64_32 B64_32, FOREIGN_FORM },
	{ "pbkdf2_sha256$10$salt", FOREIGN_FORM },
	{ "pbkdf2_md5$10$salt$" B64_16, FOREIGN_FORM },
	/* two blocks of output, each at full cost */
	{ "$pbkdf2-sha256$2000001$AAAA$" B64_32 "AAAAAAAAAAAAAAAAAAAAA",
	    FOREIGN_COST },
	{ "pbkdf2-sha256:2000001:AAAA:" B64_32 B64_32, FOREIGN_COST },
	{ "pbkdf2-sha256:10:!!!:" B64_32 "=", FOREIGN_FORM },
	{ "pbkdf2:sha256:10$salt$zz", FOREIGN_FORM },
	/* scrypt */
	{ "$scrypt$ln=25,r=8,p=1$AAAA$" B64_32, FOREIGN_COST },
	{ "$scrypt$ln=19,r=8,p=1$AAAA$" B64_32, FOREIGN_COST },
	{ "$scrypt$ln=14,r=999999999,p=1$AAAA$" B64_32, FOREIGN_COST },
	{ "$scrypt$ln=14,r=8,p=999999999$AAAA$" B64_32, FOREIGN_COST },
	{ "$scrypt$ln=18,r=8,p=8$AAAA$" B64_32, FOREIGN_COST },
	{ "$scrypt$ln=0,r=8,p=1$AAAA$" B64_32, FOREIGN_FORM },
	{ "$scrypt$ln=14,r=0,p=1$AAAA$" B64_32, FOREIGN_FORM },
	{ "$scrypt$ln=14,p=1,r=8$AAAA$" B64_32, FOREIGN_FORM },
	{ "scrypt$1048576$salt$8$1$" B64_32 "=", FOREIGN_COST },
	{ "scrypt$1000$salt$8$1$" B64_32 "=", FOREIGN_FORM },
	{ "scrypt$1$salt$8$1$" B64_32 "=", FOREIGN_FORM },
	{ "scrypt$16$salt$8$" B64_32 "=", FOREIGN_FORM },
	{ "scrypt:16:8$salt$00", FOREIGN_FORM },
	/* crypt(3) */
	{ "$6$rounds=999999999$abcdefgh$" "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
	    "mnopqrstuvwxyz./0123456789ABCDEFGHIJKLMNOPQRSTUV", FOREIGN_COST },
	{ "$6$rounds=1$abcdefgh$" "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
	    "mnopqrstuvwxyz./0123456789ABCDEFGHIJKLMNOPQRSTUV", FOREIGN_FORM },
	{ "$6$abcdefgh$ABC", FOREIGN_FORM },
	{ "$y$jzT$abcdefgh$ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq",
	    FOREIGN_COST },
	{ "$y$zzzzz$abcdefgh$ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq",
	    FOREIGN_FORM },
	{ "$gy$j9T$abcdefgh$ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq",
	    FOREIGN_FORM },
	{ "$7$CU..../....abc$ABC", FOREIGN_FORM },
};

START_TEST(foreign_rejects_hostile_hashes)
{
	ck_assert_msg(foreign_check(refused[_i].hash) == refused[_i].want,
	    "%s", refused[_i].hash);
	ck_assert_int_eq(foreign_verify(refused[_i].hash, PASS),
	    refused[_i].want);
}
END_TEST

START_TEST(foreign_rejects_long_hashes)
{
	char s[4096];
	size_t i;
	int k;

	for (k = 0; k < NGOOD; k++) {
		memset(s, 'A', sizeof(s) - 1);
		s[sizeof(s) - 1] = '\0';
		memcpy(s, good[k], strlen(good[k]));
		ck_assert_int_eq(foreign_check(s), FOREIGN_FORM);
	}
	for (i = 500; i < 520; i++) {
		memset(s, 'A', i);
		memcpy(s, "pbkdf2_sha256$10$", 17);
		s[i] = '\0';
		ck_assert_int_eq(foreign_check(s), FOREIGN_FORM);
	}
}
END_TEST

/* ---- records ---- */

START_TEST(record_accepts_imported)
{
	char r[RECORD_CAP];

	ck_assert_int_eq(record_import(pepper, USER, good[_i], r), RECORD_OK);
	ck_assert_int_eq(strncmp(r, good[_i], strlen(good[_i])), 0);
	ck_assert_int_eq(r[strlen(good[_i])], '|');
	ck_assert_int_eq(record_imported(pepper, USER, r), 1);
	ck_assert_int_eq(verify(USER, r, PASS, ""), RECORD_OK);
	ck_assert_int_eq(verify(USER, r, PASS "x", ""), RECORD_MISMATCH);
	ck_assert_int_eq(verify(OTHER, r, PASS, ""), RECORD_MAC);
	ck_assert_int_eq(record_verify(other_pepper, USER, r, PASS, "",
	    other_dummy), RECORD_MAC);
	ck_assert_int_eq(record_imported(pepper, OTHER, r), 0);
}
END_TEST

/* Made of what was typed; the normal form is tried as well. */
START_TEST(record_accepts_imported_raw_and_normal)
{
	const char *nfc = "p\xc3\xa4ssw\xc3\xb6rd \xe5\xaf\x86\xe7\xa0\x81";
	const char *nfd = "pa\xcc\x88sswo\xcc\x88rd \xe5\xaf\x86\xe7\xa0\x81";
	char r[RECORD_CAP];

	ck_assert_int_eq(record_import(pepper, USER, unicode, r), RECORD_OK);
	ck_assert_int_eq(verify(USER, r, nfc, ""), RECORD_OK);
	ck_assert_int_eq(verify(USER, r, nfc, nfd), RECORD_OK);
	ck_assert_int_eq(verify(USER, r, "other", nfc), RECORD_OK);
	ck_assert_int_eq(verify(USER, r, "other", nfd), RECORD_MISMATCH);
	/* no normal form: nothing to upgrade to */
	ck_assert_int_eq(verify(USER, r, "", nfc), RECORD_MISMATCH);
	ck_assert_int_eq(verify(USER, r, "", ""), RECORD_MISMATCH);
}
END_TEST

/* Text alone does not tell our records from imported ones; the MAC does. */
START_TEST(record_rejects_imported_as_own)
{
	char r[RECORD_CAP], own[RECORD_CAP], *bar;

	ck_assert_int_eq(record_import(pepper, USER, ARGON, r), RECORD_OK);
	ck_assert_int_eq(record_imported(pepper, USER, r), 1);
	ck_assert_int_eq(record_make(pepper, USER, PASS, &cheap, own),
	    RECORD_OK);
	ck_assert_int_eq(record_imported(pepper, USER, own), 0);
	/* Our own hash, taken from a record, is another's once imported. */
	*strrchr(own, '|') = '\0';
	ck_assert_int_eq(record_import(pepper, USER, own, r), RECORD_OK);
	ck_assert_int_eq(verify(USER, r, PASS, ""), RECORD_MISMATCH);
	/* and an imported record's MAC fits no other text */
	ck_assert_int_eq(record_import(pepper, USER, BCRYPT, r), RECORD_OK);
	bar = strrchr(r, '|');
	bar[-1] ^= 1;
	ck_assert_int_eq(verify(USER, r, PASS, ""), RECORD_MAC);
}
END_TEST

START_TEST(record_rejects_import)
{
	char r[RECORD_CAP];

	ck_assert_int_eq(record_import(pepper, USER, refused[_i].hash, r),
	    refused[_i].want == FOREIGN_COST ? RECORD_COST : RECORD_FORM);
}
END_TEST

START_TEST(record_rejects_import_without_user)
{
	char r[RECORD_CAP];

	ck_assert_int_eq(record_import(pepper, "", BCRYPT, r), RECORD_FORM);
}
END_TEST

int
main(void)
{
	const int nrefused = (int)(sizeof(refused) / sizeof(refused[0]));
	Suite *s = suite_create("foreign");
	TCase *t = tcase_create("foreign");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, foreign_accepts_what_others_made, 0, NGOOD);
	tcase_add_loop_test(t, foreign_rejects_other_passwords, 0, NGOOD);
	tcase_add_loop_test(t, foreign_rejects_cut_hashes, 0, NGOOD);
	tcase_add_test(t, foreign_accepts_bcrypt_of_72_bytes);
	tcase_add_test(t, foreign_accepts_utf8);
	tcase_add_loop_test(t, foreign_rejects_hostile_hashes, 0, nrefused);
	tcase_add_test(t, foreign_rejects_long_hashes);
	tcase_add_loop_test(t, record_accepts_imported, 0, NGOOD);
	tcase_add_test(t, record_accepts_imported_raw_and_normal);
	tcase_add_test(t, record_rejects_imported_as_own);
	tcase_add_loop_test(t, record_rejects_import, 0, nrefused);
	tcase_add_test(t, record_rejects_import_without_user);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
