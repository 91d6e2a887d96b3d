noinst_LIBRARIES += libmailer.a
MAIL_TEMPLATE_FILES = \
	privsep/mailer/templates/verify.txt \
	privsep/mailer/templates/verify.html \
	privsep/mailer/templates/reset.txt \
	privsep/mailer/templates/reset.html \
	privsep/mailer/templates/set_password.txt \
	privsep/mailer/templates/set_password.html \
	privsep/mailer/templates/already_registered.txt \
	privsep/mailer/templates/already_registered.html \
	privsep/mailer/templates/password_changed.txt \
	privsep/mailer/templates/password_changed.html \
	privsep/mailer/templates/email_changed.txt \
	privsep/mailer/templates/email_changed.html \
	privsep/mailer/templates/factor_changed.txt \
	privsep/mailer/templates/factor_changed.html \
	privsep/mailer/templates/new_device.txt \
	privsep/mailer/templates/new_device.html
libmailer_a_SOURCES = \
	privsep/mailer/mime.c privsep/mailer/mime.h \
	privsep/mailer/multi.c privsep/mailer/multi.h \
	privsep/mailer/post.c privsep/mailer/post.h \
	privsep/mailer/server.c privsep/mailer/server.h \
	privsep/mailer/smtp.c privsep/mailer/smtp.h \
	privsep/mailer/template.c privsep/mailer/template.h
nodist_libmailer_a_SOURCES = privsep/mailer/builtin.c
mailer_SOURCES = privsep/mailer/mailer.c \
	privsep/mailer/compose.c privsep/mailer/compose.h \
	privsep/mailer/mailer_sandbox.c \
	privsep/mailer/mailer_sandbox.h
# The templates as C: in the build directory, never in the tarball.
privsep/mailer/builtin.c: privsep/mailer/embed.awk $(MAIL_TEMPLATE_FILES)
	$(AM_V_GEN)$(MKDIR_P) privsep/mailer && here=`pwd` && \
	cd $(srcdir) && LC_ALL=C $(AWK) -f privsep/mailer/embed.awk \
	    $(MAIL_TEMPLATE_FILES) </dev/null >"$$here/$@.tmp" && \
	mv "$$here/$@.tmp" "$$here/$@"
CLEANFILES += privsep/mailer/builtin.c
EXTRA_DIST += privsep/mailer/README privsep/mailer/embed.awk \
	regress/fuzz/corpus/mail
# Where an operator finds what to start from.
mailtemplatesdir = $(datadir)/moatd/mail
dist_mailtemplates_DATA = $(MAIL_TEMPLATE_FILES)
