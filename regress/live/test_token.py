"""POST /oauth2/token (API.md section 8): codes, refresh tokens, clients that
act for themselves, and how a client shows who it is.

Codes are put into the database here, so that each can be what it must be; the
way that a browser gets one is in test_authorize.py.  Numbers are those of
CASES.
"""

import base64
import concurrent.futures
import hashlib
import json
import secrets
import time
import urllib.parse

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import forge
import moat
import oidc
from forge import b64, claims, header
from tenant import Tenant

URI = "https://app.example.org/cb"
ALL = "openid profile email roles offline_access"
GRANTS = ["authorization_code", "refresh_token", "client_credentials"]
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


@pytest.fixture(scope="module")
def user(server):
    return server.user(name="Ana Piña")


def make(server, root, **over):
    over.setdefault("grant_types", GRANTS)
    over.setdefault("scope", ALL)
    if over.get("token_endpoint_auth_method") == "none":
        over["grant_types"] = [g for g in over["grant_types"]
                               if g != "client_credentials"]
    return oidc.RP.register(server, root, redirect_uri=URI, **over)


@pytest.fixture(scope="module")
def rp(server, root):
    return make(server, root)


@pytest.fixture(scope="module")
def public(server, root):
    return make(server, root, token_endpoint_auth_method="none")


def digest(text):
    """As a token or a code of 256 bits is known to the database."""
    return b64(hashlib.sha256(forge.unb64(text)).digest())


class Code:
    """An authorization code that waits to be redeemed."""

    def __init__(self, server, rp, user, scope=ALL, **over):
        self.rp, self.server = rp, server
        self.code = secrets.token_urlsafe(32)
        self.verifier = secrets.token_urlsafe(48)
        self.uri = over.pop("uri", URI)
        # the browser's session
        token = over.pop("token", None) or user["token"]
        self.parent = claims(token)["sid"]
        now = int(time.time() * 1e6)
        row = {"hash": digest(self.code), "tenant": "default",
               "client_id": rp.client_id, "user_id": user["userId"],
               "session_id": self.parent, "redirect_uri": self.uri,
               "scope": scope, "nonce": "n-" + self.code[:6],
               "challenge": oidc.s256(self.verifier),
               "auth_at": now - 3_000_000, "acr": "aal1", "amr": "pwd",
               "created_at": now, "expires_at": now + 60_000_000, **over}
        self.row = row
        server.sql(f"INSERT INTO codes ({', '.join(row)}) VALUES (" +
                   ", ".join(f"'{v}'" if isinstance(v, str) else str(v)
                             for v in row.values()) + ")")

    def redeem(self, rp=None, **over):
        return (rp or self.rp).post("token", {
            "grant_type": "authorization_code", "code": self.code,
            "redirect_uri": self.uri, "code_verifier": self.verifier,
            **over})

    def tokens(self, **over):
        r = self.redeem(**over)
        assert r.status == 200, r
        return r.json()


def refused(r, status, code):
    assert r.status == status, r
    j = r.json()
    assert set(j) == {"error", "error_description"}, j
    assert j["error"] == code, j
    assert r.headers["cache-control"] == "no-store"
    return True


def no_client(r):
    refused(r, 401, "invalid_client")
    assert r.headers["www-authenticate"] == 'Basic realm="moatd"'


def lives(server, token):
    return server.get("/auth/check?role=user", token).status == 200


def entries(server, action, client_id):
    return server.sql("SELECT result, detail FROM audit WHERE action = "
                      f"'{action}' AND client_id = '{client_id}'")


# ---- codes ----

def test_code_is_redeemed(server, rp, user):
    c = Code(server, rp, user)
    r = c.redeem()
    assert r.status == 200, r
    assert r.headers["cache-control"] == "no-store"
    assert r.headers["pragma"] == "no-cache"
    j = r.json()
    assert j["token_type"] == "Bearer" and j["scope"] == ALL
    assert j["expires_in"] == 600
    assert set(j) == {"access_token", "token_type", "expires_in", "scope",
                      "id_token", "refresh_token"}
    at = claims(j["access_token"])
    assert header(j["access_token"])["typ"] == "at+jwt"
    assert at["sub"] == user["userId"] and at["client_id"] == rp.client_id
    assert at["aud"] == at["iss"] == server.url
    assert at["scope"] == ALL and at["roles"] == ["user"]
    assert at["tenant"] == "default" and at["acr"] == "aal1"
    assert at["auth_time"] == c.row["auth_at"] // 1000000
    assert at["sid"] not in (c.parent, "")
    id = rp.verify(j["id_token"], c.row["nonce"], j["access_token"])
    assert id["sub"] == user["userId"] and id["sid"] == at["sid"]
    assert id["exp"] - id["iat"] == 600
    assert id["auth_time"] == at["auth_time"]
    assert id["acr"] == "aal1" and id["amr"] == ["pwd"]
    assert id["name"] == "Ana Piña"
    assert id["preferred_username"] == user["username"]
    assert id["email"] == user["email"] and id["email_verified"] is False
    assert id["roles"] == ["user"] and isinstance(id["updated_at"], int)
    assert lives(server, j["access_token"])
