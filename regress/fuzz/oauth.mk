# fuzz target oauth
EXTRA_PROGRAMS += regress/fuzz/fuzz_oauth
regress_fuzz_fuzz_oauth_SOURCES = regress/fuzz/fuzz_oauth.c \
	src/oauth/request.c src/api/basic.c
regress_fuzz_fuzz_oauth_LDADD = libhttp.a librules.a libbase.a \
	$(EVENT_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)
regress_fuzz_fuzz_oauth_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
