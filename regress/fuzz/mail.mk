# fuzz target mail
EXTRA_PROGRAMS += regress/fuzz/fuzz_mail
regress_fuzz_fuzz_mail_SOURCES = regress/fuzz/fuzz_mail.c
regress_fuzz_fuzz_mail_LDADD = libmailer.a libbase.a $(SODIUM_LIBS)
regress_fuzz_fuzz_mail_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
