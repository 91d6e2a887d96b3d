# fuzz target chain
EXTRA_PROGRAMS += regress/fuzz/fuzz_chain
regress_fuzz_fuzz_chain_SOURCES = regress/fuzz/fuzz_chain.c
regress_fuzz_fuzz_chain_LDADD = libjose.a libjson.a libbase.a \
	$(CRYPTO_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)
regress_fuzz_fuzz_chain_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
