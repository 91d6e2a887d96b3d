# unit tests of json
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_json
TESTS += regress/unit/test_json
regress_unit_test_json_SOURCES = regress/unit/test_json.c
regress_unit_test_json_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_json_LDADD = libjson.a libbase.a $(JANSSON_LIBS) \
	$(SODIUM_LIBS) $(CHECK_LIBS)
endif
