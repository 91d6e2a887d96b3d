noinst_LIBRARIES += libpages.a
libpages_a_SOURCES = \
	src/pages/looks.c src/pages/looks.h \
	src/pages/pages.h src/pages/page.h \
	src/pages/rules.c src/pages/rules.h \
	src/pages/tmpl.c src/pages/tmpl.h src/pages/lang.c \
	src/pages/page.c src/pages/show.c src/pages/fail.c \
	src/pages/flow.c src/pages/asset.c \
	src/pages/login.c src/pages/mfa.c \
	src/pages/register.c src/pages/recovery.c \
	src/pages/consent.c \
	src/pages/logout.c src/pages/rp_logout.c \
	src/pages/account.c src/pages/account.h \
	src/pages/profile.c src/pages/change.c src/pages/second.c \
	src/pages/sessions.c src/pages/grants.c src/pages/device.c \
	src/pages/agent.c src/pages/agent.h \
	src/pages/routes.c
nodist_libpages_a_SOURCES = src/pages/page_data.c src/pages/page_data.h
EXTRA_DIST += src/pages/README src/pages/gen.awk regress/fuzz/corpus/pages

# What people see. One a line, sorted; en.txt is the first language.
PAGE_HTML = \
	src/pages/html/account.html \
	src/pages/html/account_nav.html \
	src/pages/html/alert.html \
	src/pages/html/bottom.html \
	src/pages/html/card.html \
	src/pages/html/change.html \
	src/pages/html/codes.html \
	src/pages/html/consent.html \
	src/pages/html/delete.html \
	src/pages/html/device.html \
	src/pages/html/device_confirm.html \
	src/pages/html/device_done.html \
	src/pages/html/email.html \
	src/pages/html/enrol.html \
	src/pages/html/error.html \
	src/pages/html/factor.html \
	src/pages/html/forgot.html \
	src/pages/html/grants.html \
	src/pages/html/hidden.html \
	src/pages/html/login.html \
	src/pages/html/logout.html \
	src/pages/html/mfa.html \
	src/pages/html/password.html \
	src/pages/html/profile.html \
	src/pages/html/reauth.html \
	src/pages/html/register.html \
	src/pages/html/reset.html \
	src/pages/html/rp_logout.html \
	src/pages/html/second.html \
	src/pages/html/sessions.html \
	src/pages/html/signed_out.html \
	src/pages/html/top.html \
	src/pages/html/verify.html \
	src/pages/html/wide.html
PAGE_TEXT = \
	src/pages/text/en.txt \
	src/pages/text/de.txt
PAGE_ASSETS = \
	src/pages/asset/logo.svg \
	src/pages/asset/page.css
EXTRA_DIST += $(PAGE_HTML) $(PAGE_TEXT) $(PAGE_ASSETS)

# C of templates, texts and assets. The room's own C is read for what it uses.
BUILT_SOURCES += src/pages/page_data.h
CLEANFILES += src/pages/page_data.h src/pages/page_data.c
PAGE_FILES = $(PAGE_HTML) $(PAGE_TEXT) $(PAGE_ASSETS)
PAGE_CODE = $(filter %.c,$(libpages_a_SOURCES))
PAGE_GEN = $(AM_V_GEN)$(MKDIR_P) src/pages && cd $(srcdir) && \
	$(AWK) -f src/pages/gen.awk
src/pages/page_data.h: src/pages/gen.awk $(PAGE_FILES)
	$(PAGE_GEN) -v mode=h $(PAGE_FILES) >$(abs_builddir)/$@.tmp && \
	mv $(abs_builddir)/$@.tmp $(abs_builddir)/$@
src/pages/page_data.c: src/pages/gen.awk $(PAGE_FILES) $(PAGE_CODE)
	$(PAGE_GEN) -v mode=c $(PAGE_FILES) $(PAGE_CODE) \
	    >$(abs_builddir)/$@.tmp && \
	mv $(abs_builddir)/$@.tmp $(abs_builddir)/$@
$(libpages_a_OBJECTS): src/pages/page_data.h

# The texts alone: what a tenant may replace is a rule.
BUILT_SOURCES += src/rules/texts_data.h
CLEANFILES += src/rules/texts_data.h
src/rules/texts_data.h: src/pages/gen.awk $(PAGE_TEXT)
	$(AM_V_GEN)$(MKDIR_P) src/rules && cd $(srcdir) && \
	$(AWK) -f src/pages/gen.awk -v mode=k $(PAGE_TEXT) \
	    >$(abs_builddir)/$@.tmp && \
	mv $(abs_builddir)/$@.tmp $(abs_builddir)/$@
$(librules_a_OBJECTS): src/rules/texts_data.h
