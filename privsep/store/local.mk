include sql/local.mk
noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = privsep/store/store.c privsep/store/store.h \
	privsep/store/sqldef.h privsep/store/store_int.h \
	privsep/store/state.c privsep/store/result.c privsep/store/migrate.c \
	privsep/store/pgsql.c privsep/store/pgsql_int.h \
	privsep/store/pgdsn.c privsep/store/pgsetup.c \
	privsep/store/pgbatch.c \
	privsep/store/sqlite.c privsep/store/sqlite_int.h \
	privsep/store/sqlite_file.c privsep/store/sqlite_backup.c
nodist_libstore_a_SOURCES = sql/sqlops.c sql/sqlops.h \
	sql/schemaops.c sql/schemaops.h
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS) $(SQLITE_CFLAGS)

# sql/ has its own rules here, because all of it becomes this library.
# The SQL files as C: in the build directory, never in the tarball.
SQL_FILES = $(SQL_PARTS) $(SQL_OPERATIONS) $(SQL_MIGRATIONS)
SQL_SCHEMA = sql/schema/operations/list.sql sql/schema/operations/add.sql \
	sql/schema/migrations/0001_schema_migrations.sql
SQL_MADE = sql/sqlops.h sql/sqlops.c sql/schemaops.h sql/schemaops.c
EXTRA_DIST += privsep/store/README sql/README sql/gen.awk $(SQL_FILES) $(SQL_SCHEMA)
BUILT_SOURCES += $(SQL_MADE)
CLEANFILES += $(SQL_MADE)
SQLGEN = $(MKDIR_P) sql && here=`pwd` && cd $(srcdir) && \
	LC_ALL=C $(AWK) -f sql/gen.awk
sql/sqlops.h: sql/gen.awk $(SQL_FILES) sql/local.mk
	$(AM_V_GEN)$(SQLGEN) -v mode=h $(SQL_FILES) </dev/null >"$$here/$@.tmp" && \
	mv "$$here/$@.tmp" "$$here/$@"
sql/sqlops.c: sql/gen.awk $(SQL_FILES) sql/local.mk
	$(AM_V_GEN)$(SQLGEN) -v mode=c $(SQL_FILES) </dev/null >"$$here/$@.tmp" && \
	mv "$$here/$@.tmp" "$$here/$@"
sql/schemaops.h: sql/gen.awk $(SQL_SCHEMA)
	$(AM_V_GEN)$(SQLGEN) -v prefix=schema -v mode=h $(SQL_SCHEMA) \
	    </dev/null >"$$here/$@.tmp" && mv "$$here/$@.tmp" "$$here/$@"
sql/schemaops.c: sql/gen.awk $(SQL_SCHEMA)
	$(AM_V_GEN)$(SQLGEN) -v prefix=schema -v mode=c $(SQL_SCHEMA) \
	    </dev/null >"$$here/$@.tmp" && mv "$$here/$@.tmp" "$$here/$@"
# For make targets that do not pass by BUILT_SOURCES.
$(libstore_a_OBJECTS) $(libengine_a_OBJECTS) $(engine_OBJECTS): \
	sql/sqlops.h sql/schemaops.h
