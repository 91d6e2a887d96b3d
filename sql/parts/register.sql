-- Clients that manage themselves (RFC 7592).

-- c is the client of the token :own, and of the path.
-- part client_itself
c.tenant = :tenant AND c.client_id = :client AND c.register_hash = :own
	AND c.disabled = 0;

-- It reaches accounts, or holds a built-in permission: only who may give that
-- changes it.
-- part client_given
(c.sensitive = 1 OR EXISTS (SELECT 1 FROM client_permissions AS p
	WHERE p.tenant = c.tenant AND p.client_id = c.client_id
	AND p.builtin = 1));
