# unit tests of pages, and of what makes them
EXTRA_DIST += regress/unit/test_pagegen.sh
TESTS += regress/unit/test_pagegen.sh
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_pages
TESTS += regress/unit/test_pages
regress_unit_test_pages_SOURCES = regress/unit/test_pages.c
regress_unit_test_pages_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_pages_LDADD = libpages.a libhttp.a libbase.a \
	$(SODIUM_LIBS) $(CHECK_LIBS)
endif
