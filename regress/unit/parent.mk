# unit tests of parent: the configuration, and custody
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_conf regress/unit/test_custody \
	regress/unit/test_logpipe
TESTS += regress/unit/test_conf regress/unit/test_custody \
	regress/unit/test_logpipe
parent_test_ldadd = libparent.a libwall.a libbase.a \
	$(EVENT_LIBS) $(SODIUM_LIBS) $(SECCOMP_LIBS) $(CHECK_LIBS)
regress_unit_test_conf_SOURCES = regress/unit/test_conf.c
regress_unit_test_conf_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_conf_LDADD = $(parent_test_ldadd)
regress_unit_test_custody_SOURCES = regress/unit/test_custody.c
regress_unit_test_custody_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_custody_LDADD = $(parent_test_ldadd)
regress_unit_test_logpipe_SOURCES = regress/unit/test_logpipe.c
regress_unit_test_logpipe_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_logpipe_LDADD = $(parent_test_ldadd)
endif
