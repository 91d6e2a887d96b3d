noinst_LIBRARIES += libhasher.a
libhasher_a_SOURCES = \
	privsep/hasher/arena.c privsep/hasher/arena.h \
	privsep/hasher/argon.c privsep/hasher/argon.h \
	privsep/hasher/foreign.c privsep/hasher/foreign.h \
	privsep/hasher/foreign_parse.c privsep/hasher/foreign_int.h \
	privsep/hasher/record.c privsep/hasher/record.h
hasher_SOURCES = privsep/hasher/hasher.c
EXTRA_DIST += privsep/hasher/README regress/fuzz/corpus/foreign
