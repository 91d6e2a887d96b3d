-- The tenant that a request is for: a row when it is there and active.
-- in tenant text

-- stmt tenant
SELECT registration, require_mfa, password_min
FROM tenants
WHERE id = :tenant AND status = 'active';
