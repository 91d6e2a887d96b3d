# fuzz target assert
EXTRA_PROGRAMS += regress/fuzz/fuzz_assert
regress_fuzz_fuzz_assert_SOURCES = regress/fuzz/fuzz_assert.c \
	privsep/engine/client_assert.c
regress_fuzz_fuzz_assert_LDADD = libjosesign.a libjose.a libjson.a libbase.a \
	$(CRYPTO_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)
regress_fuzz_fuzz_assert_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
# For make targets that do not pass by BUILT_SOURCES.
$(regress_fuzz_fuzz_assert_OBJECTS): sql/sqlops.h sql/schemaops.h
