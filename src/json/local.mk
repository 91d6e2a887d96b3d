EXTRA_DIST += regress/fuzz/corpus/json
noinst_LIBRARIES += libjson.a
libjson_a_SOURCES = \
	src/json/json.c src/json/json.h \
	src/json/canon.c src/json/canon.h \
	src/json/schema.c src/json/schema.h
