-- Questions to the audit are about one account, mostly.

CREATE INDEX audit_subject ON audit (tenant, subject, seq)
	WHERE subject IS NOT NULL;
CREATE INDEX audit_actor ON audit (tenant, actor, seq)
	WHERE actor IS NOT NULL;
