-- The time steps that counted for an account's factor, of the last days: they
-- do not count again when a clock was ahead and was set back.

CREATE TABLE totp_steps (
	user_id		TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	step		BIGINT NOT NULL,
	op		TEXT NOT NULL,
	PRIMARY KEY (user_id, step)
);
