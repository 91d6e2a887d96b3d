# unit tests of api and of its body schemas
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_schema
TESTS += regress/unit/test_schema
regress_unit_test_schema_SOURCES = regress/unit/test_schema.c
regress_unit_test_schema_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_schema_LDADD = libjson.a libbase.a $(JANSSON_LIBS) $(CHECK_LIBS)
endif
