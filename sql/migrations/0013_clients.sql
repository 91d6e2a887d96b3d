-- Applications. Lists are words with single spaces between. secret_hash is
-- SHA-256 of a secret of 256 bits; sensitive: the scope reaches accounts or
-- administration.
CREATE TABLE clients (
	tenant		TEXT NOT NULL,
	client_id	TEXT NOT NULL,
	name		TEXT NOT NULL,
	redirect_uris	TEXT NOT NULL,
	logout_uris	TEXT NOT NULL,
	grant_types	TEXT NOT NULL,
	auth_method	TEXT NOT NULL,
	jwks		TEXT NOT NULL,
	scope		TEXT NOT NULL,
	sensitive	INTEGER NOT NULL CHECK (sensitive IN (0, 1)),
	audience	TEXT NOT NULL,
	access_s	BIGINT NOT NULL,
	refresh_s	BIGINT NOT NULL,
	id_alg		TEXT NOT NULL,
	access_alg	TEXT NOT NULL,
	skip_consent	INTEGER NOT NULL CHECK (skip_consent IN (0, 1)),
	disabled	INTEGER NOT NULL CHECK (disabled IN (0, 1)),
	backchannel	TEXT NOT NULL,
	require_par	INTEGER NOT NULL CHECK (require_par IN (0, 1)),
	dpop_bound	INTEGER NOT NULL CHECK (dpop_bound IN (0, 1)),
	secret_hash	TEXT,
	epoch		BIGINT NOT NULL DEFAULT 1,
	created_at	BIGINT NOT NULL,
	updated_at	BIGINT NOT NULL,
	last_op		TEXT NOT NULL,
	PRIMARY KEY (tenant, client_id)
);

-- What a client holds for itself, built-in roles included.
CREATE TABLE client_roles (
	tenant		TEXT NOT NULL,
	client_id	TEXT NOT NULL,
	role		TEXT NOT NULL,
	PRIMARY KEY (tenant, client_id, role),
	FOREIGN KEY (tenant, client_id) REFERENCES clients (tenant, client_id)
		ON DELETE CASCADE
);

CREATE INDEX client_roles_role ON client_roles (tenant, role);

CREATE VIEW client_permissions (tenant, client_id, permission, builtin) AS
SELECT r.tenant, r.client_id, p.permission, p.builtin
FROM client_roles AS r, role_permissions AS p
WHERE p.tenant IN ('', r.tenant) AND p.role = r.role;

-- Sessions that a client's end ends; those of a login are not a client's.
CREATE INDEX sessions_client ON sessions (tenant, client_id)
	WHERE ended_at IS NULL AND client_id <> 'moatd';
