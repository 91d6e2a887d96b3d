noinst_LIBRARIES += libvault.a
libvault_a_SOURCES = privsep/vault/keyring.c
vault_SOURCES = privsep/vault/vault.c
