-- A new account. The outcome is the row of that id and not what the insert
-- returned, so that a retry of the operation says the same. None, and the
-- tenant is not `there` any more, or the name is taken.
--
-- Where mail is configured a link to verify the address is made and mailed.
-- When another account has the address and has verified it, its holder is told
-- instead: the link is made all the same, so that neither content nor time
-- tells who has an address, and send is 0 when the address had its share.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in username text
-- in key text
-- in email text
-- in email_key text
-- in name text
-- in record text
-- in status text
-- in ip text
-- in ua text
-- in rid text
-- in mail int
-- in send int
-- in link text
-- in hash text
-- in expires int

-- stmt user
INSERT INTO users (id, tenant, username, username_key, email, email_key, name,
	pw_record, status, created_at, updated_at, last_op)
SELECT :user, n.id, :username, :key, :email, :email_key, :name, :record,
	:status, :now, :now, :op
FROM tenants AS n
WHERE n.id = :tenant AND n.status = 'active'
ON CONFLICT DO NOTHING;

-- stmt link
INSERT INTO mail_links (id, purpose, user_id, email, email_key, hash,
	created_at, expires_at)
SELECT :link, 1, id, email, email_key, :hash, :now, :expires
FROM users
WHERE :mail = 1 AND id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt mail
INSERT INTO outbox (id, tenant, created_at, due_at, template, user_id,
	to_addr, username, ip, user_agent, link_id)
SELECT :op, u.tenant, :now, :now,
	CASE WHEN h.id IS NULL THEN 'verify' ELSE 'already_registered' END,
	CASE WHEN h.id IS NULL THEN u.id ELSE h.id END,
	CASE WHEN h.id IS NULL THEN u.email ELSE h.email END,
	CASE WHEN h.id IS NULL THEN u.username ELSE h.username END,
	:ip, :ua, CASE WHEN h.id IS NULL THEN :link END
FROM users AS u LEFT JOIN users AS h ON h.tenant = u.tenant
	AND h.email_key = u.email_key AND h.email_verified = 1
WHERE :mail = 1 AND :send = 1 AND u.id = :user AND u.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject, ip,
	request_id)
SELECT :op, tenant, :now, 'user.register', 'success', id, id, :ip, :rid
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM users WHERE id = :user;

-- stmt there
SELECT id FROM tenants WHERE id = :tenant AND status = 'active';
