-- What was rare is found as fast as what is not.

CREATE INDEX audit_action ON audit (tenant, action, seq);
