-- Whether an initial access token (RFC 7591) is good, by its hash.
-- in now int
-- in tenant text
-- in token text

-- stmt token
SELECT r.expires_at
FROM register_tokens AS r
WHERE r.hash = :token AND r.tenant = :tenant AND r.expires_at > :now;
