"""Pages in a flow that leads to an application: who asks, consent, where forms
may end (API.md section 9). CASES 31, 36 to 39."""

import html
import http.server
import re
import socket
import threading
import urllib.parse

import pytest

import browser
import oidc
import tenant
from test_factor import enrol
from test_pages import (POLICY, alert, alive, browse, csrf_of, is_page,
                        refused, signed_in)

APP = "https://shop.example:8443"


def in_flow(r, to, status=200):
    """A page whose form may end at the application, and nowhere else."""
    want = POLICY.replace("form-action 'self'", f"form-action 'self' {to}")
    assert r.headers["content-security-policy"] == want, r
    r.headers["content-security-policy"] = POLICY
    return is_page(r, status)


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


@pytest.fixture(scope="module")
def rp(server, root):
    return oidc.RP.register(server, root, redirect_uri=APP + "/cb/x",
                            client_name="Shop & <b>Sons</b>")


@pytest.fixture
def user(server):
    return server.register()


def login_page(b, a):
    return b.follow(b.get(a.url))


def test_flow_accepts(server, rp, user):
    """Login, consent, code: every page names the application, and its form
    may end there."""
    b = browse(server)
    a = rp.authorization(login_hint=user["username"], state='"><i>')
    p = in_flow(login_page(b, a), APP)
    assert p.path == "/login" and "Shop & <b>Sons</b>" in p.text
    assert p.form("username").fields["username"] == user["username"]
    assert '"><i>' not in p.body.decode()
    # a failure stays in the flow, and so does a form beside it
    p = in_flow(b.submit(p, username=user["username"], password="no"),
                APP, 401)
    assert "Shop" in p.text and alert(p)
    links = [urllib.parse.urljoin(p.url, x) for x in p.html.links]
    for link in links:
        in_flow(b.get(link), APP)
    r = b.submit(p, username=user["username"], password=user["password"])
    assert r.status == 303
    p = in_flow(b.follow(r), APP)
    assert p.path == "/consent" and user["username"] in p.text
    assert "Shop & <b>Sons</b> wants access" in p.text
    assert "email address" in p.text and "shop.example:8443" in p.text
    assert {"decision", "csrf", "nonce"} <= p.form("decision").names()
    assert set(p.form("decision").buttons) == {
        ("decision", "allow"), ("decision", "deny")}
    r = b.submit(p, _button=("decision", "allow"))
    assert r.headers["referrer-policy"] == "same-origin"
    code = a.code(r)
    assert r.location.startswith(APP + "/cb/x?")
    assert rp.redeem(a, code).status == 200
    # the second time nobody is asked
    a = rp.authorization()
    assert a.code(b.get(a.url))


def test_consent_rejects_deny(server, rp, user):
    b = signed_in(server, user)
    a = rp.authorization()
    p = in_flow(b.follow(b.get(a.url)), APP)
    assert a.error(b.submit(p, _button=("decision", "deny"))) == (
        "access_denied")
    # it was answered: neither page nor form says it again
    refused(b.get(p.url), 400)
    r = b.submit(p, _button=("decision", "allow"))
    refused(r, 400)


@pytest.mark.parametrize("decision", ["", "Allow", "yes", None])
def test_consent_rejects_no_decision(server, rp, user, decision):
    b = signed_in(server, user)
    a = rp.authorization()
    p = b.follow(b.get(a.url))
    fields = dict(p.form("decision").fields)
    if decision is not None:
        fields["decision"] = decision
    refused(b.post(server.url + "/consent", fields), 400)
    assert a.code(b.submit(p, _button=("decision", "allow")))


def test_consent_rejects_others(server, rp, user):
    """CASES 36: the nonce is of one session, the csrf of its cookie."""
    b, other = signed_in(server, user), signed_in(server, server.register())
    a = rp.authorization()
    p = b.follow(b.get(a.url))
    f = p.form("decision").fields
    refused(other.get(p.url), 400)
    refused(other.post(server.url + "/consent", {
        **f, "decision": "allow", "csrf": csrf_of(
            other.cookie("session")[1])}), 400)
    refused(b.post(server.url + "/consent", {
        "nonce": f["nonce"], "decision": "allow"}))
    refused(b.post(server.url + "/consent", {**f, "decision": "allow"},
                   "https://evil.example"))
    stranger = browse(server)
    r = stranger.get(p.url)
    assert r.status == 303
    assert r.headers["location"].startswith("/login?return_to=")
    assert a.code(b.submit(p, _button=("decision", "allow")))


@pytest.mark.parametrize("query", ["", "?nonce=", "?nonce=x",
                                   "?nonce=" + "A" * 43, "?nonce=" + "A" * 200,
                                   "?nonce=%22%3E%3Cscript%3E"])
def test_consent_rejects_unknown(server, user, query):
    b = signed_in(server, user)
    refused(b.get(server.url + "/consent" + query), 400)


def test_consent_accepts_somebody_else(server, rp, user):
    """`Not you?`: another account logs in, and is asked by itself."""
    b = signed_in(server, user)
    other = server.register()
    a = rp.authorization()
    p = b.follow(b.get(a.url))
    link = [x for x in p.html.links if "/login?" in x]
    assert len(link) == 1
    old = b.cookie("session")[1]
    p = in_flow(b.get(urllib.parse.urljoin(p.url, link[0])), APP)
    p = b.follow(b.submit(p, username=other["username"],
                          password=other["password"]))
    assert b.cookie("session")[1] != old
    assert p.path == "/consent" and other["username"] in p.text
    got = rp.tokens(a, a.code(b.submit(p, _button=("decision", "allow"))))
    assert got["claims"]["sub"] == other["userId"]
    b.cookies["127.0.0.1"]["moatd_session"] = old
    assert not alive(b, server.url)


def test_prompt_login_accepts(server, rp, user):
    """Who is logged in is asked again, once."""
    b = signed_in(server, user)
    old = b.cookie("session")[1]
    a = rp.authorization(prompt="login")
    p = in_flow(b.follow(b.get(a.url)), APP)
    assert p.path == "/login"
    p = b.follow(b.submit(p, username=user["username"],
                          password=user["password"]))
    assert p.path == "/consent" and b.cookie("session")[1] != old
    assert a.code(b.submit(p, _button=("decision", "allow")))


def test_step_up_accepts(server, rp):
    """acr_values=aal2 of a session without a factor that the user has got
    since; the code is of the session that showed it."""
    u = server.user()
    b = signed_in(server, u)
    enrol(server, u)
    b = browse(server)
    a = rp.authorization(acr_values="aal2")
    p = login_page(b, a)
    r = b.submit(p, username=u["username"], password=u["password"])
    p = in_flow(b.follow(r), APP)
    assert p.path == "/mfa" and p.form("otp")
    p = in_flow(b.submit(p, otp=u["codes"].wrong()), APP, 401)
    p = in_flow(b.follow(b.submit(p, otp=u["codes"].next())), APP)
    got = rp.tokens(a, a.code(b.submit(p, _button=("decision", "allow"))))
    assert got["claims"]["acr"] == "aal2"


@pytest.mark.parametrize("change", [
    {"redirect_uri": "https://evil.example/"}, {"client_id": "none"},
    {"redirect_uri": APP + "/cb"}, {"redirect_uri": "javascript:alert(1)"},
    {"redirect_uri": "https://a;script-src *"}])
def test_flow_rejects_what_is_not_registered(server, rp, user, change):
    """CASES 31, 38: the login page believes no address: no name, no origin."""
    a = rp.authorization(**change)
    b = browse(server)
    p = is_page(b.get(server.url + "/login?return_to=" + urllib.parse.quote(
        "/oauth2/authorize?" + urllib.parse.urlencode(a.params), safe="")))
    assert "Shop" not in p.text
    r = b.submit(p, username=user["username"], password=user["password"])
    assert r.status == 303
    refused(b.follow(r), 400)


def test_flow_accepts_private_schemes(server, root, user):
    rp = oidc.RP.register(
        server, root, redirect_uri="com.example.app:/cb",
        token_endpoint_auth_method="none")
    p = in_flow(login_page(browse(server), rp.authorization()),
                "com.example.app:")
    assert "Shop" in p.text
    b = signed_in(server, user)
    p = in_flow(b.follow(b.get(rp.authorization().url)), "com.example.app:")
    assert p.path == "/consent" and "You go back" not in p.text


def test_flow_accepts_tenants(server, root):
    t = tenant.Tenant(server)
    rp = oidc.RP.register(server, root, t.base)
    u = t.register()
    b = browse(server)
    a = rp.authorization()
    p = in_flow(login_page(b, a), "http://127.0.0.1:9")
    assert p.path == t.base + "/login"
    p = b.follow(b.submit(p, username=u["username"], password=u["password"]))
    assert p.path == t.base + "/consent"
    assert p.form("decision").action == t.base + "/consent"
    assert a.code(b.submit(p, _button=("decision", "allow")))
    # the same request at the root leads nowhere
    refused(b.get(a.url.replace(t.base, "")), 400)


def test_flow_accepts_ui_locales(server, rp):
    a = rp.authorization(ui_locales="xx en-GB")
    p = in_flow(login_page(browse(server), a), APP)
    assert p.html.lang == "en"


@pytest.mark.parametrize("scope,words", [
    ("openid roles", "roles"), ("openid profile", "username and name")])
def test_consent_accepts_scopes(server, root, user, scope, words):
    rp = oidc.RP.register(server, root, scope=scope)
    b = signed_in(server, user)
    p = b.follow(b.get(rp.authorization().url))
    items = re.findall(r"<li>(.*?)</li>", p.body.decode(), re.S)
    assert len(items) == len(scope.split())
    assert words in html.unescape(items[-1])


class Listener(http.server.HTTPServer):
    address_family = socket.AF_INET6


class Arrival(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"arrived")

    def log_message(self, *args):
        pass


def test_flow_accepts_ipv6_loopback(server, root, user):
    """A native application on [::1] (RFC 8252 section 7.3): no policy can name
    its host, and Chromium would keep the form from ending there."""
    rp = oidc.RP.register(server, root, redirect_uri="http://[::1]:5/cb",
                          token_endpoint_auth_method="none")
    with Listener(("::1", 0), Arrival) as there, browser.chromium() as b:
        threading.Thread(target=there.serve_forever, daemon=True).start()
        to = f"http://[::1]:{there.server_address[1]}"
        p = in_flow(login_page(browse(server), rp.authorization(
            redirect_uri=to + "/cb")), to + " http:")
        b.get(rp.authorization(redirect_uri=to + "/cb").url)
        b.fill(username=user["username"], password=user["password"])
        assert to[7:] + "." in b.text and "http:" not in b.text
        b.press("button[name=decision][value=allow]")
        assert b.url.startswith(to + "/cb?code=") and b.text == "arrived"
        there.shutdown()
    assert p.path == "/login"
