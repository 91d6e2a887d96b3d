-- A client registers itself by an initial access token (RFC 7591). No outcome:
-- the token is not good, or the id is taken.
-- in op text
-- in now int
-- in tenant text
-- in token text
-- in client text
-- in name text
-- in redirect_uris text
-- in logout_uris text
-- in grant_types text
-- in auth_method text
-- in jwks text
-- in scope text
-- in access_s int
-- in refresh_s int
-- in id_alg text
-- in access_alg text
-- in backchannel text
-- in require_par int
-- in dpop_bound int
-- in hash text
-- in own text
-- in ip text
-- in rid text

-- stmt make
INSERT INTO clients (tenant, client_id, name, redirect_uris, logout_uris,
	grant_types, auth_method, jwks, scope, sensitive, audience, access_s,
	refresh_s, id_alg, access_alg, skip_consent, disabled, backchannel,
	require_par, dpop_bound, secret_hash, register_hash, created_at,
	updated_at, last_op)
SELECT r.tenant, :client, :name, :redirect_uris, :logout_uris, :grant_types,
	:auth_method, :jwks, :scope, 0, '', :access_s, :refresh_s, :id_alg,
	:access_alg, 0, 0, :backchannel, :require_par, :dpop_bound, :hash,
	:own, :now, :now, :op
FROM register_tokens AS r
WHERE r.hash = :token AND r.tenant = :tenant AND r.expires_at > :now
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, subject, client_id,
	ip, request_id, detail)
SELECT :op, c.tenant, :now, 'client.create', 'success', c.client_id,
	c.client_id, :ip, :rid, '{"by":"registration"}'
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client AND c.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt client
@client_made;

-- stmt roles
@client_held;

-- stmt permissions
@client_declared;
