noinst_LIBRARIES += libask.a
libask_a_SOURCES = src/ask/edge.c src/ask/edge.h
