worker_SOURCES = src/worker.c src/worker_sandbox.c src/worker.h
moatctl_SOURCES = src/moatctl.c src/ctl_cmd.c src/ctl_io.c src/ctl.h \
	src/ctl_audit.c src/ctl_verify.c src/ctl_key.c \
	src/ctl_admin.c src/ctl_admin.h \
	src/ctl_user.c src/ctl_import.c src/ctl_super.c src/ctl_tenant.c src/ctl_look.c src/ctl_role.c src/ctl_scope.c src/ctl_client.c \
	src/ctl_import_line.c \
	src/ctl_import.h
dist_man_MANS += src/moatctl.8
