-- A logout token that was delivered, or given up, whoever has it now.
-- in id text

-- stmt done
DELETE FROM logouts WHERE id = :id;
