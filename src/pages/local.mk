noinst_LIBRARIES += libpages.a
libpages_a_SOURCES = \
	src/pages/pages.h \
	src/pages/routes.c
EXTRA_DIST += src/pages/README
