EXTRA_DIST += src/base/README
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	src/base/log.c src/base/log.h \
	src/base/buf.c src/base/buf.h \
	src/base/b64.c src/base/b64.h \
	src/base/clock.c src/base/clock.h \
	src/base/rnd.c src/base/rnd.h \
	src/base/utf8.c src/base/utf8.h \
	src/base/wipe.c src/base/wipe.h \
	src/base/htab.c src/base/htab.h
