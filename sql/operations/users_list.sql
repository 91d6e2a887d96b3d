-- A page of the tenant's accounts, for an administrator. kind says which of
-- the pages is asked for, so that each is one index and in its order; the
-- others cost nothing. 1: by id, 2: by id, of those that are not active, 3: by
-- id, of those with a built-in role above user, 4: by id, of those with a
-- custom role, 5: by username, of those whose username is in [q, q_end), 6: by
-- address, of those whose address is and whose username is not. A page begins
-- at the key begin, or behind it and the id after_id. begin is in the range: of
-- two lower bounds PostgreSQL may begin at the worse one. role and status are
-- '' for any.
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
-- in kind int
-- in q text
-- in q_end text
-- in role text
-- in status text
-- in begin text
-- in after_id text
-- in limit int
-- in password_stop int
-- in otp_stop int

-- part wanted
(:status = '' OR u.status = :status)
	AND (:role = '' OR u.role = :role OR EXISTS (SELECT 1
		FROM user_roles AS w
		WHERE w.user_id = u.id AND w.role = :role));

-- part page
SELECT * FROM (SELECT u.id AS id, '' AS k FROM users AS u
	WHERE :kind = 1 AND u.tenant = :tenant AND u.id > :after_id AND @wanted
	ORDER BY u.id LIMIT :limit) AS p1
UNION ALL
SELECT * FROM (SELECT u.id AS id, '' AS k FROM users AS u
	WHERE :kind = 2 AND u.tenant = :tenant AND u.id > :after_id
	AND u.status <> 'active' AND @wanted
	ORDER BY u.id LIMIT :limit) AS p2
UNION ALL
SELECT * FROM (SELECT u.id AS id, '' AS k FROM users AS u
	WHERE :kind = 3 AND u.tenant = :tenant AND u.id > :after_id
	AND u.role <> 'user' AND @wanted
	ORDER BY u.id LIMIT :limit) AS p3
UNION ALL
SELECT * FROM (SELECT u.id AS id, '' AS k FROM user_roles AS r, users AS u
	WHERE :kind = 4 AND r.tenant = :tenant AND r.role = :role
	AND r.user_id > :after_id AND u.id = r.user_id
	AND (:status = '' OR u.status = :status)
	ORDER BY r.user_id LIMIT :limit) AS p4
UNION ALL
SELECT * FROM (SELECT u.id AS id, u.username_key AS k FROM users AS u
	WHERE :kind = 5 AND u.tenant = :tenant
	AND u.username_key COLLATE ucs_basic >= :begin
	AND u.username_key COLLATE ucs_basic < :q_end AND @wanted
	ORDER BY u.username_key COLLATE ucs_basic LIMIT :limit) AS p5
UNION ALL
SELECT * FROM (SELECT u.id AS id, u.email_key AS k FROM users AS u
	WHERE :kind = 6 AND u.tenant = :tenant
	AND (u.email_key COLLATE ucs_basic, u.id) > (:begin, :after_id)
	AND u.email_key COLLATE ucs_basic < :q_end
	AND (u.username_key COLLATE ucs_basic < :q
		OR u.username_key COLLATE ucs_basic >= :q_end) AND @wanted
	ORDER BY u.email_key COLLATE ucs_basic, u.id LIMIT :limit) AS p6;

-- stmt who
@admin_who_reads;

-- stmt items
SELECT @user_columns, g.k
FROM (@page) AS g, users AS u
WHERE u.id = g.id
ORDER BY g.k COLLATE ucs_basic, u.id;

-- stmt roles
SELECT r.user_id, r.role
FROM (@page) AS g, user_roles AS r
WHERE r.user_id = g.id
ORDER BY r.user_id, r.role;
