-- The first node leaves its fingerprint, later ones compare theirs.
-- in now int
-- in kind text
-- in fingerprint text

-- stmt first
INSERT INTO node_secrets (kind, fingerprint, created_at)
VALUES (:kind, :fingerprint, :now)
ON CONFLICT DO NOTHING;

-- stmt secret
SELECT fingerprint FROM node_secrets WHERE kind = :kind;
