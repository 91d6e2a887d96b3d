# Copyright (c) 2026 The moatd authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

# Turns operations/*.sql and migrations/*.sql into C; POSIX awk.
#	awk -f gen.awk -v mode=h|c [-v prefix=sql] FILE ...
# prefix names what comes out: enum sql_op, struct sql_<op>, SQL_<OP>, sql_set.
# Anything that one of the two databases would read differently is refused
# with file and line. sql/README describes the files.

function die(msg)
{
	printf "%s:%d: %s\n", FILENAME, FNR, msg > "/dev/stderr"
	failed = 1
	exit 1
}

function base(path)
{
	sub(/^.*\//, "", path)
	sub(/\.sql$/, "", path)
	return path
}

function ban(list, why,    a, i, n)
{
	n = split(list, a, " ")
	for (i = 1; i <= n; i++)
		banned[a[i]] = why
}

# The text as the inside of a C string.
function cstr(s)
{
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	gsub(/\t/, "\\t", s)
	return s
}

function end_file(    i, name)
{
	if (file == "" || failed)
		return
	if (instmt)
		die("statement " sname[op, nstmt[op]] " of " file \
		    " does not end with ;")
	if (inpart != "")
		die("part " inpart " of " file " does not end with ;")
	if (ismig)
		return
	if (isparts) {
		for (name in part) {
			if (name in shared)
				die("part " name " is shared twice")
			shared[name] = part[name]
		}
		return
	}
	if (nstmt[op] == 0)
		die(file " has no '-- stmt NAME'")
	for (i = 1; i <= nparam[op]; i++)
		if (!((op, i) in used))
			die("parameter " pname[op, i] " of " file \
			    " is not used")
	for (name in part)
		if (!(name in spliced))
			die("part " name " of " file " is not used")
}

function begin_file(    b)
{
	end_file()
	file = FILENAME
	nfiles++
	b = base(FILENAME)
	instmt = 0
	inpart = ""
	split("", part)
	split("", spliced)
	ismig = (FILENAME ~ /migrations\/[^\/]*$/)
	isparts = (FILENAME ~ /parts\/[^\/]*$/)
	if (isparts) {
		if (nop > 0)
			die("files of parts come first")
		op = 0
		return
	}
	if (ismig) {
		if (b !~ /^[0-9][0-9][0-9][0-9]_[a-z][a-z0-9_]*$/)
			die("a migration is called NNNN_name.sql")
		nmig++
		if (substr(b, 1, 4) + 0 != nmig)
			die("migrations are numbered without gaps: " \
			    sprintf("%04d", nmig) " comes here")
		mname[nmig] = substr(b, 6)
		return
	}
	if (b !~ /^[a-z][a-z0-9_]*$/)
		die("an operation is called name.sql, in lower case")
	if (b in opnum)
		die("two operations called " b)
	op = ++nop
	opnum[b] = op
	opname[op] = b
	nparam[op] = nstmt[op] = 0
}

function directive(    a, n)
{
	n = split($0, a, " ")
	if (inpart != "")
		die("the part before it does not end with ;")
	if (isparts && a[2] != "part")
		die("a file of parts has nothing else")
	if (a[2] == "in") {
		if (n != 4 || a[3] !~ /^[a-z][a-z0-9_]*$/ ||
		    (a[4] != "text" && a[4] != "int"))
			die("expected '-- in NAME text|int' (a comment must " \
			    "not begin with in, part or stmt)")
		if (nstmt[op] > 0)
			die("parameters come before the first statement")
		if ((op, a[3]) in pnum)
			die("parameter " a[3] " is there twice")
		if (nparam[op] == 48)
			die("more than 48 parameters")
		pnum[op, a[3]] = ++nparam[op]
		pname[op, nparam[op]] = a[3]
		ptype[op, nparam[op]] = a[4]
		return
	}
	if (n < 3 || n > 4 || a[3] !~ /^[a-z][a-z0-9_]*$/ ||
	    (n == 4 && (a[2] != "stmt" || a[4] != "quiet")))
		die("expected '-- " a[2] " NAME' (a comment must not begin " \
		    "with in, part or stmt)")
	if (instmt)
		die("the statement before it does not end with ;")
	if (a[2] == "part") {
		if (nstmt[op] > 0)
			die("parts come before the first statement")
		if (a[3] in part)
			die("part " a[3] " is there twice")
		inpart = a[3]
		text = ""
		return
	}
	if ((op, a[3]) in stmtnum)
		die("statement " a[3] " is there twice")
	stmtnum[op, a[3]] = ++nstmt[op]
	sname[op, nstmt[op]] = a[3]
	quiet[op, nstmt[op]] = (n == 4)
	instmt = 1
	ended = 0
	text = prev = first = ""
	depth = nargs = 0
	split("", argnum)
}

function splice(name)
{
	spliced[name] = 1
	if (name in part)
		return part[name]
	if (!(name in shared))
		die("unknown part @" name)
	return shared[name]
}

# One line of a part, with the parts that it is made of; it is checked where a
# statement has it.
function collect(s)
{
	sub(/[ \t]*--.*$/, "", s)
	while (match(s, /@[a-z0-9_]*/))
		s = substr(s, 1, RSTART - 1) \
		    splice(substr(s, RSTART + 1, RLENGTH - 1)) \
		    substr(s, RSTART + RLENGTH)
	text = text " " s
	if (s !~ /;/)
		return
	if (s !~ /^[^;]*;[ \t]*$/)
		die("a part ends with its only ;")
	sub(/[ \t]*;[ \t]*$/, "", text)
	part[inpart] = text
	inpart = ""
	ended = 1
}

# Appends to the statement, white space folded to one blank.
function add(s)
{
	if (space && text != "")
		text = text " "
	space = 0
	text = text s
}

# Whether the statement may take away what somebody holds: it changes rows of
# what a bearer's rights are read from, and was not said to be quiet. A new row
# takes nothing from anybody, but for those that tell of others.
function target(w)
{
	if (quiet[op, nstmt[op]] || depth > 0)
		return
	if ((prev == "update" || prev == "from") &&
	    first ~ /^(update|delete)$/ && w ~ /^(users|sessions|clients|\
tenants|roles|permissions|role_permissions|user_roles|client_roles)$/)
		ends[op, nstmt[op]] = 1
	if (prev == "into" && first == "insert" &&
	    w ~ /^(role_permissions|user_roles|client_roles|dead_tokens)$/)
		ends[op, nstmt[op]] = 1
	if (first == "with" && writes[op, nstmt[op]])
		ends[op, nstmt[op]] = 1
}

function word(w, next_c)
{
	w = tolower(w)
	if (w in banned && !(w == "replace" && next_c == "("))
		die(w ": " banned[w])
	if (prev == "for" && w ~ /^(update|share|no|key)$/)
		die("for " w ": not in SQLite; put the condition in the SQL")
	if (w == "or" && prev ~ /^(insert|update)$/)
		die(prev " or: not in PostgreSQL; use ON CONFLICT")
	if (w ~ /^(max|min)$/ && next_c == "(")
		aggregate = depth + 1
	if (!ismig) {
		if (first == "") {
			first = w
			if (w !~ /^(select|with|insert|update|delete)$/)
				die(w ": operations are of SELECT, WITH, " \
				    "INSERT, UPDATE and DELETE only")
			writes[op, nstmt[op]] = (w !~ /^(select|with)$/)
		}
		if (w ~ /^(insert|delete|returning)$/ ||
		    (w == "update" && prev != "do")) {
			if (depth > 0)
				die(w " inside parentheses: not in SQLite; " \
				    "write a statement of its own")
			writes[op, nstmt[op]] = 1
		}
		target(w)
		if (w == "using" && first == "delete" && depth == 0)
			die("delete using: not in SQLite")
	}
	prev = w
}

function param(name)
{
	if (ismig)
		die("a migration has no parameters")
	if (!((op, name) in pnum))
		die("unknown parameter :" name)
	if (!(name in argnum)) {
		argnum[name] = ++nargs
		arg[op, nstmt[op], nargs] = pnum[op, name]
	}
	used[op, pnum[op, name]] = 1
	add("$" argnum[name])
	prev = ""
}

function end_stmt()
{
	if (depth != 0)
		die("parentheses do not match")
	if (first == "" && !ismig)
		die("empty statement")
	nargs_of[op, nstmt[op]] = nargs
	stext[op, nstmt[op]] = text
	instmt = 0
	ended = 1
}

# One line of SQL: checks it, and collects the statement's text.
function scan(s,    c, d, rest)
{
	while (s != "") {
		c = substr(s, 1, 1)
		d = substr(s, 1, 2)
		if (c == " " || c == "\t") {
			space = 1
			s = substr(s, 2)
			continue
		}
		if (d == "--")
			break
		if (!ismig && !instmt)
			die(ended ? "text after the statement's end" : \
			    "SQL before '-- stmt NAME'")
		if (match(s, /^[A-Za-z_][A-Za-z0-9_]*/)) {
			rest = substr(s, RLENGTH + 1)
			word(substr(s, 1, RLENGTH), substr(rest, 1, 1))
			add(substr(s, 1, RLENGTH))
			s = rest
			continue
		}
		if (c == "'") {
			if (!match(s, /^'([^']|'')*'/))
				die("a string ends on its line")
			if (substr(s, 1, RLENGTH) ~ /\\/)
				die("backslash in a string")
			add(substr(s, 1, RLENGTH))
			s = substr(s, RLENGTH + 1)
			prev = ""
			continue
		}
		if (match(s, /^:[a-z][a-z0-9_]*/)) {
			param(substr(s, 2, RLENGTH - 1))
			s = substr(s, RLENGTH + 1)
			continue
		}
		if (!ismig && match(s, /^@[a-z0-9_]*/)) {
			rest = substr(s, RLENGTH + 1)
			s = splice(substr(s, 2, RLENGTH - 1)) rest
			continue
		}
		if (d == "::")
			die("::, not in SQLite; write CAST(x AS type)")
		if (d == "/*")
			die("comments begin with --")
		if (c !~ /[0-9.,()+*\/%<>=!|;-]/)
			die("'" c "' differs between the databases")
		if (c == "(")
			depth++
		if (c == ")" && --depth < 0)
			die("parentheses do not match")
		if (c == "," && aggregate && depth == aggregate)
			die("max/min of several values: an aggregate in " \
			    "PostgreSQL; use CASE")
		if (aggregate && depth < aggregate && c == ")")
			aggregate = 0
		prev = ""
		s = substr(s, 2)
		if (c == ";" && !ismig) {
			end_stmt()
			space = 0
			continue
		}
		add(c)
	}
	space = 1
}

BEGIN {
	if (prefix == "")
		prefix = "sql"
	up = toupper(prefix)
	ban("now current_timestamp current_date current_time localtime " \
	    "datetime julianday strftime unixepoch extract interval date_trunc",
	    "time comes in as a parameter, BIGINT microseconds")
	ban("random gen_random_uuid nextval randomblob",
	    "random values and ids come in as parameters")
	ban("like ilike glob regexp similar match",
	    "compares differently; store a normalised key")
	ban("any some array unnest", "not in SQLite")
	ban("uuid json jsonb bytea blob varchar timestamp timestamptz boolean " \
	    "bool serial bigserial numeric smallint real double",
	    "types are TEXT, BIGINT and INTEGER")
	ban("autoincrement rowid without strict replace ifnull iif pragma " \
	    "attach glob total group_concat",
	    "not in PostgreSQL")
	ban("least greatest lateral merge truncate ilike string_agg overriding " \
	    "generate_series returning_into",
	    "not in SQLite")
	ban("true false", "write 1 and 0 (1 = 1 for a condition)")
	ban("begin commit rollback savepoint release abort start lock vacuum",
	    "the store makes the transactions")
	ban("function trigger procedure execute copy notify listen set_config",
	    "operations and tables only")
}

FNR == 1 { begin_file() }

{ sub(/\r$/, "") }

ismig {
	mtext[nmig] = mtext[nmig] "\t    \"" cstr($0) "\\n\"\n"
	scan($0)
	next
}

/^-- (in|part|stmt)([ \t]|$)/ { directive(); next }

inpart != "" { collect($0); next }

{ scan($0) }

END {
	if (failed)
		exit 1
	end_file()
	if (failed)
		exit 1
	if (nfiles != ARGC - 1) {
		print "gen.awk: an input file is empty" > "/dev/stderr"
		exit 1
	}
	print "/* Generated by sql/gen.awk; edit the SQL, not this. */"
	if (mode == "h")
		header()
	else
		table()
}

function header(    i, j)
{
	print "#ifndef " up "_SQLOPS_H\n#define " up "_SQLOPS_H\n"
	print "enum " prefix "_op {"
	for (i = 1; i <= nop; i++)
		print "\t" up "_" toupper(opname[i]) ","
	print "\t" up "__MAX\n};"
	for (i = 1; i <= nop; i++) {
		print "\nstruct " prefix "_" opname[i] " {"
		for (j = 1; j <= nparam[i]; j++)
			print "\tstruct db_val " pname[i, j] ";\t/* " \
			    ptype[i, j] " */"
		if (nparam[i] == 0)
			print "\tchar none;"
		print "};\nenum {"
		for (j = 1; j <= nstmt[i]; j++)
			print "\t" up "_" toupper(opname[i]) "__" \
			    toupper(sname[i, j]) (j == 1 ? " = 0" : "") \
			    (j < nstmt[i] ? "," : "")
		print "};"
	}
	print "\n#endif"
}

function stmts(i,    j, k, n)
{
	for (j = 1; j <= nstmt[i]; j++) {
		n = nargs_of[i, j]
		if (n == 0)
			continue
		printf "static const unsigned char a_%s_%d[] = { ", \
		    opname[i], j
		for (k = 1; k <= n; k++)
			printf "%d%s", arg[i, j, k] - 1, k < n ? ", " : " };\n"
	}
	print "static const struct sqldef_stmt s_" opname[i] "[] = {"
	for (j = 1; j <= nstmt[i]; j++) {
		n = nargs_of[i, j]
		print "\t{ \"" sname[i, j] "\",\n\t    \"" \
		    cstr(stext[i, j]) "\",\n\t    " \
		    (n ? "a_" opname[i] "_" j : "NULL") ", " n ", " \
		    (writes[i, j] ? 1 : 0) ", " (ends[i, j] ? 1 : 0) " },"
	}
	print "};"
}

function table(    i, j, w)
{
	print "#include <stddef.h>\n\n#include \"privsep/store/sqldef.h\""
	print "\nextern const struct sqldef " prefix "_set;\n"
	for (i = 1; i <= nop; i++) {
		if (nparam[i]) {
			printf "static const unsigned char t_%s[] = { ", \
			    opname[i]
			for (j = 1; j <= nparam[i]; j++)
				printf "%s%s", ptype[i, j] == "int" ? \
				    "SQLDEF_INT" : "SQLDEF_TEXT", \
				    j < nparam[i] ? ", " : " };\n"
		}
		stmts(i)
	}
	print "static const struct sqldef_op ops[] = {"
	for (i = 1; i <= nop; i++) {
		w = 0
		for (j = 1; j <= nstmt[i]; j++)
			if (writes[i, j])
				w = 1
		print "\t{ \"" opname[i] "\", s_" opname[i] ", " nstmt[i] \
		    ", " (nparam[i] ? "t_" opname[i] : "NULL") ", " \
		    nparam[i] ", " w " },"
	}
	if (nop == 0)
		print "\t{ NULL, NULL, 0, NULL, 0, 0 }"
	print "};\nstatic const struct sqldef_migration migrations[] = {"
	for (i = 1; i <= nmig; i++)
		print "\t{ " i ", \"" mname[i] "\",\n" mtext[i] "\t},"
	if (nmig == 0)
		print "\t{ 0, NULL, NULL }"
	print "};\n\nconst struct sqldef " prefix "_set = {"
	print "\tops, " nop + 0 ", migrations, " nmig + 0 "\n};"
}
