EXTRA_DIST += src/jose/README
EXTRA_DIST += regress/fuzz/corpus/jws regress/fuzz/corpus/chain
# Verifying half: linked by worker, engine and vault.
noinst_LIBRARIES += libjose.a
libjose_a_SOURCES = \
	src/jose/jwk.c src/jose/jwk.h src/jose/jwk_json.c \
	src/jose/jwk_parse.c \
	src/jose/jws.c src/jose/jws.h \
	src/jose/at.c \
	src/jose/chain.c src/jose/chain.h \
	src/jose/chain_check.c src/jose/chain_check.h \
	src/jose/dpop.c src/jose/dpop.h
# Signing half: linked by the vault alone.
noinst_LIBRARIES += libjosesign.a
libjosesign_a_SOURCES = src/jose/jws_sign.c src/jose/jws_sign.h
