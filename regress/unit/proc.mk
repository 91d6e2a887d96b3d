# unit tests of proc
if HAVE_CHECK
if !OPENBSD
check_PROGRAMS += regress/unit/test_sandbox regress/unit/test_proc
TESTS += regress/unit/test_sandbox regress/unit/test_proc
regress_unit_test_sandbox_SOURCES = regress/unit/test_sandbox.c \
	regress/unit/confine.c regress/unit/confine.h
regress_unit_test_sandbox_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_sandbox_LDADD = libwall.a libbase.a \
	$(EVENT_LIBS) $(SODIUM_LIBS) $(SECCOMP_LIBS) $(CHECK_LIBS)
regress_unit_test_proc_SOURCES = regress/unit/test_proc.c
regress_unit_test_proc_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_proc_LDADD = libwall.a libbase.a \
	$(EVENT_LIBS) $(SODIUM_LIBS) $(SECCOMP_LIBS) $(CHECK_LIBS)
if !SANDBOX_RELAXED
check_PROGRAMS += regress/unit/test_seccomp
TESTS += regress/unit/test_seccomp
regress_unit_test_seccomp_SOURCES = regress/unit/test_seccomp.c \
	regress/unit/confine.c regress/unit/confine.h
regress_unit_test_seccomp_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
regress_unit_test_seccomp_LDADD = libwall.a libbase.a \
	$(EVENT_LIBS) $(SODIUM_LIBS) $(SECCOMP_LIBS) $(CHECK_LIBS)
endif
endif
endif
EXTRA_DIST += regress/layers/check regress/secrets/scan.py \
	regress/live/test_secrets.py
