"""The same wrong requests to moatd and to npm's oidc-provider, which is certified:
the error codes are equal, or DIFFERENT says why they are not."""

import json
import pathlib
import secrets
import urllib.parse

import pytest

import moat
import npm
import oidc

pytestmark = [pytest.mark.once, pytest.mark.xdist_group("differential")]

PROVIDER = (pathlib.Path(__file__).resolve().parent / "clients" /
            "provider.mjs")
MOATD = {"authorize": "/oauth2/authorize", "token": "/oauth2/token",
         "introspect": "/oauth2/introspect", "revoke": "/oauth2/revoke",
         "userinfo": "/oauth2/userinfo", "par": "/oauth2/par",
         "logout": "/oauth2/logout"}
THEIRS = {"authorize": "/auth", "token": "/token",
          "introspect": "/token/introspection", "revoke": "/token/revocation",
          "userinfo": "/me", "par": "/request", "logout": "/session/end"}
SCOPE = "openid profile offline_access"
FORM = "application/x-www-form-urlencoded"


def client(method, **over):
    c = {"client_id": "d" + secrets.token_hex(6), "client_name": "Shop",
         "redirect_uris": [oidc.REDIRECT], "scope": SCOPE,
         "post_logout_redirect_uris": [oidc.LOGGED_OUT],
         "grant_types": ["authorization_code", "refresh_token"],
         "token_endpoint_auth_method": method, **over}
    return c


class Party:
    """One of the two servers, with the three clients that both know."""

    def __init__(self, url, paths, clients):
        self.url, self.paths, self.clients = url, paths, clients
        self.browser = oidc.Browser()
        self.a, self.b, self.public = clients

    def params(self, c, verifier, **over):
        p = {"response_type": "code", "client_id": c["client_id"],
             "redirect_uri": oidc.REDIRECT, "scope": SCOPE, "state": "xyz",
             "nonce": "n", "code_challenge": oidc.s256(verifier),
             "code_challenge_method": "S256", **over}
        return {k: v for k, v in p.items() if v is not None}

    # ---- the pages of the other are its own ----
    def authorize(self, pairs):
        return oidc.Browser().get(self.url + self.paths["authorize"] + "?" +
                                  urllib.parse.urlencode(pairs))

    def code(self, c=None, **over):
        """(verifier, code)"""
        verifier = secrets.token_urlsafe(48)
        page = self.browser.visit(
            self.url + self.paths["authorize"] + "?" + urllib.parse.urlencode(
                self.params(c or self.a, verifier, prompt="consent", **over)))
        for _ in range(6):
            if page.location:
                break
            page = self.browser.follow(self.press(page))
        return verifier, oidc.query(page.location)["code"]

    def press(self, page):
        if page.form("login", "password"):
            return self.browser.submit(page, login="x", password="y")
        return self.browser.submit(page, _form=page.html.forms[0])

    # ---- requests ----
    def auth(self, c):
        return {"Authorization": oidc.basic(c["client_id"],
                                            c["client_secret"])}

    def post(self, where, pairs, headers=None, kind=FORM):
        pairs = list(pairs.items() if isinstance(pairs, dict) else pairs)
        body = urllib.parse.urlencode([p for p in pairs if p[1] is not None])
        return oidc.Browser().open("POST", self.url + self.paths[where], body,
                                   {"Content-Type": kind, **(headers or {})})

    def redeem(self, verifier, got, c=None, **over):
        return self.post("token", {
            "grant_type": "authorization_code", "code": got,
            "redirect_uri": oidc.REDIRECT, "code_verifier": verifier,
            **over}, self.auth(c or self.a))

    def tokens(self):
        r = self.redeem(*self.code())
        assert r.status == 200, r
        return r.json()

    def refresh(self, token, c=None, **over):
        return self.post("token", {"grant_type": "refresh_token",
                                   "refresh_token": token, **over},
                         self.auth(c or self.a))


class Moatd(Party):
    user = None

    def press(self, page):
        return self.browser.step(page, self.user)


def outcome(page):
    """What an answer of authorize comes to."""
    if page.status in (302, 303) and page.location.startswith(oidc.REDIRECT):
        got = oidc.query(page.location.replace("#", "?"))
        return ("fragment " if "#" in page.location else "redirect ") + \
            got.get("error", "code")
    if page.status in (302, 303):
        return "asks"
    return f"page {page.status}"


def answer(r):
    """What an answer of another endpoint comes to."""
    try:
        j = r.json()
    except ValueError:
        j = {}
    return f"{r.status} {j.get('error', j.get('active', ''))}".strip()


# ---- authorize: changes of one good request ----

V = secrets.token_urlsafe(48)
AUTHORIZE = {
    "good": {},
    "no client": {"client_id": None},
    "unknown client": {"client_id": "nobody-knows"},
    "no redirect_uri": {"redirect_uri": None},
    "other redirect_uri": {"redirect_uri": "http://127.0.0.1:9/other"},
    "longer redirect_uri": {"redirect_uri": oidc.REDIRECT + "/x"},
    "redirect_uri with query": {"redirect_uri": oidc.REDIRECT + "?x=1"},
    "redirect_uri with fragment": {"redirect_uri": oidc.REDIRECT + "#x"},
    "redirect_uri in capitals": {"redirect_uri": oidc.REDIRECT.upper()},
    "redirect_uri at another port": {
        "redirect_uri": "http://127.0.0.1:10/callback"},
    "redirect_uri with user": {
        "redirect_uri": "http://x@127.0.0.1:9/callback"},
    "redirect_uri of a script": {"redirect_uri": "javascript:alert(1)"},
    "no response_type": {"response_type": None},
    "implicit": {"response_type": "token"},
    "hybrid": {"response_type": "code id_token"},
    "response_type none": {"response_type": "none"},
    "unknown response_type": {"response_type": "bogus"},
    "no scope": {"scope": None},
    "only unknown scopes": {"scope": "who knows"},
    "no challenge": {"code_challenge": None, "code_challenge_method": None},
    "challenge stripped": {"code_challenge": None},
    "no challenge method": {"code_challenge_method": None},
    "plain": {"code_challenge_method": "plain"},
    "short challenge": {"code_challenge": "abc"},
    "odd challenge": {"code_challenge": "ä" * 43},
    "prompt none": {"prompt": "none"},
    "prompt none and login": {"prompt": "none login"},
    "unknown prompt": {"prompt": "bogus"},
    "negative max_age": {"max_age": "-1"},
    "max_age of letters": {"max_age": "soon"},
    "response_mode fragment": {"response_mode": "fragment"},
    "response_mode form_post": {"response_mode": "form_post"},
    "unknown response_mode": {"response_mode": "bogus"},
    "request object": {"request": "e30.e30."},
    "foreign request_uri": {"request_uri": "https://example.org/r"},
    "unknown pushed request": {
        "request_uri": "urn:ietf:params:oauth:request_uri:nobody-knows"},
    "registration": {"registration": "{}"},
    "claims": {"claims": '{"userinfo":{}}'},
    "bad id_token_hint": {"id_token_hint": "x.y.z", "prompt": "none"},
    "no state": {"state": None},
    "no nonce": {"nonce": None},
}


def repeated(name):
    def case(p):
        pairs = list(p.params(p.a, V).items())
        pairs.append((name, dict(pairs)[name]))
        return outcome(p.authorize(pairs))
    return case


# ---- the others ----

def basic_and_form(p):
    return answer(p.post("token", {
        "grant_type": "refresh_token", "refresh_token": "x",
        "client_id": p.a["client_id"], "client_secret": p.a["client_secret"]},
        p.auth(p.a)))


def token_by(fields, who="a", **headers):
    def case(p):
        heads = headers or (p.auth(getattr(p, who)) if who else {})
        return answer(p.post("token", fields, heads))
    return case


def wrong_secret(p):
    return answer(p.post("token", {"grant_type": "refresh_token",
                                   "refresh_token": "x"},
                         {"Authorization": oidc.basic(p.a["client_id"],
                                                      "wrong")}))


def other_method(p):
    return answer(p.post("token", {
        "grant_type": "refresh_token", "refresh_token": "x",
        "client_id": p.a["client_id"],
        "client_secret": p.a["client_secret"]}))


def public_unasked(p):
    return answer(p.post("token", {
        "grant_type": "refresh_token", "refresh_token": "x",
        "client_id": p.a["client_id"]}))


def as_json(p):
    return answer(oidc.Browser().open(
        "POST", p.url + p.paths["token"],
        json.dumps({"grant_type": "refresh_token"}),
        {"Content-Type": "application/json", **p.auth(p.a)}))


def repeated_grant(p):
    return answer(p.post("token", [("grant_type", "refresh_token"),
                                   ("grant_type", "refresh_token"),
                                   ("refresh_token", "x")], p.auth(p.a)))


def code_with(**over):
    def case(p):
        return answer(p.redeem(*p.code(), **over))
    return case


def code_of_another(p):
    return answer(p.redeem(*p.code(), c=p.b2))


def code_twice(p):
    got = p.code()
    assert p.redeem(*got).status == 200
    return answer(p.redeem(*got))


def tokens_of_code_twice(p):
    got = p.code()
    j = p.redeem(*got).json()
    p.redeem(*got)
    return (answer(p.refresh(j["refresh_token"])) + ", " +
            answer(p.post("introspect", {"token": j["access_token"]},
                          p.auth(p.a))))


def refresh_of_another(p):
    return answer(p.refresh(p.tokens()["refresh_token"], p.b2))


def refresh_wider(p):
    return answer(p.refresh(p.tokens()["refresh_token"],
                            scope=SCOPE + " email"))


def refresh_long_gone(p):
    """A token whose successor was used, and then that successor's."""
    first = p.tokens()["refresh_token"]
    second = p.refresh(first).json()["refresh_token"]
    third = p.refresh(second).json()["refresh_token"]
    return answer(p.refresh(first)) + ", " + answer(p.refresh(third))


def at(where, fields, who="a"):
    def case(p):
        return answer(p.post(where, fields, p.auth(getattr(p, who))
                             if who else {}))
    return case


def revoke_of_another(p):
    return answer(p.post("revoke", {"token": p.tokens()["refresh_token"]},
                         p.auth(p.b2)))


def revoke_ends(p):
    j = p.tokens()
    p.post("revoke", {"token": j["refresh_token"]}, p.auth(p.a))
    return (answer(p.refresh(j["refresh_token"])) + ", " +
            answer(p.post("introspect", {"token": j["access_token"]},
                          p.auth(p.a))))


def userinfo(token):
    def case(p):
        heads = {"Authorization": "Bearer " + token} if token else {}
        r = oidc.Browser().open("GET", p.url + p.paths["userinfo"], None,
                                heads)
        return f"{r.status}"
    return case


def id_token_as_access(p):
    return userinfo(p.tokens()["id_token"])(p)


def logout(**params):
    def case(p):
        r = oidc.Browser().get(p.url + p.paths["logout"] + "?" +
                               urllib.parse.urlencode(params))
        return f"{r.status}"
    return case


OTHERS = {
    "token: nobody": token_by({"grant_type": "refresh_token",
                               "refresh_token": "x"}, None),
    "token: wrong secret": wrong_secret,
    "token: unknown client": token_by(
        {"grant_type": "refresh_token", "refresh_token": "x"},
        Authorization=oidc.basic("nobody-knows", "x")),
    "token: broken Basic": token_by(
        {"grant_type": "refresh_token", "refresh_token": "x"},
        Authorization="Basic !!!"),
    "token: two methods": basic_and_form,
    "token: another method": other_method,
    "token: a secret left out": public_unasked,
    "token: JSON": as_json,
    "token: no grant_type": token_by({"x": "y"}),
    "token: grant_type twice": repeated_grant,
    "token: unknown grant_type": token_by({"grant_type": "bogus"}),
    "token: password": token_by({"grant_type": "password", "username": "x",
                                 "password": "y"}),
    "token: a grant not the client's": token_by(
        {"grant_type": "client_credentials"}),
    "code: none": code_with(code=None),
    "code: unknown": code_with(code="x" * 43),
    "code: no redirect_uri": code_with(redirect_uri=None),
    "code: another redirect_uri": code_with(redirect_uri="http://x.y/"),
    "code: no verifier": code_with(code_verifier=None),
    "code: wrong verifier": code_with(code_verifier="w" * 43),
    "code: short verifier": code_with(code_verifier="w"),
    "code: another client's": code_of_another,
    "code: twice": code_twice,
    "code: twice, its tokens": tokens_of_code_twice,
    "refresh: none": token_by({"grant_type": "refresh_token"}),
    "refresh: unknown": token_by({"grant_type": "refresh_token",
                                  "refresh_token": "x" * 43}),
    "refresh: another client's": refresh_of_another,
    "refresh: wider": refresh_wider,
    "refresh: long gone": refresh_long_gone,
    "introspect: nobody": at("introspect", {"token": "x"}, None),
    "introspect: no token": at("introspect", {"x": "y"}),
    "introspect: unknown": at("introspect", {"token": "x"}),
    "revoke: nobody": at("revoke", {"token": "x"}, None),
    "revoke: no token": at("revoke", {"x": "y"}),
    "revoke: unknown": at("revoke", {"token": "x"}),
    "revoke: another client's": revoke_of_another,
    "revoke: the whole grant": revoke_ends,
    "userinfo: no token": userinfo(None),
    "userinfo: bad token": userinfo("x"),
    "userinfo: ID token": id_token_as_access,
    "par: nobody": at("par", {"response_type": "code"}, None),
    "par: a request_uri inside": at("par", {
        "response_type": "code", "request_uri": "urn:x"}),
    "logout: unregistered URI": logout(
        post_logout_redirect_uri="http://x.y/", client_id="nobody-knows"),
    "logout: bad hint": logout(id_token_hint="x.y.z"),
    **{f"authorize: {n} twice": repeated(n) for n in (
        "client_id", "redirect_uri", "scope", "state", "code_challenge")},
}

ONLY_QUERY = ("moatd has no other response mode than query (discovery says so): "
              "an error goes where the answer would")
SCOPE_LEFT = ("API.md section 8: no scope, or none that the client has, is "
              "invalid_scope, the code of RFC 6749 4.1.2.1 for it; oidc-provider "
              "asks for openid where a nonce was sent")
NO_MODE = ("unsupported_response_mode is in no registry: RFC 6749's code for an "
           "unsupported value of a parameter is invalid_request")
NO_CLIENT = ("RFC 6749 5.2: failed client authentication, also when there was "
             "none, is invalid_client, as 401 when Authorization was used; "
             "API.md section 8 has 401 always")
REPEATED = ("API.md section 1: a repeated parameter is 400 as it is; which of two "
            "answers is wanted cannot be known (CASES 35)")
NOT_PROMPT = ("OpenID Connect Core 3.1.2.1: a prompt that is not understood MAY be "
              "ignored, which helps extensions come in")
# name: (moatd, oidc-provider, why moatd answers otherwise)
DIFFERENT = {
    "implicit": ("redirect unsupported_response_type",
                 "fragment unsupported_response_type", ONLY_QUERY),
    "hybrid": ("redirect unsupported_response_type",
               "fragment unsupported_response_type", ONLY_QUERY),
    "response_mode fragment": ("redirect invalid_request", "asks",
                               ONLY_QUERY),
    "response_mode form_post": ("redirect invalid_request", "asks",
                                ONLY_QUERY),
    "unknown response_mode": ("redirect invalid_request",
                              "redirect unsupported_response_mode", NO_MODE),
    "no scope": ("redirect invalid_scope", "redirect invalid_request",
                 SCOPE_LEFT),
    "only unknown scopes": ("redirect invalid_scope",
                            "redirect invalid_request", SCOPE_LEFT),
    "unknown prompt": ("asks", "redirect invalid_request", NOT_PROMPT),
    "unknown pushed request": (
        "page 400", "redirect invalid_request_uri",
        "RFC 9126 4: what stands beside a request_uri is ignored, the "
        "redirect_uri too; so there is no checked place to lead to"),
    "registration": (
        "asks", "redirect registration_not_supported",
        "a parameter of self-issued providers; moatd ignores what it does not "
        "know (RFC 6749 3.1)"),
    "bad id_token_hint": (
        "redirect login_required", "redirect invalid_request",
        "nobody is signed in, whatever the hint is; one that is no ID token of "
        "ours says nothing"),
    "token: nobody": ("401 invalid_client", "400 invalid_request", NO_CLIENT),
    "token: broken Basic": ("401 invalid_client", "400 invalid_request",
                            NO_CLIENT),
    "token: another method": (
        "401 invalid_client", "400 invalid_grant",
        "API.md section 8: the registered method only; oidc-provider takes a "
        "secret of client_secret_basic in the form as well"),
    "token: a grant not the client's": (
        "400 unauthorized_client", "400 invalid_request",
        "RFC 6749 5.2 has this code for it"),
    "code: no verifier": (
        "400 invalid_request", "400 invalid_grant",
        "RFC 6749 5.2: a required parameter is missing; every request has a "
        "challenge here, so it is required always"),
    "code: short verifier": (
        "400 invalid_grant", "400 invalid_request",
        "RFC 7636 4.6: what does not give the challenge is invalid_grant; why "
        "it does not is nobody's business"),
    "refresh: wider": (
        "200", "400 invalid_scope",
        "API.md section 8: scopes that are not to be had are dropped, here as "
        "everywhere; it never widens (test_conformance)"),
    "introspect: nobody": ("401 invalid_client", "400 invalid_request",
                           NO_CLIENT),
    "revoke: nobody": ("401 invalid_client", "400 invalid_request",
                       NO_CLIENT),
    "par: nobody": ("401 invalid_client", "400 invalid_request", NO_CLIENT),
    "par: a request_uri inside": (
        "400 invalid_request", "400 request_uri_not_supported",
        "RFC 9126 2.1: it must be refused; API.md section 8"),
    "revoke: another client's": (
        "400 invalid_grant", "400 invalid_request",
        "API.md section 8; RFC 7009 2.1 names no code, RFC 6749 5.2 has "
        "invalid_grant for what was issued to another client"),
    **{f"authorize: {n} twice": ("page 400", "redirect invalid_request",
                                 REPEATED)
       for n in ("scope", "state", "code_challenge")},
}


@pytest.fixture(scope="module")
def both(server, tmp_path_factory):
    root = server.admin_login()["token"]
    rps = [oidc.RP.register(server, root, **client(m)) for m in (
        "client_secret_basic", "client_secret_post", "none")]
    other = oidc.RP.register(server, root, **client("client_secret_basic"))
    clients = [rp.client for rp in (*rps, other)]
    theirs = [{**client(c["token_endpoint_auth_method"]),
               "client_id": c["client_id"],
               "id_token_signed_response_alg": "RS256",
               **({"client_secret": c["client_secret"]}
                  if "client_secret" in c else {})} for c in clients]
    ours = Moatd(server.url, MOATD, clients[:3])
    ours.user = server.register()
    port = moat.free_port()
    with npm.Script(PROVIDER, tmp_path_factory.mktemp("provider"), PORT=port,
                    CLIENTS=json.dumps(theirs)):
        them = Party(f"http://127.0.0.1:{port}", THEIRS, theirs[:3])
        ours.b2, them.b2 = clients[3], theirs[3]
        yield ours, them


def compare(name, ours, theirs):
    print(f"{name}: {ours} | {theirs}")
    if name in DIFFERENT:
        want, other, why = DIFFERENT[name]
        assert (ours, theirs) == (want, other) and why
    else:
        assert ours == theirs


@pytest.mark.parametrize("name", AUTHORIZE)
def test_authorize_is_as_theirs(both, name):
    compare(name, *(outcome(p.authorize(p.params(p.a, V, **AUTHORIZE[name])))
                    for p in both))


@pytest.mark.parametrize("name", OTHERS)
def test_others_are_as_theirs(both, name):
    compare(name, *(OTHERS[name](p) for p in both))
