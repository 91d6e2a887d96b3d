-- Is there a super admin?

-- stmt user
SELECT id, username FROM users WHERE role = 'superadmin';
