noinst_LIBRARIES += libapi.a
libapi_a_SOURCES = \
	src/api/api.c src/api/api.h \
	src/api/call.c src/api/call.h \
	src/api/reply.c src/api/routes.c \
	src/api/auth.c src/api/me.c src/api/sessions.c src/api/password.c \
	src/api/twofactor.c \
	src/api/recovery.c src/api/grants.c \
	src/api/check.c src/api/client_check.c \
	src/api/bearer.c src/api/bearer.h \
	src/api/browser.c src/api/browser.h \
	src/api/known.c src/api/known.h \
	src/api/basic.c src/api/basic.h \
	src/api/admin.c src/api/admin.h src/api/admin_users.c \
	src/api/admin_roles.c src/api/admin_clients.c src/api/admin_tenants.c src/api/admin_audit.c \
	src/api/admin_keys.c src/api/admin_scopes.c \
	src/api/health.c src/api/jwks.c src/api/metrics.c \
	src/api/openapi.c src/api/openapi.h src/api/openapi_parts.c
EXTRA_DIST += src/api/README
