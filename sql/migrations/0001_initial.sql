-- The first schema. Shared subset of PostgreSQL and SQLite: ids are TEXT,
-- times BIGINT microseconds since 1970, flags INTEGER 0 or 1, bytes base64url
-- TEXT.

CREATE TABLE tenants (
	id		TEXT PRIMARY KEY,
	name		TEXT NOT NULL,
	status		TEXT NOT NULL DEFAULT 'active'
			CHECK (status IN ('active', 'suspended')),
	registration	TEXT NOT NULL DEFAULT 'open'
			CHECK (registration IN ('open', 'verify', 'closed')),
	require_mfa	INTEGER NOT NULL DEFAULT 0
			CHECK (require_mfa IN (0, 1)),
	password_min	INTEGER,
	created_at	BIGINT NOT NULL
);

-- created_at of the built-in tenant is set when the first engine starts.
INSERT INTO tenants (id, name, created_at) VALUES ('default', 'Default', 0);

-- version counts changes of what a login depends on (password, status), epoch
-- changes that kill earlier access tokens, last_op is the operation that wrote
-- the row last: later statements of that operation depend on it.
CREATE TABLE users (
	id		TEXT PRIMARY KEY,
	tenant		TEXT NOT NULL DEFAULT 'default' REFERENCES tenants (id),
	username	TEXT NOT NULL,
	username_key	TEXT NOT NULL,
	email		TEXT NOT NULL,
	email_key	TEXT NOT NULL,
	email_verified	INTEGER NOT NULL DEFAULT 0
			CHECK (email_verified IN (0, 1)),
	name		TEXT,
	role		TEXT NOT NULL DEFAULT 'user'
			CHECK (role IN ('user', 'admin', 'superadmin')),
	pw_record	TEXT,
	totp_secret	TEXT,
	status		TEXT NOT NULL DEFAULT 'active'
			CHECK (status IN ('active', 'disabled', 'pending')),
	version		BIGINT NOT NULL DEFAULT 1,
	epoch		BIGINT NOT NULL DEFAULT 1,
	created_at	BIGINT NOT NULL,
	updated_at	BIGINT NOT NULL,
	last_login_at	BIGINT,
	last_op		TEXT NOT NULL,
	CHECK (role <> 'superadmin' OR tenant = 'default'),
	UNIQUE (tenant, username_key)
);

CREATE UNIQUE INDEX users_email_verified ON users (tenant, email_key)
	WHERE email_verified = 1;

-- Exactly one super admin in the whole database, whatever the program does.
CREATE UNIQUE INDEX users_one_superadmin ON users (role)
	WHERE role = 'superadmin';

-- A session is the family of its refresh tokens. Its row is what refresh,
-- logout and every other end of a session lock, so that they come one after
-- the other. expires_at is the absolute end, idle_at that without a refresh.
CREATE TABLE sessions (
	id		TEXT PRIMARY KEY,
	tenant		TEXT NOT NULL,
	user_id		TEXT NOT NULL REFERENCES users (id),
	client_id	TEXT NOT NULL,
	scope		TEXT NOT NULL,
	acr		TEXT NOT NULL,
	amr		TEXT NOT NULL,
	auth_at		BIGINT NOT NULL,
	ip		TEXT NOT NULL,
	user_agent	TEXT NOT NULL,
	created_at	BIGINT NOT NULL,
	last_used_at	BIGINT NOT NULL,
	idle_at		BIGINT NOT NULL,
	expires_at	BIGINT NOT NULL,
	ended_at	BIGINT,
	ended_why	TEXT,
	last_op		TEXT NOT NULL
);

CREATE INDEX sessions_live ON sessions (user_id, created_at, id)
	WHERE ended_at IS NULL;
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sessions_expires ON sessions (expires_at);

-- hash is SHA-256 of the token. A generation has one token, so a rotated one
-- cannot have two successors.
CREATE TABLE refresh_tokens (
	hash		TEXT PRIMARY KEY,
	session_id	TEXT NOT NULL REFERENCES sessions (id),
	client_id	TEXT NOT NULL,
	generation	BIGINT NOT NULL,
	created_at	BIGINT NOT NULL,
	expires_at	BIGINT NOT NULL,
	used_at		BIGINT,
	used_by		TEXT,
	UNIQUE (session_id, generation)
);

-- The states of the key pairs; the private halves are files in keys/.
CREATE TABLE signing_keys (
	kid		TEXT PRIMARY KEY,
	alg		TEXT NOT NULL
			CHECK (alg IN ('ES256', 'EdDSA', 'RS256')),
	state		TEXT NOT NULL
			CHECK (state IN ('next', 'active', 'retiring',
				'retired')),
	created_at	BIGINT NOT NULL,
	active_at	BIGINT,
	retire_at	BIGINT
);

CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (alg)
	WHERE state = 'active';

-- Fingerprints of the secrets that all nodes on this database must share.
CREATE TABLE node_secrets (
	kind		TEXT PRIMARY KEY CHECK (kind IN ('pepper', 'seal')),
	fingerprint	TEXT NOT NULL,
	created_at	BIGINT NOT NULL
);

-- One row an act, written in the act's own transaction under the id of its
-- operation. seq, prev and hash are null until the entry is sealed.
CREATE TABLE audit (
	id		TEXT PRIMARY KEY,
	tenant		TEXT NOT NULL,
	created_at	BIGINT NOT NULL,
	action		TEXT NOT NULL,
	result		TEXT NOT NULL CHECK (result IN ('success', 'failure')),
	actor		TEXT,
	subject		TEXT,
	client_id	TEXT,
	ip		TEXT,
	request_id	TEXT,
	detail		TEXT,
	seq		BIGINT,
	prev		TEXT,
	hash		TEXT
);

CREATE UNIQUE INDEX audit_seq ON audit (tenant, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_unsealed ON audit (created_at, id) WHERE seq IS NULL;
