# fuzz target conf
EXTRA_PROGRAMS += regress/fuzz/fuzz_conf
regress_fuzz_fuzz_conf_SOURCES = regress/fuzz/fuzz_conf.c
regress_fuzz_fuzz_conf_LDADD = libparent.a libwall.a libbase.a \
	$(EVENT_LIBS) $(SODIUM_LIBS) $(SECCOMP_LIBS)
regress_fuzz_fuzz_conf_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
