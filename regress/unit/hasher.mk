# unit tests of hasher
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_hasher
TESTS += regress/unit/test_hasher
regress_unit_test_hasher_SOURCES = regress/unit/test_hasher.c
regress_unit_test_hasher_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_hasher_LDADD = libhasher.a libbase.a \
	$(SODIUM_LIBS) $(CRYPT_LIBS) $(CRYPTO_LIBS) $(CHECK_LIBS)

check_PROGRAMS += regress/unit/test_foreign
TESTS += regress/unit/test_foreign
regress_unit_test_foreign_SOURCES = regress/unit/test_foreign.c
regress_unit_test_foreign_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_foreign_LDADD = libhasher.a libbase.a \
	$(SODIUM_LIBS) $(CRYPT_LIBS) $(CRYPTO_LIBS) $(CHECK_LIBS)

check_PROGRAMS += regress/unit/test_hasher_run
TESTS += regress/unit/test_hasher_run
regress_unit_test_hasher_run_SOURCES = regress/unit/test_hasher_run.c
regress_unit_test_hasher_run_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_hasher_run_LDADD = libwall.a libbase.a \
	$(EVENT_LIBS) $(SODIUM_LIBS) $(CHECK_LIBS)
regress_unit_test_hasher_run_DEPENDENCIES = libwall.a libbase.a hasher
endif
