-- The life of an account: an address that waits to be verified, and the
-- devices that an account was used from.

-- The address that takes the place of email once its holder has shown that it
-- reaches him.
ALTER TABLE users ADD COLUMN pending_email TEXT;
ALTER TABLE users ADD COLUMN pending_email_key TEXT;

CREATE INDEX users_email ON users (tenant, email_key, created_at, id);
CREATE INDEX users_pending_email ON users (tenant, pending_email_key)
	WHERE pending_email_key IS NOT NULL;

-- Where an account was logged in from: a digest of source and user agent. A
-- login from what is not here is told to the account's holder.
CREATE TABLE devices (
	user_id		TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	device		TEXT NOT NULL,
	seen_at		BIGINT NOT NULL,
	PRIMARY KEY (user_id, device)
);
