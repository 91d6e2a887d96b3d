noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = privsep/store/store.c privsep/store/store.h \
	privsep/store/pgsql.c privsep/store/sqlite.c privsep/store/migrate.c
