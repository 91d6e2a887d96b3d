-- Erases some users of a tenant that was deleted, with all that is theirs, and
-- when there are none left the tenant. The entries of its audit chain stay, and
-- their ids lead to nobody. Sessions are locked before their tokens go, so that
-- a refresh comes before that or finds none.
-- in now int
-- in tenant text
-- in after text
-- in batch int

-- part gone
EXISTS (SELECT 1 FROM tenants AS n
	WHERE n.id = :tenant AND n.deleted_at IS NOT NULL);

-- part empty
(@gone AND NOT EXISTS (SELECT 1 FROM users AS u WHERE u.tenant = :tenant));

-- stmt ended
UPDATE sessions
SET ended_at = :now, ended_why = 'deleted'
WHERE ended_at IS NULL AND @gone
	AND user_id IN (SELECT v.id FROM (@tenant_users) AS v);

-- stmt tokens
DELETE FROM refresh_tokens
WHERE @gone AND session_id IN (SELECT s.id FROM sessions AS s
	WHERE s.user_id IN (SELECT v.id FROM (@tenant_users) AS v));

-- stmt told
@logouts_of @gone AND s.user_id IN (SELECT v.id FROM (@tenant_users) AS v)
ON CONFLICT DO NOTHING;

-- stmt sessions
DELETE FROM sessions
WHERE @gone AND user_id IN (SELECT v.id FROM (@tenant_users) AS v);

-- stmt users
DELETE FROM users
WHERE @gone AND id IN (SELECT v.id FROM (@tenant_users) AS v);

-- stmt mails
DELETE FROM outbox WHERE tenant = :tenant AND @empty;

-- stmt counters
DELETE FROM throttles WHERE tenant = :tenant AND @empty;

-- stmt consents
DELETE FROM consents WHERE tenant = :tenant AND @empty;

-- stmt codes
DELETE FROM codes WHERE tenant = :tenant AND @empty;

-- stmt pushed
DELETE FROM pushed WHERE tenant = :tenant AND @empty;

-- stmt devices
DELETE FROM device_codes WHERE tenant = :tenant AND @empty;

-- stmt consented
DELETE FROM grants WHERE tenant = :tenant AND @empty;

-- stmt scopes
DELETE FROM scopes WHERE tenant = :tenant AND @empty;

-- stmt looks
DELETE FROM looks WHERE tenant = :tenant AND @empty;

-- stmt registers
DELETE FROM register_tokens WHERE tenant = :tenant AND @empty;

-- stmt logouts
DELETE FROM logouts WHERE tenant = :tenant AND @empty;

-- stmt client_roles
DELETE FROM client_roles WHERE tenant = :tenant AND @empty;

-- stmt clients
DELETE FROM clients WHERE tenant = :tenant AND @empty;

-- stmt grants
DELETE FROM role_permissions WHERE tenant = :tenant AND @empty;

-- stmt roles
DELETE FROM roles WHERE tenant = :tenant AND @empty;

-- stmt permissions
DELETE FROM permissions WHERE tenant = :tenant AND @empty;

-- stmt tenant
DELETE FROM tenants
WHERE id = :tenant AND @empty;

-- stmt left
SELECT id FROM tenants WHERE id = :tenant AND deleted_at IS NOT NULL;
