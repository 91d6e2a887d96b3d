EXTRA_DIST += privsep/vault/README
noinst_LIBRARIES += libvault.a
libvault_a_SOURCES = \
	privsep/vault/keyring.c privsep/vault/keyring.h \
	privsep/vault/token.c privsep/vault/token.h \
	privsep/vault/derive.c privsep/vault/derive.h \
	privsep/vault/generate.c privsep/vault/generate.h \
	privsep/vault/vault_sandbox.c privsep/vault/vault_sandbox.h
vault_SOURCES = privsep/vault/vault.c
