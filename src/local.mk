worker_SOURCES = src/worker.c src/worker_sandbox.c src/worker.h
moatctl_SOURCES = src/moatctl.c src/ctl_cmd.c src/ctl_io.c src/ctl.h
dist_man_MANS += src/moatctl.8
