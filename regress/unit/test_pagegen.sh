#!/bin/sh
# src/pages/gen.awk refuses what could become script or leave an attribute, and
# what nothing uses, with file and line. Run by make check.
gen=${srcdir:-.}/src/pages/gen.awk
awk=${AWK:-awk}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/html" "$dir/text" "$dir/asset"
failed=0

# try WANT TEMPLATE [ENGLISH [OTHER]]: WANT is "ok" or a part of the error.
# The template is used; key a is there, and values x, x_url and base are set.
try() {
	printf '%s\n{{text a}}{{x}}\n' "$2" >"$dir/html/t.html"
	printf 'a = A\n%b\n' "$3" >"$dir/text/en.txt"
	printf 'a = B\n%b\n' "${4-$3}" >"$dir/text/xx.txt"
	echo ':root{}' >"$dir/asset/s.css"
	echo 'PAGE_H_T PAGE_S_X PAGE_S_X_URL PAGE_S_BASE PAGE_L_L PAGE_T_USED' \
	    >"$dir/t.c"
	out=$("$awk" -f "$gen" -v mode=c "$dir/html/t.html" \
	    "$dir/text/en.txt" "$dir/text/xx.txt" "$dir/asset/s.css" \
	    "$dir/t.c" 2>&1)
	rc=$?
	if [ "$1" = ok ]; then
		[ $rc -eq 0 ] && return
	else
		case $out in
		*"$1"*) [ $rc -ne 0 ] && return ;;
		esac
	fi
	echo "expected '$1' of '$2', got ($rc): $out"
	failed=1
}

try ok '<p title="{{x}}">{{if x}}{{each l}}{{x}}{{end}}{{end}}</p>'
try ok '<a href="{{x_url}}"></a><form action="{{base}}/x"></form>'
try ok '<link href="{{asset s.css}}">{{unless x}}y{{end}}'
try ok '' 'used = {x} and {x_url}' 'used = {x_url} und {x}'
try ok '' 'used = one\n\ttwo'
while IFS='|' read -r want template; do
	try "$want" "$template"
done <<'E'
no script|<script>
no script|<SCRIPT src="x">
no script|<style>
no script|<p style="x">
no script|<p onclick="x">
no script|<a href="javascript:x">
no script|<iframe>
no script|<base href="x">
without quotes|<p title={{x}}>
must end in _url|<a href="{{x}}">
must end in _url|<form action="/x{{x}}">
must end in _url|<img src="{{x}}">
must end on its line|<p title="{{x}}
is no directive|{{X}}
is no directive|{{x y}}
is no directive|{{}}
is no directive|{{if}}
is no directive|{{raw x}}
without }}|{{x
without its beginning|{{end}}
without {{end}}|{{if x}}
there is no key b|{{text b}}
there is no template u|{{include u}}
there is no asset u.css|{{asset u.css}}
nothing fills y|{{y}}
nothing fills m|{{each m}}{{end}}
E
try 'key b is not used' '' 'b = B'
try 'key used is missing in xx' '' 'used = B' ''
try 'is not in en' '' '' 'used = B'
try 'has other slots' '' 'used = {x}' 'used = {x_url}'
try 'stands twice' '' 'used = B\nused = C'
try 'is no slot' '' 'used = {X y}'
try 'no KEY = TEXT' '' 'used'
try 'no KEY = TEXT' '' 'Used = x'
try 'no KEY = TEXT' '' 'used ='
exit $failed
