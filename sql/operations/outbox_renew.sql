-- What we send is ours for some more time.
-- in self text
-- in until int

-- stmt renew
UPDATE outbox SET due_at = :until WHERE leased_by = :self;
