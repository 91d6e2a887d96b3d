-- Is there a super admin?

-- stmt user
SELECT id, username, version FROM users WHERE role = 'superadmin';
