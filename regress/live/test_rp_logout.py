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


"""/oauth2/logout (OpenID Connect RP-Initiated Logout 1.0): an application sends
its user here to sign out.  Numbers are those of CASES."""

import urllib.parse

import pytest

import forge as forging
import hostile
import oidc
from forge import claims, now
from oidc import LOGGED_OUT
from tenant import Tenant
from test_pages import csrf_of, refused, signed_in

EVIL = "https://evil.example"
STATE = "a b&c=d/é\u2028\"'<"


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


@pytest.fixture(scope="module")
def rp(server, root):
    return oidc.RP.register(server, root, client_name="Shop & <b>Sons</b>",
                            skip_consent=True)


@pytest.fixture(scope="module")
def other(server, root):
    return oidc.RP.register(server, root, skip_consent=True)


@pytest.fixture
def user(server):
    return server.register()


@pytest.fixture(scope="module")
def forge(server):
    return forging.Forge(server)


def session(b, rp, user, **params):
    """Tokens of a client that the browser's user is signed in to."""
    return rp.login(b, user, **{"scope": "openid profile", **params})


def lives(server, b, base=""):
    r = b.get(server.url + base + "/account")
    assert r.status in (200, 303), r
    return r.status == 200


def asked(b, url):
    """The page that asks first; nothing has ended."""
    p = b.get(url)
    assert p.status == 200 and p.form("csrf"), p
    assert p.headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in p.headers["content-security-policy"]
    assert b.cookie("session")[0]
    return p


def out(b, page, state=None):
    """Signed out, and on to the application."""
    assert page.status == 303, page
    where = urllib.parse.urlsplit(page.location)
    assert page.location.split("?")[0] == LOGGED_OUT, page
    got = urllib.parse.parse_qs(where.query, strict_parsing=bool(state))
    assert got == ({"state": [state]} if state is not None else {})
    assert page.headers["cache-control"] == "no-store"
    assert b.cookie("session") == (None, None)


# ---- with a hint that is this browser's ----

def test_logout_accepts_a_hint(server, rp, user):
    b = signed_in(server, user)
    old = b.cookie("session")
    t = session(b, rp, user)
    assert rp.active(t["access_token"])
    out(b, b.get(rp.logout_url(id_token_hint=t["id_token"], state=STATE,
                               post_logout_redirect_uri=LOGGED_OUT)), STATE)
    # the session is over, and what was born of it, not only the cookie
    b.cookies[next(iter(b.cookies))][old[0]] = old[1]
    assert not lives(server, b)
    assert not rp.active(t["access_token"])
    assert server.sql("SELECT result FROM audit WHERE action = 'session.end' "
                      f"AND subject = '{user['userId']}'") == [("success",)]


def test_logout_accepts_an_expired_hint(server, rp, forge, user):
    b = signed_in(server, user)
    t = session(b, rp, user)
    out(b, b.get(rp.logout_url(
        id_token_hint=hostile.expired(forge, t["id_token"]),
        client_id=rp.client_id, post_logout_redirect_uri=LOGGED_OUT)))
    assert not rp.active(t["access_token"])


def test_logout_accepts_no_address(server, rp, user):
    """Then a page says that it was done."""
    b = signed_in(server, user)
    t = session(b, rp, user)
    p = b.get(rp.logout_url(id_token_hint=t["id_token"], state="x"))
    assert p.status == 200 and not p.form("csrf"), p
    assert b.cookie("session") == (None, None)
    assert not rp.active(t["access_token"])


def test_logout_accepts_a_form(server, rp, user):
    """POST, as the standard has it; no Origin is no browser's."""
    b = signed_in(server, user)
    t = session(b, rp, user)
    r = b.open("POST", server.url + "/oauth2/logout", urllib.parse.urlencode({
        "id_token_hint": t["id_token"], "state": "s",
        "post_logout_redirect_uri": LOGGED_OUT}), {
        "Content-Type": "application/x-www-form-urlencoded"})
    out(b, r, "s")


def test_logout_keeps_what_is_offline(server, rp, user):
    b = signed_in(server, user)
    on = session(b, rp, user, scope="openid")
    off = session(b, rp, user, scope="openid offline_access")
    out(b, b.get(rp.logout_url(id_token_hint=on["id_token"],
                               post_logout_redirect_uri=LOGGED_OUT)))
    assert not rp.active(on["access_token"])
    assert rp.active(off["access_token"])
    assert rp.refresh(off["refresh_token"]).status == 200


def test_logout_ends_this_session_only(server, rp, other, user):
    b, c = signed_in(server, user), signed_in(server, user)
    tb, to, tc = (session(b, rp, user), session(b, other, user),
                  session(c, rp, user))
    out(b, b.get(rp.logout_url(id_token_hint=tb["id_token"],
                               post_logout_redirect_uri=LOGGED_OUT)))
    # what other applications have of this browser is over as well
    assert not other.active(to["access_token"])
    assert lives(server, c) and rp.active(tc["access_token"])


def test_logout_accepts_nobody(server, rp, user):
    """There is no session: nothing is asked, and nothing ends."""
    b = signed_in(server, user)
    t = session(b, rp, user)
    stranger = oidc.Browser()
    for cookies in ({}, {b.cookie("session")[0]: "A" * 43},
                    {b.cookie("session")[0]: "no-cookie-of-ours"}):
        stranger.cookies = {"127.0.0.1": dict(cookies)}
        r = stranger.get(rp.logout_url(
            id_token_hint=t["id_token"], state="s",
            post_logout_redirect_uri=LOGGED_OUT))
        out(stranger, r, "s")
        stranger.cookies = {"127.0.0.1": dict(cookies)}
        r = stranger.get(rp.logout_url(
            client_id=rp.client_id, post_logout_redirect_uri=LOGGED_OUT))
        out(stranger, r)
        assert stranger.get(rp.logout_url()).status == 200
    assert lives(server, b) and rp.active(t["access_token"])


# ---- without one: the user is asked ----

def test_logout_asks_without_a_hint(server, rp, user):
    """CASES 36."""
    b = signed_in(server, user)
    t = session(b, rp, user)
    for params in ({}, {"state": "s"}, {"client_id": rp.client_id},
                   {"client_id": rp.client_id, "state": STATE,
                    "post_logout_redirect_uri": LOGGED_OUT}):
        p = asked(b, rp.logout_url(**params))
        assert lives(server, b) and rp.active(t["access_token"])
    assert "Shop & <b>Sons</b>" in p.text
    assert p.headers["content-security-policy"].count(
        "form-action 'self' http://127.0.0.1:9;") == 1
    out(b, b.submit(p, _form=p.form("csrf")), STATE)
    assert not rp.active(t["access_token"])


def test_logout_asks_for_hints_of_other_sessions(server, rp, other, forge,
                                                 user):
    b = signed_in(server, user)
    mine = session(b, rp, user)
    foreign = session(signed_in(server, user), rp, user)
    someone = server.register()
    his = session(signed_in(server, someone), rp, someone)
    wrong = [foreign["id_token"], his["id_token"]]      # CASES 36
    # ours by its signature, but of a session that another client has
    wrong.append(forge.altered(mine["id_token"], forge.header(typ="JWT"),
                               aud=other.client_id))
    wrong.append(forge.altered(mine["id_token"], forge.header(typ="JWT"),
                               sid="none"))
    for hint in wrong:
        asked(b, rp.logout_url(id_token_hint=hint,
                               post_logout_redirect_uri=LOGGED_OUT))
    assert rp.active(mine["access_token"]) and rp.active(
        his["access_token"])


def test_logout_takes_no_form_but_its_own(server, rp, user):
    """CASES 36: a csrf of nobody, of another session, or none is no yes."""
    b = signed_in(server, user)
    c = signed_in(server, user)
    fields = {"client_id": rp.client_id,
              "post_logout_redirect_uri": LOGGED_OUT}
    for csrf in (None, "", "x", csrf_of(c.cookie("session")[1]),
                 csrf_of("")):
        p = b.post(server.url + "/oauth2/logout", fields if csrf is None
                   else {**fields, "csrf": csrf})
        assert p.status == 200 and p.form("csrf"), p
        assert lives(server, b)
    p = b.post(server.url + "/oauth2/logout", {
        **fields, "csrf": csrf_of(b.cookie("session")[1])})
    out(b, p)


@pytest.mark.parametrize("origin", [EVIL, "null", "http://127.0.0.1:1",
                                    "http://localhost"])
def test_logout_sends_foreign_forms_back(server, rp, user, origin):
    """CASES 36: 303 to itself as GET, even with our own csrf."""
    b = signed_in(server, user)
    t = session(b, rp, user)
    r = b.post(server.url + "/oauth2/logout", {
        "id_token_hint": t["id_token"], "state": STATE, "junk": "x",
        "csrf": csrf_of(b.cookie("session")[1]),
        "client_id": rp.client_id,
        "post_logout_redirect_uri": LOGGED_OUT}, origin)
    assert r.status == 303 and r.location.startswith(
        server.url + "/oauth2/logout?"), r
    assert oidc.query(r.location) == {
        "id_token_hint": t["id_token"], "client_id": rp.client_id,
        "post_logout_redirect_uri": LOGGED_OUT, "state": STATE}
    assert lives(server, b)
    out(b, b.get(r.location), STATE)


# ---- what is refused ----

def test_logout_rejects_addresses(server, rp, other, user):
    """CASES 31, 38: none but what is registered, byte for byte."""
    b = signed_in(server, user)
    t = session(b, rp, user)
    for uri in (EVIL, LOGGED_OUT + "/", LOGGED_OUT + "?a=b",
                LOGGED_OUT + "#f", LOGGED_OUT.upper(),
                LOGGED_OUT.replace(":9", ":90"), LOGGED_OUT[:-1],
                LOGGED_OUT + "%20" + EVIL, "//evil.example", "/account",
                "javascript:alert(1)", LOGGED_OUT + " " + EVIL,
                rp.redirect_uri, LOGGED_OUT + "\r\nX: y"):
        for params in ({"id_token_hint": t["id_token"]},
                       {"client_id": rp.client_id}, {}):
            r = b.get(rp.logout_url(post_logout_redirect_uri=uri, **params))
            refused(r, 400)
            assert b"evil" not in r.body
    # it is registered, but nobody says by whom, or somebody else does
    for params in ({}, {"client_id": "nobody"}, {"client_id": ""},
                   {"client_id": "' OR 1 --"},
                   {"id_token_hint": t["id_token"],
                    "client_id": other.client_id}):
        refused(b.get(rp.logout_url(post_logout_redirect_uri=LOGGED_OUT,
                                    **params)), 400)
    assert lives(server, b) and rp.active(t["access_token"])


def test_logout_rejects_clients_that_are_off(server, root, user):
    off = oidc.RP.register(server, root, skip_consent=True)
    b = signed_in(server, user)
    t = session(b, off, user)
    assert server.patch("/admin/clients/" + off.client_id,
                        {"disabled": True}, root).status == 200
    refused(b.get(off.logout_url(id_token_hint=t["id_token"],
                                 post_logout_redirect_uri=LOGGED_OUT)), 400)
    assert lives(server, b)


@pytest.mark.parametrize("kind", [hostile.headers, hostile.signatures,
                                  hostile.forms])
def test_logout_rejects_hints(server, rp, forge, user, kind):
    """CASES 1 to 9: what is no ID token of ours ends nothing and leads
    nowhere."""
    b = signed_in(server, user)
    t = session(b, rp, user)
    for name, bad in kind(forge, t["id_token"]):
        r = b.get(rp.logout_url(id_token_hint=bad, client_id=rp.client_id,
                                post_logout_redirect_uri=LOGGED_OUT))
        assert r.status == 400, (name, r)
    assert lives(server, b) and rp.active(t["access_token"])


def test_logout_rejects_other_tokens_as_hints(server, rp, forge, user):
    """CASES 9."""
    b = signed_in(server, user)
    t = session(b, rp, user)
    head = forge.header(typ="JWT")
    for bad in (t["access_token"], user["userId"],
                forge.altered(t["id_token"], head, iss=EVIL),
                forge.altered(t["id_token"], head, iss=server.url + "/"),
                forge.altered(t["id_token"], head, iss=None),
                forge.altered(t["id_token"], head, aud=None),
                forge.altered(t["id_token"], head, aud=[rp.client_id]),
                forge.altered(t["id_token"], head, sid=None),
                forge.altered(t["id_token"], head, sid=7),
                forge.altered(t["id_token"], forge.header(typ="logout+jwt")),
                forge.altered(t["id_token"], forge.header(typ="at+jwt"))):
        refused(b.get(rp.logout_url(id_token_hint=bad)), 400)
    assert lives(server, b)
    assert claims(t["id_token"])["exp"] > now()


def test_logout_rejects_repeated_parameters(server, rp, user):
    """CASES 35."""
    b = signed_in(server, user)
    url = rp.logout_url(client_id=rp.client_id,
                        post_logout_redirect_uri=LOGGED_OUT)
    refused(b.get(url + "&state=1&state=2"), 400)
    refused(b.get(url + "&client_id=" + rp.client_id), 400)
    refused(b.get(url + "&state=%00"), 400)
    refused(b.get(url + "&state=" + "x" * 1025), 400)
    refused(b.open("POST", url.partition("?")[0], b"{}", {
        "Content-Type": "application/json"}), 400)
    assert lives(server, b)


def test_logout_passes_the_longest_state_on(server, rp):
    for state in ("x" * 1024, "\u00e9" * 512, "&" * 1024):
        b = oidc.Browser()
        out(b, b.get(rp.logout_url(client_id=rp.client_id, state=state,
                                   post_logout_redirect_uri=LOGGED_OUT)),
            state)


# ---- tenants ----

def test_logout_is_of_one_tenant(server, root, rp, user):
    t = Tenant(server)
    there = oidc.RP.register(server, root, base=t.base, skip_consent=True)
    u = t.register()
    b = signed_in(server, u, t.base)
    his = session(b, there, u)
    home = signed_in(server, user)
    mine = session(home, rp, user)
    # the hint of one is none of the other's
    refused(b.get(there.logout_url(id_token_hint=mine["id_token"])), 400)
    refused(home.get(rp.logout_url(id_token_hint=his["id_token"])), 400)
    refused(b.get(there.logout_url(
        client_id=rp.client_id, post_logout_redirect_uri=LOGGED_OUT)), 400)
    assert lives(server, b, t.base) and lives(server, home)
    out(b, b.get(there.logout_url(id_token_hint=his["id_token"],
                                  post_logout_redirect_uri=LOGGED_OUT)))
    assert not there.active(his["access_token"])
    assert rp.active(mine["access_token"])
    r = b.get(server.url + "/t/nobody/oauth2/logout")
    assert r.status == 404
