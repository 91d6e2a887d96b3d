# unit tests of wall, and the hostile ones of the wire
if HAVE_CHECK
wall_test_ldadd = libwall.a libbase.a \
	$(EVENT_LIBS) $(SODIUM_LIBS) $(SECCOMP_LIBS) $(CHECK_LIBS)
wall_test_gen = regress/wire/gen.c regress/wire/gen.h

check_PROGRAMS += regress/unit/test_wire
TESTS += regress/unit/test_wire
regress_unit_test_wire_SOURCES = regress/unit/test_wire.c $(wall_test_gen)
regress_unit_test_wire_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_wire_LDADD = libwallpure.a libbase.a $(CHECK_LIBS)

check_PROGRAMS += regress/unit/test_chan
TESTS += regress/unit/test_chan
regress_unit_test_chan_SOURCES = regress/unit/test_chan.c \
	regress/wire/pair.c regress/wire/pair.h $(wall_test_gen)
regress_unit_test_chan_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_chan_LDADD = $(wall_test_ldadd)

check_PROGRAMS += regress/unit/test_ask
TESTS += regress/unit/test_ask
regress_unit_test_ask_SOURCES = regress/unit/test_ask.c \
	regress/wire/pair.c regress/wire/pair.h
regress_unit_test_ask_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_ask_LDADD = $(wall_test_ldadd)

check_PROGRAMS += regress/wire/test_wall_hostile
TESTS += regress/wire/test_wall_hostile
regress_wire_test_wall_hostile_SOURCES = regress/wire/test_wall_hostile.c \
	regress/wire/victim.c regress/wire/victim.h $(wall_test_gen)
regress_wire_test_wall_hostile_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_wire_test_wall_hostile_LDADD = $(wall_test_ldadd)
endif
