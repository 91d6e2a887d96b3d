# unit tests of http, and the edge alone behind a socket
EXTRA_DIST += regress/live/test_http_edge.py
check_PROGRAMS += regress/unit/http_echo
regress_unit_http_echo_SOURCES = regress/unit/http_echo.c
regress_unit_http_echo_LDADD = libhttp.a libbase.a $(EVENT_LIBS)
if HAVE_CHECK
http_test_ldadd = libhttp.a libbase.a $(EVENT_LIBS) $(CHECK_LIBS)
http_tests = regress/unit/test_http_parse regress/unit/test_http_route \
	regress/unit/test_http_query regress/unit/test_http_accept \
	regress/unit/test_http_chunk
check_PROGRAMS += $(http_tests)
TESTS += $(http_tests)
regress_unit_test_http_parse_SOURCES = regress/unit/test_http_parse.c
regress_unit_test_http_parse_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_http_parse_LDADD = $(http_test_ldadd)
regress_unit_test_http_route_SOURCES = regress/unit/test_http_route.c
regress_unit_test_http_route_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_http_route_LDADD = $(http_test_ldadd)
regress_unit_test_http_query_SOURCES = regress/unit/test_http_query.c
regress_unit_test_http_query_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_http_query_LDADD = $(http_test_ldadd)
regress_unit_test_http_accept_SOURCES = regress/unit/test_http_accept.c
regress_unit_test_http_accept_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_http_accept_LDADD = $(http_test_ldadd)
regress_unit_test_http_chunk_SOURCES = regress/unit/test_http_chunk.c
regress_unit_test_http_chunk_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_http_chunk_LDADD = $(http_test_ldadd)
endif
