-- The client that manages itself by the hash of its own token (RFC 7592), and
-- whether somebody gave it what it may not change any more.
-- in tenant text
-- in client text
-- in own text

-- stmt client
SELECT @client_columns, CASE WHEN @client_given THEN 1 ELSE 0 END,
	CASE WHEN c.secret_hash IS NOT NULL THEN 1 ELSE 0 END
FROM clients AS c
WHERE @client_itself;

-- stmt roles
@client_held;

-- stmt permissions
@client_declared;
