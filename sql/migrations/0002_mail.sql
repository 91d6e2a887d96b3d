-- Mail: what is to be sent, and the links in it.

-- A link that is good once. Its token is derived by the vault from purpose
-- and id (LINK_DERIVE); hash is the token's SHA-256. purpose: 1 verifies the
-- address email for the user, 2 sets a new password.
CREATE TABLE mail_links (
	id		TEXT PRIMARY KEY,
	purpose		INTEGER NOT NULL CHECK (purpose IN (1, 2)),
	user_id		TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	email		TEXT NOT NULL,
	email_key	TEXT NOT NULL,
	hash		TEXT NOT NULL UNIQUE,
	created_at	BIGINT NOT NULL,
	expires_at	BIGINT NOT NULL,
	used_at		BIGINT,
	used_by		TEXT
);

CREATE INDEX mail_links_user ON mail_links (user_id, purpose, created_at);
CREATE INDEX mail_links_expires ON mail_links (expires_at);

-- A row is written in the transaction of the act that it tells of, and is
-- deleted when the mail server has the mail. It holds the values of a
-- template, never a token: with link_id the link is made when it is sent, and
-- a row whose link is used, expired or gone is dropped. Whoever sends a row
-- moves its due_at on while it does, so that another takes over when it dies.
CREATE TABLE outbox (
	id		TEXT PRIMARY KEY,
	tenant		TEXT NOT NULL,
	created_at	BIGINT NOT NULL,
	due_at		BIGINT NOT NULL,
	tries		BIGINT NOT NULL DEFAULT 0,
	leased_by	TEXT,
	template	TEXT NOT NULL,
	user_id		TEXT REFERENCES users (id) ON DELETE CASCADE,
	to_addr		TEXT NOT NULL,
	username	TEXT NOT NULL,
	ip		TEXT NOT NULL DEFAULT '',
	user_agent	TEXT NOT NULL DEFAULT '',
	link_id		TEXT
);

CREATE INDEX outbox_due ON outbox (due_at, id);
CREATE INDEX outbox_leased ON outbox (leased_by) WHERE leased_by IS NOT NULL;
CREATE INDEX outbox_created ON outbox (created_at);
CREATE INDEX outbox_user ON outbox (user_id);
