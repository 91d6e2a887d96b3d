-- Who may do what. A role is a set of permissions; those of moatd itself are
-- built in, under the tenant '' which no tenant can be called. write and
-- rotate include read: such rows are implied by another.

CREATE TABLE roles (
	tenant		TEXT NOT NULL,
	name		TEXT NOT NULL,
	description	TEXT NOT NULL DEFAULT '',
	builtin		INTEGER NOT NULL DEFAULT 0 CHECK (builtin IN (0, 1)),
	created_at	BIGINT NOT NULL,
	updated_at	BIGINT NOT NULL,
	last_op		TEXT NOT NULL,
	PRIMARY KEY (tenant, name)
);

-- Every permission there is: built in, or declared by a client.
CREATE TABLE permissions (
	tenant		TEXT NOT NULL,
	name		TEXT NOT NULL,
	client_id	TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (tenant, name)
);

CREATE INDEX permissions_client ON permissions (tenant, client_id);

CREATE TABLE role_permissions (
	tenant		TEXT NOT NULL,
	role		TEXT NOT NULL,
	permission	TEXT NOT NULL,
	builtin		INTEGER NOT NULL CHECK (builtin IN (0, 1)),
	implied		INTEGER NOT NULL DEFAULT 0 CHECK (implied IN (0, 1)),
	PRIMARY KEY (tenant, role, permission)
);

CREATE INDEX role_permissions_permission
	ON role_permissions (tenant, permission);

-- Custom roles of a user; the built-in one is in the user's row.
CREATE TABLE user_roles (
	user_id		TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	tenant		TEXT NOT NULL,
	role		TEXT NOT NULL,
	PRIMARY KEY (user_id, role)
);

CREATE INDEX user_roles_role ON user_roles (tenant, role, user_id);

-- Marks whom an operation found entitled to it.
ALTER TABLE users ADD COLUMN admin_op TEXT;

INSERT INTO roles (tenant, name, description, builtin, created_at, updated_at,
	last_op)
VALUES ('', 'user', 'Everyone', 1, 0, 0, ''),
	('', 'admin', 'Administrators', 1, 0, 0, ''),
	('', 'superadmin', 'The super admin', 1, 0, 0, '');

INSERT INTO permissions (tenant, name)
VALUES ('', 'users:read'), ('', 'users:write'), ('', 'roles:read'),
	('', 'roles:write'), ('', 'clients:read'), ('', 'clients:write'),
	('', 'tenants:read'), ('', 'tenants:write'), ('', 'keys:read'),
	('', 'keys:rotate'), ('', 'audit:read'), ('', 'tokens:introspect');

INSERT INTO role_permissions (tenant, role, permission, builtin, implied)
SELECT '', 'superadmin', name, 1,
	CASE WHEN name IN ('users:read', 'roles:read', 'clients:read',
		'tenants:read', 'keys:read') THEN 1 ELSE 0 END
FROM permissions WHERE tenant = '';

INSERT INTO role_permissions (tenant, role, permission, builtin, implied)
SELECT '', 'admin', name, 1,
	CASE WHEN name IN ('users:read', 'roles:read', 'clients:read')
	THEN 1 ELSE 0 END
FROM permissions
WHERE tenant = '' AND name NOT IN ('tenants:read', 'tenants:write',
	'keys:rotate');

-- What a user may do, by the built-in role and by all others.
CREATE VIEW user_permissions (user_id, tenant, permission, builtin) AS
SELECT u.id, u.tenant, p.permission, p.builtin
FROM users AS u, role_permissions AS p
WHERE p.tenant = '' AND p.role = u.role
UNION ALL
SELECT r.user_id, r.tenant, p.permission, p.builtin
FROM user_roles AS r, role_permissions AS p
WHERE p.tenant = r.tenant AND p.role = r.role;

-- Sessions that live (but for their time) with what an administrator's
-- operation asks of them.
CREATE VIEW admin_bearers (sid, expires_at, auth_at, acr, user_id, tenant,
	epoch, role, mfa) AS
SELECT s.id, s.expires_at, s.auth_at, s.acr, u.id, u.tenant, u.epoch, u.role,
	CASE WHEN u.totp_secret IS NULL THEN 0 ELSE 1 END
FROM sessions AS s, users AS u
WHERE u.id = s.user_id AND s.ended_at IS NULL AND u.status = 'active';
