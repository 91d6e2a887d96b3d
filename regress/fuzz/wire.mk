# fuzz target wire
EXTRA_PROGRAMS += regress/fuzz/fuzz_wire
regress_fuzz_fuzz_wire_SOURCES = regress/fuzz/fuzz_wire.c
regress_fuzz_fuzz_wire_LDADD = libwall.a libbase.a \
	$(EVENT_LIBS) $(SODIUM_LIBS) $(SECCOMP_LIBS)
regress_fuzz_fuzz_wire_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
