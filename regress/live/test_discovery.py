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


"""What moatd says of itself to clients (RFC 8414, OpenID Connect Discovery)."""

import pytest

import moat
from tenant import Tenant, no_tenant
from test_accounts import error

OIDC = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
ENDPOINTS = {
    "authorization_endpoint": "/oauth2/authorize",
    "token_endpoint": "/oauth2/token",
    "userinfo_endpoint": "/oauth2/userinfo",
    "introspection_endpoint": "/oauth2/introspect",
    "revocation_endpoint": "/oauth2/revoke",
    "end_session_endpoint": "/oauth2/logout",
    "jwks_uri": "/.well-known/jwks.json",
    "pushed_authorization_request_endpoint": "/oauth2/par",
    "device_authorization_endpoint": "/oauth2/device_authorization",
}
ALGS = ["ES256", "EdDSA", "RS256"]
SECRETS = ["client_secret_basic", "client_secret_post"]
GRANT = "urn:ietf:params:oauth:grant-type:"
FIXED = {
    "scopes_supported": ["openid", "profile", "email", "roles",
                         "offline_access", "account", "admin"],
    "response_types_supported": ["code"],
    "response_modes_supported": ["query"],
    "grant_types_supported": [
        "authorization_code", "refresh_token", "client_credentials",
        GRANT + "device_code", GRANT + "token-exchange"],
    "token_endpoint_auth_methods_supported": [*SECRETS, "none",
                                              "private_key_jwt"],
    "revocation_endpoint_auth_methods_supported": [*SECRETS, "none",
                                                   "private_key_jwt"],
    "introspection_endpoint_auth_methods_supported": [*SECRETS,
                                                      "private_key_jwt"],
    "token_endpoint_auth_signing_alg_values_supported": ALGS,
    "introspection_endpoint_auth_signing_alg_values_supported": ALGS,
    "revocation_endpoint_auth_signing_alg_values_supported": ALGS,
    "dpop_signing_alg_values_supported": ALGS,
    "subject_types_supported": ["public"],
    "code_challenge_methods_supported": ["S256"],
    "id_token_signing_alg_values_supported": ALGS,
    "acr_values_supported": ["aal1", "aal2"],
    "claims_supported": [
        "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr",
        "amr", "at_hash", "sid", "name", "preferred_username", "updated_at",
        "email", "email_verified", "roles"],
    "prompt_values_supported": ["none", "login", "consent",
                                "select_account"],
    "authorization_response_iss_parameter_supported": True,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
    "claims_parameter_supported": False,
    "require_pushed_authorization_requests": False,
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
}


def check(r, issuer, registration=False):
    assert r.status == 200, r
    assert r.headers["content-type"] == "application/json"
    assert r.headers["cache-control"] == "public, max-age=300"
    assert r.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in r.headers
    j = r.json()
    assert j.pop("issuer") == issuer
    locales = j.pop("ui_locales_supported")
    assert locales[0] == "en" and sorted(locales) == sorted(
        f.stem for f in (moat.TOP / "src/pages/text").glob("*.txt"))
    want = {**FIXED, **{k: issuer + v for k, v in ENDPOINTS.items()}}
    if registration:
        want["registration_endpoint"] = issuer + "/oauth2/register"
    assert j == want


def test_discovery_accepts_anyone(server):
    for path in (OIDC, OAUTH):
        check(server.get(path), server.url)
        check(server.get(path, token="no.such.token", headers={
            "Origin": "https://anybody.example"}), server.url)
    assert server.get(OIDC).body == server.get(OAUTH).body


def test_discovery_accepts_tenants(server):
    """Each issuer speaks of itself only."""
    t = Tenant(server)
    check(t.get(OIDC), t.issuer)
    check(server.get(f"{OAUTH}/t/{t.id}"), t.issuer)
    # each under the one path that its own standard has
    error(t.get(OAUTH), 404, "not_found")
    error(server.get(f"{OIDC}/t/{t.id}"), 404, "not_found")


def test_discovery_accepts_registration_where_configured(database):
    s = moat.Server(database, "client-registration yes\n", workers=1)
    try:
        check(s.get(OIDC), s.url, True)
    finally:
        s.stop()
        s.discard()


def test_discovery_rejects_tenants_that_are_not_there(server):
    """As everywhere."""
    gone = Tenant(server, status="suspended")
    for name in ("nobody", gone.id):
        no_tenant(server.get(f"/t/{name}{OIDC}"))
        no_tenant(server.get(f"{OAUTH}/t/{name}"))
    for name in ("default", "DEFAULT", "-x", "a.b", "a" * 64, "a%41", "..",
                 "a/b", ""):
        no_tenant(server.get(f"{OAUTH}/t/{name}"))
    no_tenant(server.get(OAUTH + "/"))
    no_tenant(server.get(OAUTH + "/t"))


@pytest.mark.parametrize("path", [OIDC, OAUTH])
def test_discovery_rejects_repeated_parameters(server, path):
    """CASES 35."""
    error(server.get(path + "?a=1&a=2"), 400, "invalid_request")
    error(server.get(f"{OAUTH}/t/nobody?a=1&a=2"), 404, "not_found")


def test_discovery_says_nothing_of_the_request(server):
    """CASES 48: neither Host nor what a proxy claims."""
    check(server.get(OIDC, headers={
        "Host": "evil.example", "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https"}), server.url)
