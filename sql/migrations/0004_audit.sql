-- The audit chain of each tenant: how far it is sealed. seq and hash are its
-- last entry's; hash before the first one is 32 zero bytes. Whoever seals moves
-- this row first, by comparing it with what it read.
CREATE TABLE audit_chains (
	tenant		TEXT PRIMARY KEY,
	seq		BIGINT NOT NULL CHECK (seq >= 0),
	hash		TEXT NOT NULL,
	last_op		TEXT NOT NULL
);

-- What the vault signed: the chain was that at that point.
CREATE TABLE audit_heads (
	tenant		TEXT NOT NULL,
	seq		BIGINT NOT NULL,
	hash		TEXT NOT NULL,
	kid		TEXT NOT NULL,
	jws		TEXT NOT NULL,
	created_at	BIGINT NOT NULL,
	PRIMARY KEY (tenant, seq)
);

-- Work that one node of the cluster does at a time. It saves work that would
-- be done twice; nothing depends on it, since clocks differ.
CREATE TABLE leases (
	name		TEXT PRIMARY KEY,
	holder		TEXT NOT NULL,
	until_at	BIGINT NOT NULL
);

INSERT INTO leases (name, holder, until_at) VALUES ('audit', '', 0);

CREATE INDEX audit_created ON audit (tenant, created_at);
