# Unit tests (check) and fuzz targets: a fragment a room.
include regress/unit/base.mk
include regress/unit/wall.mk
include regress/unit/rules.mk
include regress/unit/json.mk
include regress/unit/jose.mk
include regress/unit/http.mk
include regress/unit/api.mk
include regress/unit/store.mk
include regress/unit/engine.mk
include regress/unit/vault.mk
include regress/unit/proc.mk
include regress/unit/hasher.mk
include regress/unit/parent.mk
if FUZZERS
include regress/fuzz/wire.mk
include regress/fuzz/http.mk
include regress/fuzz/json.mk
include regress/fuzz/jws.mk
include regress/fuzz/conf.mk
endif
