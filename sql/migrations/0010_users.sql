-- Lists of users, flat at any number of them. ucs_basic is PostgreSQL's order
-- by code points, which is that of the bytes, whatever the database's own: a
-- prefix is a range in it. SQLite has no other order; there the words are left
-- out.

CREATE INDEX users_tenant ON users (tenant, id);
CREATE INDEX users_not_active ON users (tenant, id)
	WHERE status <> 'active';
CREATE INDEX users_not_user ON users (tenant, id)
	WHERE role <> 'user';
CREATE INDEX users_username_bytes
	ON users (tenant, username_key COLLATE ucs_basic);
CREATE INDEX users_email_bytes
	ON users (tenant, email_key COLLATE ucs_basic, id);
