# tests of the audit chain
EXTRA_DIST += regress/live/test_audit_chain.py
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_audit_sql
TESTS += regress/unit/test_audit_sql
regress_unit_test_audit_sql_SOURCES = regress/unit/test_audit_sql.c \
	$(ENGINE_SQL_FIX)
nodist_regress_unit_test_audit_sql_SOURCES = \
	$(nodist_regress_unit_test_engine_sql_SOURCES)
regress_unit_test_audit_sql_CPPFLAGS = \
	$(regress_unit_test_engine_sql_CPPFLAGS)
regress_unit_test_audit_sql_LDADD = $(regress_unit_test_engine_sql_LDADD)
$(regress_unit_test_audit_sql_OBJECTS): regress/unit/storeops.h sql/sqlops.h
check_PROGRAMS += regress/unit/test_engine_audit
TESTS += regress/unit/test_engine_audit
regress_unit_test_engine_audit_SOURCES = regress/unit/test_engine_audit.c \
	$(ENGINE_RIG)
regress_unit_test_engine_audit_CPPFLAGS = $(regress_unit_test_engine_CPPFLAGS)
regress_unit_test_engine_audit_LDADD = $(regress_unit_test_engine_LDADD)
$(regress_unit_test_engine_audit_OBJECTS): sql/sqlops.h
endif
