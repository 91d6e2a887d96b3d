-- How pages of a tenant look, in one respect.
-- in tenant text
-- in look text

-- stmt look
SELECT l.type, l.body, l.etag
FROM looks AS l
WHERE l.tenant = :tenant AND l.look = :look;
