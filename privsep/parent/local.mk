# The parent: moatd itself.
AM_YFLAGS = -d
noinst_LIBRARIES += libparent.a
libparent_a_SOURCES = \
	privsep/parent/announce.c privsep/parent/announce.h \
	privsep/parent/boards.c privsep/parent/boards.h \
	privsep/parent/child.c privsep/parent/child.h \
	privsep/parent/conf.c privsep/parent/conf.h \
	privsep/parent/conf_mail.c \
	privsep/parent/control.c privsep/parent/control.h \
	privsep/parent/custody.c privsep/parent/custody.h \
	privsep/parent/env.c privsep/parent/env.h \
	privsep/parent/keygen.c privsep/parent/keygen.h \
	privsep/parent/keyjob.c privsep/parent/keyjob.h \
	privsep/parent/keymaker.c privsep/parent/keymaker.h \
	privsep/parent/keyword.c \
	privsep/parent/origin.c privsep/parent/origin.h \
	privsep/parent/lex.c privsep/parent/lex.h \
	privsep/parent/listen.c privsep/parent/listen.h \
	privsep/parent/logpipe.c privsep/parent/logpipe.h \
	privsep/parent/moatd.h \
	privsep/parent/notify.c privsep/parent/notify.h \
	privsep/parent/parse.y \
	privsep/parent/peers.c privsep/parent/peers.h \
	privsep/parent/privs.c privsep/parent/privs.h \
	privsep/parent/reload.c privsep/parent/reload.h \
	privsep/parent/secret.c privsep/parent/secret.h \
	privsep/parent/selftest.c privsep/parent/selftest.h \
	privsep/parent/setup.c privsep/parent/setup.h \
	privsep/parent/source.c privsep/parent/source.h \
	privsep/parent/spawn.c privsep/parent/spawn.h \
	privsep/parent/statedir.c \
	privsep/parent/stop.c privsep/parent/stop.h \
	privsep/parent/superadmin.c privsep/parent/superadmin.h \
	privsep/parent/supervise.c privsep/parent/supervise.h
moatd_SOURCES = privsep/parent/moatd.c
BUILT_SOURCES += privsep/parent/parse.h
dist_man_MANS += privsep/parent/moatd.8 privsep/parent/moatd.conf.5
EXTRA_DIST += privsep/parent/README regress/fuzz/corpus/conf
