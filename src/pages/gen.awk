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
# Turns html/*.html, text/*.txt and asset/* into C; POSIX awk.
#	awk -f gen.awk -v mode=h|c FILE ...
#	awk -f gen.awk -v mode=k text/*.txt
# k: only a table of the texts, by language and key (src/rules/texts.c).
# The room's .c files are read as well, to find what nothing uses. What a
# browser would take for script, or what could break out of an attribute, is
# refused with file and line. src/pages/README describes the language.

function die(msg)
{
	printf "%s:%d: %s\n", FILENAME, FNR, msg > "/dev/stderr"
	failed = 1
	exit 1
}

function dief(msg)
{
	print msg > "/dev/stderr"
	failed = 1
	exit 1
}

function base(path)
{
	sub(/^.*\//, "", path)
	return path
}

function stem(path)
{
	path = base(path)
	sub(/\.[^.]*$/, "", path)
	return path
}

function upper(name)
{
	gsub(/[^A-Za-z0-9]/, "_", name)
	return toupper(name)
}

# The text as the inside of a C string.
function cstr(s)
{
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	gsub(/\t/, "\\t", s)
	gsub(/\n/, "\\n", s)
	gsub(/\?\?/, "?\" \"?", s)
	return s
}

function name_ok(name)
{
	return name ~ /^[a-z][a-z0-9_]*$/ &&
	    name !~ /^(if|unless|each|end|text|asset|include)$/
}

# The number of a name in one of the tables slot, list, tmpl, asset, key.
function number(table, name)
{
	if (!((table, name) in num)) {
		num[table, name] = count[table]++
		names[table, count[table] - 1] = name
		where[table, name] = FILENAME ":" FNR
	}
	return num[table, name]
}

function emit(op, arg, text)
{
	code[nt, ncode[nt]] = op
	carg[nt, ncode[nt]] = arg
	ctext[nt, ncode[nt]] = text
	return ncode[nt]++
}

function text(s)
{
	if (s == "")
		return
	pending = pending s
}

function flush()
{
	if (pending != "")
		emit("TEXT", 0, pending)
	pending = ""
}

function open_block(op, arg)
{
	flush()
	depth++
	block[depth] = emit(op, arg, "")
	blockop[depth] = op
}

function close_block()
{
	flush()
	if (depth == 0)
		die("{{end}} without its beginning")
	if (blockop[depth] == "EACH")
		emit("NEXT", block[depth], "")
	# where to go on when the condition fails
	cjump[nt, block[depth]] = ncode[nt]
	depth--
}

# A slot inside an attribute that a browser follows is a path that C made.
function check_place(before, name)
{
	if (before ~ /=[ \t]*$/)
		die("{{" name "}} in an attribute without quotes")
	if (before ~ /(href|src|action|formaction)="[^"]*$/ &&
	    name !~ /(^base|_url)$/)
		die("{{" name "}} in an address: its name must end in _url")
}

function directive(d, before,    w, n)
{
	n = split(d, w, " ")
	if (n == 1 && w[1] == "end")
		close_block()
	else if (n == 1 && name_ok(w[1])) {
		check_place(before, w[1])
		flush()
		emit("SLOT", number("slot", w[1]), "")
	} else if (n == 2 && w[1] == "text") {
		check_place(before, "x_url")
		flush()
		keyused[w[2]] = FILENAME ":" FNR
		emit("MSG", w[2], "")
	} else if (n == 2 && w[1] == "asset") {
		flush()
		assetused[w[2]] = FILENAME ":" FNR
		emit("ASSET", w[2], "")
	} else if (n == 2 && w[1] == "include") {
		flush()
		inclused[w[2]] = FILENAME ":" FNR
		emit("INCLUDE", w[2], "")
	} else if (n == 2 && w[1] == "if" && name_ok(w[2]))
		open_block("IF", number("slot", w[2]))
	else if (n == 2 && w[1] == "unless" && name_ok(w[2]))
		open_block("UNLESS", number("slot", w[2]))
	else if (n == 2 && w[1] == "each" && name_ok(w[2]))
		open_block("EACH", number("list", w[2]))
	else
		die("{{" d "}} is no directive")
}

function template_line(s,    at, d, low)
{
	low = tolower(s)
	if (low ~ /<(script|style|iframe|object|embed|base)/ ||
	    low ~ /[ "]style=/ || low ~ /[ "]on[a-z]+=/ || low ~ /javascript:/)
		die("no script, no style, no frame in a page")
	sub(/^[ \t]+/, "", s)
	line = ""
	while ((at = index(s, "{{")) > 0) {
		text(substr(s, 1, at - 1))
		line = line substr(s, 1, at - 1)
		s = substr(s, at + 2)
		if ((at = index(s, "}}")) == 0)
			die("{{ without }}")
		d = substr(s, 1, at - 1)
		directive(d, line)
		line = line "x"
		s = substr(s, at + 2)
	}
	line = line s
	if (gsub(/"/, "", line) % 2)
		die("an attribute must end on its line")
	text(s "\n")
}

# Slots of a message are {name}.
function message(key, value,    s, m)
{
	s = value
	while (match(s, /\{[^}]*\}/)) {
		m = substr(s, RSTART + 1, RLENGTH - 2)
		if (!name_ok(m))
			die("{" m "} is no slot")
		number("slot", m)
		s = substr(s, RSTART + RLENGTH)
	}
	if ((lang, key) in msg)
		die("key " key " stands twice")
	msg[lang, key] = value
	if (nlang == 1)
		number("key", key)
	else if (!(("key", key) in num))
		die("key " key " is not in " langs[0])
	else if (slots_of(value) != slots_of(msg[langs[0], key]))
		die("key " key " has other slots than in " langs[0])
}

# Its slots, in an order that does not matter.
function slots_of(s,    n, i, a, r, m)
{
	n = 0
	while (match(s, /\{[^}]*\}/)) {
		m = substr(s, RSTART, RLENGTH)
		s = substr(s, RSTART + RLENGTH)
		for (i = n++; i > 0 && a[i - 1] > m; i--)
			a[i] = a[i - 1]
		a[i] = m
	}
	r = ""
	for (i = 0; i < n; i++)
		if (i == 0 || a[i] != a[i - 1])
			r = r a[i]
	return r
}

function text_line(s,    at, key)
{
	if (s ~ /^[ \t]*(#|$)/)
		return
	if (s ~ /^[ \t]/) {
		if (lastkey == "")
			die("a continuation of nothing")
		sub(/^[ \t]+/, "", s)
		key = lastkey
		s = msg[lang, key] " " s
		delete msg[lang, key]
		message(key, s)
		return
	}
	if ((at = index(s, "=")) == 0)
		die("no KEY = TEXT")
	key = substr(s, 1, at - 1)
	sub(/[ \t]+$/, "", key)
	s = substr(s, at + 1)
	sub(/^[ \t]+/, "", s)
	if (key !~ /^[a-z][a-z0-9_.]*$/ || s == "")
		die("no KEY = TEXT")
	lastkey = key
	message(key, s)
}

# What the room's C code names: PAGE_T_KEY and PAGE_S_SLOT.
function code_line(s,    w)
{
	while (match(s, /PAGE_[THSL]_[A-Z0-9_]+/)) {
		w = substr(s, RSTART, RLENGTH)
		incode[w] = 1
		s = substr(s, RSTART + RLENGTH)
	}
}

function end_file()
{
	if (kind != "html" || failed)
		return
	if (depth > 0)
		dief(file ": {{" tolower(blockop[depth]) "}} without {{end}}")
	flush()
	emit("END", 0, "")
}

function begin_file()
{
	end_file()
	file = FILENAME
	kind = file
	sub(/^.*\./, "", kind)
	lastkey = ""
	if (file ~ /\/asset\//) {
		kind = "asset"
		na = number("asset", base(file))
		assettext[na] = ""
	} else if (kind == "html") {
		nt = number("tmpl", stem(file))
		ncode[nt] = 0
		depth = 0
		pending = ""
	} else if (kind == "txt") {
		lang = stem(file)
		langs[nlang++] = lang
	}
}

BEGIN {
	count["slot"] = count["list"] = count["tmpl"] = 0
	count["asset"] = count["key"] = nlang = 0
	number("slot", "none")
	incode["PAGE_S_NONE"] = 1
}

FNR == 1 { begin_file() }
kind == "html" { template_line($0) }
kind == "txt" { text_line($0) }
kind == "asset" { assettext[na] = assettext[na] $0 "\n" }
kind == "c" { code_line($0) }

function check(    i, j, k)
{
	for (i = 0; i < count["key"]; i++) {
		k = names["key", i]
		for (j = 1; j < nlang; j++)
			if (!((langs[j], k) in msg))
				dief("key " k " is missing in " langs[j])
		if (!(k in keyused) && !(("PAGE_T_" upper(k)) in incode))
			dief(where["key", k] ": key " k " is not used")
	}
	for (k in keyused)
		if (!(("key", k) in num))
			dief(keyused[k] ": there is no key " k)
	for (k in inclused)
		if (!(("tmpl", k) in num))
			dief(inclused[k] ": there is no template " k)
	for (k in assetused)
		if (!(("asset", k) in num))
			dief(assetused[k] ": there is no asset " k)
	for (i = 0; i < count["slot"]; i++) {
		k = names["slot", i]
		if (!(("PAGE_S_" upper(k)) in incode))
			dief(where["slot", k] ": nothing fills " k)
	}
	for (i = 0; i < count["list"]; i++) {
		k = names["list", i]
		if (!(("PAGE_L_" upper(k)) in incode))
			dief(where["list", k] ": nothing fills " k)
	}
	for (i = 0; i < count["tmpl"]; i++) {
		k = names["tmpl", i]
		if (!(k in inclused) && !(("PAGE_H_" upper(k)) in incode))
			dief("template " k " is not used")
	}
}

function enum(name, table, prefix,    i)
{
	print "enum " name " {"
	for (i = 0; i < count[table]; i++)
		print "\t" prefix upper(names[table, i]) ","
	print "\t" prefix "_MAX\n};\n"
}

function header(    i)
{
	print "/* Made by src/pages/gen.awk. */"
	print "#ifndef PAGES_DATA_H\n#define PAGES_DATA_H\n"
	enum("page_slot", "slot", "PAGE_S_")
	enum("page_list", "list", "PAGE_L_")
	enum("page_html", "tmpl", "PAGE_H_")
	enum("page_text", "key", "PAGE_T_")
	enum("page_asset", "asset", "PAGE_A_")
	print "#define PAGE_LANGS\t" nlang
	printf "#define PAGE_LOCALES\t\""
	for (i = 0; i < nlang; i++)
		printf "%s%s", (i > 0 ? " " : ""), langs[i]
	print "\"\n\n#endif"
}

# A text of any length, as pieces of a line each.
function pieces(s,    at, out)
{
	out = ""
	while ((at = index(s, "\n")) > 0) {
		out = out "\n\t    \"" cstr(substr(s, 1, at)) "\""
		s = substr(s, at + 1)
	}
	if (s != "" || out == "")
		out = out "\n\t    \"" cstr(s) "\""
	return out
}

function operand(t, i,    op)
{
	op = code[t, i]
	if (op == "MSG")
		return num["key", carg[t, i]]
	if (op == "INCLUDE")
		return num["tmpl", carg[t, i]]
	if (op == "ASSET")
		return num["asset", carg[t, i]]
	return carg[t, i]
}

function source(    t, i, k, j)
{
	print "/* Made by src/pages/gen.awk. */"
	print "#include \"src/pages/tmpl.h\"\n"
	for (t = 0; t < count["tmpl"]; t++) {
		print "static const struct tmpl_op h_" \
		    upper(names["tmpl", t]) "[] = {"
		for (i = 0; i < ncode[t]; i++) {
			printf "\t{ TMPL_%s, %d, %d, ", code[t, i],
			    operand(t, i), cjump[t, i] + 0
			if (code[t, i] == "TEXT")
				print pieces(ctext[t, i]) " },"
			else
				print "NULL },"
		}
		print "};\n"
	}
	print "const struct tmpl_op *const tmpl_html[] = {"
	for (t = 0; t < count["tmpl"]; t++)
		print "\th_" upper(names["tmpl", t]) ","
	print "};\n"
	for (j = 0; j < nlang; j++) {
		k = langs[j]
		gsub(/-/, "_", k)
		print "static const char *const t_" k "[] = {"
		for (i = 0; i < count["key"]; i++)
			print "\t\"" cstr(msg[langs[j], names["key", i]]) \
			    "\","
		print "};\n"
	}
	print "const struct tmpl_lang tmpl_langs[] = {"
	for (j = 0; j < nlang; j++) {
		k = langs[j]
		gsub(/-/, "_", k)
		print "\t{ \"" langs[j] "\", t_" k " },"
	}
	print "};\n\nconst char *const tmpl_slots[] = {"
	for (i = 0; i < count["slot"]; i++)
		print "\t\"" names["slot", i] "\","
	print "};\n\nconst char *const tmpl_keys[] = {"
	for (i = 0; i < count["key"]; i++)
		print "\t\"" names["key", i] "\","
	print "};\n\nconst struct tmpl_file tmpl_assets[] = {"
	for (i = 0; i < count["asset"]; i++)
		print "\t{ \"" names["asset", i] "\"," \
		    pieces(assettext[i]) " },"
	print "};"
}

# Every text there is, for the rule of what a tenant may replace.
function texts(    i, j)
{
	print "/* Made by src/pages/gen.awk. */"
	print "static const struct {"
	print "\tconst char\t*lang, *key, *text;"
	print "} texts[] = {"
	for (j = 0; j < nlang; j++)
		for (i = 0; i < count["key"]; i++)
			print "\t{ \"" langs[j] "\", \"" names["key", i] \
			    "\",\n\t    \"" \
			    cstr(msg[langs[j], names["key", i]]) "\" },"
	print "};"
}

END {
	if (failed)
		exit 1
	end_file()
	if (nlang == 0 || langs[0] != "en")
		dief("en is the first language")
	if (mode == "c")
		check()
	if (failed)
		exit 1
	if (mode == "k")
		texts()
	else if (mode == "h")
		header()
	else
		source()
}
