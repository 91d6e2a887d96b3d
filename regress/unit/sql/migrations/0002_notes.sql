CREATE TABLE notes (
	id	TEXT NOT NULL PRIMARY KEY,
	item	TEXT NOT NULL REFERENCES items (id)
);
CREATE INDEX notes_item ON notes (item);
