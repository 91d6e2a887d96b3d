# unit tests of vault
if HAVE_CHECK
check_PROGRAMS += regress/unit/test_vault
TESTS += regress/unit/test_vault
regress_unit_test_vault_SOURCES = regress/unit/test_vault.c \
	regress/unit/test_vault_proc.c regress/unit/test_vault_factor.c \
	regress/unit/test_vault_id.c \
	regress/unit/test_vault.h
regress_unit_test_vault_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	-DVAULT_PROGRAM='"$(abs_top_builddir)/vault"'
regress_unit_test_vault_LDADD = libvault.a libjosesign.a libjose.a \
	libjson.a libwall.a libbase.a $(EVENT_LIBS) $(CRYPTO_LIBS) \
	$(JANSSON_LIBS) $(SODIUM_LIBS) $(QRENCODE_LIBS) $(PNG_LIBS) \
	$(SECCOMP_LIBS) $(CHECK_LIBS)
if HAVE_LIBJWT
regress_unit_test_vault_CPPFLAGS += $(LIBJWT_CFLAGS) -DHAVE_LIBJWT
regress_unit_test_vault_LDADD += $(LIBJWT_LIBS)
endif
endif
