# unit tests of store, on operations of their own
STORE_TEST_SQL = \
	regress/unit/sql/operations/bump.sql \
	regress/unit/sql/operations/broken.sql \
	regress/unit/sql/operations/clash.sql \
	regress/unit/sql/operations/count.sql \
	regress/unit/sql/operations/cross.sql \
	regress/unit/sql/operations/get.sql \
	regress/unit/sql/operations/pid.sql \
	regress/unit/sql/operations/put.sql \
	regress/unit/sql/operations/work.sql \
	regress/unit/sql/migrations/0001_items.sql \
	regress/unit/sql/migrations/0002_notes.sql \
	regress/unit/sql/migrations/0003_slow.sql
EXTRA_DIST += $(STORE_TEST_SQL) regress/unit/test_sqlgen.sh
TESTS += regress/unit/test_sqlgen.sh
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_store regress/unit/test_migrate \
	regress/unit/test_sql regress/unit/test_faults
TESTS += regress/unit/test_store regress/unit/test_migrate \
	regress/unit/test_sql regress/unit/test_faults
CLEANFILES += regress/unit/storeops.h regress/unit/storeops.c
STORE_TEST_COMMON = regress/unit/store_fix.c regress/unit/store_fix.h
regress_unit_test_store_SOURCES = regress/unit/test_store.c \
	$(STORE_TEST_COMMON)
nodist_regress_unit_test_store_SOURCES = regress/unit/storeops.c \
	regress/unit/storeops.h
regress_unit_test_store_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	$(PQ_CFLAGS) $(SQLITE_CFLAGS)
regress_unit_test_store_LDADD = libstore.a libbase.a $(EVENT_LIBS) \
	$(PQ_LIBS) $(SQLITE_LIBS) $(SODIUM_LIBS) $(CHECK_LIBS)
regress_unit_test_migrate_SOURCES = regress/unit/test_migrate.c \
	$(STORE_TEST_COMMON)
nodist_regress_unit_test_migrate_SOURCES = \
	$(nodist_regress_unit_test_store_SOURCES)
regress_unit_test_migrate_CPPFLAGS = $(regress_unit_test_store_CPPFLAGS)
regress_unit_test_migrate_LDADD = $(regress_unit_test_store_LDADD)
regress_unit_test_sql_SOURCES = regress/unit/test_sql.c \
	$(STORE_TEST_COMMON)
nodist_regress_unit_test_sql_SOURCES = \
	$(nodist_regress_unit_test_store_SOURCES)
regress_unit_test_sql_CPPFLAGS = $(regress_unit_test_store_CPPFLAGS)
regress_unit_test_sql_LDADD = $(regress_unit_test_store_LDADD)
regress_unit_test_faults_SOURCES = regress/unit/test_faults.c \
	$(STORE_TEST_COMMON)
nodist_regress_unit_test_faults_SOURCES = \
	$(nodist_regress_unit_test_store_SOURCES)
regress_unit_test_faults_CPPFLAGS = $(regress_unit_test_store_CPPFLAGS)
regress_unit_test_faults_LDADD = $(regress_unit_test_store_LDADD)
STORE_TEST_GEN = $(MKDIR_P) regress/unit && here=`pwd` && cd $(srcdir) && \
	LC_ALL=C $(AWK) -f sql/gen.awk -v prefix=tst
regress/unit/storeops.h: sql/gen.awk $(STORE_TEST_SQL)
	$(AM_V_GEN)$(STORE_TEST_GEN) -v mode=h $(STORE_TEST_SQL) \
	    >"$$here/$@.tmp" && mv "$$here/$@.tmp" "$$here/$@"
regress/unit/storeops.c: sql/gen.awk $(STORE_TEST_SQL)
	$(AM_V_GEN)$(STORE_TEST_GEN) -v mode=c $(STORE_TEST_SQL) \
	    >"$$here/$@.tmp" && mv "$$here/$@.tmp" "$$here/$@"
$(regress_unit_test_store_OBJECTS) $(regress_unit_test_migrate_OBJECTS) \
	$(regress_unit_test_sql_OBJECTS) $(regress_unit_test_faults_OBJECTS): \
	regress/unit/storeops.h sql/sqlops.h
endif
