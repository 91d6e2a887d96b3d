EXTRA_DIST += privsep/wall/README regress/fuzz/corpus/wire
# Pure half (codec, table): for moatctl too, without libevent.
noinst_LIBRARIES += libwallpure.a libwall.a
libwallpure_a_SOURCES = \
	privsep/wall/role.c privsep/wall/role.h \
	privsep/wall/msg.c privsep/wall/msg_copy.c privsep/wall/msg.h \
	privsep/wall/mail.h \
	privsep/wall/wire.c privsep/wall/wire.h \
	privsep/wall/sock.c privsep/wall/sock.h \
	privsep/wall/blocking.c privsep/wall/chan.h
libwall_a_SOURCES = $(libwallpure_a_SOURCES) \
	privsep/wall/chan.c privsep/wall/chan_out.c \
	privsep/wall/chan_local.h \
	privsep/wall/ask.c privsep/wall/ask.h \
	privsep/wall/limit.c privsep/wall/limit.h \
	privsep/wall/shm.c privsep/wall/shm.h \
	privsep/wall/proc.c privsep/wall/proc.h \
	privsep/wall/sandbox.c privsep/wall/sandbox.h \
	privsep/wall/selftest.c
if OPENBSD
libwall_a_SOURCES += privsep/wall/sandbox_pledge.c
else
libwall_a_SOURCES += privsep/wall/sandbox_landlock.c
if SANDBOX_RELAXED
libwall_a_SOURCES += privsep/wall/sandbox_none.c
else
libwall_a_SOURCES += privsep/wall/sandbox_seccomp.c
endif
endif
