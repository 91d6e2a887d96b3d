"""The pages (API.md section 9), as a browser without JavaScript has them.
CASES 21, 35 to 40, 43, 46 to 48."""

import base64
import hashlib
import html
import re
import secrets
import urllib.parse

import pytest

import moat
import oidc
import tenant
from test_factor import enrol

POLICY = ("default-src 'none'; style-src 'self'; img-src 'self' data:; "
          "form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
FORMS = ["/login", "/register", "/forgot-password", "/verify-email?token=abc",
         "/reset-password?token=abc"]
POSTS = ["/login", "/mfa", "/register", "/verify-email", "/forgot-password",
         "/reset-password", "/logout"]
HOSTILE = ['"><script>alert(1)</script>', "' onmouseover='x", "<img src=x>",
           "{{csrf}}", "&lt;b&gt;", "\u202e\u0000"[:1] + "x", "%22%3e"]


def is_page(r, status=200):
    """What is true of every page."""
    assert r.status == status, r
    h = r.headers
    assert h["content-type"] == "text/html; charset=utf-8"
    assert h["cache-control"] == "no-store"
    assert h["referrer-policy"] == "same-origin"
    assert h["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in h
    assert h["content-security-policy"] == POLICY
    assert r.html.lang and r.html.title
    assert r.html.scripts == 0 and r.html.styles == 0
    tags = [t for t, _ in r.html.tags]
    assert tags.count("h1") == 1 and tags.count("main") == 1
    labels = {a.get("for") for t, a in r.html.tags if t == "label"}
    for t, a in r.html.tags:
        if t == "input" and a.get("type") != "hidden":
            assert a["id"] in labels, a
            assert a.get("autocomplete"), a
        for ref in a.get("aria-describedby", "").split():
            assert any(x.get("id") == ref for _, x in r.html.tags), (a, r)
        assert t not in ("iframe", "object", "embed", "base")
    for f in r.html.forms:
        assert f.method == "post" and "csrf" in f.hidden
    return r


def alert(r):
    """The words of the alert, which a page has when something failed."""
    m = re.search(r'<p class="alert" id="error" role="alert">([^<]+)</p>',
                  r.body.decode())
    assert m and r.html.title.startswith("Error: "), r
    return html.unescape(m[1])


def refused(r, status=403):
    """The error page: nothing was done, and it says what to do."""
    is_page(r, status)
    assert not r.html.forms and r.headers.get("set-cookie") is None
    return r


def csrf_of(cookie):
    digest = hashlib.sha256(b"csrf" + cookie.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def browse(server, **headers):
    b = oidc.Browser(**headers)
    b.server = server
    return b


def signed_in(server, user, base=""):
    b = browse(server)
    p = b.get(server.url + base + "/login")
    p = b.submit(p, username=user["username"], password=user["password"])
    assert p.status == 303 and p.location == f"{server.url}{base}/account", p
    return b


def alive(b, base):
    """Whether the browser's session lives, at an issuer."""
    r = b.get(base + "/account")
    assert r.status == 200 or "/login?return_to=" in r.location, r
    return r.status == 200


@pytest.fixture(scope="module")
def user(server):
    return server.register()


@pytest.fixture(scope="module")
def factor_user(server):
    u = server.user()
    enrol(server, u)
    return u


# ---- what every page is ----

@pytest.mark.parametrize("path", FORMS + ["/logout"])
def test_pages_accepts(server, path):
    r = is_page(browse(server).get(server.url + path))
    assert r.html.lang == "en"
    h = server.req("HEAD", path)
    assert h.status == 200 and h.body == b""
    assert h.headers["content-type"] == "text/html; charset=utf-8"


def test_root_accepts(server):
    b = browse(server)
    for query in ("", "?return_to=/logout", "?x=y"):
        r = b.get(server.url + "/" + query)
        assert r.status == 303 and r.headers["location"] == "/account"
    t = tenant.Tenant(server)
    assert b.get(t.issuer + "/").headers["location"] == t.base + "/account"


@pytest.mark.parametrize("path", POSTS)
def test_methods_rejects(server, path):
    """CASES 47: 405 is a page, too; OPTIONS names no foreign origin."""
    allow = "GET, HEAD, POST, OPTIONS"
    for method in ("PUT", "DELETE", "PATCH"):
        r = oidc.Page(server.url + path, *vars(server.req(
            method, path)).values())
        refused(r, 405)
        assert r.headers["allow"] == allow
    r = server.req("OPTIONS", path, headers={
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST"})
    assert r.status == 204 and r.headers["allow"] == allow
    assert not [k for k in r.headers if k.startswith("access-control")]
    r = server.req("POST", path, b"a=b", {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-HTTP-Method-Override": "GET"})
    assert r.status == 403


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("ctype", ["application/json", "text/plain",
                                   "multipart/form-data; boundary=x", None])
def test_forms_rejects_types(server, path, ctype):
    """What another site's form or script may send without asking."""
    r = oidc.Page(server.url + path, *vars(server.req(
        "POST", path, b"{}", {"Content-Type": ctype} if ctype else {}
    )).values())
    refused(r, 400)


@pytest.mark.parametrize("path", ["/login/", "/LOGIN", "//login", "/login%00",
                                  "/%6cogin", "/login.html", "/assets/",
                                  "/assets/page.css", "/assets/../login",
                                  "/t/default/login", "/t/none/login",
                                  "/t/none/", "/t/none/register"])
def test_paths_rejects(server, path):
    """CASES 46."""
    assert server.get(path).status == 404


@pytest.mark.parametrize("query", ["a=1&a=2", "return_to=/a&return_to=/b",
                                   "x=%ff", "x=%00", "x=%zz"])
def test_query_rejects(server, query):
    """CASES 35."""
    for path in ("/login", "/register", "/mfa", "/logout"):
        refused(browse(server).get(f"{server.url}{path}?{query}"), 400)


def test_form_rejects_repeated(server, user):
    b = browse(server)
    f = b.get(server.url + "/login").form("username")
    r = b.open("POST", server.url + "/login", urllib.parse.urlencode([
        ("csrf", f.fields["csrf"]), ("username", user["username"]),
        ("password", user["password"]), ("username", "other")]),
        {"Content-Type": "application/x-www-form-urlencoded"})
    refused(r, 400)
    assert b.cookie("session") == (None, None)


def test_assets_accepts(server):
    r = browse(server).get(server.url + "/login")
    paths = set(re.findall(r'"(/assets/[^"]+)"', r.body.decode()))
    assert any(p.endswith(".css") for p in paths)
    for path in paths:
        a = server.get(path)
        assert a.status == 200
        assert a.headers["cache-control"] == (
            "public, max-age=31536000, immutable")
        assert a.headers["content-type"] in (
            "text/css; charset=utf-8", "image/svg+xml")
        assert a.headers["x-content-type-options"] == "nosniff"
        name, digest, ext = path.rsplit(".", 2)
        assert digest == hashlib.sha256(a.body).hexdigest()[:16]
        assert server.get(f"{name}.{'0' * 16}.{ext}").status == 404
        assert server.post(path).status == 405


# ---- forms are ours ----

@pytest.mark.parametrize("path", POSTS)
def test_csrf_rejects(server, user, path):
    """CASES 36: missing, empty, foreign; without a cookie, with another's."""
    b, other = browse(server), browse(server)
    mine = b.get(server.url + "/login").form("username").fields["csrf"]
    others = other.get(server.url + "/login").form("username").fields["csrf"]
    fields = {"username": user["username"], "password": user["password"],
              "email": user["email"], "token": "x", "newPassword": "y",
              "otp": "123456"}
    for csrf in ({}, {"csrf": ""}, {"csrf": others}, {"csrf": mine[:-1]},
                 {"csrf": mine + "A"}, {"csrf": b.cookie("csrf")[1]}):
        refused(b.post(server.url + path, {**fields, **csrf}))
    assert b.cookie("session") == (None, None)
    del b.cookies["127.0.0.1"]
    refused(b.post(server.url + path, {**fields, "csrf": mine}))


def test_csrf_rejects_one_of_before_the_login(server, user):
    """A form is bound to the session as soon as there is one."""
    b = browse(server)
    before = b.get(server.url + "/login").form("username").fields["csrf"]
    b.post(server.url + "/login", {
        "csrf": before, "username": user["username"],
        "password": user["password"]})
    name, value = b.cookie("session")
    assert value
    refused(b.post(server.url + "/logout", {"csrf": before}))
    assert b.post(server.url + "/logout", {
        "csrf": csrf_of(value)}).status == 303


def test_csrf_rejects_another_sessions(server, user):
    a, b = signed_in(server, user), signed_in(server, user)
    form = a.get(server.url + "/logout").form("csrf")
    refused(b.post(server.url + "/logout", form.fields))
    assert alive(b, server.url)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "",
                                    "http://127.0.0.1", "http://localhost"])
def test_origin_rejects(server, user, origin):
    b = browse(server)
    f = b.get(server.url + "/login").form("username")
    data = {**f.fields, "username": user["username"],
            "password": user["password"]}
    r = b.open("POST", server.url + "/login", urllib.parse.urlencode(data), {
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": origin})
    refused(r)
    assert "another address" in " ".join(r.text.split())
    assert b.cookie("session") == (None, None)
    # a browser that tells none is believed by its csrf
    r = b.open("POST", server.url + "/login", urllib.parse.urlencode(data), {
        "Content-Type": "application/x-www-form-urlencoded"})
    assert r.status == 303


# ---- login ----

def test_login_accepts(server, user):
    """CASES 38, 39, 40: 303, a new value, flags."""
    b = browse(server)
    p = is_page(b.get(server.url + "/login"))
    assert b.flags["moatd_csrf"] == {"path": "/", "httponly": "",
                                     "samesite": "Lax"}
    form = p.form("username", "password")
    assert set(form.fields) == {"csrf", "username", "password"}
    r = b.submit(p, username=user["username"], password=user["password"])
    assert r.status == 303 and r.headers["location"] == "/account"
    assert b.flags["moatd_session"] == {"path": "/", "httponly": "",
                                        "samesite": "Lax"}
    assert b.flags["moatd_device"] == {"path": "/", "httponly": "",
                                       "samesite": "Lax",
                                       "max-age": "31536000"}
    first = b.cookie("session")[1]
    assert len(first) >= 43 and re.fullmatch(r"[\w-]+", first)
    # logged in: nothing to do there
    for query, to in (("", "/account"), ("?return_to=/logout", "/logout"),
                      ("?return_to=//evil", "/account")):
        p = is_page(b.get(server.url + "/login" + query))
        assert user["username"] in p.text and p.html.links[0] == to
        assert p.form("password").fields["username"] == ""
    # by address, too, and never the same value
    c = browse(server)
    c.cookies = {"127.0.0.1": {"moatd_session": "A" * 43}}
    p = c.get(server.url + "/login")
    c.submit(p, username=user["username"].upper(), password=user["password"])
    assert c.cookie("session")[1] not in ("A" * 43, first, None)


def test_login_accepts_again_with_a_new_value(server, user):
    """CASES 39."""
    b = signed_in(server, user)
    old = b.cookie("session")[1]
    to = "/oauth2/authorize?client_id=none&moatd_since=1"
    p = is_page(b.get(server.url + "/login?return_to=" +
                      urllib.parse.quote(to, safe="")))
    r = b.submit(p, username=user["username"], password=user["password"])
    assert r.status == 303 and r.headers["location"] == to
    new = b.cookie("session")[1]
    assert new != old
    b.cookies["127.0.0.1"]["moatd_session"] = old
    assert not alive(b, server.url)


@pytest.mark.parametrize("fields,status", [
    ({"password": "wrong"}, 401), ({"username": "nobody-here"}, 401),
    ({"username": ""}, 400), ({"password": ""}, 400),
    ({"password": "x" * 1025}, 400), ({"username": "u" * 2000}, 400)])
def test_login_rejects(server, user, fields, status):
    b = browse(server)
    data = {"username": user["username"], "password": user["password"],
            **fields}
    r = b.submit(b.get(server.url + "/login"), **data)
    is_page(r, status)
    form = r.form("username", "password")
    assert form.fields["username"] == data["username"]
    assert form.fields["password"] == "" and alert(r)
    assert b.cookie("session") == (None, None)
    if status == 401:
        assert r.headers["www-authenticate"].startswith("Bearer")


def test_login_rejects_alike(server, user):
    """CASES 21: unknown, wrong, disabled: the same page but for the name."""
    gone = server.register()
    server.sql("UPDATE users SET status = 'disabled' WHERE username = "
               f"'{gone['username']}'")
    bodies = set()
    b = browse(server)
    for name, password in ((user["username"], "wrong horse"),
                           ("nobody-" + secrets.token_hex(4), "wrong horse"),
                           (gone["username"], gone["password"])):
        r = b.submit(b.get(server.url + "/login"), username=name,
                     password=password)
        is_page(r, 401)
        bodies.add(r.body.decode().replace(name, "NAME"))
    assert len(bodies) == 1


@pytest.mark.parametrize("to", [
    "//evil.example", "/\\evil.example", "https://evil.example/",
    "https:evil.example", "javascript:alert(1)", "\\\\evil.example", "",
    "evil", "/a\r\nSet-Cookie: x=y", "/a\tb", "/a b", "/\u00e9", " /a",
    "/" + "a" * 6200, "?x", "#x", "http:///x", "///evil.example"])
def test_return_to_rejects(server, user, to):
    """CASES 38: what is no path of ours is as good as none."""
    b = browse(server)
    if len(to) < 2000:
        p = is_page(b.get(server.url + "/login?" + urllib.parse.urlencode(
            {"return_to": to})))
        assert "return_to" not in p.form("username").fields
    else:
        p = b.get(server.url + "/login")
    r = b.submit(p, username=user["username"], password=user["password"],
                 _form=p.form("username"))
    assert r.headers["location"] == "/account"
    p = b.get(server.url + "/logout")
    r = b.post(server.url + "/login", {
        "csrf": csrf_of(b.cookie("session")[1]), "return_to": to,
        "username": user["username"], "password": user["password"]})
    assert r.status == 303 and r.headers["location"] == "/account"


@pytest.mark.parametrize("to", ["/", "/account/sessions?cursor=a%26b", "/x#y",
                                "/oauth2/authorize?state=%0d%0a", "/%2f/x",
                                "/a?b=https://c.example/"])
def test_return_to_accepts(server, user, to):
    b = browse(server)
    p = is_page(b.get(server.url + "/login?" + urllib.parse.urlencode(
        {"return_to": to})))
    assert p.form("username").fields["return_to"] == to
    for link in p.html.links:
        assert urllib.parse.quote(to, safe="/") in link
    # a failure keeps it
    p = b.submit(p, username=user["username"], password="wrong horse")
    r = b.submit(p, username=user["username"], password=user["password"])
    assert r.status == 303 and r.headers["location"] == to


@pytest.mark.parametrize("text", HOSTILE)
def test_pages_rejects_markup(server, text):
    """Every field that comes back is text."""
    b = browse(server)
    for path, fields in (
            ("/login", {"username": text, "password": "x"}),
            ("/register", {"username": text, "password": "x",
                           "email": text}),
            ("/forgot-password", {"email": text * 80})):
        r = b.submit(b.get(server.url + path), **fields)
        assert r.status in (400, 401, 503), r
        is_page(r, r.status)
        form = r.form(*fields)
        for name, value in fields.items():
            if name != "password":
                assert form.fields[name] == value
        assert "<script>alert" not in r.body.decode()
    for path in ("/verify-email", "/reset-password"):
        r = is_page(b.get(server.url + path + "?" + urllib.parse.urlencode(
            {"token": text, "notice": text, "ui_locales": text,
             "return_to": "/" + text})))
        assert r.form("token").fields["token"] == text
    r = b.get(server.url + "/login?" + urllib.parse.urlencode(
        {"notice": text, "username": text, "error": text}))
    is_page(r)
    assert html.escape(text) not in r.body.decode()


def test_login_rejects_too_many(fresh_server):
    """429, with how long, in words and in Retry-After; a mark of a throttle
    says nothing of whether there is such a user (CASES 21)."""
    s = fresh_server("throttle { password-free 2 }\n")
    u = s.register()
    b = browse(s)
    p = b.get(s.url + "/login")
    for name in (u["username"], "nobody"):
        for _ in range(2):
            is_page(b.submit(p, username=name, password="wrong horse"), 401)
        r = is_page(b.submit(p, username=name, password=u["password"]), 429)
        assert 1 <= int(r.headers["retry-after"]) <= 30
        assert re.search(r"\d+ seconds", alert(r))
        assert r.form("username").fields["username"] == name
    assert b.cookie("session") == (None, None)


# ---- the second factor ----

def test_mfa_accepts(server, factor_user):
    u = factor_user
    b = browse(server)
    p = b.get(server.url + "/login?return_to=/x")
    r = b.submit(p, username=u["username"], password=u["password"])
    assert r.status == 303 and r.headers["location"] == "/mfa?return_to=/x"
    assert b.flags["moatd_mfa"] == {"path": "/", "httponly": "",
                                    "samesite": "Lax", "max-age": "300"}
    assert b.cookie("session") == (None, None)
    p = is_page(b.get(r.location))
    otp = [a for t, a in p.html.tags if a.get("name") == "otp"][0]
    assert otp["inputmode"] == "numeric"
    assert otp["autocomplete"] == "one-time-code"
    r = b.submit(p, otp=u["codes"].wrong())
    is_page(r, 401)
    assert alert(r) and r.form("otp").fields["otp"] == ""
    code = u["codes"].next()
    r = b.submit(r, otp=code[:3] + " " + code[3:])
    assert r.status == 303 and r.headers["location"] == "/x"
    assert b.cookie("session")[1]
    assert b.cookie("moatd_mfa") == (None, None)


@pytest.mark.parametrize("fields", [
    {}, {"otp": "12345"}, {"otp": "1234567"}, {"otp": "abcdef"},
    {"otp": "123456", "recovery_code": "a"}, {"recovery_code": "x" * 65}])
def test_mfa_rejects(server, factor_user, fields):
    u = factor_user
    b = browse(server)
    r = b.submit(b.get(server.url + "/login"), username=u["username"],
                 password=u["password"])
    p = b.get(r.location)
    r = b.submit(p, _form=p.form("otp"), **fields)
    is_page(r, 400)
    assert alert(r)
    assert b.cookie("session") == (None, None)


def test_mfa_rejects_without_a_login(server):
    b = browse(server)
    r = b.get(server.url + "/mfa?return_to=/x")
    assert r.status == 303
    assert r.headers["location"].startswith("/login?return_to=")
    b.cookies = {"127.0.0.1": {"moatd_mfa": "B" * 43}}
    p = is_page(b.get(server.url + "/mfa"))
    r = is_page(b.submit(p, otp="123456"), 401)
    assert r.form("otp") is None and "/login" in r.html.links[0]


def test_mfa_rejects_a_used_up_ticket(server, factor_user):
    """Five tries, then only a new login helps."""
    u = factor_user
    b = browse(server)
    r = b.submit(b.get(server.url + "/login"), username=u["username"],
                 password=u["password"])
    p = b.get(r.location)
    for _ in range(6):
        p = b.submit(p, otp=u["codes"].wrong())
        is_page(p, 401)
        if p.form("otp") is None:
            break
    assert p.form("otp") is None and "/login" in p.html.links[0]
    assert b.cookie("moatd_mfa") == (None, None)


def test_mfa_accepts_step_up(server, factor_user):
    """CASES 39: a new value at step-up as well."""
    u = factor_user
    b = browse(server)
    r = b.submit(b.get(server.url + "/login"), username=u["username"],
                 password=u["password"])
    b.submit(b.get(r.location), otp=u["codes"].next())
    old = b.cookie("session")[1]
    p = is_page(b.get(server.url + "/mfa?return_to=/y"))
    assert p.form("otp") and p.form("password") is None
    r = b.submit(p, otp=u["codes"].next())
    assert r.status == 303 and r.headers["location"] == "/y"
    assert b.cookie("session")[1] not in (old, None)


def test_mfa_accepts_a_password_without_factor(server, user):
    b = signed_in(server, user)
    p = is_page(b.get(server.url + "/mfa"))
    assert p.form("otp") is None
    r = is_page(b.submit(p, password="wrong horse"), 401)
    assert alert(r)
    r = b.submit(r, password=user["password"])
    assert r.status == 303 and r.headers["location"] == "/account"


# ---- registration and mailed links ----

def test_register_accepts(server):
    b = browse(server)
    p = is_page(b.get(server.url + "/register?return_to=/x"))
    name = "p" + secrets.token_hex(6)
    fields = {"username": name, "email": name + "@example.org",
              "password": "correct horse " + name}
    r = b.submit(p, **fields)
    assert r.status == 303
    p = is_page(b.follow(r))
    assert p.path == "/login" and 'role="status"' in p.body.decode()
    r = b.submit(p, username=name, password=fields["password"])
    assert r.headers["location"] == "/x"


@pytest.mark.parametrize("fields,status,words", [
    ({"password": "short"}, 400, "too short"),
    ({"password": "passwordpassword"}, 400, "attacker"),
    ({"password": "x" * 300}, 400, "too long|attacker"),
    ({"password": "x" * 1100}, 400, "1,024"),
    ({"username": "ab"}, 400, "username"),
    ({"username": "a b c"}, 400, "username"),
    ({"email": "no-address"}, 400, "email"),
    ({"email": ""}, 400, "fill"), ({"username": ""}, 400, "fill"),
    ({"username": "TAKEN"}, 409, "already")])
def test_register_rejects(server, user, fields, status, words):
    b = browse(server)
    name = "p" + secrets.token_hex(6)
    data = {"username": name, "email": name + "@example.org",
            "password": "correct horse " + name, **fields}
    if data["username"] == "TAKEN":
        data["username"] = user["username"]
    r = b.submit(b.get(server.url + "/register"), **data)
    is_page(r, status)
    assert re.search(words, alert(r)), alert(r)
    form = r.form("username", "email", "password")
    assert form.fields["username"] == data["username"]
    assert form.fields["email"] == data["email"]
    assert form.fields["password"] == ""
    assert 'aria-invalid="true"' in r.body.decode()


def test_register_rejects_closed(server):
    t = tenant.Tenant(server, registration="closed")
    b = browse(server)
    assert not [x for x in b.get(t.issuer + "/login").html.links
                if "/register" in x]
    p = is_page(b.get(t.issuer + "/register"))
    assert "Nobody can register here" in p.text
    r = b.submit(p, username="somebody", email="s@example.org",
                 password="correct horse battery")
    is_page(r, 403)
    assert alert(r)


def test_register_accepts_what_the_tenant_wants(server):
    """The least length of its passwords, in what is asked and in what is
    refused."""
    t = tenant.Tenant(server, password_min=20)
    b = browse(server)
    p = is_page(b.get(t.issuer + "/register"))
    assert "At least 20 characters" in p.text
    r = b.submit(p, username="somebody", email="s@example.org",
                 password="correct horse bat")
    assert "at least 20 characters" in alert(is_page(r, 400))
    assert "At least 15" in b.get(server.url + "/register").text


def test_links_rejects(server):
    """What is no link of ours: an error page, or 400 with words."""
    b = browse(server)
    for path in ("/verify-email", "/reset-password"):
        for q in ("", "?token=", "?token=" + "x" * 200):
            refused(b.get(server.url + path + q), 400)
    p = is_page(b.get(server.url + "/verify-email?token=nothing"))
    is_page(b.submit(p, _form=p.form("token")), 400)
    p = is_page(b.get(server.url + "/reset-password?token=nothing"))
    refused(b.submit(p, newPassword="correct horse battery"), 400)
    r = is_page(b.submit(p, newPassword=""), 400)
    assert r.form("token").fields["token"] == "nothing" and alert(r)


def test_forgot_rejects_without_mail(server, user):
    """No SMTP server: 503, whoever asks."""
    b = browse(server)
    for email in (user["email"], "nobody@example.org"):
        r = b.submit(b.get(server.url + "/forgot-password"), email=email)
        is_page(r, 503)
        assert alert(r)


# ---- logout ----

def test_logout_accepts(server, user):
    b = signed_in(server, user)
    value = b.cookie("session")[1]
    p = is_page(b.get(server.url + "/logout"))
    r = b.submit(p, _form=p.form("csrf"))
    assert r.status == 303 and b.cookie("session") == (None, None)
    p = is_page(b.follow(r))
    assert not p.html.forms and "signed out" in p.text.lower()
    b.cookies["127.0.0.1"]["moatd_session"] = value
    assert not alive(b, server.url)
    # again: nothing is left to end
    r = b.post(server.url + "/logout", {"csrf": csrf_of(value)})
    assert r.status == 303


def test_logout_rejects_a_link(server, user):
    """CASES 36: reading it ends nothing."""
    b = signed_in(server, user)
    is_page(b.get(server.url + "/logout"))
    assert alive(b, server.url)


# ---- tenants, languages ----

def test_tenants_accepts_their_own_cookies(server):
    a, t = tenant.Tenant(server), tenant.Tenant(server)
    u = a.register()
    b = signed_in(server, u, a.base)
    name, value = b.cookie("session")
    assert name == f"moatd_session_{a.id}"
    p = is_page(b.get(a.issuer + "/logout"))
    assert p.form("csrf").action == a.base + "/logout"
    # another tenant and the root know nothing of it, whatever its name
    for base, own in ((t.issuer, f"moatd_session_{t.id}"),
                      (server.url, "moatd_session")):
        p = is_page(b.get(base + "/login"))
        assert p.form("username")
        b.cookies["127.0.0.1"][own] = value
        assert not alive(b, base)
        r = b.submit(b.get(base + "/login"), username=u["username"],
                     password=u["password"])
        is_page(r, 401)
    assert alive(b, a.issuer)


def test_tenants_rejects_a_form_of_another(server):
    a, t = tenant.Tenant(server), tenant.Tenant(server)
    b = browse(server)
    f = b.get(a.issuer + "/login").form("username").fields
    refused(b.post(t.issuer + "/login", {**f, "username": "x",
                                         "password": "y"}))
    refused(b.post(server.url + "/t/none/login", f), 404)


@pytest.mark.parametrize("query,accept,lang", [
    ("", None, "en"), ("", "xx", "en"), ("", "en-GB,en;q=0.5", "en"),
    ("?ui_locales=xx", "yy;q=0.3, *", "en"),
    ("?ui_locales=en-US", None, "en"),
    ("?ui_locales=" + "x" * 500, ";;q=,,=", "en")])
def test_language_accepts(server, query, accept, lang):
    b = browse(server, **({"Accept-Language": accept} if accept else {}))
    assert is_page(b.get(server.url + "/login" + query)).html.lang == lang


def test_host_rejects(server):
    """CASES 48: links are paths, and Host is in none."""
    r = server.req("GET", "/login", None, {
        "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example",
        "X-Forwarded-Proto": "https"})
    assert r.status == 200 and b"evil" not in r.body
    assert "Secure" not in r.headers["set-cookie"]


def test_https_accepts_host_cookies(fresh_server):
    """CASES 40: __Host- and Secure, as soon as the issuer is https."""
    s = fresh_server(conf_extra='issuer "https://id.example.com"\n')
    u = s.register()
    b = browse(s)
    p = b.get(s.url + "/login")
    assert b.flags["__Host-moatd_csrf"] == {
        "path": "/", "secure": "", "httponly": "", "samesite": "Lax"}
    assert p.headers["strict-transport-security"] == "max-age=31536000"
    form = {**p.form("username").fields, "username": u["username"],
            "password": u["password"]}
    assert b.post(s.url + "/login", form).status == 403
    r = b.post(s.url + "/login", form, "https://id.example.com")
    assert r.status == 303
    assert b.flags["__Host-moatd_session"] == {
        "path": "/", "secure": "", "httponly": "", "samesite": "Lax"}
    assert "max-age" in b.flags["__Host-moatd_device"]


def test_pages_rejects_while_the_engine_is_away(fresh_server):
    s = fresh_server()
    b = browse(s)
    p = b.get(s.url + "/login")
    s.kill("engine")
    r = b.submit(p, username="x", password="y")
    if r.status != 401:
        is_page(r, 503)
        assert int(r.headers["retry-after"]) >= 1 and alert(r)
    s.wait_healthy()
    assert moat
