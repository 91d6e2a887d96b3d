noinst_LIBRARIES += libpages.a
libpages_a_SOURCES = \
	src/pages/looks.c src/pages/looks.h \
	src/pages/pages.h \
	src/pages/routes.c
EXTRA_DIST += src/pages/README
