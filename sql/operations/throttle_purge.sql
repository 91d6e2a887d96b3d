-- Removes some of the counters that are over, and of the sources that were not
-- used for long. What suspends an account's password or stops its factor
-- stays until it is reset or unlocked.
-- in now int
-- in since int
-- in password_stop int
-- in otp_stop int
-- in batch int

-- stmt counters
DELETE FROM throttles
WHERE (kind, tenant, subject) IN (SELECT t.kind, t.tenant, t.subject
	FROM throttles AS t
	WHERE t.expires_at <= :now
	AND (t.kind <> 'login' OR t.charges < :password_stop
		OR NOT EXISTS (SELECT 1 FROM users AS u
			WHERE u.tenant = t.tenant
			AND (u.username_key = t.subject
			OR (u.email_key = t.subject
				AND u.email_verified = 1))))
	AND (t.kind <> 'otp' OR t.streak < :otp_stop
		OR NOT EXISTS (SELECT 1 FROM users AS u
			WHERE u.id = t.subject))
	ORDER BY t.expires_at LIMIT :batch);

-- stmt sources
DELETE FROM known_sources
WHERE (user_id, source) IN (SELECT k.user_id, k.source
	FROM known_sources AS k
	WHERE k.seen_at <= :since ORDER BY k.seen_at LIMIT :batch);
