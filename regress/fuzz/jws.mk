# fuzz target jws
EXTRA_PROGRAMS += regress/fuzz/fuzz_jws
regress_fuzz_fuzz_jws_SOURCES = regress/fuzz/fuzz_jws.c
regress_fuzz_fuzz_jws_LDADD = libjosesign.a libjose.a libjson.a libbase.a \
	$(CRYPTO_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)
regress_fuzz_fuzz_jws_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
