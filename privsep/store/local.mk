include sql/local.mk
noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = privsep/store/store.c privsep/store/store.h \
	privsep/store/sqldef.h \
	privsep/store/pgsql.c privsep/store/sqlite.c privsep/store/migrate.c
nodist_libstore_a_SOURCES = sql/sqlops.c sql/sqlops.h
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS) $(SQLITE_CFLAGS)

# The SQL files as C: in the build directory, never in the tarball.
SQL_FILES = $(SQL_OPERATIONS) $(SQL_MIGRATIONS)
EXTRA_DIST += sql/README sql/gen.awk $(SQL_FILES)
BUILT_SOURCES += sql/sqlops.h sql/sqlops.c
CLEANFILES += sql/sqlops.h sql/sqlops.c
SQLGEN = $(MKDIR_P) sql && here=`pwd` && cd $(srcdir) && \
	LC_ALL=C $(AWK) -f sql/gen.awk
sql/sqlops.h: sql/gen.awk $(SQL_FILES) sql/local.mk
	$(AM_V_GEN)$(SQLGEN) -v mode=h $(SQL_FILES) </dev/null >"$$here/$@.tmp" && \
	mv "$$here/$@.tmp" "$$here/$@"
sql/sqlops.c: sql/gen.awk $(SQL_FILES) sql/local.mk
	$(AM_V_GEN)$(SQLGEN) -v mode=c $(SQL_FILES) </dev/null >"$$here/$@.tmp" && \
	mv "$$here/$@.tmp" "$$here/$@"
# For make targets that do not pass by BUILT_SOURCES.
$(libstore_a_OBJECTS) $(libengine_a_OBJECTS) $(engine_OBJECTS): sql/sqlops.h
