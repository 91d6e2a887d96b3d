-- Who may be meant by the name that was typed at login: a username, or an
-- address, if it is verified. key or email is null when it can be none.
-- in tenant text
-- in key text
-- in email text

-- stmt user
SELECT id, username, pw_record, version, epoch, status, role
FROM users
WHERE tenant = :tenant AND username_key = :key
UNION ALL
SELECT id, username, pw_record, version, epoch, status, role
FROM users
WHERE tenant = :tenant AND email_key = :email AND email_verified = 1;
