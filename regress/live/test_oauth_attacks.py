"""What an attacker makes of somebody's login at an application: each attempt ends
as the RFC says, and the audit log has it (CASES 27, 29, 30, 31, 33, 34, 36, 39)."""

import urllib.parse

import pytest

import oidc


@pytest.fixture(scope="module")
def rp(server):
    return oidc.RP.register(server, skip_consent=True)


@pytest.fixture(scope="module")
def other(server):
    return oidc.RP.register(server, skip_consent=True)


@pytest.fixture
def user(server):
    return server.register()


@pytest.fixture
def b():
    return oidc.Browser()


def refused(r, code="invalid_grant"):
    assert (r.status, r.json()["error"]) == (400, code), r
    assert set(r.json()) == {"error", "error_description"}


def failure(server, rp, action, **want):
    e = oidc.audited(server, action, client_id=rp.client_id, **want)
    assert e["result"] == "failure"
    return e


# ---- a stolen code ----

def test_stolen_code_rejects_another_client(server, rp, other, user, b):
    a, code = rp.code(b, user)
    refused(other.redeem(a, code))
    failure(server, other, "token.refuse")


def test_stolen_code_rejects_who_has_no_verifier(server, rp, user, b):
    a, code = rp.code(b, user)
    refused(rp.redeem(a, code, code_verifier="w" * 43))
    failure(server, rp, "token.refuse")


def test_stolen_code_rejects_a_second_use(server, rp, user, b):
    a, code = rp.code(b, user)
    tokens = rp.tokens(a, code)
    refused(rp.redeem(a, code))
    assert not rp.active(tokens["access_token"])
    refused(rp.refresh(tokens["refresh_token"]))
    failure(server, rp, "token.reuse", subject=user["userId"])
    # That login is over; the browser's own, and others', are not.
    rp.login(b, user)


def test_stolen_code_of_another_issuer_rejects(server, rp, user, b):
    """Mix-up: the answer names its issuer (RFC 9207)."""
    a, page = rp.authorize(b, user)
    assert oidc.query(page.location)["iss"] == server.url


# ---- a reused refresh token ----

def test_reused_refresh_token_ends_its_login_only(server, rp, user, b):
    victim, sibling = rp.login(b, user), rp.login(b, user)
    second = rp.refresh(victim["refresh_token"]).json()
    third = rp.refresh(second["refresh_token"]).json()
    refused(rp.refresh(victim["refresh_token"]))
    failure(server, rp, "token.reuse", subject=user["userId"])
    refused(rp.refresh(third["refresh_token"]))
    assert not rp.active(third["access_token"])
    assert rp.active(sibling["access_token"])
    assert rp.refresh(sibling["refresh_token"]).status == 200


def test_refresh_token_rejects_another_client(server, rp, other, user, b):
    tokens = rp.login(b, user)
    refused(other.refresh(tokens["refresh_token"]))
    assert rp.refresh(tokens["refresh_token"]).status == 200


def test_refresh_token_rejects_the_other_door(server, rp, user, b):
    """/auth's and /oauth2's refresh tokens are not each other's."""
    tokens = rp.login(b, user)
    r = server.post("/auth/refresh",
                    {"refresh_token": tokens["refresh_token"]})
    assert (r.status, r.json()["error"]) == (401, "invalid_token")
    refused(rp.refresh(server.login(user)["refresh_token"]))


# ---- a swapped redirect URI ----

def test_swapped_redirect_uri_rejects_without_leading_there(server, rp, user,
                                                            b):
    for uri in ("https://evil.example/callback", oidc.REDIRECT + "/../x",
                oidc.REDIRECT + "@evil.example", oidc.REDIRECT + "#x",
                "http://127.0.0.1:9.evil.example/callback"):
        a, page = rp.authorize(b, user, redirect_uri=uri)
        assert page.status == 400 and page.location is None, page
        assert "evil.example" not in page.text
    failure(server, rp, "authorize.refuse")


def test_swapped_redirect_uri_rejects_at_the_token_endpoint(server, user, b):
    both = [oidc.REDIRECT, oidc.REDIRECT + "/2"]
    rp = oidc.RP.register(server, skip_consent=True, redirect_uris=both)
    a, code = rp.code(b, user)
    refused(rp.redeem(a, code, redirect_uri=both[1]))
    failure(server, rp, "token.refuse")


# ---- stripped PKCE ----

@pytest.mark.parametrize("over", [
    {"code_challenge": None, "code_challenge_method": None},
    {"code_challenge_method": None}, {"code_challenge_method": "plain"},
    {"code_challenge": ""}], ids=["absent", "no method", "plain", "empty"])
def test_stripped_pkce_rejects(server, user, b, over):
    rp = oidc.RP.register(server, skip_consent=True)
    a, page = rp.authorize(b, user, **over)
    assert a.error(page) == "invalid_request"
    failure(server, rp, "authorize.refuse")


def test_stripped_verifier_rejects(server, rp, user, b):
    a, code = rp.code(b, user)
    r = rp.redeem(a, code, code_verifier=None)
    assert r.status == 400
    assert r.json()["error"] in ("invalid_request", "invalid_grant")


# ---- forged requests ----

def test_consent_rejects_forged_forms(server, user, b):
    rp = oidc.RP.register(server)
    a = rp.authorization()
    page = b.go(a.url, None)
    page = b.step(page, user)
    form = page.form("decision")
    assert page.path == "/consent" and form, page
    url = urllib.parse.urljoin(page.url, form.action or page.url)
    data = {**form.fields, "decision": "allow"}
    for r in (b.post(url, {**data, "csrf": "x" * 43}),
              b.post(url, {k: v for k, v in data.items() if k != "csrf"}),
              b.post(url, data, origin="https://evil.example")):
        assert r.status == 403 and r.location is None, r
    # Another person's browser cannot answer it.
    thief = oidc.Browser()
    thief.sign_in(server, server.register())
    r = thief.get(page.url)
    assert "code=" not in (r.location or ""), r
    # Its own can, once.
    a.code(b.submit(page, _button=("decision", "allow")))
    r = b.post(url, data)
    assert "code=" not in (r.location or ""), r


def test_consent_denied_says_so(server, user, b):
    rp = oidc.RP.register(server)
    a, page = rp.authorize(b, user, decision="deny")
    assert a.error(page) == "access_denied"


def test_login_gives_a_new_session(server, user, b):
    """Fixation: a cookie that was planted is not the one after login."""
    b.visit(server.url + "/login")
    planted = "A" * 43
    name = "moatd_session"
    b.cookies["127.0.0.1"][name] = planted
    b.sign_in(server, user)
    assert b.cookies["127.0.0.1"][name] != planted
    flags = b.flags[name]
    assert {"httponly", "samesite", "path"} <= set(flags), flags
    assert flags["samesite"] == "Lax" and "max-age" not in flags


# ---- a look at a link ----

def test_head_makes_no_code(server, rp, user, b):
    """CASES 47: scanners of mail and chat send HEAD, with cookies even."""
    b.sign_in(server, user)
    a = rp.authorization()
    page = b.open("HEAD", a.url)
    assert page.status == 303 and "/login" in page.location, page
    assert server.sql("SELECT count(*) FROM codes WHERE client_id = "
                      f"'{rp.client_id}' AND user_id = "
                      f"'{user['userId']}'") == [("0",)]
    assert rp.code(b)[1]


def test_head_signs_nobody_out(server, rp, user, b):
    tokens = rp.login(b, user)
    url = rp.logout_url(id_token_hint=tokens["id_token"],
                        post_logout_redirect_uri=oidc.LOGGED_OUT)
    page = b.open("HEAD", url)
    assert page.status in (200, 303) and "set-cookie" not in page.headers
    assert b.get(server.url + "/account").status == 200
    assert b.get(url).location.startswith(oidc.LOGGED_OUT)
    assert b.get(server.url + "/account").status == 303
