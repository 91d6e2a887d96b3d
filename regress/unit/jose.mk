# unit tests of jose
if HAVE_CHECK
jose_help = regress/unit/jose_help.c regress/unit/jose_help.h
jose_libs = libjosesign.a libjose.a libjson.a libbase.a $(CRYPTO_LIBS) \
	$(JANSSON_LIBS) $(SODIUM_LIBS) $(CHECK_LIBS)
check_PROGRAMS += regress/unit/test_jws
TESTS += regress/unit/test_jws
regress_unit_test_jws_SOURCES = regress/unit/test_jws.c $(jose_help)
regress_unit_test_jws_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_jws_LDADD = $(jose_libs)
endif
