-- What a tenant says of its own scopes, of those in the list.
-- in tenant text
-- in names text
-- in count int

-- stmt scopes
SELECT x.name, x.description
FROM @names AS l, scopes AS x
WHERE x.tenant = :tenant AND x.name = l.name;
