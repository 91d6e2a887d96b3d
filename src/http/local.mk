noinst_LIBRARIES += libhttp.a
libhttp_a_SOURCES = \
	src/http/http.h \
	src/http/parse.c src/http/parse.h \
	src/http/fields.c src/http/fields.h \
	src/http/chunk.c src/http/chunk.h \
	src/http/route.c src/http/route.h \
	src/http/forward.c src/http/forward.h \
	src/http/timeo.c src/http/timeo.h \
	src/http/conn.c src/http/conn.h \
	src/http/write.c src/http/body.c \
	src/http/edge.c src/http/req.c src/http/query.c \
	src/http/cookie.c src/http/cookie.h \
	src/http/reply.c src/http/error.c src/http/block.c src/http/cors.c \
	src/http/accept.c src/http/server.c src/http/stream.c
EXTRA_DIST += src/http/README regress/fuzz/corpus/http
