noinst_LIBRARIES += librules.a
librules_a_SOURCES = \
	src/rules/name.c src/rules/name.h \
	src/rules/password.c src/rules/password.h
