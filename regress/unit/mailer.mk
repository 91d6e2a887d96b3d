# unit tests of the mailer: templates, MIME, networks
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_mailer
TESTS += regress/unit/test_mailer
regress_unit_test_mailer_SOURCES = regress/unit/test_mailer.c
regress_unit_test_mailer_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_mailer_LDADD = libmailer.a libwall.a libbase.a \
	$(EVENT_LIBS) $(CURL_LIBS) $(SODIUM_LIBS) $(SECCOMP_LIBS) $(CHECK_LIBS)
endif
