-- Tables of the store's own tests.
CREATE TABLE items (
	id	TEXT NOT NULL PRIMARY KEY,
	val	TEXT,
	num	BIGINT
);
CREATE TABLE counters (
	id	TEXT NOT NULL PRIMARY KEY,
	n	BIGINT NOT NULL,
	last_op	TEXT
);
INSERT INTO counters (id, n) VALUES ('a', 0);
INSERT INTO counters (id, n) VALUES ('b', 0);
