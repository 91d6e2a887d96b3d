-- Lifts what failures did to an account, by an operator's hand: suspension of
-- the password and stop of the factor. user is a user's id, key a username;
-- outcome has a row when there is such an account.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in key text

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, subject, detail)
SELECT :op, u.tenant, :now, 'user.unlock', 'success', u.id,
	'{"by":"operator"}'
FROM users AS u
WHERE u.id = (SELECT w.id FROM users AS w
		WHERE w.tenant = :tenant
		AND (w.id = :user OR w.username_key = :key)
		ORDER BY CASE WHEN w.id = :user THEN 0 ELSE 1 END LIMIT 1)
ON CONFLICT DO NOTHING;

-- stmt login
DELETE FROM throttles
WHERE kind = 'login' AND tenant = :tenant AND subject IN (
	SELECT u.username_key FROM audit AS a, users AS u
	WHERE a.id = :op AND u.id = a.subject
	UNION ALL SELECT u.email_key FROM audit AS a, users AS u
	WHERE a.id = :op AND u.id = a.subject AND u.email_verified = 1);

-- stmt device
DELETE FROM throttles
WHERE kind = 'device' AND tenant = :tenant AND subject IN (
	SELECT k.user_id || ' ' || k.source FROM audit AS a, known_sources AS k
	WHERE a.id = :op AND k.user_id = a.subject);

-- stmt otp
DELETE FROM throttles
WHERE kind = 'otp' AND tenant = :tenant
	AND subject = (SELECT a.subject FROM audit AS a WHERE a.id = :op);

-- stmt outcome
SELECT id FROM audit WHERE id = :op;
