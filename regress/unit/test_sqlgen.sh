#!/bin/sh
# sql/gen.awk refuses what the two databases would read differently, with file
# and line. Run by make check.
gen=${srcdir:-.}/sql/gen.awk
awk=${AWK:-awk}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/operations" "$dir/migrations"
failed=0

# try WANT LINE: the statement on standard input; WANT is "ok" or a part of the
# error, LINE the line that it names.
try() {
	{ printf '%s\n' '-- in id text' '-- in now int' '-- stmt one'; cat; } \
	    >"$dir/operations/x.sql"
	check "$1" "operations/x.sql:$2:" "$dir/operations/x.sql"
}
whole() {
	cat >"$dir/operations/x.sql"
	check "$1" "operations/x.sql:$2:" "$dir/operations/x.sql"
}
migration() {
	cat >"$dir/migrations/0001_x.sql"
	check "$1" "migrations/0001_x.sql:$2:" "$dir/migrations/0001_x.sql"
}
check() {
	out=$("$awk" -f "$gen" -v mode=c "$3" 2>&1)
	rc=$?
	if [ "$1" = ok ]; then
		[ $rc -eq 0 ] && return
	else
		case $out in
		*"$2"*"$1"*) [ $rc -ne 0 ] && return ;;
		esac
	fi
	echo "expected '$1' at $2, got ($rc): $out"
	failed=1
}

try ok 0 <<'E'
SELECT id FROM t WHERE id = :id AND at < :now; -- a comment; :x
E
try ok 0 <<'E'
INSERT INTO t (id, at) VALUES (:id, :now)
ON CONFLICT (id) DO UPDATE SET at = :now, q = 'now() :: ; -- it''s'
RETURNING id;
E
try 'unknown parameter :other' 4 <<'E'
SELECT :id, :now, :other;
E
try 'parameter now of' 4 <<'E'
SELECT :id;
E
while IFS='|' read -r want sql; do
	printf 'SELECT :id, :now, %s;\n' "$sql" | try "$want" 4
done <<'E'
now: time|now()
::|a::text
like|a LIKE 'x'
any|a = ANY (b)
for update|a FROM t FOR UPDATE
for share|a FROM t FOR SHARE
'$'|$1
'?'|?
'"'|"a"
'`'|`a`
a string ends|'a
backslash|'a\n'
random|random()
current_timestamp|CURRENT_TIMESTAMP
jsonb|CAST(a AS jsonb)
true|true
max/min|max(a, b)
ifnull|ifnull(a, b)
greatest|greatest(a, b)
parentheses|(a
parentheses|a)
comments|/* a */ 1
E
try 'inside parentheses' 4 <<'E'
WITH x AS (INSERT INTO t (id) VALUES (:id) RETURNING id) SELECT :now;
E
try 'insert or' 4 <<'E'
INSERT OR IGNORE INTO t VALUES (:id, :now);
E
try 'begin' 4 <<'E'
BEGIN;
E
try 'create' 4 <<'E'
CREATE TABLE x (id TEXT);
E
try "after the statement's end" 4 <<'E'
SELECT :id, :now; SELECT 1;
E
try 'does not end with ;' 4 <<'E'
SELECT :id, :now
E
whole "before '-- stmt NAME'" 1 <<'E'
SELECT 1;
E
whole "has no '-- stmt NAME'" 1 <<'E'
-- nothing
E
whole 'expected' 1 <<'E'
-- in the beginning
E
whole 'expected' 1 <<'E'
-- in id uuid
E
whole 'twice' 2 <<'E'
-- in id text
-- in id text
E
whole 'twice' 3 <<'E'
-- stmt one
SELECT 1;
-- stmt one
E
whole 'before the first statement' 3 <<'E'
-- stmt one
SELECT 1;
-- in id text
E
whole ok 0 <<'E'
-- in id text
-- in now int
-- part late
at < :now;	-- a comment;
-- part one
(SELECT x FROM t
	WHERE id = :id AND @late);
-- stmt one
SELECT 1 FROM t WHERE x = @one OR (@late);
E
whole 'is not used' 4 <<'E'
-- part late
at < 1;
-- stmt one
SELECT 1;
E
whole 'unknown part @late' 2 <<'E'
-- part late
@late;
E
whole 'unknown part @late' 2 <<'E'
-- stmt one
SELECT @late;
E
whole 'now: time' 4 <<'E'
-- part late
at < now();
-- stmt one
SELECT @late;
E
whole 'does not end with ;' 3 <<'E'
-- part late
at < 1
-- stmt one
SELECT @late;
E
whole 'twice' 3 <<'E'
-- part late
at < 1;
-- part late
E
whole 'its only ;' 2 <<'E'
-- part late
at < 1; SELECT 1;
E
whole 'parts come before' 3 <<'E'
-- stmt one
SELECT 1;
-- part late
E
migration ok 0 <<'E'
-- in a comment
CREATE TABLE t (id TEXT PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX i ON t (id) WHERE n = 1;
E
migration 'types are' 1 <<'E'
CREATE TABLE t (id UUID);
E
migration 'no parameters' 1 <<'E'
INSERT INTO t VALUES (:id);
E
migration 'the store makes' 1 <<'E'
COMMIT;
E
exit $failed
