-- One try with a ticket: counted before anything is checked. No row: the
-- ticket is used, expired, out of tries, or its account has changed.
-- in op text
-- in now int
-- in tenant text
-- in hash text
-- in tries int

-- stmt ticket
UPDATE mfa_tickets
SET tries = tries + 1, last_op = :op
WHERE hash = :hash AND used_at IS NULL AND expires_at > :now
	AND tries < :tries AND last_op <> :op;

-- stmt user
SELECT u.id, u.username, u.role, u.version, u.epoch, u.totp_secret,
	u.totp_step
FROM mfa_tickets AS t, users AS u
WHERE t.hash = :hash AND t.last_op = :op AND t.used_at IS NULL
	AND u.id = t.user_id AND u.tenant = :tenant AND u.status = 'active'
	AND u.version = t.version AND u.epoch = t.epoch
	AND u.totp_secret IS NOT NULL;

-- stmt roles
SELECT r.role
FROM mfa_tickets AS t, user_roles AS r
WHERE t.hash = :hash AND t.last_op = :op AND r.user_id = t.user_id
ORDER BY r.role;
