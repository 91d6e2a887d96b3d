# unit tests of http, and the edge alone behind a socket
check_PROGRAMS += regress/unit/http_echo
regress_unit_http_echo_SOURCES = regress/unit/http_echo.c
regress_unit_http_echo_LDADD = libhttp.a libbase.a $(EVENT_LIBS)
