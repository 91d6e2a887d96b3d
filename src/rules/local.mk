EXTRA_DIST += src/rules/README \
	src/rules/gen/listed_gen.c src/rules/gen/words.txt \
	src/rules/gen/exact.txt
noinst_LIBRARIES += librules.a
librules_a_SOURCES = \
	src/rules/norm.c src/rules/norm.h \
	src/rules/name.c src/rules/name.h \
	src/rules/tenant.c src/rules/tenant.h \
	src/rules/common.c src/rules/common.h \
	src/rules/listed.c src/rules/listed.h \
	src/rules/password.c src/rules/password.h \
	src/rules/look.c src/rules/look.h src/rules/texts.c \
	src/rules/role.c src/rules/role.h \
	src/rules/client.c src/rules/client.h \
	src/rules/scope.c src/rules/scope.h \
	src/rules/authorize.c src/rules/authorize.h \
	src/rules/usercode.c src/rules/usercode.h
nodist_librules_a_SOURCES = src/rules/listed_data.h src/rules/texts_data.h

# The filter of common passwords, by a program that runs here: it is compiled
# for the machine that builds, without the product's flags.
BUILT_SOURCES += src/rules/listed_data.h
CLEANFILES += src/rules/listed_data.h src/rules/listed_gen
LISTED_GEN = $(srcdir)/src/rules/gen
src/rules/listed_data.h: src/rules/gen/listed_gen.c src/rules/gen/words.txt \
	    src/rules/gen/exact.txt src/rules/listed.h
	$(AM_V_GEN)$(MKDIR_P) src/rules && \
	$(CC_FOR_BUILD) -O1 -I$(srcdir) -o src/rules/listed_gen \
	    $(LISTED_GEN)/listed_gen.c && \
	src/rules/listed_gen $(LISTED_GEN)/words.txt $(LISTED_GEN)/exact.txt \
	    >$@.tmp && mv $@.tmp $@
$(librules_a_OBJECTS): src/rules/listed_data.h
