# fuzz target pages
EXTRA_PROGRAMS += regress/fuzz/fuzz_pages
regress_fuzz_fuzz_pages_SOURCES = regress/fuzz/fuzz_pages.c
regress_fuzz_fuzz_pages_LDADD = libpages.a libhttp.a librules.a libbase.a $(SODIUM_LIBS)
regress_fuzz_fuzz_pages_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
# For make targets that do not pass by BUILT_SOURCES.
$(regress_fuzz_fuzz_pages_OBJECTS): src/pages/page_data.h
