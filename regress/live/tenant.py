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


"""A tenant of a server, as its clients see it; fixtures of the tests of
tenants."""

import secrets

import pytest


class Tenant:
    """One of that name, or a new one."""

    def __init__(self, server, name=None, **policy):
        self.server = server
        self.id = name or "t" + secrets.token_hex(4)
        self.base = f"/t/{self.id}"
        self.issuer = server.url + self.base
        if name is None:
            self.make(policy)

    def make(self, policy):
        row = {"status": "active", "registration": "open", "require_mfa": 0,
               "password_min": None, **policy}
        self.server.sql(
            "INSERT INTO tenants (id, name, status, registration, "
            "require_mfa, password_min, created_at) VALUES "
            f"('{self.id}', 'T', '{row['status']}', '{row['registration']}', "
            f"{row['require_mfa']}, {row['password_min'] or 'NULL'}, 1)")

    def call(self, method, path, body=None, token=None, headers=None):
        return self.server.call(method, self.base + path, body, token,
                                headers)

    def get(self, path, token=None, headers=None):
        return self.call("GET", path, None, token, headers)

    def post(self, path, body=None, token=None, headers=None):
        return self.call("POST", path, body, token, headers)

    def register(self, **over):
        name = over.pop("username", None) or "u" + secrets.token_hex(6)
        user = {"username": name, "password": f"correct horse {name}",
                "email": f"{name}@example.org", **over}
        r = self.post("/auth/register", user)
        assert r.status == 201, r
        return {**user, "userId": r.json()["userId"]}

    def login(self, user):
        r = self.post("/auth/login", {"username": user["username"],
                                      "password": user["password"]})
        assert r.status == 200, r
        return r.json()

    def user(self, **over):
        u = self.register(**over)
        return {**u, **self.login(u)}


@pytest.fixture(scope="module")
def two(server):
    """Two tenants with a user each."""
    a, b = Tenant(server), Tenant(server)
    a.alice, b.alice = a.user(), b.user()
    return a, b


def no_tenant(r):
    assert r.status == 404, r
    assert r.json()["error"] == "not_found"


@pytest.fixture(scope="module")
def root(server):
    """A token of the super admin."""
    return server.admin_login()["token"]


def new_id():
    return "n" + secrets.token_hex(5)
