noinst_LIBRARIES += libhasher.a
libhasher_a_SOURCES = privsep/hasher/arena.c
hasher_SOURCES = privsep/hasher/hasher.c
