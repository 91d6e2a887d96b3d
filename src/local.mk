worker_SOURCES = src/worker.c src/worker_sandbox.c src/worker.h
moatctl_SOURCES = src/moatctl.c src/ctl_cmd.c src/ctl_io.c src/ctl.h \
	src/ctl_audit.c src/ctl_verify.c
dist_man_MANS += src/moatctl.8
