# unit tests of jose
include regress/bench/local.mk
if HAVE_CHECK
jose_help = regress/unit/jose_help.c regress/unit/jose_help.h
jose_libs = libjosesign.a libjose.a libjson.a libbase.a $(CRYPTO_LIBS) \
	$(JANSSON_LIBS) $(SODIUM_LIBS) $(CHECK_LIBS)
check_PROGRAMS += regress/unit/test_jws regress/unit/test_at
TESTS += regress/unit/test_jws regress/unit/test_at
regress_unit_test_jws_SOURCES = regress/unit/test_jws.c \
	regress/unit/test_jws_sig.c regress/unit/test_jwk.c \
	regress/unit/test_jws_any.c $(jose_help)
regress_unit_test_jws_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_jws_LDADD = $(jose_libs)
regress_unit_test_at_SOURCES = regress/unit/test_at.c $(jose_help)
regress_unit_test_at_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_at_LDADD = $(jose_libs)
check_PROGRAMS += regress/unit/test_dpop
TESTS += regress/unit/test_dpop
regress_unit_test_dpop_SOURCES = regress/unit/test_dpop.c $(jose_help)
regress_unit_test_dpop_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_dpop_LDADD = $(jose_libs)
check_PROGRAMS += regress/unit/test_chain
TESTS += regress/unit/test_chain
regress_unit_test_chain_SOURCES = regress/unit/test_chain.c $(jose_help)
regress_unit_test_chain_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_chain_LDADD = $(jose_libs)
if HAVE_LIBJWT
check_PROGRAMS += regress/unit/test_libjwt
TESTS += regress/unit/test_libjwt
regress_unit_test_libjwt_SOURCES = regress/unit/test_libjwt.c $(jose_help)
regress_unit_test_libjwt_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	$(LIBJWT_CFLAGS)
regress_unit_test_libjwt_LDADD = $(jose_libs) $(LIBJWT_LIBS)
endif
endif
