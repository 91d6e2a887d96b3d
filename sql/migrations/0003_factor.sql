-- Second factors. users.totp_secret, sealed, is the factor that is on;
-- totp_pending one that waits for its first code. totp_step is the last time
-- step that counted, totp_op the operation that used it.

ALTER TABLE users ADD COLUMN totp_pending TEXT;
ALTER TABLE users ADD COLUMN totp_pending_until BIGINT;
ALTER TABLE users ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN totp_op TEXT;

-- hash is SHA-256 of the code's normal form; used_by the operation that the
-- code was good for.
CREATE TABLE recovery_codes (
	user_id		TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	hash		TEXT NOT NULL,
	created_at	BIGINT NOT NULL,
	used_at		BIGINT,
	used_by		TEXT,
	PRIMARY KEY (user_id, hash)
);

-- A login whose password was right and whose factor is awaited. It is good as
-- long as version and epoch are still the account's.
CREATE TABLE mfa_tickets (
	hash		TEXT PRIMARY KEY,
	user_id		TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	version		BIGINT NOT NULL,
	epoch		BIGINT NOT NULL,
	tries		INTEGER NOT NULL DEFAULT 0,
	created_at	BIGINT NOT NULL,
	expires_at	BIGINT NOT NULL,
	used_at		BIGINT,
	used_by		TEXT,
	last_op		TEXT NOT NULL
);

CREATE INDEX mfa_tickets_user ON mfa_tickets (user_id);
CREATE INDEX mfa_tickets_expires ON mfa_tickets (expires_at);
