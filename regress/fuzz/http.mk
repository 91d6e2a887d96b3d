# fuzz target http
EXTRA_PROGRAMS += regress/fuzz/fuzz_http
regress_fuzz_fuzz_http_SOURCES = regress/fuzz/fuzz_http.c
regress_fuzz_fuzz_http_LDADD = libhttp.a libbase.a $(EVENT_LIBS)
regress_fuzz_fuzz_http_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
