# fuzz target foreign: hashes of other systems, parsed and not computed
EXTRA_PROGRAMS += regress/fuzz/fuzz_foreign
regress_fuzz_fuzz_foreign_SOURCES = regress/fuzz/fuzz_foreign.c
regress_fuzz_fuzz_foreign_LDADD = libhasher.a libbase.a $(SODIUM_LIBS)
regress_fuzz_fuzz_foreign_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
