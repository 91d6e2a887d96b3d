EXTRA_DIST += systemd/moatd.sysusers
