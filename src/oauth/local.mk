noinst_LIBRARIES += liboauth.a
liboauth_a_SOURCES = \
	src/oauth/authorize.c \
	src/oauth/client.c src/oauth/client.h \
	src/oauth/device.c \
	src/oauth/discovery.c \
	src/oauth/introspect.c \
	src/oauth/oauth.h \
	src/oauth/par.c \
	src/oauth/register.c \
	src/oauth/request.c src/oauth/request.h \
	src/oauth/routes.c \
	src/oauth/token.c \
	src/oauth/userinfo.c
EXTRA_DIST += src/oauth/README regress/fuzz/corpus/oauth
