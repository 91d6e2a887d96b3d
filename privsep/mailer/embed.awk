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

# Turns templates/NAME.txt and NAME.html into C; POSIX awk.
#	awk -f embed.awk FILE ...

BEGIN {
	print "/* Made by embed.awk. */"
	print "#include \"config.h\"\n"
	print "#include \"privsep/mailer/template.h\"\n"
	print "const char *const template_builtin[MAIL_T__MAX][2] = {"
}

FNR == 1 {
	if (NR > 1)
		print "\t,"
	n = split(FILENAME, path, "/")
	split(path[n], part, ".")
	printf "\t[MAIL_T_%s][%d] =\n", part[1], part[2] == "html"
}

{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	print "\t\"" $0 "\\n\""
}

END { print "};" }
