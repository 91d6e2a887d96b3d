-- A new client. roles and names (what it declares) are lists of cells. Where
-- nothing came of it one of above, lacking and unknown has rows, or the id is
-- taken.
-- Its epoch is the time: no token of one of that name before is of it.
-- in op text
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
-- in fresh int
-- in client text
-- in name text
-- in redirect_uris text
-- in logout_uris text
-- in grant_types text
-- in auth_method text
-- in jwks text
-- in scope text
-- in sensitive int
-- in audience text
-- in roles text
-- in nroles int
-- in names text
-- in count int
-- in access_s int
-- in refresh_s int
-- in id_alg text
-- in access_alg text
-- in skip_consent int
-- in disabled int
-- in backchannel text
-- in require_par int
-- in dpop_bound int
-- in hash text
-- in ip text
-- in rid text
-- in detail text

-- stmt lock
@admin_lock;

-- stmt lock_machine quiet
@admin_lock_machine;

-- stmt mark
@admin_mark;

-- stmt mark_machine quiet
@admin_mark_machine;

-- stmt who
@admin_who_writes;

-- stmt held
@role_names_lock;

-- stmt above
SELECT v.client_id
FROM (SELECT '' AS client_id) AS v
WHERE :sensitive = 1 AND NOT @client_super;

-- stmt lacking
@client_lacking;

-- stmt unknown
@client_unknown;

-- stmt make
INSERT INTO clients (tenant, client_id, name, redirect_uris, logout_uris,
	grant_types, auth_method, jwks, scope, sensitive, audience, access_s,
	refresh_s, id_alg, access_alg, skip_consent, disabled, backchannel,
	require_par, dpop_bound, secret_hash, epoch, created_at, updated_at,
	last_op)
SELECT :tenant, :client, :name, :redirect_uris, :logout_uris, :grant_types,
	:auth_method, :jwks, :scope, :sensitive, :audience,
	:access_s, :refresh_s, :id_alg, :access_alg,
	:skip_consent, :disabled,
	:backchannel, :require_par,
	:dpop_bound, :hash, :now, :now, :now, :op
WHERE @admin_ok
	AND (:sensitive = 0 OR @client_super)
	AND NOT EXISTS (@client_lacking)
	AND NOT EXISTS (@client_unknown)
ON CONFLICT DO NOTHING;

-- stmt declare
@client_declare;

-- stmt give
@client_give;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, :tenant, :now, 'client.create', 'success', :actor, :client,
	@audit_client, :ip, :rid,
	:detail
WHERE @client_mine
ON CONFLICT DO NOTHING;

-- stmt client
@client_made;

-- stmt roles
@client_held;

-- stmt permissions
@client_declared;
