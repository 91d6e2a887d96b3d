# The samples are installed where moatd looks, and never over an edited one.
moatd_etc = etc/moatd.conf etc/moatd.env
EXTRA_DIST += $(moatd_etc)
install-data-local: install-etc
uninstall-local: uninstall-etc
install-etc:
	$(MKDIR_P) "$(DESTDIR)$(sysconfdir)/moatd"
	@for f in $(moatd_etc); do \
		to="$(DESTDIR)$(sysconfdir)/moatd/$${f#etc/}"; \
		if test -e "$$to"; then echo "$$to is kept"; \
		else $(INSTALL_DATA) "$(srcdir)/$$f" "$$to"; fi; \
	done
uninstall-etc:
	@for f in $(moatd_etc); do \
		to="$(DESTDIR)$(sysconfdir)/moatd/$${f#etc/}"; \
		if cmp -s "$(srcdir)/$$f" "$$to"; then rm -f "$$to"; fi; \
	done
	-rmdir "$(DESTDIR)$(sysconfdir)/moatd" 2>/dev/null
.PHONY: install-etc uninstall-etc
