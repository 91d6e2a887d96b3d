-- Which migrations of ../../migrations/ this database has.
CREATE TABLE IF NOT EXISTS schema_migrations (
	version		INTEGER NOT NULL PRIMARY KEY,
	name		TEXT NOT NULL,
	checksum	TEXT NOT NULL,
	applied_at	BIGINT NOT NULL
);
