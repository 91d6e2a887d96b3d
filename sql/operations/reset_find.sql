-- Whom the link in a reset mail is for; no row when it is not good (any more).
-- in now int
-- in tenant text
-- in hash text

-- stmt user
SELECT u.id, u.username, u.email, u.pw_record, u.version, u.epoch, u.tenant,
	u.totp_secret, u.totp_step
FROM mail_links AS l, users AS u
WHERE l.hash = :hash AND l.purpose = 2 AND l.used_at IS NULL
	AND l.expires_at > :now AND u.id = l.user_id AND u.tenant = :tenant
	AND u.email = l.email
	AND u.status <> 'disabled'
	AND NOT EXISTS (SELECT 1 FROM mail_links AS n
		WHERE n.user_id = l.user_id AND n.purpose = 2
		AND (n.created_at, n.id) > (l.created_at, l.id));
