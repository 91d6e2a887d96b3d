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


"""The edges of OAuth 2 and of the pages: odd requests, foreign cookies, other
tenants (CASES 35 to 40, 43, 46 to 48)."""

import secrets
import urllib.parse

import pytest

import oidc
import test_device
from tenant import Tenant

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
PUBLIC = {"token_endpoint_auth_method": "none", "skip_consent": True,
          "scope": "openid offline_access",
          "grant_types": ["authorization_code", "refresh_token",
                          test_device.DEVICE]}


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


@pytest.fixture(scope="module")
def rp(server, root):
    return oidc.RP.register(server, root, skip_consent=True)


@pytest.fixture(scope="module")
def user(server):
    return server.user()


@pytest.fixture(scope="module")
def b(server, user):
    b = oidc.Browser()
    b.sign_in(server, user)
    return b


def encode(p):
    return urllib.parse.urlencode(p)


# ---- where parameters stand ----

def test_authorize_reads_one_place(server, rp, b):
    """A form is not mended by the query, nor a query by a body."""
    p = rp.authorization().params
    url = server.url + "/oauth2/authorize"
    head = {**FORM, "Origin": server.url}
    page = b.open("POST", f"{url}?{encode(p)}", "", head)
    assert page.status == 400 and page.location is None, page
    page = b.open("POST", f"{url}?client_id=x&redirect_uri=https%3A%2F%2Fevil",
                  encode(p), head)
    assert page.location.startswith(oidc.REDIRECT), page
    page = b.open("GET", url, encode(p), FORM)
    assert page.status == 400 and page.location is None, page


@pytest.mark.parametrize("path", ["token", "introspect", "revoke", "par",
                                  "device_authorization"])
def test_forms_read_no_query(server, rp, path):
    """RFC 6749 section 2.3.1: secrets in addresses end up in logs."""
    q = encode({"client_id": rp.client_id, "client_secret": rp.secret,
                "grant_type": "client_credentials", "token": "x",
                "scope": "openid"})
    r = server.req("POST", f"/oauth2/{path}?{q}", "", FORM)
    assert r.status in (400, 401), r
    assert r.json()["error"] in ("invalid_client", "invalid_request"), r


@pytest.mark.parametrize("name", ["grant_type", "code", "client_id", "x"])
def test_token_refuses_repeated(rp, name):
    r = rp.post("token", [("grant_type", "authorization_code"), (name, "a"),
                          (name, "a")])
    assert (r.status, r.json()["error"]) == (400, "invalid_request"), r


@pytest.mark.parametrize("state", [
    "\r\nSet-Cookie: a=b", "\n", "\x7f\x1b[31m", "é%0d%0a", "#&?=;'\"<>",
    "a" * 1024])
def test_state_comes_back_as_it_was(rp, b, state):
    """CASES 43: also its odd bytes, and in its place alone."""
    a, page = rp.authorize(b, state=state)
    assert a.code(page)
    assert not {"set-cookie", "a"} & set(page.headers)
    assert "\n" not in page.headers["location"]
    a, page = rp.authorize(b, state=state, prompt="none", scope="other")
    assert a.error(page) == "invalid_scope"


@pytest.mark.parametrize("state", ["a" * 1025, "a" * 4000, "\0", "\xff"])
def test_state_that_is_none(server, rp, b, state):
    p = {**rp.authorization().params, "state": state}
    q = urllib.parse.urlencode(p, encoding="latin-1")
    page = b.get(f"{server.url}/oauth2/authorize?{q}")
    assert page.status == 400 and page.location is None, page


# ---- who is meant ----

@pytest.mark.parametrize("head", [
    {"X-Forwarded-Host": "evil.example"}, {"Host": "evil.example"},
    {"Forwarded": "host=evil.example;proto=https"},
    {"X-Original-URL": "/account"}, {"X-HTTP-Method-Override": "POST"}])
def test_headers_move_nothing(server, rp, head):
    """CASES 47, 48."""
    nobody = oidc.Browser()
    for path in ("/oauth2/authorize?" + encode(rp.authorization().params),
                 "/account", "/login", "/oauth2/logout", "/",
                 "/.well-known/openid-configuration"):
        page = nobody.get(server.url + path, **head)
        assert page.status in (200, 303), page
        assert b"evil" not in page.body
        assert "evil" not in str(page.headers), page.headers
        if page.headers.get("location"):
            assert page.headers["location"].startswith("/")


def test_method_override_consents_to_nothing(server, root, user, b):
    rp = oidc.RP.register(server, root)
    page = b.visit(rp.authorization().url)
    f = page.form("decision")
    q = encode({**f.fields, "decision": "allow"})
    for head in ({}, {"X-HTTP-Method-Override": "POST"}):
        for method in ("GET", "HEAD"):
            got = b.open(method, f"{server.url}/consent?{q}", headers=head)
            assert got.location is None, got
    assert server.sql("SELECT count(*) FROM grants WHERE client_id = "
                      f"'{rp.client_id}'") == [("0",)]


def test_tossed_cookies_are_nobodys(server, rp, user, b):
    """A sibling's cookie of our name: which is ours cannot be told."""
    other = oidc.Browser()
    other.sign_in(server, server.user())
    (name, mine), (_, tossed) = b.cookie("session"), other.cookie("session")
    for both in (f"{name}={mine}; {name}={tossed}",
                 f"{name}={tossed}; {name}={mine}",
                 f"{name}={mine}; {name}=", f"{name}=; {name}={mine}",
                 f"{name}={mine}x", f"{name}=" + "A" * 4000,
                 f'{name}="{mine}"', f"{name.upper()}={mine}"):
        page = b.get(rp.authorization().url, Cookie=both)
        assert page.status == 303 and "/login" in page.location, (both, page)
        page = b.get(server.url + "/account", Cookie=both)
        assert page.status == 303 and "/login" in page.location, (both, page)
        r = server.req("GET", "/auth/verify", None, {"Cookie": both})
        assert r.status == 401, (both, r)
    page = b.get(server.url + "/account", Cookie=f"{name}=" + "A" * 8192)
    assert page.status == 431


@pytest.mark.parametrize("scheme", ["Bearer", "DPoP"])
def test_cookie_is_no_token(server, b, scheme):
    """What the engine takes in the place of a token comes from no header."""
    value = b.cookie("session")[1]
    for token in ("K:" + value, value, "k:" + value):
        for path in ("/auth/me", "/auth/me/sessions", "/oauth2/userinfo",
                     "/admin/users", "/auth/check?role=user"):
            r = server.req("GET", path, None, {
                "Authorization": f"{scheme} {token}"})
            assert r.status == 401, (path, r)
    r = server.req("GET", "/admin/users", None, {
        "Cookie": "=".join(b.cookie("session"))})
    assert r.status == 401


# ---- every page ----

def test_all_pages_say_how_they_may_be_used(server, rp, b):
    """CASES 37, 40: errors too."""
    nobody = oidc.Browser()
    for who in (b, nobody):
        for method, path, body in (
                ("GET", "/login", None), ("GET", "/account", None),
                ("GET", "/consent", None), ("GET", "/device", None),
                ("GET", "/consent?nonce=x", None), ("GET", "/mfa", None),
                ("GET", "/logout", None), ("GET", "/oauth2/logout", None),
                ("GET", "/oauth2/logout?id_token_hint=x", None),
                ("GET", "/oauth2/authorize", None),
                ("GET", "/oauth2/authorize?client_id=a&client_id=b", None),
                ("GET", "/login?return_to=a&return_to=b", None),
                ("PUT", "/login", None), ("DELETE", "/account", None),
                ("POST", "/login", "x=%zz"), ("POST", "/consent", ""),
                ("POST", "/login", "a=" + "b" * 70000),
                ("POST", "/logout", ""), ("POST", "/oauth2/authorize", ""),
                ("GET", rp.authorization().url.replace(server.url, ""), None),
                ("GET", rp.authorization(prompt="consent").url.replace(
                    server.url, ""), None)):
            page = who.open(method, server.url + path, body,
                            FORM if body is not None else None)
            h = page.headers
            assert page.status < 500, page
            if page.html:
                csp = h["content-security-policy"]
                assert "frame-ancestors 'none'" in csp, (path, csp)
                assert "default-src 'none'" in csp, (path, csp)
            assert h["cache-control"] == "no-store", (path, h)
            assert h["x-content-type-options"] == "nosniff"
            assert h["referrer-policy"] in ("same-origin", "no-referrer")
            assert "access-control-allow-origin" not in h
            if page.status >= 400:
                assert h["content-type"].startswith("text/html"), (path, page)


def test_all_clients_answers_are_kept_by_nobody(server, rp):
    for path in ("token", "introspect", "revoke", "par", "userinfo",
                 "device_authorization"):
        for auth in (True, False):
            r = rp.post(path, {"token": "x", "grant_type": "x"}, auth=auth)
            assert r.headers["cache-control"] == "no-store", (path, r)
            assert "set-cookie" not in r.headers


@pytest.mark.parametrize("to", [
    "https://evil.example/", "//evil.example", "/\\evil.example",
    "/%5cevil.example", "\\/evil.example", "/\t/evil.example",
    "/..//evil.example", "javascript:alert(1)", "/.//evil.example",
    "%2f%2fevil.example", "/@evil.example", "account", "?x", ""])
def test_return_to_leads_nowhere_else(server, to):
    u, nobody = server.register(), oidc.Browser()
    page = nobody.get(server.url + "/login?" + encode({"return_to": to}))
    page = nobody.submit(page, username=u["username"], password=u["password"])
    assert page.status == 303, page
    where = urllib.parse.urlsplit(page.location.replace("\\", "/"))
    assert where.netloc == urllib.parse.urlsplit(server.url).netloc, page


# ---- other tenants ----

class Place:
    """A public application of one name, everywhere, and what it has here."""

    def __init__(self, server, root, name, base=""):
        self.server = server
        self.t = Tenant(server, base[3:]) if base else server
        self.rp = oidc.RP.register(server, root, base=base,
                                   client_id=name, **PUBLIC)
        self.user, self.b = self.t.user(), oidc.Browser()
        self.b.sign_in(server, self.user, base)
        self.all = self.rp.login(self.b, self.user)


@pytest.fixture(scope="module")
def places(server, root):
    name = "everywhere" + secrets.token_hex(4)
    return [Place(server, root, name, base)
            for base in ("", Tenant(server).base, Tenant(server).base)]


def test_tenants_take_nothing_of_others(server, places):
    """One name, no secret, one redirect URI: still not the same client."""
    def refused(r):
        assert r.status == 400 and r.json()["error"] == "invalid_grant", r

    for here in places:
        for there in places:
            if here is there:
                continue
            rp = there.rp
            a, code = here.rp.code(here.b)
            refused(rp.redeem(a, code))
            assert here.rp.redeem(a, code).status == 200
            refused(rp.refresh(here.all["refresh_token"]))
            rp.revoke(here.all["refresh_token"])
            rp.revoke(here.all["access_token"])
            j = test_device.code(here.rp)
            refused(test_device.poll(rp, j))
            page = there.b.visit(rp.issuer + "/device?user_code=" +
                                 j["user_code"])
            assert page.status == 400 and not page.form("decision"), page
            r = here.rp.post("par", here.rp.authorization(
                client_id=None).params)
            q = encode({"client_id": rp.client_id,
                        "request_uri": r.json()["request_uri"]})
            page = there.b.get(f"{rp.issuer}/oauth2/authorize?{q}")
            assert page.status == 400 and page.location is None, page
            for path in ("/auth/me", "/oauth2/userinfo", "/admin/users",
                         "/auth/check?role=user"):
                r = there.t.get(path, here.all["access_token"])
                assert r.status == 401, (path, r)
            page = there.b.get(rp.logout_url(
                id_token_hint=here.all["id_token"]))
            assert page.status == 400, page
            # a cookie by another's name
            name, _ = there.b.cookie("session")
            page = oidc.Browser().get(rp.issuer + "/account",
                                      Cookie=f"{name}=" +
                                      here.b.cookie("session")[1])
            assert page.status == 303 and "/login" in page.location, page
            # and a form by another's token
            form = here.b.visit(here.rp.issuer + "/logout").form("csrf")
            page = there.b.post(rp.issuer + "/logout", form.fields)
            assert page.status == 403, page
    for here in places:         # nobody did anything to anybody
        assert here.b.get(here.rp.issuer + "/account").status == 200
        assert here.rp.refresh(here.all["refresh_token"]).status == 200
