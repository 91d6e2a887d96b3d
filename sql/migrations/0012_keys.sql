-- One next key of an algorithm, and which node holds which key.
ALTER TABLE signing_keys ADD COLUMN last_op TEXT;

UPDATE signing_keys SET state = 'retired'
WHERE state = 'next' AND EXISTS (SELECT 1 FROM signing_keys AS o
	WHERE o.alg = signing_keys.alg AND o.state = 'next'
		AND o.kid > signing_keys.kid);

CREATE UNIQUE INDEX signing_keys_one_next ON signing_keys (alg)
	WHERE state = 'next';

CREATE TABLE key_nodes (
	node		TEXT NOT NULL,
	kid		TEXT NOT NULL,
	seen_at		BIGINT NOT NULL,
	PRIMARY KEY (node, kid)
);
