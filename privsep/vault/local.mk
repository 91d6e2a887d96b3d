EXTRA_DIST += privsep/vault/README
noinst_LIBRARIES += libvault.a
libvault_a_SOURCES = \
	privsep/vault/keyring.c privsep/vault/keyring.h \
	privsep/vault/token.c privsep/vault/token.h \
	privsep/vault/idtoken.c privsep/vault/logouttoken.c \
	privsep/vault/claims.c privsep/vault/claims.h \
	privsep/vault/derive.c privsep/vault/derive.h \
	privsep/vault/generate.c privsep/vault/generate.h \
	privsep/vault/bundle.c privsep/vault/bundle.h \
	privsep/vault/base32.c privsep/vault/base32.h \
	privsep/vault/totp.c privsep/vault/totp.h \
	privsep/vault/recovery.c privsep/vault/recovery.h \
	privsep/vault/seal.c privsep/vault/seal.h \
	privsep/vault/qr.c privsep/vault/qr.h \
	privsep/vault/enrol.c privsep/vault/enrol.h \
	privsep/vault/vault_sandbox.c privsep/vault/vault_sandbox.h
vault_SOURCES = privsep/vault/vault.c privsep/vault/answer.c \
	privsep/vault/answer.h
