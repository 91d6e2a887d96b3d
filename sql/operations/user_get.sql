-- One account, for an administrator. key is null but for an operator, who may
-- name it so.
-- in now int
-- in operator int
-- in actor text
-- in machine int
-- in sid text
-- in home text
-- in epoch int
-- in tenant text
-- in perm text
-- in lax int
-- in user text
-- in key text
-- in password_stop int
-- in otp_stop int

-- stmt who
@admin_who_reads;

-- stmt user
SELECT @user_columns
FROM users AS u
WHERE u.tenant = :tenant AND (u.id = :user OR u.username_key = :key)
ORDER BY CASE WHEN u.id = :user THEN 0 ELSE 1 END
LIMIT 1;

-- stmt roles
SELECT r.role
FROM user_roles AS r, users AS u
WHERE u.tenant = :tenant AND (u.id = :user OR u.username_key = :key)
	AND r.user_id = u.id
ORDER BY r.role;
