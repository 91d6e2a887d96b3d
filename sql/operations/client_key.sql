-- The keys that a client signs its assertions with.
-- in tenant text
-- in client text

-- stmt keys
SELECT c.jwks
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client
	AND c.auth_method = 'private_key_jwt' AND c.disabled = 0;
