-- A client changes itself (RFC 7592 section 2.2), as it was put together from
-- the request and what was read in seen. hash: of a new secret, null: the one
-- it has. No client in the result: it was changed meanwhile.
-- in op text
-- in now int
-- in tenant text
-- in client text
-- in own text
-- in seen text
-- in name text
-- in redirect_uris text
-- in logout_uris text
-- in grant_types text
-- in auth_method text
-- in jwks text
-- in scope text
-- in id_alg text
-- in backchannel text
-- in require_par int
-- in dpop_bound int
-- in hash text
-- in ip text
-- in rid text

-- stmt change
UPDATE clients
SET name = :name, redirect_uris = :redirect_uris, logout_uris = :logout_uris,
	grant_types = :grant_types, auth_method = :auth_method, jwks = :jwks,
	scope = :scope, id_alg = :id_alg, backchannel = :backchannel,
	require_par = :require_par, dpop_bound = :dpop_bound,
	secret_hash = CASE WHEN :auth_method IN ('client_secret_basic',
		'client_secret_post') THEN COALESCE(:hash, secret_hash) END,
	secret_old_hash = CASE WHEN :auth_method IN ('client_secret_basic',
		'client_secret_post') AND :hash IS NULL
		THEN secret_old_hash END,
	updated_at = :now, last_op = :op
WHERE tenant = :tenant AND client_id = :client AND last_op = :seen
	AND EXISTS (SELECT 1 FROM clients AS c
		WHERE @client_itself AND NOT @client_given);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, subject, client_id,
	ip, request_id, detail)
SELECT :op, :tenant, :now, 'client.update', 'success', :client, :client, :ip,
	:rid, '{"by":"registration"}'
WHERE @client_mine
ON CONFLICT DO NOTHING;

-- stmt client
@client_made;

-- stmt roles
@client_held;

-- stmt permissions
@client_declared;
