-- A login whose password was right, if the account is still what the password
-- was checked against. The first statement locks the account: a password
-- change comes before it (no row here) or after it (and ends this session).
-- record is null where the stored one stays. mfa says whether a second factor
-- was asked for; ticket is null where it came with the password.
--
-- Where mail is configured the holder is told of a device that was not seen
-- since `fresh`, but not of the first ever; at an address that nobody verified
-- a few times only, for it may belong to anybody.
--
-- A page's visitor gets a session with a cookie (its hash) and no token. before
-- is the hash of the cookie that the browser had: a living session of the same
-- account goes on with the new cookie, of another one it ends. browser is the
-- hash of what the browser is known by; where the account does not know it,
-- fresh_browser becomes that, and outcome says so.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in version int
-- in epoch int
-- in record text
-- in sid text
-- in client text
-- in scope text
-- in acr text
-- in amr text
-- in ip text
-- in ua text
-- in rid text
-- in token text
-- in idle int
-- in expires int
-- in mfa int
-- in ticket text
-- in device text
-- in fresh int
-- in mail int
-- in source text
-- in lax int
-- in cookie text
-- in before text
-- in browser text
-- in fresh_browser text
-- in known_until int
-- in known_most int

-- part mine
((id = :sid OR cookie_hash = :cookie) AND last_op = :op);

-- part its
((s.id = :sid OR s.cookie_hash = :cookie) AND s.last_op = :op);

-- part knows
EXISTS (SELECT 1 FROM known_browsers AS k
	WHERE k.hash = :browser AND k.user_id = :user AND k.expires_at > :now);

-- stmt ticket
UPDATE mfa_tickets
SET used_at = :now, used_by = :op
WHERE hash = :ticket AND used_at IS NULL;

-- stmt user quiet
UPDATE users
SET last_login_at = :now, pw_record = COALESCE(:record, pw_record),
	last_op = :op
WHERE id = :user AND tenant = :tenant AND version = :version
	AND epoch = :epoch AND status = 'active'
	AND CASE WHEN totp_secret IS NULL THEN 0 ELSE 1 END = :mfa
	AND (:mfa = 1 OR :scope = 'mfa_setup' OR NOT EXISTS (SELECT 1
		FROM users AS u, tenants AS n
		WHERE u.id = :user AND n.id = u.tenant
		AND @user_must_factor = 1))
	AND (:ticket IS NULL OR EXISTS (SELECT 1 FROM mfa_tickets AS t
		WHERE t.hash = :ticket AND t.used_by = :op));

-- stmt again
UPDATE sessions
SET cookie_hash = :cookie, scope = :scope, acr = :acr, amr = :amr,
	auth_at = :now, ip = :ip, user_agent = :ua, last_used_at = :now,
	idle_at = :idle, expires_at = :expires, last_op = :op
WHERE cookie_hash = :before AND tenant = :tenant AND user_id = :user
	AND ended_at IS NULL AND expires_at > :now AND idle_at > :now
	AND :cookie IS NOT NULL
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :user AND u.last_op = :op);

-- stmt other
UPDATE sessions
SET ended_at = :now, ended_why = 'replaced', last_op = :op
WHERE cookie_hash = :before AND tenant = :tenant AND user_id <> :user
	AND ended_at IS NULL AND :cookie IS NOT NULL
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :user AND u.last_op = :op);

-- stmt children
@session_children_of
(SELECT b.id FROM sessions AS b WHERE b.cookie_hash = :before
	AND b.user_id <> :user AND b.last_op = :op)
@session_children_end;

-- stmt session
INSERT INTO sessions (id, tenant, user_id, client_id, scope, acr, amr,
	auth_at, ip, user_agent, created_at, last_used_at, idle_at, expires_at,
	cookie_hash, last_op)
SELECT :sid, tenant, id, :client, :scope, :acr, :amr, :now, :ip, :ua, :now,
	:now, :idle, :expires, :cookie, :op
FROM users
WHERE id = :user AND last_op = :op
	AND NOT EXISTS (SELECT 1 FROM sessions AS s
		WHERE s.cookie_hash = :cookie)
ON CONFLICT DO NOTHING;

-- stmt token
INSERT INTO refresh_tokens (hash, session_id, client_id, generation,
	created_at, expires_at)
SELECT :token, id, client_id, 1, created_at, idle_at
FROM sessions
WHERE id = :sid AND last_op = :op AND :token IS NOT NULL
ON CONFLICT DO NOTHING;

-- stmt notice
INSERT INTO outbox (id, tenant, created_at, due_at, template, user_id,
	to_addr, username, ip, user_agent)
SELECT :op, u.tenant, :now, :now, 'new_device', u.id, u.email, u.username,
	:ip, :ua
FROM users AS u, sessions AS s
WHERE :mail = 1 AND @its AND u.id = s.user_id
	AND EXISTS (SELECT 1 FROM devices AS d WHERE d.user_id = u.id)
	AND NOT EXISTS (SELECT 1 FROM devices AS d
		WHERE d.user_id = u.id AND d.device = :device
		AND d.seen_at > :fresh)
	AND NOT @knows
	AND (u.email_verified = 1 OR (SELECT count(*) FROM devices AS d
		WHERE d.user_id = u.id) <= 5)
ON CONFLICT DO NOTHING;

-- stmt forget
DELETE FROM devices
WHERE user_id = :user AND seen_at <= :fresh
	AND EXISTS (SELECT 1 FROM sessions AS s WHERE @its);

-- stmt device
INSERT INTO devices (user_id, device, seen_at)
SELECT user_id, :device, :now
FROM sessions
WHERE @mine
ON CONFLICT (user_id, device) DO UPDATE SET seen_at = :now;

-- stmt known
INSERT INTO known_sources (user_id, source, seen_at)
SELECT user_id, :source, :now
FROM sessions
WHERE @mine AND :source IS NOT NULL
ON CONFLICT (user_id, source) DO UPDATE SET seen_at = :now;

-- stmt seen
UPDATE known_browsers
SET seen_at = :now
WHERE hash = :browser AND user_id = :user AND expires_at > :now
	AND EXISTS (SELECT 1 FROM sessions AS s WHERE @its);

-- stmt browser
INSERT INTO known_browsers (hash, user_id, created_at, seen_at, expires_at)
SELECT :fresh_browser, user_id, :now, :now, :known_until
FROM sessions
WHERE @mine AND :fresh_browser IS NOT NULL AND NOT @knows
ON CONFLICT DO NOTHING;

-- stmt oldest
DELETE FROM known_browsers
WHERE user_id = :user
	AND hash IN (SELECT o.hash FROM known_browsers AS o
		WHERE o.user_id = :user ORDER BY o.seen_at DESC, o.hash
		LIMIT 100 OFFSET :known_most)
	AND EXISTS (SELECT 1 FROM sessions AS s WHERE @its)
	AND :fresh_browser IS NOT NULL;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, tenant, :now, 'login.success', 'success', user_id, user_id,
	client_id, :ip, :rid, '{"amr":"' || amr || '"}'
FROM sessions
WHERE @mine
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT s.id, CASE WHEN EXISTS (SELECT 1 FROM known_browsers AS k
		WHERE k.hash = :fresh_browser) THEN 1 ELSE 0 END
FROM sessions AS s
WHERE @its AND s.ended_at IS NULL
	AND (s.cookie_hash = :cookie OR EXISTS (SELECT 1
		FROM refresh_tokens AS t
		WHERE t.hash = :token AND t.session_id = s.id));
