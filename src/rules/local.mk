EXTRA_DIST += src/rules/README
noinst_LIBRARIES += librules.a
librules_a_SOURCES = \
	src/rules/norm.c src/rules/norm.h \
	src/rules/name.c src/rules/name.h \
	src/rules/common.c src/rules/common.h \
	src/rules/password.c src/rules/password.h
