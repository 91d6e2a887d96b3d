-- Records a migration, in the transaction that applied it.
-- in version int
-- in name text
-- in checksum text
-- in now int
-- stmt migration
INSERT INTO schema_migrations (version, name, checksum, applied_at)
VALUES (:version, :name, :checksum, :now);
