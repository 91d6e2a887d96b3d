-- Lifts what failures did to an account, by an operator's hand: suspension of
-- the password and stop of the factor. A row of outcome: there is such an
-- account.
-- in user text
-- in tenant text

-- stmt login
DELETE FROM throttles
WHERE kind = 'login' AND tenant = :tenant AND subject IN (
	SELECT u.username_key FROM users AS u WHERE u.id = :user
	UNION ALL SELECT u.email_key FROM users AS u WHERE u.id = :user);

-- stmt device
DELETE FROM throttles
WHERE kind = 'device' AND tenant = :tenant AND subject IN (
	SELECT k.user_id || ' ' || k.source FROM known_sources AS k
	WHERE k.user_id = :user);

-- stmt otp
DELETE FROM throttles
WHERE kind = 'otp' AND tenant = :tenant AND subject = :user;

-- stmt outcome
SELECT id FROM users WHERE id = :user AND tenant = :tenant;
