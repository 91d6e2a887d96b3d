-- The tenant that a request is for: a row when it is there and active; for an
-- operator, who is `lax`, a suspended one as well.
-- in tenant text
-- in lax int

-- stmt tenant
SELECT registration, require_mfa, password_min,
	CASE WHEN status = 'active' THEN 1 ELSE 0 END
FROM tenants
WHERE id = :tenant AND deleted_at IS NULL
	AND (status = 'active' OR :lax = 1);
