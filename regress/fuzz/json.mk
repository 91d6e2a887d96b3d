# fuzz target json
EXTRA_PROGRAMS += regress/fuzz/fuzz_json
regress_fuzz_fuzz_json_SOURCES = regress/fuzz/fuzz_json.c
regress_fuzz_fuzz_json_LDADD = libjson.a libbase.a $(JANSSON_LIBS) \
	$(SODIUM_LIBS)
regress_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
