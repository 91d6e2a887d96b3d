"""moatctl role and client (API.md section 10), and the way from an empty
server to an application's yes and no."""

import base64
import json
import secrets

import pytest


def name():
    return "c" + secrets.token_hex(6)


def ctl(server, *args, code=0, **kw):
    r = server.ctl(*args, **kw)
    assert r.returncode == code, (args, r.stdout, r.stderr)
    return r


def js(server, *args):
    return json.loads(ctl(server, "--json", *args).stdout)


def lines(server, *args):
    return [json.loads(l) for l in
            ctl(server, "--json", *args).stdout.splitlines()]


def test_role_lives(server):
    n = name()
    made = js(server, "role", "add", n, "--description", "Über uns",
              "--permissions", "users:write,audit:read")
    assert made["name"] == n and made["description"] == "Über uns"
    assert made["permissions"] == ["audit:read", "users:write"]
    assert made["builtin"] is False
    assert js(server, "role", "show", n) == made
    assert made in lines(server, "role", "list")
    assert {"user", "admin", "superadmin"} <= {
        r["name"] for r in lines(server, "role", "list")}
    js(server, "role", "set", n, "--permissions", "")
    assert js(server, "role", "show", n)["permissions"] == []
    js(server, "role", "set", n, "--description", "new")
    assert js(server, "role", "show", n)["description"] == "new"
    assert n in ctl(server, "role", "list").stdout
    r = ctl(server, "role", "delete", n, code=1)    # nobody to ask
    assert "--yes" in r.stderr
    ctl(server, "--yes", "role", "delete", n)
    assert "no such role" in ctl(server, "role", "show", n, code=1).stderr
    rows = server.sql("SELECT action, actor, detail FROM audit WHERE "
                      f"subject = '{n}' ORDER BY id")
    assert [r[0] for r in rows] == ["role.create", "role.update",
                                    "role.update", "role.delete"]
    assert all(r[1] == "" and '"by":"operator"' in r[2] for r in rows)


@pytest.mark.parametrize("args,text", [
    (("add", "Bad Name"), "name"), (("add", "a" * 65), "no such role"),
    (("add", "admin"), "is such a role"),
    (("set", "admin", "--description", "x"), "built in"),
    (("set", "nosuch-role", "--description", "x"), "no such role"),
    (("add", "abc", "--permissions", "tenants:write"), "permissions"),
    (("add", "abc", "--permissions", "users:read,nosuch:thing"),
     "permissions.1"),
    (("show", "x'--"), "no such role")])
def test_role_refusals_say_why(server, args, text):
    assert text in ctl(server, "role", *args, code=1).stderr


@pytest.mark.parametrize("args", [
    ("role",), ("role", "add"), ("role", "set", "abc"), ("role", "list", "x"),
    ("role", "add", "abc", "--nosuch", "x"), ("role", "add", "abc",
                                              "--permissions"),
    ("client",), ("client", "add"), ("client", "set", "abc"),
    ("client", "add", "abc", "--nosuch", "x"), ("client", "add", "abc",
                                                "--scope"),
    ("client", "add", "abc", "--has", "1"), ("client", "add", "abc",
                                             "--bearer", "x")])
def test_wrong_usage_is_2(server, args):
    ctl(server, *args, code=2)


def test_client_lives(server):
    id = name()
    made = js(server, "client", "add", id, "--redirect-uris",
              "https://a.example/cb?x=1,2", "--redirect-uris",
              "http://127.0.0.1/cb", "--permissions", "read,pay",
              "--access-token-lifetime", "120", "--skip-consent", "yes",
              "--scope", "openid account")
    assert len(base64.urlsafe_b64decode(made["client_secret"] + "=")) == 32
    assert made["redirect_uris"] == ["https://a.example/cb?x=1,2",
                                     "http://127.0.0.1/cb"]
    assert made["permissions"] == ["pay", "read"]
    assert made["client_name"] == id and made["skip_consent"] is True
    assert made["access_token_lifetime"] == 120
    got = js(server, "client", "show", id)
    assert "client_secret" not in got and "secret" not in got
    assert got == {k: v for k, v in made.items() if k != "client_secret"}
    assert got in lines(server, "client", "list")
    js(server, "client", "set", id, "--disabled", "yes", "--permissions", "")
    got = js(server, "client", "show", id)
    assert got["disabled"] is True and got["permissions"] == []
    new = js(server, "--yes", "client", "secret", id)
    assert new["client_id"] == id
    assert new["client_secret"] != made["client_secret"]
    ctl(server, "--yes", "client", "delete", id)
    assert "no such client" in ctl(server, "client", "show", id,
                                   code=1).stderr


@pytest.mark.parametrize("args,text", [
    (("add", "users", "--redirect-uris", "https://a/"), "client_id"),
    (("add", "abcd"), "redirect_uris"),
    (("add", "abcd", "--redirect-uris", "http://evil.example/"),
     "redirect_uris"),
    (("add", "abcd", "--redirect-uris", "https://a/", "--roles", "nosuch-r"),
     "roles.0"),
    (("add", "abcd", "--redirect-uris", "https://a/", "--roles",
      "superadmin"), "super admin"),
    (("add", "abcd", "--disabled", "maybe"), "--disabled"),
    (("add", "abcd", "--access-token-lifetime", "1e3"),
     "--access-token-lifetime"),
    (("set", "nosuch-client", "--disabled", "yes"), "no such client")])
def test_client_refusals_say_why(server, args, text):
    assert text in ctl(server, "client", *args, code=1).stderr


def test_public_client_has_no_secret(server):
    id = name()
    made = js(server, "client", "add", id, "--redirect-uris", "https://a/",
              "--token-endpoint-auth-method", "none")
    assert "client_secret" not in made
    r = ctl(server, "--yes", "client", "secret", id, code=1)
    assert "public" in r.stderr


def test_other_tenants_have_their_own(server):
    t, n = name(), name()
    ctl(server, "tenant", "add", t)
    ctl(server, "--tenant", t, "role", "add", n)
    ctl(server, "role", "show", n, code=1)
    ctl(server, "--tenant", t, "client", "add", n, "--redirect-uris",
        "https://a/")
    ctl(server, "client", "show", n, code=1)
    r = ctl(server, "--tenant", "nosuch", "role", "list", code=1)
    assert "no such tenant" in r.stderr


def test_application_is_told_yes_and_then_no(server):
    """The whole way by the operator's hand."""
    id, n = name(), name()
    app = js(server, "client", "add", id, "--redirect-uris", "https://a/",
             "--permissions", "invoice.read")
    p = f"{id}:invoice.read"
    ctl(server, "role", "add", n, "--permissions", p)
    user = server.user()
    server.sql("INSERT INTO user_roles (user_id, tenant, role) VALUES "
               f"('{user['userId']}', 'default', '{n}')")
    both = base64.b64encode(f"{id}:{app['client_secret']}".encode()).decode()

    def asked():
        r = server.post("/auth/check", {"subject": user["userId"],
                                        "permissions": [p]},
                        headers={"Authorization": "Basic " + both})
        assert r.status == 200, r
        return r.json()["allowed"][p]

    assert asked() is True
    ctl(server, "--yes", "role", "delete", n)
    assert asked() is False
