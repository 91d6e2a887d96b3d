-- What operations on one account of another share. user is an id, key a
-- username, null but for an operator. roles has words of 64 characters each,
-- nroles of them; tags the same, ntags 0: whatever it is.

-- part user_target
(SELECT w.id FROM users AS w
	WHERE w.tenant = :tenant AND (w.id = :user OR w.username_key = :key)
	ORDER BY CASE WHEN w.id = :user THEN 0 ELSE 1 END LIMIT 1);

-- The same, if this operation has changed it.
-- part user_changed
(SELECT t.id FROM users AS t WHERE t.id = @user_target AND t.last_op = :op);

-- part user_role_words
(WITH RECURSIVE w (i, word) AS (
	SELECT CAST(1 AS BIGINT), rtrim(substr(:roles, 1, 64))
	UNION ALL
	SELECT w.i + 64, rtrim(substr(:roles, CAST(w.i + 64 AS INTEGER), 64))
	FROM w WHERE w.i + 64 < :nroles * 64)
	SELECT w.word FROM w);

-- part user_tag_words
(WITH RECURSIVE w (i, word) AS (
	SELECT CAST(1 AS BIGINT), rtrim(substr(:tags, 1, 64))
	UNION ALL
	SELECT w.i + 64, rtrim(substr(:tags, CAST(w.i + 64 AS INTEGER), 64))
	FROM w WHERE w.i + 64 < :ntags * 64)
	SELECT w.word FROM w);

-- part user_tags_match
(:ntags = 0 OR CAST(u.updated_at AS TEXT) || '-' || CAST(u.version AS TEXT)
	|| '-' || CAST(u.epoch AS TEXT) IN @user_tag_words);

-- Each of the custom roles is there.
-- part user_roles_known
(:nroles = (SELECT COUNT(*) FROM roles AS r
	WHERE r.tenant = :tenant AND r.name IN @user_role_words));

-- No role has a built-in permission that the actor lacks; role is the built-in
-- one, or null.
-- part user_roles_grantable
(:operator = 1 OR NOT EXISTS (SELECT 1 FROM role_permissions AS g
	WHERE g.builtin = 1
	AND ((g.tenant = '' AND g.role = :role)
		OR (g.tenant = :tenant AND g.role IN @user_role_words))
	AND NOT EXISTS (SELECT 1 FROM @actor_permissions AS p
		WHERE p.permission = g.permission)));

-- The super admin is left alone, but by the operator where that may be.
-- part user_not_protected
(u.role <> 'superadmin' OR :operator = 1);

-- Locks, behind the actor: the roles that are given, so that they stay; then
-- the account, so that what comes next reads what was committed before.
-- part user_roles_lock
UPDATE roles
SET last_op = last_op
WHERE tenant = :tenant AND name IN @user_role_words AND @admin_ok;

-- part user_lock
UPDATE users
SET admin_op = CASE WHEN id = :actor THEN admin_op END
WHERE id = @user_target AND @admin_ok;
