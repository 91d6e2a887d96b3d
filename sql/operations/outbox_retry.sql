-- A mail that could not be sent is due again later.
-- in self text
-- in id text
-- in due int

-- stmt retry
UPDATE outbox SET leased_by = NULL, due_at = :due
WHERE id = :id AND leased_by = :self;
