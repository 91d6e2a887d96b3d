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

"""Clients that register and manage themselves (RFC 7591, 7592): API.md
section 8."""

import concurrent.futures
import json
import pathlib
import re
import secrets

import pytest

import moat
from conftest import DATABASES

CB = "https://app.example/cb"
GOOD = {"redirect_uris": [CB], "client_name": "Self"}


@pytest.fixture(scope="module", params=DATABASES)
def there(request):
    """A server that lets clients register, and a token for it."""
    s = moat.Server(database=request.param,
                    conf_extra="client-registration yes\n")
    try:
        yield s, s.ctl("client", "register-token").stdout.split()[-1]
    finally:
        s.stop()
        s.discard()


def register(there, body=None, token=None):
    s, good = there
    return s.post("/oauth2/register", GOOD if body is None else body,
                  token=good if token is None else token)


def new(there, **over):
    r = register(there, {**GOOD, **over})
    assert r.status == 201, r
    return r.json()


def own(there, c, method, body=None, token=None):
    s, _ = there
    return s.call(method, f"/oauth2/register/{c['client_id']}", body,
                  token=token or c["registration_access_token"])


def refused(r, status, error):
    assert r.status == status and r.json()["error"] == error, r
    assert set(r.json()) <= {"error", "error_description"}, r


def plain(c):
    """What a client may send back of what it was told."""
    return {k: v for k, v in c.items() if k not in (
        "registration_access_token", "registration_client_uri",
        "client_id_issued_at", "client_secret_expires_at")}


# ---- RFC 7591 ----

def test_register_has_the_defaults(there):
    s, _ = there
    r = register(there)
    assert r.status == 201 and r.headers["cache-control"] == "no-store"
    c = r.json()
    id = c["client_id"]
    assert len(c.pop("client_secret")) == 43
    assert len(c.pop("registration_access_token")) == 43
    assert c.pop("client_id_issued_at") > 1700000000
    assert c == {
        "client_id": id, "client_secret_expires_at": 0,
        "registration_client_uri": f"{s.url}/oauth2/register/{id}",
        "client_name": "Self", "redirect_uris": [CB],
        "post_logout_redirect_uris": [],
        "grant_types": ["authorization_code"], "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "openid profile email offline_access",
        "id_token_signed_response_alg": "RS256", "subject_type": "public",
        "require_pushed_authorization_requests": False,
        "dpop_bound_access_tokens": False}
    row = s.sql("SELECT sensitive, skip_consent, disabled, audience FROM "
                f"clients WHERE client_id = '{id}'")
    assert row == [("0", "0", "0", "")]
    acts = s.sql("SELECT action, actor, subject FROM audit WHERE "
                 f"subject = '{id}'")
    assert acts == [("client.create", "", id)], acts


def test_register_takes_metadata(there):
    jwks = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x":
                      "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
    wish = {"client_name": "Ünï", "redirect_uris": ["a.b:/c",
                                                    "http://[::1]:1/x"],
            "post_logout_redirect_uris": ["https://app.example/out"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"], "jwks": jwks,
            "token_endpoint_auth_method": "private_key_jwt",
            "scope": "openid own", "subject_type": "public",
            "id_token_signed_response_alg": "EdDSA",
            "backchannel_logout_uri": "https://app.example/bye",
            "require_pushed_authorization_requests": True,
            "dpop_bound_access_tokens": True}
    c = new(there, **wish, logo_uri="https://x/", contacts=["a@b"],
            software_id="x", application_type="native", unknown={"a": 1})
    assert {k: c[k] for k in wish} == wish
    assert "client_secret" not in c and "logo_uri" not in c
    c = new(there, redirect_uris=[], token_endpoint_auth_method="none",
            grant_types=["urn:ietf:params:oauth:grant-type:device_code"])
    assert c["response_types"] == [] and "client_secret" not in c
    c = new(there, client_name="")
    assert c["client_name"] == c["client_id"]


def test_register_rests_hashed(there):
    s, token = there
    c = new(there)
    dump = json.dumps([s.sql(f"SELECT * FROM {t}", ) for t in
                       ("clients", "register_tokens", "audit")], default=str)
    for secret in (token, c["client_secret"],
                   c["registration_access_token"]):
        assert secret not in dump
        assert secret not in "\n".join(s.log())


@pytest.mark.parametrize("uris", [
    ["javascript:alert(1)"], ["data:text/html,x"], ["http://app.example/"],
    ["https://app.example/#x"], ["https://a@b/"], ["https://*.example/"],
    ["/cb"], [""], ["https://app.example/cb", "app:/x"], [], ["x" * 2000],
    [CB] * 21, "https://app.example/cb", [1], None])
def test_register_refuses_redirect_uris(there, uris):
    """CASES 31, 32."""
    refused(register(there, {"redirect_uris": uris}), 400,
            "invalid_redirect_uri")


def test_register_wants_a_redirect_uri(there):
    refused(register(there, {}), 400, "invalid_redirect_uri")


@pytest.mark.parametrize("bad", [
    {"grant_types": ["implicit"]}, {"grant_types": ["password"]},
    {"grant_types": "authorization_code"}, {"response_types": ["token"]},
    {"response_types": ["code", "id_token"]},
    {"token_endpoint_auth_method": "tls_client_auth"},
    {"token_endpoint_auth_method": "private_key_jwt"},
    {"token_endpoint_auth_method": "none",
     "grant_types": ["client_credentials"]},
    {"jwks": {"keys": []}}, {"jwks": "x"}, {"jwks_uri": "https://a/"},
    {"scope": "openid account"}, {"scope": "admin"}, {"scope": 'a"b'},
    {"id_token_signed_response_alg": "none"},
    {"id_token_signed_response_alg": "HS256"},
    {"subject_type": "pairwise"}, {"software_statement": "a.b.c"},
    {"sector_identifier_uri": "https://a/"},
    {"client_name": "x\u202ey"}, {"client_name": "x" * 129},
    {"client_name": 1}, {"backchannel_logout_uri": "http://app.example/"},
    {"post_logout_redirect_uris": ["javascript:x"]},
    {"dpop_bound_access_tokens": "yes"},
    {"registration_access_token": "x"}])
def test_register_refuses_metadata(there, bad):
    s, _ = there
    before = s.sql("SELECT count(*) FROM clients")
    refused(register(there, {**GOOD, **bad}), 400, "invalid_client_metadata")
    assert s.sql("SELECT count(*) FROM clients") == before


@pytest.mark.parametrize("more", [
    {"client_id": "mine"}, {"roles": ["admin"]}, {"permissions": ["x"]},
    {"skip_consent": True}, {"audience": ["https://a/"]},
    {"disabled": False}, {"client_secret": "mine"}])
def test_register_ignores_what_is_not_its_own(there, more):
    s, _ = there
    c = new(there, **more)
    assert c["client_id"] != "mine" and c["client_secret"] != "mine"
    assert s.sql("SELECT skip_consent, audience FROM clients WHERE "
                 f"client_id = '{c['client_id']}'") == [("0", "")]
    assert s.sql("SELECT count(*) FROM client_roles WHERE client_id = "
                 f"'{c['client_id']}'") == [("0",)]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a":1,"a":2}',
                                  b'{"client_name":"\xff"}'])
def test_register_refuses_what_is_no_object(there, body):
    s, token = there
    r = s.req("POST", "/oauth2/register", body, {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {token}"})
    refused(r, 400, "invalid_request")


def test_register_wants_a_token(there):
    """401 before 400, and nothing is made."""
    s, _ = there
    before = s.sql("SELECT count(*) FROM clients")
    for body in (GOOD, {}, {"redirect_uris": ["javascript:x"]}):
        r = s.post("/oauth2/register", body)
        assert r.status == 401, r
        assert r.headers["www-authenticate"] == 'Bearer realm="moatd"'
        for bad in ("x", secrets.token_urlsafe(32), "a" * 5000, "' OR 1=1",
                    "A" * 43):
            r = register(there, body, token=bad)
            refused(r, 401, "invalid_token")
            assert 'error="invalid_token"' in r.headers["www-authenticate"]
    assert s.sql("SELECT count(*) FROM clients") == before


def test_register_token_ends(there):
    s, _ = there
    token = s.ctl("client", "register-token", "--lifetime", "90m").stdout
    token = token.split()[-1]
    assert register(there, token=token).status == 201
    s.sql("UPDATE register_tokens SET expires_at = 1 WHERE created_at = "
          "(SELECT max(created_at) FROM register_tokens)")
    refused(register(there, token=token), 401, "invalid_token")


def test_register_token_is_of_its_tenant(there):
    s, _ = there
    t = "t" + secrets.token_hex(4)
    assert s.ctl("tenant", "add", t, "--name", "T").returncode == 0
    mine = s.ctl("--tenant", t, "client", "register-token").stdout.split()[-1]
    refused(register(there, token=mine), 401, "invalid_token")
    r = s.post(f"/t/{t}/oauth2/register", GOOD, token=mine)
    assert r.status == 201
    c = r.json()
    uri = f"{s.url}/t/{t}/oauth2/register/{c['client_id']}"
    assert c["registration_client_uri"] == uri
    refused(own(there, c, "GET"), 401, "invalid_token")
    assert s.get(uri[len(s.url):],
                 token=c["registration_access_token"]).status == 200
    refused(s.post(f"/t/{t}/oauth2/register", GOOD, token=there[1]), 401,
            "invalid_token")
    assert s.post("/t/none/oauth2/register", GOOD).status == 404


@pytest.mark.parametrize("args", [
    ["--lifetime"], ["--lifetime", "0"], ["--lifetime", "-1"],
    ["--lifetime", "1y"], ["--lifetime", "1h2"], ["--lifetime", ""],
    ["x"], ["--life", "1h"], ["--lifetime", "99999999999999d"]])
def test_register_token_rejects_usage(there, args):
    assert there[0].ctl("client", "register-token", *args).returncode == 2


def test_register_is_off_by_default(server):
    c = {"client_id": "abc", "registration_access_token": "x"}
    for r in (server.post("/oauth2/register", GOOD),
              server.get("/oauth2/register/abc", token="x"),
              server.call("PUT", "/oauth2/register/abc", c),
              server.delete("/oauth2/register/abc")):
        refused(r, 404, "not_found")
    doc = server.get("/.well-known/openid-configuration").json()
    assert "registration_endpoint" not in doc


def test_register_is_told_where_it_is_on(there):
    s, _ = there
    doc = s.get("/.well-known/openid-configuration").json()
    assert doc["registration_endpoint"] == f"{s.url}/oauth2/register"


# ---- RFC 7592 ----

def test_self_reads_itself(there):
    c = new(there)
    r = own(there, c, "GET")
    assert r.status == 200 and r.headers["cache-control"] == "no-store"
    got = r.json()
    secret = c.pop("client_secret")
    c.pop("client_secret_expires_at")
    assert got == c and secret not in r.body.decode()


def test_self_is_replaced(there):
    s, _ = there
    c = new(there, scope="openid", client_name="Old",
            post_logout_redirect_uris=["https://app.example/out"])
    r = own(there, c, "PUT", {**plain(c), "client_name": "New",
                              "redirect_uris": ["https://b.example/"]})
    assert r.status == 200, r
    got = r.json()
    assert "client_secret" not in got
    assert (got["client_name"], got["redirect_uris"], got["scope"]) == (
        "New", ["https://b.example/"], "openid")
    # what is left out is as if it had never been said
    got = own(there, c, "PUT", {"client_id": c["client_id"],
                                "redirect_uris": [CB]}).json()
    assert got["client_name"] == c["client_id"]
    assert got["post_logout_redirect_uris"] == []
    assert got["scope"] == "openid profile email offline_access"
    assert own(there, c, "GET").json() == got
    acts = [a for a, in s.sql("SELECT action FROM audit WHERE subject = "
                              f"'{c['client_id']}' ORDER BY created_at")]
    assert acts == ["client.create", "client.update", "client.update"]


def test_self_gets_a_secret_when_it_needs_one(there):
    c = new(there, token_endpoint_auth_method="none")
    got = own(there, c, "PUT", {**plain(c), "token_endpoint_auth_method":
                                "client_secret_post"}).json()
    assert len(got["client_secret"]) == 43
    got = own(there, c, "PUT", {**plain(c), "token_endpoint_auth_method":
                                "none"}).json()
    assert "client_secret" not in got
    assert there[0].sql("SELECT coalesce(secret_hash, 'none') FROM clients "
                        f"WHERE client_id = '{c['client_id']}'") == [
        ("none",)]


def test_self_keeps_its_secret(there):
    s, _ = there
    c = new(there, token_endpoint_auth_method="client_secret_basic")
    q = f"SELECT secret_hash FROM clients WHERE client_id = '{c['client_id']}'"
    before = s.sql(q)
    assert own(there, c, "PUT", {**plain(c), "client_secret": "x" * 43}
               ).status == 200
    assert s.sql(q) == before


@pytest.mark.parametrize("bad,error", [
    ({"client_id": "another"}, "invalid_client_metadata"),
    ({"client_id": None}, "invalid_client_metadata"),
    ({"redirect_uris": ["javascript:x"]}, "invalid_redirect_uri"),
    ({"redirect_uris": []}, "invalid_redirect_uri"),
    ({"scope": "admin"}, "invalid_client_metadata"),
    ({"registration_access_token": "x"}, "invalid_client_metadata"),
    ({"client_secret_expires_at": 0}, "invalid_client_metadata"),
    ({"software_statement": "x"}, "invalid_client_metadata"),
    ({"grant_types": ["implicit"]}, "invalid_client_metadata")])
def test_self_refuses_metadata(there, bad, error):
    c = new(there)
    before = own(there, c, "GET").json()
    refused(own(there, c, "PUT", {**plain(c), **bad}), 400, error)
    assert own(there, c, "GET").json() == before


def test_self_wants_its_own_token(there):
    s, initial = there
    a, b = new(there), new(there)
    for bad in (b["registration_access_token"], initial, "x", "A" * 43,
                a["client_secret"], a["client_id"]):
        for method, body in (("GET", None), ("DELETE", None),
                             ("PUT", plain(a)), ("PUT", {}), ("PUT", [])):
            refused(own(there, a, method, body, token=bad), 401,
                    "invalid_token")
    for id in ("none", "moatd", "x'--", "A" * 200):
        refused(own(there, {**a, "client_id": id}, "GET"), 401,
                "invalid_token")
    assert s.get(f"/oauth2/register/{a['client_id']}").status == 401
    assert own(there, a, "GET").status == 200


def test_self_ends(there):
    s, _ = there
    c = new(there)
    r = own(there, c, "DELETE")
    assert r.status == 204 and r.body == b""
    for method, body in (("GET", None), ("DELETE", None), ("PUT", plain(c))):
        refused(own(there, c, method, body), 401, "invalid_token")
    assert s.sql("SELECT count(*) FROM clients WHERE client_id = "
                 f"'{c['client_id']}'") == [("0",)]
    assert ("client.delete",) in s.sql(
        f"SELECT action FROM audit WHERE subject = '{c['client_id']}'")


def test_self_cannot_touch_what_it_was_given(there):
    """The super admin gave it more: it may read itself, and no more."""
    s, _ = there
    for how in (["--scope", "openid account"], ["--roles", "admin"]):
        c = new(there)
        assert s.ctl("client", "set", c["client_id"], *how).returncode == 0
        refused(own(there, c, "PUT", {**plain(c), "redirect_uris":
                                      ["https://evil.example/"]}),
                403, "forbidden")
        refused(own(there, c, "DELETE"), 403, "forbidden")
        assert own(there, c, "GET").json()["redirect_uris"] == [CB]


def test_self_keeps_what_its_tenant_says(there):
    s, _ = there
    c = new(there)
    assert s.ctl("client", "set", c["client_id"], "--skip-consent", "yes",
                 "--audience", "https://api.example/",
                 "--permissions", "pay").returncode == 0
    assert own(there, c, "PUT", {**plain(c), "client_name": "N"}
               ).status == 200
    got = json.loads(s.ctl("--json", "client", "show",
                           c["client_id"]).stdout)
    assert got["skip_consent"] and got["permissions"] == ["pay"]
    assert got["audience"] == ["https://api.example/"]
    assert got["client_name"] == "N"


def test_self_is_nobody_while_disabled(there):
    s, _ = there
    c = new(there)
    s.ctl("client", "set", c["client_id"], "--disabled", "yes")
    refused(own(there, c, "GET"), 401, "invalid_token")
    s.ctl("client", "set", c["client_id"], "--disabled", "no")
    assert own(there, c, "GET").status == 200


def test_self_changes_one_after_the_other(there):
    """Two PUTs at once: each is whole, and one was the last."""
    c = new(there)
    names = [f"name {i}" for i in range(6)]

    def put(n):
        return own(there, c, "PUT", {
            **plain(c), "client_name": n,
            "redirect_uris": [f"https://app.example/{n[-1]}"]})
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for r, n in zip(pool.map(put, names), names):
            assert r.status in (200, 503), r
            if r.status == 200:
                assert r.json()["client_name"] == n
    got = own(there, c, "GET").json()
    assert got["redirect_uris"] == [
        f"https://app.example/{got['client_name'][-1]}"]


def test_self_ends_once(there):
    c = new(there)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda _: own(there, c, "DELETE").status,
                            range(4)))
    assert sorted(got) == [204, 401, 401, 401], got


# ---- what it costs ----

def private(s):
    """KiB that the workers have of their own."""
    total = 0
    for pid in s.pids("worker"):
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += sum(int(n) for n in re.findall(
            r"^Private_\w+:\s+(\d+) kB", text, re.M))
    return total


@pytest.mark.slow         # a sanitizer keeps what was freed
@pytest.mark.root
def test_strangers_requests_cost_no_memory(there):
    """Whoever has no token may ask as often as it likes."""
    s, _ = there
    ask = b"".join(
        b"%s /oauth2/register/nobody HTTP/1.1\r\nHost: x\r\n"
        b"Authorization: Bearer x\r\n\r\n" % m for m in (b"GET", b"DELETE"))

    def many(n):
        with s.sock() as c:
            f = c.makefile("rb")
            for _ in range(n):
                c.sendall(ask)
                for _ in range(2):
                    assert b" 401 " in f.readline()
                    size = 0
                    while (line := f.readline()) != b"\r\n":
                        if line.lower().startswith(b"content-length:"):
                            size = int(line.split()[1])
                    f.read(size)
    many(100)
    before = private(s)
    many(1500)
    assert private(s) - before < 200
