-- What operations on devices have in common.

-- A device that waits for its user, and the client that it asked for: d and c.
-- part device_waits
d.tenant = :tenant AND d.user_code = :code AND d.state = 'pending'
	AND d.expires_at > :now AND c.tenant = d.tenant
	AND c.client_id = d.client_id AND c.disabled = 0;

-- The session :sid of a browser that may answer: s, and its user's account u.
-- One that is good only for setting up a factor may not.
-- part device_answerer
s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
	AND s.expires_at > :now AND s.idle_at > :now
	AND s.cookie_hash IS NOT NULL AND s.scope <> 'mfa_setup'
	AND u.id = s.user_id AND u.tenant = :tenant AND u.status = 'active'
	AND u.epoch = :epoch;
