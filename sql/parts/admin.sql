-- What operations of administration have in common; see
-- privsep/engine/admin.h. b is the bearer, u a user. Where machine is 1 the
-- actor is a client by a token of its own, whose jti is sid: c.

-- part admin_bearer
:machine = 0 AND b.sid = :sid AND b.user_id = :actor AND b.tenant = :home
	AND b.epoch = :epoch AND b.expires_at > :now
	AND (b.tenant = :tenant OR b.role = 'superadmin');

-- part admin_machine
:machine = 1 AND c.tenant = :home AND c.client_id = :actor
	AND c.epoch = :epoch AND c.disabled = 0 AND c.tenant = :tenant
	AND NOT EXISTS (SELECT 1 FROM dead_tokens AS d WHERE d.jti = :sid);

-- part admin_machine_holds
EXISTS (SELECT 1 FROM client_permissions AS p
	WHERE p.tenant = c.tenant AND p.client_id = c.client_id
	AND p.permission = :perm);

-- What the actor holds.
-- part actor_permissions
(SELECT v.permission FROM user_permissions AS v
	WHERE :machine = 0 AND v.user_id = :actor
	UNION ALL
	SELECT v.permission FROM client_permissions AS v
	WHERE :machine = 1 AND v.tenant = :home AND v.client_id = :actor);

-- Which client the actor came by, for the audit.
-- part audit_client
CASE WHEN :machine = 1 THEN :actor
	ELSE (SELECT c.client_id FROM sessions AS c WHERE c.id = :sid) END;

-- part admin_holds
EXISTS (SELECT 1 FROM user_permissions AS p
	WHERE p.user_id = b.user_id AND p.permission = :perm);

-- Statement `who` of one that reads. No row: the token does not hold. Else
-- whether it holds the permission, whether the second factor is as it must be,
-- and whether it was shown lately, which reads do not ask.
-- part admin_who_reads
SELECT CASE WHEN @admin_holds THEN 1 ELSE 0 END,
	CASE WHEN :lax = 1 OR b.mfa = 1 THEN 1 ELSE 0 END, 1
FROM admin_bearers AS b
WHERE @admin_bearer
UNION ALL
SELECT CASE WHEN @admin_machine_holds THEN 1 ELSE 0 END, 1, 1
FROM clients AS c
WHERE @admin_machine
UNION ALL
SELECT 1, 1, 1 WHERE :operator = 1;

-- part admin_fresh
(b.mfa = 0 OR (b.acr = 'aal2' AND b.auth_at >= :fresh));

-- Statement `lock` of one that writes, first of all: the actor, whose roles and
-- what they hold can only be changed before it or after it. What comes next
-- reads what was committed before.
-- part admin_lock
UPDATE users
SET admin_op = NULL
WHERE :machine = 0 AND id = :actor AND epoch = :epoch;

-- The same of a client.
-- part admin_lock_machine
UPDATE clients
SET admin_op = NULL
WHERE :machine = 1 AND tenant = :home AND client_id = :actor
	AND epoch = :epoch;

-- And its third, `mark`.
-- part admin_mark
UPDATE users
SET admin_op = :op
WHERE :machine = 0 AND id = :actor AND epoch = :epoch AND status = 'active'
	AND EXISTS (SELECT 1 FROM admin_bearers AS b
		WHERE @admin_bearer AND @admin_holds
		AND (:lax = 1 OR b.mfa = 1) AND @admin_fresh);

-- part admin_mark_machine
UPDATE clients
SET admin_op = :op
WHERE :machine = 1 AND tenant = :home AND client_id = :actor
	AND EXISTS (SELECT 1 FROM clients AS c
		WHERE @admin_machine AND @admin_machine_holds);

-- And then `who`.
-- part admin_who_writes
SELECT CASE WHEN @admin_holds THEN 1 ELSE 0 END,
	CASE WHEN :lax = 1 OR b.mfa = 1 THEN 1 ELSE 0 END,
	CASE WHEN @admin_fresh THEN 1 ELSE 0 END
FROM admin_bearers AS b
WHERE @admin_bearer
UNION ALL
SELECT CASE WHEN @admin_machine_holds THEN 1 ELSE 0 END, 1, 1
FROM clients AS c
WHERE @admin_machine
UNION ALL
SELECT 1, 1, 1 WHERE :operator = 1;

-- The condition of every statement that writes.
-- part admin_ok
(:operator = 1
	OR EXISTS (SELECT 1 FROM users AS a
		WHERE :machine = 0 AND a.id = :actor AND a.admin_op = :op)
	OR EXISTS (SELECT 1 FROM clients AS a
		WHERE :machine = 1 AND a.tenant = :home
		AND a.client_id = :actor AND a.admin_op = :op));

-- The actor lacks a built-in permission that u holds, or u is the super admin.
-- part admin_beneath
(:operator = 0 AND (u.role = 'superadmin'
	OR EXISTS (SELECT 1 FROM user_permissions AS h
		WHERE h.user_id = u.id AND h.builtin = 1
		AND NOT EXISTS (SELECT 1 FROM @actor_permissions AS p
			WHERE p.permission = h.permission))));

-- Suspended, or stopped.
-- part user_locked
CASE WHEN (SELECT COALESCE(SUM(t.charges), 0) FROM throttles AS t
		WHERE t.kind = 'login' AND t.tenant = u.tenant
		AND (t.subject = u.username_key OR (u.email_verified = 1
			AND t.subject = u.email_key))) >= :password_stop
	OR EXISTS (SELECT 1 FROM throttles AS t
		WHERE t.kind = 'otp' AND t.tenant = u.tenant
		AND t.subject = u.id AND t.streak >= :otp_stop)
	THEN 1 ELSE 0 END;

-- A user, as admin_user_row() takes it.
-- part user_columns
u.id, u.username, u.email, u.email_verified, u.name, u.role, u.status,
	CASE WHEN u.totp_secret IS NULL THEN 0 ELSE 1 END, u.tenant,
	u.created_at, u.updated_at, u.last_login_at, u.version, u.epoch,
	@user_locked;

-- u must have a second factor: the tenant n wants one, or administrators must
-- (lax is 0) and u is one.
-- part user_must_factor
CASE WHEN n.require_mfa = 1 OR (:lax = 0 AND EXISTS (SELECT 1
		FROM user_permissions AS h
		WHERE h.user_id = u.id AND h.builtin = 1))
	THEN 1 ELSE 0 END;
