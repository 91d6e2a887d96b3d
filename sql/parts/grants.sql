-- What the grants of the token endpoint share: s is the session, u its user's
-- account; columns as grant_take() reads them.
-- part grant_columns
u.id, u.role, u.tenant, u.epoch, s.id, s.auth_at, s.acr, s.amr, s.scope,
	u.username, COALESCE(u.name, ''), u.email, u.email_verified,
	u.updated_at;
