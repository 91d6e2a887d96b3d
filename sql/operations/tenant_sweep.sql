-- A tenant wants a second factor: ends the sessions of some users who have
-- none, from behind after on. last has where the next batch begins, and how
-- many there were: fewer than batch, and all is done.
-- in now int
-- in tenant text
-- in after text
-- in batch int

-- stmt lock quiet
UPDATE users
SET last_op = last_op
WHERE id IN (SELECT v.id FROM (@tenant_users) AS v);

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'mfa'
WHERE ended_at IS NULL AND scope <> 'mfa_setup'
	AND user_id IN (SELECT v.id FROM (@tenant_users) AS v
		WHERE v.totp_secret IS NULL)
	AND EXISTS (SELECT 1 FROM tenants AS n
		WHERE n.id = :tenant AND n.require_mfa = 1);

-- stmt last
SELECT COALESCE(MAX(v.username_key), ''), count(*)
FROM (@tenant_users) AS v;

-- stmt done
UPDATE tenants
SET sweep = 0
WHERE id = :tenant AND deleted_at IS NULL
	AND (SELECT count(*) FROM (@tenant_users) AS v) < :batch;
