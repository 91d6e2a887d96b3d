# unit tests of base
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_base
TESTS += regress/unit/test_base
regress_unit_test_base_SOURCES = regress/unit/test_base.c
regress_unit_test_base_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_base_LDADD = libbase.a $(CHECK_LIBS)
endif
