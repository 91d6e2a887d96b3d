noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = privsep/engine/engine.h
engine_SOURCES = privsep/engine/engine.c
