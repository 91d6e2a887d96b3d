-- A mail that was sent, or given up, whoever has it now.
-- in id text

-- stmt done
DELETE FROM outbox WHERE id = :id;
