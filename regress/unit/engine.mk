# unit tests of engine
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_engine_sql regress/unit/test_refresh_sql
TESTS += regress/unit/test_engine_sql regress/unit/test_refresh_sql
ENGINE_SQL_FIX = regress/unit/engine_sql_fix.c \
	regress/unit/engine_sql_fix.h \
	regress/unit/store_fix.c regress/unit/store_fix.h
regress_unit_test_engine_sql_SOURCES = regress/unit/test_engine_sql.c \
	$(ENGINE_SQL_FIX)
nodist_regress_unit_test_engine_sql_SOURCES = regress/unit/storeops.c \
	regress/unit/storeops.h
regress_unit_test_engine_sql_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	$(PQ_CFLAGS) $(SQLITE_CFLAGS)
regress_unit_test_engine_sql_LDADD = libstore.a libbase.a $(EVENT_LIBS) \
	$(PQ_LIBS) $(SQLITE_LIBS) $(SODIUM_LIBS) $(CHECK_LIBS)
regress_unit_test_refresh_sql_SOURCES = regress/unit/test_refresh_sql.c \
	$(ENGINE_SQL_FIX)
nodist_regress_unit_test_refresh_sql_SOURCES = \
	$(nodist_regress_unit_test_engine_sql_SOURCES)
regress_unit_test_refresh_sql_CPPFLAGS = \
	$(regress_unit_test_engine_sql_CPPFLAGS)
regress_unit_test_refresh_sql_LDADD = $(regress_unit_test_engine_sql_LDADD)
$(regress_unit_test_engine_sql_OBJECTS) \
	$(regress_unit_test_refresh_sql_OBJECTS): \
	regress/unit/storeops.h sql/sqlops.h
endif
