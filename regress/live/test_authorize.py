"""The authorization endpoint, consent and pushed requests from outside (API.md
section 8; CASES 31 to 38). Sessions of browsers are rows made behind the
server's back, so that nothing here needs a page."""

import base64
import concurrent.futures
import hashlib
import json
import secrets
import time
import urllib.parse

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from forge import claims
from tenant import Tenant
from test_clients import basic, client, error
from test_token import jwk_of

URI = "https://app.example.org/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
SCOPE = "openid profile email roles account admin"
HOUR = 3600 * 10 ** 6


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def digest(text):
    """What the database knows a token by."""
    return b64(hashlib.sha256(
        base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))).digest())


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


class Browser:
    """A user's browser: its cookie, and what it sends."""

    def __init__(self, server, user, tenant="default", age=0, acr="aal1",
                 amr="pwd", scope=SCOPE):
        now = time.time_ns() // 1000
        self.server, self.user, self.tenant = server, user, tenant
        self.value = b64(secrets.token_bytes(32))
        self.sid = "b-" + secrets.token_hex(8)
        self.name = "moatd_session" + (
            "" if tenant == "default" else f"_{tenant}")
        self.base = "" if tenant == "default" else f"/t/{tenant}"
        server.sql(
            "INSERT INTO sessions (id, tenant, user_id, client_id, scope, "
            "acr, amr, auth_at, ip, user_agent, created_at, last_used_at, "
            "idle_at, expires_at, last_op, cookie_hash) VALUES "
            f"('{self.sid}', '{tenant}', '{user['userId']}', 'moatd', "
            f"'{scope}', '{acr}', '{amr}', {now - age}, '::1', 'test', "
            f"{now}, {now}, {now + HOUR}, {now + 24 * HOUR}, 'test', "
            f"'{digest(self.value)}')")

    def headers(self, **more):
        return {"Cookie": f"a=b; {self.name}={self.value}", **more}

    def get(self, path):
        return self.server.req("GET", path, None, self.headers())

    def ask(self, c, **params):
        return authorize(self.server, c, base=self.base,
                         headers=self.headers(), **params)

    def nonce(self, c, **params):
        """The nonce of a consent that is asked for."""
        r = self.ask(c, **params)
        path, q = where(r)
        assert path == f"{self.base}/consent", r.headers
        assert set(q) == {"nonce", "return_to"}
        return q["nonce"]

    def code(self, c, **params):
        r = self.ask(c, **params)
        q = returned(r)
        assert set(q) >= {"code", "iss"}, r.headers
        return q["code"]


def params_of(c, **over):
    p = {"response_type": "code", "client_id": c["client_id"],
         "redirect_uri": URI, "scope": "openid", "state": "s t&=é",
         "code_challenge": CHALLENGE, "code_challenge_method": "S256",
         **over}
    return {k: v for k, v in p.items() if v is not None}


def authorize(server, c, base="", headers=None, **params):
    q = urllib.parse.urlencode(params_of(c, **params))
    return server.req("GET", f"{base}/oauth2/authorize?{q}", None,
                      headers or {})


def where(r):
    """Path and parameters of a redirect to one of our pages."""
    assert r.status == 303, r
    loc = r.headers["location"]
    assert loc.startswith("/") and not loc.startswith("//"), loc
    path, _, query = loc.partition("?")
    return path, dict(urllib.parse.parse_qsl(query, strict_parsing=True))


def returned(r, uri=URI):
    """Parameters that came back to the client."""
    assert r.status == 303, r
    loc = r.headers["location"]
    assert loc.startswith(uri + ("&" if "?" in uri else "?")), loc
    assert r.headers["cache-control"] == "no-store"
    assert r.headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in r.headers
    assert not r.body
    return dict(urllib.parse.parse_qsl(loc[len(uri) + 1:],
                                       strict_parsing=True))


def refused(server, r, code, uri=URI, state="s t&=é"):
    """An error that the client is told, with everything that belongs to it."""
    q = returned(r, uri)
    assert q.pop("error_description", "x")
    want = {"error": code, "iss": server.url, "state": state}
    assert q == {k: v for k, v in want.items() if v is not None}, q


def paged(r):
    """Nobody is redirected."""
    assert r.status == 400, r
    assert "location" not in r.headers
    assert r.headers["content-type"].startswith("text/html")
    assert "frame-ancestors 'none'" in r.headers["content-security-policy"]
    assert "access-control-allow-origin" not in r.headers


def codes(server, c):
    return server.sql("SELECT hash, scope, nonce, session_id FROM codes WHERE "
                      f"client_id = '{c['client_id']}'")


def actions(server, c, action):
    return [x for (x,) in server.sql(
        f"SELECT detail FROM audit WHERE client_id = '{c['client_id']}' AND "
        f"action = '{action}'")]


@pytest.fixture(scope="module")
def app(server, root):
    """A client that asks nobody."""
    return client(server, root, skip_consent=True,
                  redirect_uris=[URI, "https://app.example.org/q?a=1",
                                 "com.example.app:/cb"],
                  scope="openid profile email offline_access read")


@pytest.fixture(scope="module")
def who(server):
    return server.user()


@pytest.fixture
def browser(server, who):
    return Browser(server, who)


# ---- a code ----

def test_authorize_accepts_a_session(server, app, browser):
    r = browser.ask(app, nonce="n-1", scope="openid read unknown")
    q = returned(r)
    assert q["state"] == "s t&=é" and q["iss"] == server.url
    assert set(q) == {"code", "state", "iss"}
    assert len(base64.urlsafe_b64decode(q["code"] + "=")) == 32
    ((hash, scope, nonce, sid),) = [x for x in codes(server, app)
                                    if x[0] == digest(q["code"])]
    assert (scope, nonce, sid) == ("openid read", "n-1", browser.sid)
    assert q["code"] not in str(server.sql("SELECT * FROM codes"))
    ((life,),) = server.sql("SELECT expires_at - created_at FROM codes WHERE "
                            f"hash = '{hash}'")
    assert int(life) == 60 * 10 ** 6


def test_authorize_accepts_other_uris(server, app, browser):
    for uri in ("https://app.example.org/q?a=1", "com.example.app:/cb"):
        q = returned(browser.ask(app, redirect_uri=uri), uri)
        assert set(q) == {"code", "state", "iss"}
    q = returned(browser.ask(app, state=None))
    assert set(q) == {"code", "iss"}
    q = returned(browser.ask(app, response_mode="query", ui_locales="de",
                             unknown="x", login_hint="x" * 2000))
    assert "code" in q


def test_authorize_accepts_post(server, app, browser):
    body = urllib.parse.urlencode(params_of(app))
    for origin in ({}, {"Origin": server.url}):
        r = server.req("POST", "/oauth2/authorize", body, browser.headers(
            **{"Content-Type": "application/x-www-form-urlencoded",
               **origin}))
        assert "code" in returned(r)


def test_authorize_sends_a_foreign_form_round(server, app, browser):  # 36
    """Its cookie would not have come; as a GET it does."""
    body = urllib.parse.urlencode(params_of(app))
    for origin in ("https://evil.example", "null", server.url + "0"):
        r = server.req("POST", "/oauth2/authorize", body, browser.headers(
            **{"Content-Type": "application/x-www-form-urlencoded",
               "Origin": origin}))
        path, q = where(r)
        assert path == "/oauth2/authorize" and q == params_of(app)
    r = server.req("POST", "/oauth2/authorize", "{}", browser.headers(
        **{"Content-Type": "application/json"}))
    paged(r)


# ---- nobody is redirected (31, 35, 38) ----

@pytest.mark.parametrize("uri", [
    "https://app.example.org/callback/", "https://app.example.org/Callback",
    "https://app.example.org/callback?x=1", "https://app.example.org/",
    "https://app.example.org:443/callback", "http://app.example.org/callback",
    "https://app.example.org@evil.example/callback",
    "https://evil.example/callback", "https://app.example.org/x/..;/callback",
    "https://app.example.org/callback#f", "HTTPS://app.example.org/callback",
    "https://app.example.org/%63allback", "//app.example.org/callback",
    "javascript:alert(1)", f"{URI} {URI}", "x" * 1025, "", None])
def test_authorize_rejects_uri(server, app, browser, uri):
    before = len(actions(server, app, "authorize.refuse"))
    paged(browser.ask(app, redirect_uri=uri))
    if uri is None or len(uri) < 1025:
        assert len(actions(server, app, "authorize.refuse")) == before + 1


def test_authorize_rejects_client(server, root, app, browser):
    gone = client(server, root, disabled=True)
    for id in ("nobody", "", "x" * 65, "moatd", gone["client_id"]):
        paged(browser.ask(app, client_id=id))
    paged(browser.ask(app, client_id=None))
    paged(server.req("GET", "/oauth2/authorize", None, browser.headers()))


def test_authorize_rejects_repeated(server, app, browser):  # 35
    q = urllib.parse.urlencode(params_of(app))
    for more in ("state=2", "redirect_uri=https%3A%2F%2Fevil.example",
                 "client_id=x", "scope=openid", "x=1&x=2", "a=%ff", "b=%00"):
        paged(browser.get(f"/oauth2/authorize?{q}&{more}"))
        r = server.req("POST", "/oauth2/authorize", f"{q}&{more}",
                       browser.headers(**{
                           "Content-Type":
                           "application/x-www-form-urlencoded"}))
        paged(r)
    paged(browser.ask(app, state="x" * 1025))


def test_authorize_accepts_loopback_ports(server, root, browser):
    uris = ["http://127.0.0.1/cb", "http://[::1]:1/cb", "http://localhost/cb"]
    native = client(server, root, token_endpoint_auth_method="none",
                    redirect_uris=uris, skip_consent=True)
    web = client(server, root, redirect_uris=uris, skip_consent=True)
    for uri in ("http://127.0.0.1:51234/cb", "http://[::1]:51234/cb",
                "http://127.0.0.1/cb"):
        assert "code" in returned(browser.ask(native, redirect_uri=uri), uri)
    for uri in ("http://localhost:51234/cb", "http://127.0.0.1:51234/cb/",
                "http://127.0.0.1:0/cb", "http://127.0.0.1:51234@e/cb"):
        paged(browser.ask(native, redirect_uri=uri))
    paged(browser.ask(web, redirect_uri="http://127.0.0.1:51234/cb"))


# ---- the client is told ----

@pytest.mark.parametrize("over,code", [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_type": "x" * 100}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"response_mode": "form_post"}, "invalid_request"),
    ({"scope": None}, "invalid_scope"), ({"scope": ""}, "invalid_scope"),
    ({"scope": "unknown"}, "invalid_scope"),
    ({"scope": "openid  read"}, "invalid_scope"),
    ({"scope": "o" * 1025}, "invalid_scope"),
    ({"nonce": "n" * 1025}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "x"}, "invalid_request"),
    ({"request": "eyJ"}, "request_not_supported"),
    ({"request_uri": "https://app.example.org/r"},
     "request_uri_not_supported"),
    ({"dpop_jkt": "x"}, "invalid_request")])
def test_authorize_rejects(server, app, browser, over, code):
    refused(server, browser.ask(app, **over), code)
    refused(server, browser.ask(app, state=None, **over), code, state=None)


@pytest.mark.parametrize("over", [
    {"code_challenge": None}, {"code_challenge_method": None},
    {"code_challenge": None, "code_challenge_method": None},
    {"code_challenge_method": "plain"}, {"code_challenge_method": "s256"},
    {"code_challenge": CHALLENGE[:-1]}, {"code_challenge": CHALLENGE + "A"},
    {"code_challenge": "x" * 200}, {"code_challenge": VERIFIER[:-1] + "+"},
    {"code_challenge_method": "S256 plain"}])
def test_authorize_rejects_without_pkce(server, app, browser, over):  # 33
    before = actions(server, app, "authorize.refuse")
    refused(server, browser.ask(app, **over), "invalid_request")
    after = actions(server, app, "authorize.refuse")
    assert len(after) == len(before) + 1
    assert '{"reason":"pkce"}' in after
    # stripped on the way to the login, too
    refused(server, authorize(server, app, **over), "invalid_request")


def test_authorize_rejects_client_without_the_grant(server, root, browser):
    c = client(server, root, grant_types=["client_credentials"],
               redirect_uris=[URI])
    refused(server, browser.ask(c), "unauthorized_client")


# ---- who is there ----

def test_authorize_asks_to_log_in(server, app, browser):
    r = authorize(server, app)
    path, q = where(r)
    assert path == "/login"
    back, _, query = q["return_to"].partition("?")
    assert back == "/oauth2/authorize"
    q = dict(urllib.parse.parse_qsl(query, strict_parsing=True))
    since = int(q.pop("moatd_since"))
    assert abs(since / 10 ** 6 - time.time()) < 3600
    assert q == params_of(app)
    # and with the session that came of it there is a code
    assert "code" in returned(browser.ask(app, moatd_since=str(since)))
    for cookie in ("moatd_session=x", "moatd_session=" + "A" * 43,
                   f"moatd_session={browser.value}; moatd_session=x",
                   f"__Host-moatd_session={browser.value}",
                   f"moatd_session_x={browser.value}"):
        path, _ = where(authorize(server, app, headers={"Cookie": cookie}))
        assert path == "/login"


def test_authorize_rejects_dead_sessions(server, app, who):
    for change in ("ended_at = 1", "expires_at = 1", "idle_at = 1",
                   "tenant = 'other'"):
        b = Browser(server, who)
        server.sql(f"UPDATE sessions SET {change} WHERE id = '{b.sid}'")
        assert where(b.ask(app))[0] == "/login"
        refused(server, b.ask(app, prompt="none"), "login_required")
    u = server.user()
    b = Browser(server, u)
    server.sql("UPDATE users SET status = 'disabled' WHERE id = "
               f"'{u['userId']}'")
    assert where(b.ask(app))[0] == "/login"


def test_prompt_login_asks_again(server, app, who):
    old = Browser(server, who, age=100 * 10 ** 6)
    for over in ({"prompt": "login"}, {"prompt": "select_account"},
                 {"max_age": "99"}, {"max_age": "0"}):
        path, q = where(old.ask(app, **over))
        assert path == "/login"
        since = dict(urllib.parse.parse_qsl(q["return_to"]))["moatd_since"]
        # who did not log in is asked again; who did is not
        assert where(old.ask(app, moatd_since=since, **over))[0] == "/login"
        new = Browser(server, who)
        assert "code" in returned(new.ask(app, moatd_since=since, **over))
    for since in ("1", "99999999999999999", "x", "-1", "1e9",
                  str(time.time_ns() // 1000 - 2 * HOUR)):
        assert where(old.ask(app, prompt="login",
                             moatd_since=since))[0] == "/login"
    assert "code" in returned(old.ask(app, max_age="10000"))
    refused(server, old.ask(app, max_age="99", prompt="none"),
            "login_required")


def test_prompt_none(server, root, app, browser):
    assert "code" in returned(browser.ask(app, prompt="none"))
    refused(server, authorize(server, app, prompt="none"), "login_required")
    c = client(server, root)
    refused(server, browser.ask(c, prompt="none"), "consent_required")
    assert codes(server, c) == []


def test_id_token_hint(server, root, app, browser, who):
    def hint(b, c):
        return redeem(server, c, b.code(c)).json()["id_token"]

    mine = hint(browser, app)
    assert "code" in returned(browser.ask(app, id_token_hint=mine))
    assert "code" in returned(browser.ask(app, id_token_hint=mine,
                                          prompt="none"))
    other = Browser(server, server.user())
    theirs = hint(other, app)
    path, q = where(browser.ask(app, id_token_hint=theirs))
    assert path == "/login" and theirs in q["return_to"]
    refused(server, browser.ask(app, id_token_hint=theirs, prompt="none"),
            "login_required")
    # who logs in as somebody else all the same is told to the client
    since = str(time.time_ns() // 1000 - 10 ** 6)
    again = Browser(server, who)
    refused(server, again.ask(app, id_token_hint=theirs, moatd_since=since),
            "login_required")
    assert "code" in returned(other.ask(app, id_token_hint=theirs))
    # what is no ID token says nothing of anybody
    for bad in ("x", "x" * 5000, theirs[:-6] + "AAAAAA",
                other.user["token"]):
        assert "code" in returned(browser.ask(app, id_token_hint=bad))
    uri = pushed(server, app, id_token_hint=theirs, prompt="none")
    refused(server, with_pushed(browser, app, uri), "login_required")


def test_acr_values_ask_for_the_factor(server, app):
    u = server.user()
    b = Browser(server, u)
    assert "code" in returned(b.ask(app, acr_values="aal2"))
    server.sql("UPDATE users SET totp_secret = 'x' WHERE id = "
               f"'{u['userId']}'")
    path, q = where(b.ask(app, acr_values="urn:x aal2"))
    assert path == "/mfa"
    assert q["return_to"].startswith("/oauth2/authorize?")
    refused(server, b.ask(app, acr_values="aal2", prompt="none"),
            "interaction_required")
    assert "code" in returned(b.ask(app, acr_values="aal1"))
    b = Browser(server, u, acr="aal2", amr="pwd otp mfa")
    assert "code" in returned(b.ask(app, acr_values="aal2"))


def test_setup_session_sets_up(server, app, who):
    b = Browser(server, who, scope="mfa_setup")
    assert where(b.ask(app))[0] == "/account/2fa"
    refused(server, b.ask(app, prompt="none"), "interaction_required")


# ---- consent ----

def test_consent_is_asked(server, root, browser):
    c = client(server, root, scope="openid profile account")
    nonce = browser.nonce(c, scope="openid profile x")
    assert codes(server, c) == []
    rows = server.sql("SELECT scope, session_id, redirect_uri, used_at FROM "
                      f"consents WHERE hash = '{digest(nonce)}'")
    assert rows in ([("openid profile", browser.sid, URI, "")],)
    assert nonce not in str(server.sql("SELECT * FROM consents"))


def granted(server, c, user, scope):
    now = time.time_ns() // 1000
    server.sql("INSERT INTO grants (user_id, tenant, client_id, scope, "
               "created_at, updated_at, last_op) VALUES "
               f"('{user['userId']}', 'default', '{c['client_id']}', "
               f"'{scope}', {now}, {now}, 'test')")


def test_consent_is_remembered(server, root, browser, who):
    c = client(server, root)
    granted(server, c, who, "openid profile")
    browser.code(c, scope="openid")
    browser.code(c, scope="profile openid", prompt="none")
    browser.nonce(c, scope="openid email")
    browser.nonce(c, scope="openid", prompt="consent")
    other = client(server, root)
    browser.nonce(other, scope="openid")


def test_consent_to_accounts_is_always_asked(server, root, browser, who):
    for scope in ("account", "admin"):
        c = client(server, root, scope="openid " + scope, skip_consent=True)
        granted(server, c, who, "openid " + scope)
        browser.nonce(c, scope="openid " + scope)
        browser.code(c, scope="openid")
        refused(server, browser.ask(c, scope=scope, prompt="none"),
                "consent_required")


# ---- grants ----

def test_grants_are_listed_and_taken_back(server, root, app):
    u = server.user()
    b = Browser(server, u)
    cs = [client(server, root, client_name=f"App {i}") for i in range(3)]
    for c in cs:
        granted(server, c, u, "openid")
    first = server.get("/auth/me/grants?limit=2", u["token"]).json()
    rest = server.get("/auth/me/grants?limit=2&cursor=" + first["next"],
                      u["token"]).json()
    items = first["items"] + rest["items"]
    assert rest["next"] is None
    assert [i["client_id"] for i in items] == [
        c["client_id"] for c in reversed(cs)]
    assert set(items[0]) == {"client_id", "client_name", "scope",
                             "createdAt"}
    assert items[0]["client_name"] == "App 2"
    c = cs[0]
    b.code(c)
    now = time.time_ns() // 1000
    for sid, parent in (("g1", b.sid), ("g2", "g1")):
        server.sql(
            "INSERT INTO sessions (id, tenant, user_id, client_id, scope, "
            "acr, amr, auth_at, ip, user_agent, created_at, last_used_at, "
            "idle_at, expires_at, last_op, parent, tell) VALUES "
            f"('{sid}-{c['client_id']}', 'default', '{u['userId']}', "
            f"'{c['client_id'] if sid == 'g1' else 'x'}', 'openid', 'aal1', "
            f"'pwd', {now}, '::1', 'test', {now}, {now}, {now + HOUR}, "
            f"{now + HOUR}, 'test', '{parent}"
            f"{'-' + c['client_id'] if sid == 'g2' else ''}', 1)")
    path = f"/auth/me/grants/{c['client_id']}"
    assert server.delete(path, token=u["token"]).status == 204
    assert server.delete(path, token=u["token"]).status == 404
    assert codes(server, c) == []
    assert server.sql("SELECT tell FROM sessions WHERE ended_at IS NULL AND "
                      f"id LIKE 'g%-{c['client_id']}'") == []
    assert actions(server, c, "grant.delete") != []
    assert b.nonce(c)
    b.code(cs[1])
    # another's is none of theirs
    other = server.user()
    assert server.delete(f"/auth/me/grants/{cs[1]['client_id']}",
                         token=other["token"]).status == 404
    assert server.get("/auth/me/grants", other["token"]).json() == {
        "items": [], "next": None}
    for id in ("X", "a b", "nobody"):
        r = server.delete("/auth/me/grants/" + urllib.parse.quote(id),
                          token=other["token"])
        assert r.status == 404
    assert error(server.get("/auth/me/grants?cursor=x", u["token"])) == (
        400, "invalid_request")


# ---- pushed requests (RFC 9126) ----

def push(server, c, headers=None, secret=None, **over):
    p = params_of(c, **over)
    body = urllib.parse.urlencode(p)
    return server.req("POST", "/oauth2/par", body, {
        "Content-Type": "application/x-www-form-urlencoded",
        **basic(c["client_id"], secret or c["client_secret"]),
        **(headers or {})})


def pushed(server, c, **over):
    r = push(server, c, **over)
    assert r.status == 201, r
    assert r.headers["cache-control"] == "no-store"
    assert r.json()["expires_in"] == 60
    uri = r.json()["request_uri"]
    assert uri.startswith("urn:ietf:params:oauth:request_uri:")
    return uri


def with_pushed(b, c, uri, **over):
    q = urllib.parse.urlencode({"client_id": c["client_id"],
                                "request_uri": uri, **over})
    return b.get(f"/oauth2/authorize?{q}")


def test_par_accepts(server, app, browser):
    uri = pushed(server, app, nonce="pushed")
    # what stands beside it does not count
    r = with_pushed(browser, app, uri, scope="read", state="other",
                    redirect_uri="https://evil.example", nonce="other")
    q = returned(r)
    assert q["state"] == "s t&=é"
    assert [x[1:3] for x in codes(server, app)
            if x[0] == digest(q["code"])] == [("openid", "pushed")]
    # once
    paged(with_pushed(browser, app, uri))


def test_par_survives_a_login(server, app, browser):
    uri = pushed(server, app)
    nobody = server.req("GET", "/oauth2/authorize?" + urllib.parse.urlencode(
        {"client_id": app["client_id"], "request_uri": uri}))
    path, q = where(nobody)
    assert path == "/login"
    assert "code" in returned(browser.get(q["return_to"]))
    paged(browser.get(q["return_to"]))


def test_par_asks_to_log_in_all_the_same(server, app, who):
    """Whatever its browser says of when it did."""
    old = Browser(server, who, age=100 * 10 ** 6)
    for over in ({"prompt": "login"}, {"max_age": "10"}):
        uri = pushed(server, app, **over)
        since = str(time.time_ns() // 1000 - HOUR // 2)
        for _ in range(2):
            path, q = where(with_pushed(old, app, uri, moatd_since=since))
            assert path == "/login"
        new = Browser(server, who)
        assert "code" in returned(new.get(q["return_to"]))


def test_par_ends_with_an_error(server, root, app, browser):
    c = client(server, root)
    uri = pushed(server, c, prompt="none")
    refused(server, with_pushed(browser, c, uri), "consent_required")
    paged(with_pushed(browser, c, uri))


def test_par_rejects_others(server, root, app, browser):
    other = client(server, root, skip_consent=True)
    uri = pushed(server, app)
    paged(with_pushed(browser, other, uri))
    prefix = "urn:ietf:params:oauth:request_uri:"
    for bad in (prefix, prefix + "x", prefix + "A" * 43, uri + "A"):
        paged(with_pushed(browser, app, bad))
    server.sql("UPDATE pushed SET expires_at = 1 WHERE hash = "
               f"'{digest(uri[len(prefix):])}'")
    paged(with_pushed(browser, app, uri))


def test_par_is_used_once_by_many(server, app, browser):
    uri = pushed(server, app)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        rs = list(pool.map(lambda _: with_pushed(browser, app, uri),
                           range(8)))
    assert sorted(r.status for r in rs) == [303] + [400] * 7


def test_par_rejects(server, app):
    for over, code in (({"redirect_uri": "https://evil.example"},
                        "invalid_request"),
                       ({"scope": "unknown"}, "invalid_scope"),
                       ({"code_challenge": None}, "invalid_request"),
                       ({"code_challenge_method": "plain"},
                        "invalid_request"),
                       ({"response_type": "token"},
                        "unsupported_response_type"),
                       ({"request": "x"}, "request_not_supported"),
                       ({"request_uri": "urn:ietf:params:oauth:request_uri:"
                         + "A" * 43}, "invalid_request"),
                       ({"state": "x" * 1025}, "invalid_request")):
        r = push(server, app, **over)
        assert error(r) == (400, code), (over, r)
        assert set(r.json()) == {"error", "error_description"}
    r = push(server, app, secret="wrong")
    assert error(r) == (401, "invalid_client")


def test_client_must_push(server, root, browser):
    c = client(server, root, skip_consent=True,
               require_pushed_authorization_requests=True)
    refused(server, browser.ask(c), "invalid_request")
    assert "code" in returned(with_pushed(browser, c, pushed(server, c)))


# ---- with the token endpoint ----

def redeem(server, c, code, base="", **over):
    body = urllib.parse.urlencode({
        "grant_type": "authorization_code", "code": code,
        "redirect_uri": URI, "code_verifier": VERIFIER, **over})
    return server.req("POST", base + "/oauth2/token", body, {
        "Content-Type": "application/x-www-form-urlencoded",
        **basic(c["client_id"], c["client_secret"])})


def refresh(server, c, token):
    body = urllib.parse.urlencode({"grant_type": "refresh_token",
                                   "refresh_token": token})
    return server.req("POST", "/oauth2/token", body, {
        "Content-Type": "application/x-www-form-urlencoded",
        **basic(c["client_id"], c["client_secret"])})


def test_code_is_redeemed(server, app, browser, who):
    t = redeem(server, app, browser.code(app, nonce="n-5")).json()
    got, id = claims(t["access_token"]), claims(t["id_token"])
    assert got["sub"] == id["sub"] == who["userId"]
    assert got["client_id"] == id["aud"] == app["client_id"]
    assert id["nonce"] == "n-5" and id["iss"] == server.url
    assert got["scope"] == t["scope"] == "openid"
    assert got["acr"] == id["acr"] == "aal1"


def test_code_of_another_flow_is_refused(server, app, who):  # 30, 33
    """A code that was put into another browser's flow: its verifier is that
    of the flow."""
    mine = Browser(server, who)
    verifier = b64(secrets.token_bytes(32))
    challenge = b64(hashlib.sha256(verifier.encode()).digest())
    stolen = mine.code(app, code_challenge=challenge)
    r = redeem(server, app, stolen)
    assert error(r) == (400, "invalid_grant")
    assert error(redeem(server, app, stolen, code_verifier=verifier)) == (
        400, "invalid_grant")


def test_par_reaches_the_token(server, app, browser):
    code = returned(with_pushed(browser, app, pushed(
        server, app, scope="openid offline_access")))["code"]
    assert redeem(server, app, code).json()["refresh_token"]


def test_grant_taken_back_ends_tokens(server, root, who, browser):
    c = client(server, root)
    granted(server, c, who, "openid offline_access")
    t = redeem(server, c, browser.code(
        c, scope="openid offline_access")).json()
    token = t["access_token"]
    assert server.get("/auth/check?role=user", token).status == 200
    waits = browser.code(c)
    r = server.delete(f"/auth/me/grants/{c['client_id']}",
                      token=who["token"])
    assert r.status == 204
    assert error(server.get("/auth/check?role=user", token)) == (
        401, "invalid_token")
    assert error(refresh(server, c, t["refresh_token"])) == (
        400, "invalid_grant")
    assert error(redeem(server, c, waits)) == (400, "invalid_grant")
    browser.nonce(c, scope="openid offline_access")


def test_grant_taken_back_leaves_no_survivor(server, root, who):
    """Whatever ran beside it."""
    for _ in range(5):
        c = client(server, root)
        granted(server, c, who, "openid")
        browsers = [Browser(server, who) for _ in range(4)]

        def flow(b):
            r = b.ask(c)
            q = returned(r) if r.headers["location"].startswith(URI) else {}
            r = redeem(server, c, q["code"]) if "code" in q else None
            return r.json()["access_token"] if r and r.status == 200 else None

        with concurrent.futures.ThreadPoolExecutor(5) as pool:
            flows = [pool.submit(flow, b) for b in browsers]
            gone = pool.submit(server.delete,
                               f"/auth/me/grants/{c['client_id']}", None,
                               who["token"])
        assert gone.result().status == 204
        for token in filter(None, (f.result() for f in flows)):
            assert server.get("/auth/check?role=user", token).status == 401
        assert server.sql("SELECT id FROM sessions WHERE ended_at IS NULL "
                          f"AND client_id = '{c['client_id']}'") == []


# ---- tenants ----

def test_tenants_do_not_mix(server, root, app, who):
    a, b = Tenant(server), Tenant(server)
    u = a.user()
    c = client(server, root, skip_consent=True)
    id = c["client_id"]
    server.sql(f"UPDATE clients SET tenant = '{a.id}' WHERE client_id = "
               f"'{id}'")
    mine = Browser(server, u, tenant=a.id)
    q = returned(mine.ask(c))
    assert q["iss"] == a.issuer
    t = redeem(server, c, q["code"], base=a.base).json()
    assert claims(t["access_token"])["iss"] == a.issuer
    # no client of theirs, no session of theirs
    paged(authorize(server, c))
    paged(authorize(server, c, base=b.base))
    paged(mine.ask(app))
    path, q = where(authorize(server, c, base=a.base, headers=Browser(
        server, who).headers()))
    assert path == a.base + "/login"
    assert q["return_to"].startswith(a.base + "/oauth2/authorize?")
    theirs = Browser(server, u, tenant=a.id)
    theirs.name = f"moatd_session_{b.id}"
    assert where(theirs.ask(c))[0] == a.base + "/login"
    root_browser = Browser(server, who)
    root_browser.name = f"moatd_session_{a.id}"
    root_browser.base = a.base
    assert where(root_browser.ask(c))[0] == a.base + "/login"
    # a code of one is none of the other's
    code = mine.code(c)
    assert redeem(server, c, code).status == 401
    r = authorize(server, c, base="/t/nobody")
    assert r.status == 404 and r.headers["content-type"].startswith(
        "text/html")


# ---- the page of consent (36, 37, 38) ----

def decide(b, nonce, decision="allow", csrf=None, **headers):
    if csrf is None:
        csrf = b64(hashlib.sha256(b"csrf" + b.value.encode()).digest())
    body = urllib.parse.urlencode({"nonce": nonce, "decision": decision,
                                   "csrf": csrf})
    return b.server.req("POST", b.base + "/consent", body, b.headers(**{
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": b.server.url, **headers}))


@pytest.fixture(scope="module")
def asks(server, root):
    """A client that asks for consent, each time with prompt=consent."""
    return client(server, root)


def test_consent_gives_a_code(server, asks, who):
    b = Browser(server, who)
    nonce = b.nonce(asks, prompt="consent")
    page = b.get(f"/consent?nonce={nonce}")
    assert page.status == 200 and nonce.encode() in page.body
    csp = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in csp
    assert "form-action 'self' https://app.example.org;" in csp
    q = returned(decide(b, nonce))
    assert set(q) == {"code", "state", "iss"} and q["iss"] == server.url
    assert redeem(server, asks, q["code"]).status == 200
    paged(decide(b, nonce))
    assert b.get(f"/consent?nonce={nonce}").status == 400
    # remembered
    b.code(asks)


def test_consent_denied(server, asks, who):
    b = Browser(server, who)
    nonce = b.nonce(asks, prompt="consent")
    refused(server, decide(b, nonce, "deny"), "access_denied")
    paged(decide(b, nonce))


def test_consent_rejects_forgery(server, asks, who):  # 36
    b = Browser(server, who)
    nonce = b.nonce(asks, prompt="consent")
    other = Browser(server, who)
    theirs = b64(hashlib.sha256(b"csrf" + other.value.encode()).digest())
    for csrf in ("", "x", theirs):
        assert decide(b, nonce, csrf=csrf).status == 403
    for origin in ("https://evil.example", "null", server.url + "0"):
        assert decide(b, nonce, Origin=origin).status == 403
    assert decide(b, nonce, "maybe").status == 400
    # a link does nothing
    assert b.get(f"/consent?nonce={nonce}&decision=allow").status == 200
    assert "code" in returned(decide(b, nonce))


def test_consent_rejects_another_session(server, asks, who):
    b, other = Browser(server, who), Browser(server, server.user())
    nonce = b.nonce(asks, prompt="consent")
    paged(decide(other, nonce))
    assert other.get(f"/consent?nonce={nonce}").status == 400
    server.sql(f"UPDATE sessions SET ended_at = 1 WHERE id = '{b.sid}'")
    assert decide(b, nonce).status == 401
    r = b.get(f"/consent?nonce={nonce}")
    assert r.status == 303
    assert r.headers["location"].startswith("/login")
    assert b.sid not in [c[3] for c in codes(server, asks)]


def test_consent_rejects_a_disabled_client(server, root, who):
    b = Browser(server, who)
    c = client(server, root)
    nonce = b.nonce(c)
    assert server.patch(f"/admin/clients/{c['client_id']}",
                        {"disabled": True}, token=root).status == 200
    paged(decide(b, nonce))
    assert codes(server, c) == []


def test_consent_sent_twice_at_once(server, asks, who):
    b = Browser(server, who)
    for _ in range(5):
        nonce = b.nonce(asks, prompt="consent")
        before = len(codes(server, asks))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            rs = list(pool.map(lambda _: decide(b, nonce), range(8)))
        assert sorted(r.status for r in rs) == [303] + [400] * 7
        assert len(codes(server, asks)) == before + 1


# ---- codes that are bound to a key (RFC 9449 section 10) ----

def proof(server, key, path):
    return jwt.encode({"jti": secrets.token_urlsafe(12), "htm": "POST",
                       "htu": server.url + path, "iat": int(time.time())},
                      key, "ES256", {"typ": "dpop+jwt", "jwk": jwk_of(key)})


def thumbprint(key):
    j = jwk_of(key)
    text = json.dumps({k: j[k] for k in ("crv", "kty", "x", "y")},
                      separators=(",", ":"), sort_keys=True)
    return b64(hashlib.sha256(text.encode()).digest())


def redeem_with(server, c, code, key):
    body = urllib.parse.urlencode({
        "grant_type": "authorization_code", "code": code,
        "redirect_uri": URI, "code_verifier": VERIFIER})
    return server.req("POST", "/oauth2/token", body, {
        "Content-Type": "application/x-www-form-urlencoded",
        "DPoP": proof(server, key, "/oauth2/token"),
        **basic(c["client_id"], c["client_secret"])})


def test_code_is_bound_to_a_key(server, app, browser):
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in "ab")
    jkt = thumbprint(key)

    def by_push():
        return returned(with_pushed(browser, app, push(
            server, app, headers={"DPoP": proof(server, key, "/oauth2/par")}
        ).json()["request_uri"]))["code"]

    for code in (by_push, lambda: browser.code(app, dpop_jkt=jkt)):
        assert error(redeem(server, app, code())) == (400, "invalid_grant")
        assert error(redeem_with(server, app, code(), other)) == (
            400, "invalid_grant")
        t = redeem_with(server, app, code(), key).json()
        assert t["token_type"] == "DPoP"
        assert claims(t["access_token"])["cnf"] == {"jkt": jkt}


def test_par_rejects_proofs(server, app):
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in "ab")
    good = proof(server, key, "/oauth2/par")
    assert push(server, app, headers={"DPoP": good}).status == 201
    for bad, over in ((good, {}), ("x", {}), ("x" * 9000, {}),
                      (proof(server, key, "/oauth2/token"), {}),
                      (proof(server, key, "/oauth2/par"),
                       {"dpop_jkt": thumbprint(other)})):
        r = push(server, app, headers={"DPoP": bad}, **over)
        assert r.status in (400, 431), r
        if r.status == 400:
            assert error(r) == (400, "invalid_dpop_proof")


# ---- by number ----

@pytest.mark.parametrize("uri", [
    "javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///x",
    "http://app.example.org/cb", "https://app.example.org/cb#f",
    "https://u@app.example.org/cb", "https://*.example.org/cb"])
def test_client_rejects_uri(server, root, uri):  # 32
    r = server.post("/admin/clients", {
        "client_id": "n" + secrets.token_hex(5), "client_name": "x",
        "redirect_uris": [uri]}, token=root)
    assert error(r) == (400, "invalid_request")


def test_answers_name_their_issuer(server, root, app, browser):  # 34
    """So that a client which uses several servers mixes none up."""
    a = Tenant(server)
    c = client(server, root, skip_consent=True)
    server.sql(f"UPDATE clients SET tenant = '{a.id}' WHERE client_id = "
               f"'{c['client_id']}'")
    mine = Browser(server, a.user(), tenant=a.id)
    for b, x, issuer in ((browser, app, server.url), (mine, c, a.issuer)):
        for over in ({}, {"scope": "unknown"}, {"prompt": "none login"},
                     {"state": None}, {"code_challenge": None}):
            assert returned(b.ask(x, **over))["iss"] == issuer


def test_nothing_is_redirected_by_307(server, app, browser):  # 38
    body = urllib.parse.urlencode(params_of(app))
    for origin in (server.url, "https://evil.example"):
        r = server.req("POST", "/oauth2/authorize", body, browser.headers(
            **{"Content-Type": "application/x-www-form-urlencoded",
               "Origin": origin}))
        assert r.status == 303
    for path in ("//evil.example", "/login//evil.example"):
        assert browser.get(path).status == 404
