worker_SOURCES = src/worker.c
moatctl_SOURCES = src/moatctl.c
