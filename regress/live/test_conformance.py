"""What the modules of the OpenID Foundation's conformance suite check, one test
a module, named as the module is (Config OP, Basic OP, RP-initiated logout,
back-channel logout; static client, response type code).

Where moatd refuses on purpose what a module also lets a provider refuse, the
refusal is asserted, and the place that says so is named."""

import hashlib
import json
import urllib.parse

import pytest

import forge
import oidc
import test_backchannel

pytestmark = pytest.mark.xdist_group("conformance")


@pytest.fixture(scope="module")
def rp(server):
    return oidc.RP.register(server, skip_consent=True)


@pytest.fixture(scope="module")
def user(server):
    return server.register(name="Ann Other")


@pytest.fixture
def b():
    return oidc.Browser()


def refused(page):
    """An error page that leads nowhere."""
    assert page.status == 400 and page.location is None, page
    assert page.html is not None, page
    return page


def info(rp, tokens):
    r = rp.userinfo(tokens["access_token"])
    assert r.status == 200, r
    assert r.headers["content-type"].startswith("application/json")
    assert r.json()["sub"] == tokens["claims"]["sub"]
    return r.json()


def earlier(server, b, seconds):
    """As if the browser's login had been that long ago."""
    sid = browser_session(server, b)
    server.sql("UPDATE sessions SET auth_at = auth_at - "
               f"{seconds * 1000000} WHERE id = '{sid}'")


def browser_session(server, b):
    digest = hashlib.sha256(forge.unb64(b.cookie("session")[1])).digest()
    ((sid,),) = server.sql("SELECT id FROM sessions WHERE cookie_hash = "
                           f"'{forge.b64(digest)}'")
    return sid


# ---- Config OP ----

def test_oidcc_discovery_endpoint_verification(server):
    r = server.get("/.well-known/openid-configuration")
    assert r.status == 200
    assert r.headers["content-type"].startswith("application/json")
    j = r.json()
    assert j["issuer"] == server.url
    for name in ("authorization", "token", "userinfo", "introspection",
                 "revocation", "end_session"):
        assert j[name + "_endpoint"].startswith(server.url + "/oauth2/")
    assert j["response_types_supported"] == ["code"]
    assert "RS256" in j["id_token_signing_alg_values_supported"]
    assert "none" not in j["id_token_signing_alg_values_supported"]
    assert j["subject_types_supported"] == ["public"]
    assert "openid" in j["scopes_supported"]
    assert "sub" in j["claims_supported"]
    assert j["request_uri_parameter_supported"] is False
    keys = server.get("/.well-known/jwks.json").json()["keys"]
    assert len({k["kid"] for k in keys}) == len(keys)
    for k in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(k)
        assert k["use"] == "sig"


# ---- Basic OP ----

def test_oidcc_server(rp, user, b):
    a, code = rp.code(b, user)
    tokens = rp.tokens(a, code)
    assert tokens["claims"]["sub"] == user["userId"]
    assert tokens["scope"] == rp.scope
    assert tokens["expires_in"] == 600
    info(rp, tokens)


def test_oidcc_response_type_missing(rp, user, b):
    a, page = rp.authorize(b, user, response_type=None)
    assert a.error(page) == "invalid_request"


def test_oidcc_idtoken_signature(server, user, b):
    server.all_keys()
    for alg in ("RS256", "ES256", "EdDSA"):
        rp = oidc.RP.register(server, skip_consent=True,
                              id_token_signed_response_alg=alg)
        tokens = rp.login(b, user)
        assert oidc.header(tokens["id_token"])["alg"] == alg


def test_oidcc_userinfo_get(rp, user, b):
    info(rp, rp.login(b, user))


def test_oidcc_userinfo_post_header(rp, user, b):
    tokens = rp.login(b, user)
    r = rp.userinfo(tokens["access_token"], "POST")
    assert r.status == 200 and r.json() == info(rp, tokens)


def test_oidcc_userinfo_post_body(rp, user, b):
    """Refused, as RFC 6750 2.2 lets a server do: tokens are read from the
    header only (README, API.md section 1)."""
    tokens = rp.login(b, user)
    r = rp.server.req("POST", "/oauth2/userinfo",
                      "access_token=" + tokens["access_token"],
                      {"Content-Type": "application/x-www-form-urlencoded"})
    assert r.status == 401, r
    assert r.headers["www-authenticate"].startswith("Bearer")


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(rp, user,
                                                                   b):
    tokens = rp.login(b, user, nonce=None)
    assert "nonce" not in tokens["claims"]


def test_oidcc_scope_profile(rp, user, b):
    got = info(rp, rp.login(b, user, scope="openid profile"))
    assert got["preferred_username"] == user["username"]
    assert got["name"] == "Ann Other" and isinstance(got["updated_at"], int)
    assert "email" not in got


def test_oidcc_scope_email(rp, user, b):
    got = info(rp, rp.login(b, user, scope="openid email"))
    assert got["email"] == user["email"]
    assert got["email_verified"] is False
    assert "preferred_username" not in got


def unknown_scope(rp, user, b, scope):
    """A scope that discovery does not name is dropped (RFC 6749 3.3)."""
    tokens = rp.login(b, user, scope="openid " + scope)
    assert tokens["scope"] == "openid"
    assert set(info(rp, tokens)) == {"sub"}


def test_oidcc_scope_address(rp, user, b):
    unknown_scope(rp, user, b, "address")


def test_oidcc_scope_phone(rp, user, b):
    unknown_scope(rp, user, b, "phone")


def test_oidcc_scope_all(server, user, b):
    scope = "openid profile email roles"
    rp = oidc.RP.register(server, skip_consent=True, scope=scope)
    tokens = rp.login(b, user, scope=scope + " address phone")
    assert set(tokens["scope"].split()) == set(scope.split())
    got = info(rp, tokens)
    assert {"name", "preferred_username", "updated_at", "email",
            "email_verified", "roles"} <= set(got)


def test_oidcc_ensure_other_scope_order_succeeds(rp, user, b):
    got = info(rp, rp.login(b, user, scope="email openid"))
    assert got["email"] == user["email"]


@pytest.mark.parametrize("display", ["page", "popup"])
def test_oidcc_display(rp, user, b, display):
    """oidcc-display-page, oidcc-display-popup"""
    rp.login(b, user, display=display)


def test_oidcc_prompt_login(server, rp, user, b):
    first = rp.login(b, user)["claims"]
    earlier(server, b, 100)
    a = rp.authorization(prompt="login")
    page = b.visit(a.url)
    assert page.path == "/login" and page.form("username", "password"), page
    # Not without logging in again, however often it is asked.
    assert b.visit(a.url).path == "/login"
    page = b.go(a.url, user)
    second = rp.tokens(a, a.code(page))["claims"]
    assert second["sub"] == first["sub"]
    assert second["auth_time"] > first["auth_time"] - 100


def test_oidcc_prompt_none_not_logged_in(rp, b):
    a, page = rp.authorize(b, prompt="none")
    assert a.error(page) == "login_required"


def test_oidcc_prompt_none_logged_in(rp, user, b):
    first = rp.login(b, user)["claims"]
    a, page = rp.authorize(b, prompt="none")
    second = rp.tokens(a, a.code(page))["claims"]
    assert second["sub"] == first["sub"]
    assert second["auth_time"] == first["auth_time"]


def test_oidcc_max_age_1(server, rp, user, b):
    first = rp.login(b, user)["claims"]
    earlier(server, b, 5)
    a = rp.authorization(max_age=1)
    assert b.visit(a.url).path == "/login"
    second = rp.tokens(a, a.code(b.go(a.url, user)))["claims"]
    assert second["auth_time"] > first["auth_time"] - 5
    earlier(server, b, 5)
    a, page = rp.authorize(b, max_age=1, prompt="none")
    assert a.error(page) == "login_required"


def test_oidcc_max_age_10000(rp, user, b):
    first = rp.login(b, user)["claims"]
    a, page = rp.authorize(b, max_age=10000)
    second = rp.tokens(a, a.code(page))["claims"]
    assert second["auth_time"] == first["auth_time"]


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(rp, user, b):
    rp.login(b, user, extra="foobar")


def test_oidcc_id_token_hint(server, rp, user, b):
    first = rp.login(b, user)
    a, page = rp.authorize(b, prompt="none", id_token_hint=first["id_token"])
    assert rp.tokens(a, a.code(page))["claims"]["sub"] == \
        first["claims"]["sub"]
    # Another's hint: this browser is not that person's, until it is.
    another = server.register()
    hint = rp.login(oidc.Browser(), another)["id_token"]
    a, page = rp.authorize(b, prompt="none", id_token_hint=hint)
    assert a.error(page) == "login_required"
    a, page = rp.authorize(b, another, id_token_hint=hint)
    assert rp.tokens(a, a.code(page))["claims"]["sub"] == another["userId"]
    a, page = rp.authorize(b, user, id_token_hint=first["id_token"])
    a.code(page)
    # Who logs in as somebody else all the same is not taken for them.
    a, page = rp.authorize(b, user, id_token_hint=hint)
    assert a.error(page) == "login_required"
    # What is no ID token of this issuer says nothing.
    a, page = rp.authorize(b, prompt="none", id_token_hint="x.y.z")
    a.code(page)


def test_oidcc_login_hint(rp, user, b):
    a = rp.authorization(login_hint=user["username"])
    page = b.visit(a.url)
    form = page.form("username", "password")
    assert form.fields["username"] == user["username"], page
    a.code(b.go(a.url, user))


def test_oidcc_ui_locales(server, rp, user, b):
    langs = server.get("/.well-known/openid-configuration").json()[
        "ui_locales_supported"]
    assert langs[0] == "en" and len(langs) > 1
    for asked, lang in ((langs[1], langs[1]), ("se", "en"),
                        (f"se {langs[1]}", langs[1])):
        a = rp.authorization(ui_locales=asked)
        page = oidc.Browser().visit(a.url)
        assert page.html.lang == lang, page
    rp.login(b, user, ui_locales="se")


def test_oidcc_claims_locales(rp, user, b):
    rp.login(b, user, claims_locales="se")


def test_oidcc_ensure_request_with_acr_values_succeeds(server, rp, user, b):
    assert rp.login(b, user, acr_values="1 2")["claims"]["acr"] == "aal1"
    strong = oidc.totp_user(server)
    c = rp.login(oidc.Browser(), strong, acr_values="aal2")["claims"]
    assert c["acr"] == "aal2"


def reuse(rp, user, b, between):
    a, code = rp.code(b, user)
    tokens = rp.tokens(a, code)
    between()
    r = rp.redeem(a, code)
    assert (r.status, r.json()["error"]) == (400, "invalid_grant")
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert not rp.active(tokens["access_token"])
    r = rp.refresh(tokens["refresh_token"])
    assert (r.status, r.json()["error"]) == (400, "invalid_grant")


def test_oidcc_codereuse(rp, user, b):
    reuse(rp, user, b, lambda: None)


def test_oidcc_codereuse_30seconds(server, rp, user, b):
    reuse(rp, user, b, lambda: server.sql(
        "UPDATE codes SET created_at = created_at - 30000000, "
        "used_at = used_at - 30000000 WHERE client_id = "
        f"'{rp.client_id}' AND used_at IS NOT NULL"))


def test_oidcc_ensure_registered_redirect_uri(rp, user, b):
    for uri in (oidc.REDIRECT + "/other", oidc.REDIRECT + "?q=1",
                "https://example.org/callback"):
        refused(rp.authorize(b, user, redirect_uri=uri)[1])


def test_oidcc_redirect_uri_query_OK(server, user, b):
    uri = oidc.REDIRECT + "?foo=bar"
    rp = oidc.RP.register(server, redirect_uri=uri, skip_consent=True)
    a, page = rp.authorize(b, user)
    assert oidc.query(page.location)["foo"] == "bar"
    assert page.location.startswith(uri + "&")
    refused(rp.authorize(b, user, redirect_uri=oidc.REDIRECT)[1])
    refused(rp.authorize(b, user,
                         redirect_uri=oidc.REDIRECT + "?foo=baz")[1])


def test_oidcc_ensure_redirect_uri_in_authorization_request(rp, user, b):
    refused(rp.authorize(b, user, redirect_uri=None)[1])


def test_oidcc_ensure_post_request_succeeds(rp, user, b):
    a = rp.authorization()
    page = b.follow(b.post(rp.issuer + "/oauth2/authorize", a.params))
    assert page.path == "/login", page
    page = b.step(page, user)
    rp.tokens(a, a.code(page))


def test_oidcc_server_client_secret_post(server, user, b):
    rp = oidc.RP.register(server, skip_consent=True,
                          token_endpoint_auth_method="client_secret_post")
    rp.login(b, user)


def object_of(claims):
    return (forge.b64(b'{"alg":"none"}') + "." +
            forge.b64(json.dumps(claims).encode()) + ".")


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
        rp, user, b):
    """Refused: discovery says request_parameter_supported false."""
    a = rp.authorization()
    page = b.go(a.url + "&request=" + object_of(a.params), user)
    assert a.error(page) == "request_not_supported"


def test_oidcc_ensure_request_object_with_redirect_uri(rp, user, b):
    a = rp.authorization()
    inside = object_of({**a.params, "redirect_uri": "https://example.org/"})
    page = b.go(a.url + "&request=" + inside, user)
    assert a.error(page) == "request_not_supported"


def test_oidcc_request_uri_unsigned(rp, user, b):
    a, page = rp.authorize(b, user, request_uri="https://example.org/r.jwt")
    assert a.error(page) == "request_uri_not_supported"


def test_oidcc_claims_essential(rp, user, b):
    """Discovery says claims_parameter_supported false: it is ignored, and the
    login succeeds."""
    tokens = rp.login(b, user, claims=json.dumps(
        {"userinfo": {"name": {"essential": True}}}))
    assert info(rp, tokens)["name"] == "Ann Other"


def test_oidcc_refresh_token(server, rp, user, b):
    first = rp.login(b, user)
    r = rp.refresh(first["refresh_token"])
    assert r.status == 200, r
    second = r.json()
    assert second["refresh_token"] != first["refresh_token"]
    if "id_token" in second:
        c = rp.verify(second["id_token"], oidc.claims(
            second["id_token"]).get("nonce"))
        for name in ("iss", "sub", "aud", "auth_time"):
            assert c[name] == first["claims"][name]
    assert rp.userinfo(second["access_token"]).status == 200
    r = rp.refresh(second["refresh_token"], scope="openid admin roles")
    assert r.status == 200 and r.json()["scope"] == "openid", r
    second = r.json()
    other = oidc.RP.register(server)
    r = other.refresh(second["refresh_token"])
    assert (r.status, r.json()["error"]) == (400, "invalid_grant")


def test_oidcc_ensure_request_with_valid_pkce_succeeds(rp, user, b):
    a, code = rp.code(b, user)
    assert a.params["code_challenge_method"] == "S256"
    rp.tokens(a, code)


def test_oidcc_ensure_request_with_plain_pkce_is_refused(rp, user, b):
    """Not a module of Basic OP: S256 is mandatory here (RFC 9700 2.1.1)."""
    a, page = rp.authorize(b, user, code_challenge_method="plain")
    assert a.error(page) == "invalid_request"


# ---- RP-initiated logout ----

@pytest.fixture
def inside(rp, user, b):
    """Tokens of a login whose browser is still signed in."""
    return rp.login(b, user)


def signed_in(rp, b):
    a, page = rp.authorize(b, prompt="none")
    return "code" in oidc.query(page.location)


def end(rp, b, **params):
    page = b.get(rp.logout_url(**params))
    return page


def asks(rp, b, page):
    """No redirect: an error, or the question whether to sign out."""
    assert page.status in (200, 400) and page.location is None, page
    assert page.html is not None
    assert signed_in(rp, b)
    return page


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(server):
    j = server.get("/.well-known/openid-configuration").json()
    assert j["end_session_endpoint"] == server.url + "/oauth2/logout"


def test_oidcc_rp_initiated_logout(rp, b, inside):
    page = end(rp, b, id_token_hint=inside["id_token"], state="s t&",
               post_logout_redirect_uri=oidc.LOGGED_OUT)
    assert page.status == 303, page
    assert page.location == oidc.LOGGED_OUT + "?" + urllib.parse.urlencode(
        {"state": "s t&"}, quote_via=urllib.parse.quote) or \
        oidc.query(page.location) == {"state": "s t&"}
    assert not signed_in(rp, b)


def test_oidcc_rp_initiated_logout_no_state(rp, b, inside):
    page = end(rp, b, id_token_hint=inside["id_token"],
               post_logout_redirect_uri=oidc.LOGGED_OUT)
    assert (page.status, page.location) == (303, oidc.LOGGED_OUT)
    assert not signed_in(rp, b)


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(rp, b,
                                                                inside):
    refused(end(rp, b, id_token_hint=inside["id_token"], state="x",
                post_logout_redirect_uri=oidc.LOGGED_OUT + "/other"))


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(
        rp, b, inside):
    refused(end(rp, b, id_token_hint=inside["id_token"], state="x",
                post_logout_redirect_uri=oidc.LOGGED_OUT + "?foo=bar"))


def test_oidcc_rp_initiated_logout_modified_id_token_hint(rp, b, inside):
    _, payload, _ = inside["id_token"].split(".")
    asks(rp, b, end(rp, b, state="x", id_token_hint=".".join(
        (forge.b64(b'{"alg":"none"}'), payload, "")),
        post_logout_redirect_uri=oidc.LOGGED_OUT))


def test_oidcc_rp_initiated_logout_bad_id_token_hint(rp, b, inside):
    asks(rp, b, end(rp, b, state="x", id_token_hint="not.a.token",
                    post_logout_redirect_uri=oidc.LOGGED_OUT))


def test_oidcc_rp_initiated_logout_no_id_token_hint(rp, b, inside):
    asks(rp, b, end(rp, b, state="x",
                    post_logout_redirect_uri=oidc.LOGGED_OUT))


def test_oidcc_rp_initiated_logout_no_params(rp, b, inside):
    page = asks(rp, b, end(rp, b))
    page = b.follow(b.submit(page))
    assert page.status == 200 and page.location is None, page
    assert not signed_in(rp, b)


def test_oidcc_rp_initiated_logout_only_state(rp, b, inside):
    asks(rp, b, end(rp, b, state="x"))


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(rp, b, inside):
    page = b.follow(end(rp, b, id_token_hint=inside["id_token"], state="x"))
    assert page.status == 200 and page.location is None, page
    assert not signed_in(rp, b)


# ---- back-channel logout ----

@pytest.fixture(scope="module")
def receiver():
    r = test_backchannel.Receiver()
    yield r
    r.close()


def test_oidcc_backchannel_logout_discovery_endpoint_verification(server):
    j = server.get("/.well-known/openid-configuration").json()
    assert j["backchannel_logout_supported"] is True
    assert j["backchannel_logout_session_supported"] is True


def test_oidcc_backchannel_rp_initiated_logout(server, receiver, user, b):
    path = receiver.path()
    rp = oidc.RP.register(server, skip_consent=True,
                          backchannel_logout_uri=receiver.url + path)
    tokens = rp.login(b, user, scope="openid")
    page = end(rp, b, id_token_hint=tokens["id_token"],
               post_logout_redirect_uri=oidc.LOGGED_OUT)
    assert (page.status, page.location) == (303, oidc.LOGGED_OUT)
    c = test_backchannel.check(rp, receiver, path, tokens)
    assert "nonce" not in c
    assert not signed_in(rp, b)
    assert rp.userinfo(tokens["access_token"]).status == 401
