-- One that could not be delivered is due again later.
-- in self text
-- in id text
-- in due int

-- stmt retry
UPDATE logouts SET leased_by = NULL, due_at = :due
WHERE id = :id AND leased_by = :self;
