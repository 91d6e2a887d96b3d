-- The links of an account that are still good are few, however many it had.

CREATE INDEX mail_links_unused ON mail_links (user_id, purpose)
	WHERE used_at IS NULL;
