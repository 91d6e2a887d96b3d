-- Failures and requests that are counted, so that guessing is slow, on all
-- nodes alike and across restarts.

-- kind: 'login' (a login name, whether there is such an account or not),
-- 'device' (an account at a source that it was used from), 'otp' (an
-- account's second factor), 'source' (failures of an address), 'register',
-- 'mail' (requests of an address), 'address' (mails to one). charges is what
-- counts now, streak what counts until a success. Before until, which is
-- penalty ahead at most, a login is refused, or a full window is.
CREATE TABLE throttles (
	kind		TEXT NOT NULL,
	tenant		TEXT NOT NULL,
	subject		TEXT NOT NULL,
	charges		BIGINT NOT NULL,
	streak		BIGINT NOT NULL,
	penalty		BIGINT NOT NULL,
	until		BIGINT NOT NULL,
	expires_at	BIGINT NOT NULL,
	last_op		TEXT NOT NULL,
	PRIMARY KEY (kind, tenant, subject)
);

CREATE INDEX throttles_expires ON throttles (expires_at);

-- From where an account was used with success: who guesses at its password
-- from elsewhere does not lock its holder out.
CREATE TABLE known_sources (
	user_id		TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	source		TEXT NOT NULL,
	seen_at		BIGINT NOT NULL,
	PRIMARY KEY (user_id, source)
);

CREATE INDEX known_sources_seen ON known_sources (seen_at);
