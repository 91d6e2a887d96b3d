# Units and what goes with them; paths follow configure's.
moatd_units = systemd/moatd.service systemd/moatd.socket
EXTRA_DIST += $(moatd_units) systemd/moatd.sysusers systemd/moatd.tmpfiles
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
moatd_unit_paths = \
	-e 's,/usr/sbin/moatd,$(sbindir)/moatd,' \
	-e 's,/etc/moatd,$(sysconfdir)/moatd,' \
	-e 's,/var/lib/moatd,$(moatdstatedir),'
install-data-local: install-units
uninstall-local: uninstall-units
install-units:
	$(MKDIR_P) "$(DESTDIR)$(systemdsystemunitdir)" \
		"$(DESTDIR)$(sysusersdir)" "$(DESTDIR)$(tmpfilesdir)"
	@for f in $(moatd_units); do \
		to="$(DESTDIR)$(systemdsystemunitdir)/$${f#systemd/}"; \
		sed $(moatd_unit_paths) "$(srcdir)/$$f" > "$$to" && \
		chmod 644 "$$to" || exit 1; \
	done
	$(INSTALL_DATA) "$(srcdir)/systemd/moatd.sysusers" \
		"$(DESTDIR)$(sysusersdir)/moatd.conf"
	sed $(moatd_unit_paths) "$(srcdir)/systemd/moatd.tmpfiles" \
		> "$(DESTDIR)$(tmpfilesdir)/moatd.conf"
uninstall-units:
	rm -f "$(DESTDIR)$(systemdsystemunitdir)/moatd.service" \
		"$(DESTDIR)$(systemdsystemunitdir)/moatd.socket" \
		"$(DESTDIR)$(sysusersdir)/moatd.conf" \
		"$(DESTDIR)$(tmpfilesdir)/moatd.conf"
.PHONY: install-units uninstall-units
