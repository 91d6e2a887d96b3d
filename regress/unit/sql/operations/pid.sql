-- PostgreSQL only.
-- stmt pid
SELECT pg_backend_pid();
