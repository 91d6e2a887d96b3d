-- SQLite looked through all that a tenant has for what is not sealed, and
-- through the whole index of actions for whether there is any.

CREATE INDEX audit_unsealed_tenant ON audit (tenant, created_at, id)
	WHERE seq IS NULL;

DROP INDEX audit_action;
CREATE INDEX audit_sealed_action ON audit (tenant, action, seq)
	WHERE seq IS NOT NULL;
