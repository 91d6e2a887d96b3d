# unit tests of engine
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_engine_sql \
	regress/unit/test_refresh_sql regress/unit/test_recovery_sql \
	regress/unit/test_throttle_sql regress/unit/test_keys_sql \
	regress/unit/test_role_sql regress/unit/test_token_sql \
	regress/unit/test_authorize_sql
TESTS += regress/unit/test_engine_sql \
	regress/unit/test_refresh_sql regress/unit/test_recovery_sql \
	regress/unit/test_throttle_sql regress/unit/test_keys_sql \
	regress/unit/test_role_sql regress/unit/test_token_sql \
	regress/unit/test_authorize_sql
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
regress_unit_test_recovery_sql_SOURCES = regress/unit/test_recovery_sql.c \
	$(ENGINE_SQL_FIX)
nodist_regress_unit_test_recovery_sql_SOURCES = \
	$(nodist_regress_unit_test_engine_sql_SOURCES)
regress_unit_test_recovery_sql_CPPFLAGS = \
	$(regress_unit_test_engine_sql_CPPFLAGS)
regress_unit_test_recovery_sql_LDADD = $(regress_unit_test_engine_sql_LDADD)
regress_unit_test_throttle_sql_SOURCES = regress/unit/test_throttle_sql.c \
	$(ENGINE_SQL_FIX)
nodist_regress_unit_test_throttle_sql_SOURCES = \
	$(nodist_regress_unit_test_engine_sql_SOURCES)
regress_unit_test_throttle_sql_CPPFLAGS = \
	$(regress_unit_test_engine_sql_CPPFLAGS)
regress_unit_test_throttle_sql_LDADD = $(regress_unit_test_engine_sql_LDADD)
regress_unit_test_role_sql_SOURCES = regress/unit/test_role_sql.c \
	$(ENGINE_SQL_FIX)
nodist_regress_unit_test_role_sql_SOURCES = \
	$(nodist_regress_unit_test_engine_sql_SOURCES)
regress_unit_test_role_sql_CPPFLAGS = \
	$(regress_unit_test_engine_sql_CPPFLAGS)
regress_unit_test_role_sql_LDADD = $(regress_unit_test_engine_sql_LDADD)
regress_unit_test_keys_sql_SOURCES = regress/unit/test_keys_sql.c \
	$(ENGINE_SQL_FIX)
nodist_regress_unit_test_keys_sql_SOURCES = \
	$(nodist_regress_unit_test_engine_sql_SOURCES)
regress_unit_test_keys_sql_CPPFLAGS = \
	$(regress_unit_test_engine_sql_CPPFLAGS)
regress_unit_test_keys_sql_LDADD = $(regress_unit_test_engine_sql_LDADD)
regress_unit_test_token_sql_SOURCES = regress/unit/test_token_sql.c \
	$(ENGINE_SQL_FIX)
nodist_regress_unit_test_token_sql_SOURCES = \
	$(nodist_regress_unit_test_engine_sql_SOURCES)
regress_unit_test_token_sql_CPPFLAGS = \
	$(regress_unit_test_engine_sql_CPPFLAGS)
regress_unit_test_token_sql_LDADD = $(regress_unit_test_engine_sql_LDADD)
regress_unit_test_authorize_sql_SOURCES = regress/unit/test_authorize_sql.c \
	$(ENGINE_SQL_FIX)
nodist_regress_unit_test_authorize_sql_SOURCES = \
	$(nodist_regress_unit_test_engine_sql_SOURCES)
regress_unit_test_authorize_sql_CPPFLAGS = \
	$(regress_unit_test_engine_sql_CPPFLAGS)
regress_unit_test_authorize_sql_LDADD = $(regress_unit_test_engine_sql_LDADD)
$(regress_unit_test_throttle_sql_OBJECTS) \
	$(regress_unit_test_authorize_sql_OBJECTS) \
	$(regress_unit_test_token_sql_OBJECTS) \
	$(regress_unit_test_keys_sql_OBJECTS) \
	$(regress_unit_test_engine_sql_OBJECTS) \
	$(regress_unit_test_recovery_sql_OBJECTS) \
	$(regress_unit_test_role_sql_OBJECTS) \
	$(regress_unit_test_refresh_sql_OBJECTS): \
	regress/unit/storeops.h sql/sqlops.h

check_PROGRAMS += regress/unit/test_admin_words
TESTS += regress/unit/test_admin_words
regress_unit_test_admin_words_SOURCES = regress/unit/test_admin_words.c
regress_unit_test_admin_words_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_admin_words_LDADD = libengine.a librules.a $(CHECK_LIBS)

check_PROGRAMS += regress/unit/test_engine \
	regress/unit/test_engine_outbox regress/unit/test_engine_import \
	regress/unit/test_engine_bearer regress/unit/test_engine_peers \
	regress/unit/test_engine_tenant regress/unit/test_engine_browser \
	regress/unit/test_engine_authorize \
	regress/unit/test_engine_parent \
	regress/unit/test_engine_factor regress/unit/test_factor_sql
TESTS += regress/unit/test_engine \
	regress/unit/test_engine_outbox regress/unit/test_engine_import \
	regress/unit/test_engine_bearer regress/unit/test_engine_peers \
	regress/unit/test_engine_tenant regress/unit/test_engine_browser \
	regress/unit/test_engine_authorize \
	regress/unit/test_engine_parent \
	regress/unit/test_engine_factor regress/unit/test_factor_sql
ENGINE_RIG = regress/unit/engine_rig.c regress/unit/engine_rig.h \
	regress/unit/engine_fakes.c \
	regress/unit/jose_help.c regress/unit/jose_help.h
regress_unit_test_engine_SOURCES = regress/unit/test_engine.c $(ENGINE_RIG)
regress_unit_test_engine_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	$(SQLITE_CFLAGS)
regress_unit_test_engine_LDADD = libengine.a libstore.a librules.a \
	libjosesign.a libjose.a libjson.a libwall.a libbase.a \
	$(EVENT_LIBS) $(PQ_LIBS) $(SQLITE_LIBS) $(JANSSON_LIBS) \
	$(CRYPTO_LIBS) $(SODIUM_LIBS) $(UTF8PROC_LIBS) $(SECCOMP_LIBS) \
	$(CHECK_LIBS)
regress_unit_test_engine_peers_SOURCES = regress/unit/test_engine_peers.c \
	$(ENGINE_RIG)
regress_unit_test_engine_peers_CPPFLAGS = $(regress_unit_test_engine_CPPFLAGS)
regress_unit_test_engine_peers_LDADD = $(regress_unit_test_engine_LDADD)
regress_unit_test_engine_tenant_SOURCES = regress/unit/test_engine_tenant.c \
	$(ENGINE_RIG)
regress_unit_test_engine_tenant_CPPFLAGS = $(regress_unit_test_engine_CPPFLAGS)
regress_unit_test_engine_tenant_LDADD = $(regress_unit_test_engine_LDADD)
regress_unit_test_engine_bearer_SOURCES = regress/unit/test_engine_bearer.c \
	$(ENGINE_RIG)
regress_unit_test_engine_bearer_CPPFLAGS = $(regress_unit_test_engine_CPPFLAGS)
regress_unit_test_engine_bearer_LDADD = $(regress_unit_test_engine_LDADD)
regress_unit_test_engine_parent_SOURCES = regress/unit/test_engine_parent.c \
	$(ENGINE_RIG)
regress_unit_test_engine_parent_CPPFLAGS = $(regress_unit_test_engine_CPPFLAGS)
regress_unit_test_engine_parent_LDADD = $(regress_unit_test_engine_LDADD)
regress_unit_test_engine_factor_SOURCES = \
	regress/unit/test_engine_factor.c $(ENGINE_RIG)
regress_unit_test_engine_factor_CPPFLAGS = $(regress_unit_test_engine_CPPFLAGS)
regress_unit_test_engine_factor_LDADD = $(regress_unit_test_engine_LDADD)
ENGINE_RIG_DB = $(ENGINE_RIG) \
	regress/unit/engine_rig_db.c regress/unit/engine_rig_db.h \
	regress/unit/store_fix.c regress/unit/store_fix.h
regress_unit_test_engine_outbox_SOURCES = \
	regress/unit/test_engine_outbox.c $(ENGINE_RIG_DB)
nodist_regress_unit_test_engine_outbox_SOURCES = \
	$(nodist_regress_unit_test_engine_sql_SOURCES)
regress_unit_test_engine_outbox_CPPFLAGS = \
	$(regress_unit_test_engine_CPPFLAGS) $(PQ_CFLAGS)
regress_unit_test_engine_outbox_LDADD = $(regress_unit_test_engine_LDADD)
regress_unit_test_engine_import_SOURCES = \
	regress/unit/test_engine_import.c $(ENGINE_RIG_DB)
nodist_regress_unit_test_engine_import_SOURCES = \
	$(nodist_regress_unit_test_engine_sql_SOURCES)
regress_unit_test_engine_import_CPPFLAGS = \
	$(regress_unit_test_engine_outbox_CPPFLAGS)
regress_unit_test_engine_import_LDADD = $(regress_unit_test_engine_LDADD)
regress_unit_test_engine_browser_SOURCES = \
	regress/unit/test_engine_browser.c $(ENGINE_RIG_DB)
nodist_regress_unit_test_engine_browser_SOURCES = \
	$(nodist_regress_unit_test_engine_sql_SOURCES)
regress_unit_test_engine_browser_CPPFLAGS = \
	$(regress_unit_test_engine_outbox_CPPFLAGS)
regress_unit_test_engine_browser_LDADD = $(regress_unit_test_engine_LDADD)
regress_unit_test_engine_authorize_SOURCES = \
	regress/unit/test_engine_authorize.c $(ENGINE_RIG_DB)
nodist_regress_unit_test_engine_authorize_SOURCES = \
	$(nodist_regress_unit_test_engine_sql_SOURCES)
regress_unit_test_engine_authorize_CPPFLAGS = \
	$(regress_unit_test_engine_outbox_CPPFLAGS)
regress_unit_test_engine_authorize_LDADD = $(regress_unit_test_engine_LDADD)
$(regress_unit_test_engine_outbox_OBJECTS) \
	$(regress_unit_test_engine_authorize_OBJECTS) \
	$(regress_unit_test_engine_browser_OBJECTS) \
	$(regress_unit_test_engine_import_OBJECTS): \
	regress/unit/storeops.h sql/sqlops.h
regress_unit_test_factor_sql_SOURCES = regress/unit/test_factor_sql.c \
	$(ENGINE_SQL_FIX)
nodist_regress_unit_test_factor_sql_SOURCES = \
	$(nodist_regress_unit_test_engine_sql_SOURCES)
regress_unit_test_factor_sql_CPPFLAGS = \
	$(regress_unit_test_engine_sql_CPPFLAGS)
regress_unit_test_factor_sql_LDADD = $(regress_unit_test_engine_sql_LDADD)
$(regress_unit_test_factor_sql_OBJECTS): regress/unit/storeops.h sql/sqlops.h
$(regress_unit_test_engine_OBJECTS) $(regress_unit_test_engine_factor_OBJECTS) \
	$(regress_unit_test_engine_parent_OBJECTS) \
	$(regress_unit_test_engine_bearer_OBJECTS) \
	$(regress_unit_test_engine_tenant_OBJECTS) \
	$(regress_unit_test_engine_peers_OBJECTS): sql/sqlops.h
endif
