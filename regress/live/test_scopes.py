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


"""/admin/scopes: what the page of consent says of a tenant's own scopes.
Numbers are those of CASES."""

import secrets

import pytest

import oidc
from tenant import Tenant
from test_accounts import error
from test_pages import signed_in


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


def fresh():
    return "s" + secrets.token_hex(6)


def put(server, root, name, description, base=""):
    return server.call("PUT", f"{base}/admin/scopes/{name}",
                       {"description": description}, root)


def listed(server, root, base="", query="?limit=200"):
    r = server.get(f"{base}/admin/scopes{query}", root)
    assert r.status == 200, r
    return r.json()


def test_scope_accepts_a_description(server, root):
    name = "shop:" + fresh()
    r = put(server, root, name, "See what you bought")
    assert r.status == 200 and set(r.json()) == {"name", "description",
                                                 "createdAt"}
    first = r.json()
    assert first["name"] == name
    r = put(server, root, name, "See <b>all</b> you bought \u00e9")
    assert r.json() == {**first, "description": "See <b>all</b> you bought "
                        "\u00e9"}
    assert r.json() in listed(server, root)["items"]
    assert server.delete("/admin/scopes/" + name, token=root).status == 204
    assert name not in [i["name"] for i in listed(server, root)["items"]]
    error(server.delete("/admin/scopes/" + name, token=root), 404,
          "not_found")
    assert server.sql("SELECT action, result FROM audit WHERE subject = "
                      f"'{name}' ORDER BY created_at") == [
        ("scope.update", "success")] * 2 + [("scope.delete", "success")]


def test_scope_is_what_consent_says(server, root):
    """Escaped, as everything is."""
    name = fresh()
    assert put(server, root, name, "Read <i>mail</i> & more").status == 200
    rp = oidc.RP.register(server, root, scope=f"openid {name} bare")
    b = signed_in(server, server.register())
    p = b.follow(b.get(rp.authorization().url))
    assert p.path == "/consent" and "Read <i>mail</i> & more" in p.text
    assert b"<i>mail" not in p.body and "bare" in p.text


def test_scope_list_has_pages(server, root):
    t = Tenant(server)
    names = sorted(fresh() for _ in range(5))
    for n in names:
        assert put(server, root, n, n, t.base).status == 200
    got, query = [], "?limit=2"
    while query:
        j = listed(server, root, t.base, query)
        assert len(j["items"]) <= 2
        got += [i["name"] for i in j["items"]]
        query = j["next"] and f"?limit=2&cursor={j['next']}"
    assert got == names
    for bad in ("?cursor=", "?cursor=a%20b", "?cursor=%27", "?limit=0",
                "?limit=201", "?limit=1&limit=2"):
        error(server.get(t.base + "/admin/scopes" + bad, root), 400,
              "invalid_request")


@pytest.mark.parametrize("name", ["openid", "profile", "email", "roles",
                                  "offline_access", "account", "admin",
                                  "mfa_setup"])
def test_scope_rejects_what_is_built_in(server, root, name):
    """Nobody says of `account` that it is harmless."""
    error(put(server, root, name, "Harmless"), 403, "forbidden")
    error(server.delete("/admin/scopes/" + name, token=root), 403,
          "forbidden")
    assert server.ctl("scope", "set", name, "Harmless").returncode == 1


def test_scope_rejects_names(server, root):
    """CASES 46, 49."""
    for name in ("a%20b", "%00", "..", "a'b", "-x", ":x", "a" * 65, "a,b",
                 "a\u00e9".encode().hex() + "%c3%a9", "a/b", "a%2fb"):
        error(put(server, root, name, "x"), 404, "not_found")


def test_scope_rejects_descriptions(server, root):
    """What is shown beside an application's name is seen as it is."""
    name = fresh()
    for bad in ("", "a" * 257, "a\tb", "a\nb", "\u202egnp", "\u200b",
                "\x1b[31m", 7, None, ["a"]):
        error(put(server, root, name, bad), 400, "invalid_request",
              "description")
    error(server.call("PUT", "/admin/scopes/" + name, {}, root), 400,
          "invalid_request", "description")
    assert put(server, root, name, "\U0001f600" * 256).status == 200


def test_scope_is_one_tenants(server, root):
    a, b = Tenant(server), Tenant(server)
    name = fresh()
    assert put(server, root, name, "Of a", a.base).status == 200
    assert listed(server, root, b.base)["items"] == []
    error(server.delete(f"{b.base}/admin/scopes/{name}", token=root), 404,
          "not_found")
    assert put(server, root, name, "Of b", b.base).status == 200
    assert listed(server, root, a.base)["items"][0]["description"] == "Of a"
    error(put(server, root, name, "x", "/t/nobody"), 404, "not_found")
