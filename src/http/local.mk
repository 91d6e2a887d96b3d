noinst_LIBRARIES += libhttp.a
libhttp_a_SOURCES = src/http/http.h src/http/conn.c
