-- OAuth 2, OpenID Connect, and the sessions of browsers.

-- cookie_hash: SHA-256 of the cookie, of a session that pages act for. parent:
-- the session of which this one was born: a client's of a browser's, an
-- exchanged token's of its subject's; it ends with its parent, unless offline
-- is 1. jkt: thumbprint of the key that its refresh tokens are bound to. tell:
-- its client wants to be told of its end (back-channel logout), and was not yet.
ALTER TABLE sessions ADD COLUMN cookie_hash TEXT;
ALTER TABLE sessions ADD COLUMN parent TEXT;
ALTER TABLE sessions ADD COLUMN offline INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN jkt TEXT;
ALTER TABLE sessions ADD COLUMN tell INTEGER NOT NULL DEFAULT 0;

CREATE UNIQUE INDEX sessions_cookie ON sessions (cookie_hash)
	WHERE cookie_hash IS NOT NULL;
CREATE INDEX sessions_parent ON sessions (parent) WHERE parent IS NOT NULL;
CREATE INDEX sessions_tell ON sessions (ended_at)
	WHERE tell = 1 AND ended_at IS NOT NULL;

-- A browser that an account was used with: SHA-256 of its cookie.
CREATE TABLE known_browsers (
	hash		TEXT PRIMARY KEY,
	user_id		TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	created_at	BIGINT NOT NULL,
	seen_at		BIGINT NOT NULL,
	expires_at	BIGINT NOT NULL
);

CREATE INDEX known_browsers_user ON known_browsers (user_id);
CREATE INDEX known_browsers_expires ON known_browsers (expires_at);

-- A request for authorization that waits for the user's consent. hash: SHA-256
-- of the nonce; session_id: the browser's, the only one that may answer it.
-- par: hash of the pushed request that it came from.
CREATE TABLE consents (
	hash		TEXT PRIMARY KEY,
	tenant		TEXT NOT NULL,
	session_id	TEXT NOT NULL,
	client_id	TEXT NOT NULL,
	redirect_uri	TEXT NOT NULL,
	scope		TEXT NOT NULL,
	state		TEXT NOT NULL,
	nonce		TEXT NOT NULL,
	challenge	TEXT NOT NULL,
	jkt		TEXT NOT NULL DEFAULT '',
	par		TEXT,
	created_at	BIGINT NOT NULL,
	expires_at	BIGINT NOT NULL,
	used_at		BIGINT,
	used_by		TEXT
);

CREATE INDEX consents_expires ON consents (expires_at);
CREATE INDEX consents_session ON consents (session_id);

-- What a user allowed a client, until it is taken back.
CREATE TABLE grants (
	user_id		TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	tenant		TEXT NOT NULL,
	client_id	TEXT NOT NULL,
	scope		TEXT NOT NULL,
	created_at	BIGINT NOT NULL,
	updated_at	BIGINT NOT NULL,
	last_op		TEXT NOT NULL,
	PRIMARY KEY (user_id, client_id),
	FOREIGN KEY (tenant, client_id) REFERENCES clients (tenant, client_id)
		ON DELETE CASCADE
);

CREATE INDEX grants_client ON grants (tenant, client_id);

-- Authorization codes; hash: SHA-256. session_id: the browser's; made: the
-- client's session that it was redeemed for, which a second use ends.
CREATE TABLE codes (
	hash		TEXT PRIMARY KEY,
	tenant		TEXT NOT NULL,
	client_id	TEXT NOT NULL,
	user_id		TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	session_id	TEXT NOT NULL,
	redirect_uri	TEXT NOT NULL,
	scope		TEXT NOT NULL,
	nonce		TEXT NOT NULL,
	challenge	TEXT NOT NULL,
	jkt		TEXT NOT NULL DEFAULT '',
	auth_at		BIGINT NOT NULL,
	acr		TEXT NOT NULL,
	amr		TEXT NOT NULL,
	created_at	BIGINT NOT NULL,
	expires_at	BIGINT NOT NULL,
	used_at		BIGINT,
	used_by		TEXT,
	made		TEXT
);

CREATE INDEX codes_expires ON codes (expires_at);
CREATE INDEX codes_user ON codes (user_id);

-- Pushed requests (RFC 9126). params: a JSON object; started_at: when a browser
-- first came with it.
CREATE TABLE pushed (
	hash		TEXT PRIMARY KEY,
	tenant		TEXT NOT NULL,
	client_id	TEXT NOT NULL,
	params		TEXT NOT NULL,
	created_at	BIGINT NOT NULL,
	expires_at	BIGINT NOT NULL,
	started_at	BIGINT,
	used_at		BIGINT,
	used_by		TEXT
);

CREATE INDEX pushed_expires ON pushed (expires_at);

-- Devices that wait for their user (RFC 8628). user_code: in its normal form.
CREATE TABLE device_codes (
	hash		TEXT PRIMARY KEY,
	user_code	TEXT NOT NULL,
	tenant		TEXT NOT NULL,
	client_id	TEXT NOT NULL,
	scope		TEXT NOT NULL,
	state		TEXT NOT NULL CHECK (state IN ('pending', 'allowed',
				'denied', 'used')),
	user_id		TEXT REFERENCES users (id) ON DELETE CASCADE,
	session_id	TEXT,
	auth_at		BIGINT,
	acr		TEXT,
	amr		TEXT,
	interval_s	BIGINT NOT NULL,
	polled_at	BIGINT NOT NULL DEFAULT 0,
	created_at	BIGINT NOT NULL,
	expires_at	BIGINT NOT NULL,
	used_by		TEXT,
	made		TEXT,
	last_op		TEXT NOT NULL
);

CREATE UNIQUE INDEX device_codes_user_code ON device_codes (tenant, user_code);
CREATE INDEX device_codes_expires ON device_codes (expires_at);
CREATE INDEX device_codes_user ON device_codes (user_id);

-- What counts once: a client's assertion, a proof of possession. id holds whose
-- it is.
CREATE TABLE once (
	kind		TEXT NOT NULL,
	id		TEXT NOT NULL,
	expires_at	BIGINT NOT NULL,
	last_op		TEXT NOT NULL,
	PRIMARY KEY (kind, id)
);

CREATE INDEX once_expires ON once (expires_at);

-- Access tokens without a session that were revoked, by their jti.
CREATE TABLE dead_tokens (
	jti		TEXT PRIMARY KEY,
	expires_at	BIGINT NOT NULL
);

CREATE INDEX dead_tokens_expires ON dead_tokens (expires_at);

-- A tenant's own scopes, with what the page of consent says of them.
CREATE TABLE scopes (
	tenant		TEXT NOT NULL,
	name		TEXT NOT NULL,
	description	TEXT NOT NULL,
	created_at	BIGINT NOT NULL,
	updated_at	BIGINT NOT NULL,
	last_op		TEXT NOT NULL,
	PRIMARY KEY (tenant, name)
);

-- How a tenant's pages look. body: base64url; etag: of it.
CREATE TABLE looks (
	tenant		TEXT NOT NULL,
	look		TEXT NOT NULL CHECK (look IN ('theme', 'logo', 'texts')),
	type		TEXT NOT NULL,
	body		TEXT NOT NULL,
	etag		TEXT NOT NULL,
	updated_at	BIGINT NOT NULL,
	last_op		TEXT NOT NULL,
	PRIMARY KEY (tenant, look)
);

-- Initial access tokens (RFC 7591); hash: SHA-256.
CREATE TABLE register_tokens (
	hash		TEXT PRIMARY KEY,
	tenant		TEXT NOT NULL,
	created_at	BIGINT NOT NULL,
	expires_at	BIGINT NOT NULL,
	last_op		TEXT NOT NULL
);

-- secret_old_hash: the secret before this one, until secret_old_until.
-- register_hash: of the token by which a client manages itself (RFC 7592).
ALTER TABLE clients ADD COLUMN secret_old_hash TEXT;
ALTER TABLE clients ADD COLUMN secret_old_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN register_hash TEXT;

CREATE UNIQUE INDEX clients_register ON clients (register_hash)
	WHERE register_hash IS NOT NULL;

-- admin_op: as of users, where a client administers by a token of its own.
ALTER TABLE clients ADD COLUMN admin_op TEXT;

-- Logout tokens that are to be delivered. sub and sid are what they will say.
CREATE TABLE logouts (
	id		TEXT PRIMARY KEY,
	tenant		TEXT NOT NULL,
	client_id	TEXT NOT NULL,
	url		TEXT NOT NULL,
	sub		TEXT NOT NULL,
	sid		TEXT NOT NULL,
	created_at	BIGINT NOT NULL,
	due_at		BIGINT NOT NULL,
	tries		BIGINT NOT NULL DEFAULT 0,
	leased_by	TEXT
);

CREATE INDEX logouts_due ON logouts (due_at, id);
CREATE INDEX logouts_leased ON logouts (leased_by) WHERE leased_by IS NOT NULL;
