-- An act that changed nothing and must be on record all the same: a failed
-- login, a wrong old password.
-- in op text
-- in now int
-- in tenant text
-- in action text
-- in result text
-- in actor text
-- in subject text
-- in client text
-- in ip text
-- in rid text
-- in detail text

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
VALUES (:op, :tenant, :now, :action, :result, :actor, :subject, :client, :ip,
	:rid, :detail)
ON CONFLICT DO NOTHING;
