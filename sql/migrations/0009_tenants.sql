-- Tenants are made, changed and erased. last_op is the operation that wrote the
-- row last. A tenant with deleted_at is gone for everybody; its id is free
-- when all that it had is erased. sweep: the engine has work with its users.

ALTER TABLE tenants ADD COLUMN last_op TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN deleted_at BIGINT;
ALTER TABLE tenants ADD COLUMN sweep INTEGER NOT NULL DEFAULT 0;

CREATE INDEX tenants_sweep ON tenants (id) WHERE sweep = 1;
