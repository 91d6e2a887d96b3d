# unit tests of api and of its body schemas
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_schema regress/unit/test_api \
	regress/unit/test_openapi
TESTS += regress/unit/test_schema regress/unit/test_api \
	regress/unit/test_openapi
api_test_ldadd = libapi.a libask.a libjose.a libjson.a libwallpure.a \
	libhttp.a librules.a libbase.a $(JANSSON_LIBS) $(CRYPTO_LIBS) \
	$(SODIUM_LIBS) \
	$(CHECK_LIBS)
check_PROGRAMS += regress/unit/test_basic
TESTS += regress/unit/test_basic
regress_unit_test_basic_SOURCES = regress/unit/test_basic.c
regress_unit_test_basic_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_basic_LDADD = $(api_test_ldadd)
regress_unit_test_schema_SOURCES = regress/unit/test_schema.c
regress_unit_test_schema_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_schema_LDADD = libjson.a libbase.a $(JANSSON_LIBS) \
	$(CHECK_LIBS)
regress_unit_test_api_SOURCES = regress/unit/test_api.c \
	regress/unit/fake_edge.h
regress_unit_test_api_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_api_LDADD = $(api_test_ldadd)
regress_unit_test_openapi_SOURCES = regress/unit/test_openapi.c \
	regress/unit/fake_edge.h
regress_unit_test_openapi_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_openapi_LDADD = $(api_test_ldadd)

check_PROGRAMS += regress/unit/test_worker_run
TESTS += regress/unit/test_worker_run
regress_unit_test_worker_run_SOURCES = regress/unit/test_worker_run.c \
	$(jose_help)
regress_unit_test_worker_run_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_worker_run_LDADD = libwall.a $(jose_libs) $(EVENT_LIBS)
regress_unit_test_worker_run_DEPENDENCIES = libwall.a libjosesign.a \
	libjose.a libjson.a libbase.a worker
endif
