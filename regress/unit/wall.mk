# unit tests of wall, and the hostile ones of the wire
if HAVE_CHECK
wall_test_ldadd = libwall.a libbase.a \
	$(EVENT_LIBS) $(SODIUM_LIBS) $(SECCOMP_LIBS) $(CHECK_LIBS)
wall_test_sources = regress/wire/gen.c regress/wire/gen.h \
	regress/wire/victim.c regress/wire/victim.h
check_PROGRAMS += regress/wire/test_wall_hostile
TESTS += regress/wire/test_wall_hostile
regress_wire_test_wall_hostile_SOURCES = regress/wire/test_wall_hostile.c \
	$(wall_test_sources)
regress_wire_test_wall_hostile_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_wire_test_wall_hostile_LDADD = $(wall_test_ldadd)
endif
