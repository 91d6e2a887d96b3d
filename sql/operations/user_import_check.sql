-- What user_import would find, for a dry run. key_email is null when the
-- address does not come verified: then it is in nobody's way.
-- in tenant text
-- in key text
-- in key_email text

-- stmt username
SELECT id FROM users WHERE tenant = :tenant AND username_key = :key;

-- stmt email
SELECT id FROM users
WHERE tenant = :tenant AND email_key = :key_email AND email_verified = 1;
