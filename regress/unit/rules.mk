# unit tests of rules
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_rules
TESTS += regress/unit/test_rules
regress_unit_test_rules_SOURCES = regress/unit/test_rules.c
regress_unit_test_rules_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_rules_LDADD = librules.a libbase.a \
	$(UTF8PROC_LIBS) $(CHECK_LIBS)

check_PROGRAMS += regress/unit/test_listed
TESTS += regress/unit/test_listed
regress_unit_test_listed_SOURCES = regress/unit/test_listed.c
regress_unit_test_listed_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_listed_LDADD = librules.a libbase.a \
	$(UTF8PROC_LIBS) $(CHECK_LIBS)

check_PROGRAMS += regress/unit/test_look
TESTS += regress/unit/test_look
regress_unit_test_look_SOURCES = regress/unit/test_look.c
regress_unit_test_look_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_look_LDADD = librules.a libbase.a $(CHECK_LIBS)

check_PROGRAMS += regress/unit/test_role
TESTS += regress/unit/test_role
regress_unit_test_role_SOURCES = regress/unit/test_role.c
regress_unit_test_role_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_role_LDADD = librules.a libbase.a $(CHECK_LIBS)

check_PROGRAMS += regress/unit/test_client
TESTS += regress/unit/test_client
regress_unit_test_client_SOURCES = regress/unit/test_client.c
regress_unit_test_client_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_client_LDADD = librules.a libbase.a $(CHECK_LIBS)

check_PROGRAMS += regress/unit/test_authorize
TESTS += regress/unit/test_authorize
regress_unit_test_authorize_SOURCES = regress/unit/test_authorize.c
regress_unit_test_authorize_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_authorize_LDADD = librules.a libbase.a $(SODIUM_LIBS) \
	$(CHECK_LIBS)

check_PROGRAMS += regress/unit/test_usercode
TESTS += regress/unit/test_usercode
regress_unit_test_usercode_SOURCES = regress/unit/test_usercode.c
regress_unit_test_usercode_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_usercode_LDADD = librules.a libbase.a $(CHECK_LIBS)
endif
