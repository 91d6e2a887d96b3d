noinst_LIBRARIES += libparent.a
libparent_a_SOURCES = privsep/parent/parse.y privsep/parent/conf.h
moatd_SOURCES = privsep/parent/moatd.c
