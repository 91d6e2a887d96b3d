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

"""From an empty server to an application that asks who may do what, with
moatctl and HTTP alone."""

import base64
import json
import secrets
from urllib.parse import parse_qs, urlsplit

PERMISSION = "billing:invoice.read"


class Operator:
    """What an operator types for one tenant."""

    def __init__(self, server, tenant):
        self.server = server
        self.tenant = tenant
        self.base = f"/t/{tenant}"

    def ctl(self, *args):
        r = self.server.ctl("--json", "--yes", *args)
        assert r.returncode == 0, r
        return json.loads(r.stdout)

    def mine(self, *args):
        return self.ctl("--tenant", self.tenant, *args)

    def person(self, name, *more):
        """An account whose holder follows the link and logs in."""
        made = self.mine("user", "add", name, f"{name}@acme.example", *more)
        link = urlsplit(made["link"])
        assert link.path.startswith(self.base + "/")
        user = {"id": made["user"]["id"], "username": name,
                "password": f"a password of {name}, and long"}
        body = {"token": parse_qs(link.query)["token"][0],
                "newPassword": user["password"]}
        r = self.server.post(self.base + "/auth/reset-password", body)
        assert r.status == 200, r
        # the link was good once
        assert self.server.post(self.base + "/auth/reset-password",
                                body).status == 400
        return {**user, **self.login(user)}

    def login(self, user):
        r = self.server.post(self.base + "/auth/login", {
            "username": user["username"], "password": user["password"]})
        assert r.status == 200, r
        return r.json()


class App:
    """An application that asks, with its secret and its own permissions."""

    def __init__(self, op, made):
        both = f"{made['client_id']}:{made['client_secret']}".encode()
        self.op = op
        self.headers = {"Authorization": "Basic " +
                        base64.b64encode(both).decode()}

    def ask(self, subject, *permissions):
        return self.op.server.post(
            self.op.base + "/auth/check", headers=self.headers,
            json={"subject": subject, "permissions": list(permissions)})

    def allowed(self, subject, permission=PERMISSION):
        r = self.ask(subject, permission)
        assert r.status == 200 and r.json()["subject"] == subject, r
        return r.json()["allowed"][permission]


def test_from_an_empty_server_to_an_application_that_asks(fresh_server,
                                                          database):
    s = fresh_server(database=database)
    op = Operator(s, "acme")
    op.ctl("tenant", "add", "acme", "--name", "Acme Ltd")
    boss = op.person("boss", "--role", "admin")
    app = App(op, op.mine("client", "add", "billing", "--redirect-uris",
                          "https://billing.example/", "--permissions",
                          "invoice.read"))
    op.mine("role", "add", "clerk", "--permissions", PERMISSION)
    ann = op.person("ann", "--role", "clerk")
    eve = op.person("eve")

    # it is told yes
    assert app.allowed(ann["id"]) is True
    assert app.allowed(eve["id"]) is False
    assert app.allowed(boss["id"]) is False
    assert app.allowed(secrets.token_hex(8)) is False
    # and no about what is not its own
    assert app.ask(ann["id"], "users:read").status == 403
    assert app.ask(ann["id"], PERMISSION, "other:invoice.read").status == 403

    # the user's own token says the same
    query = op.base + "/auth/check?permission=" + PERMISSION
    assert s.get(query, token=ann["token"]).json()["allowed"] is True
    assert s.get(query, token=eve["token"]).json()["allowed"] is False

    # the role is taken away, by the tenant's admin: no, from then on
    who = f"{op.base}/admin/users/{ann['id']}"
    assert s.patch(who, {"roles": ["user"]}, token=ann["token"]).status == 403
    r = s.patch(who, {"roles": ["user"]}, token=boss["token"])
    assert r.status == 200 and r.json()["roles"] == ["user"], r
    assert app.allowed(ann["id"]) is False
    assert s.get(query, token=ann["token"]).status == 401
    new = op.login(ann)["token"]
    assert s.get(query, token=new).json()["allowed"] is False

    # given again by a change of the role: yes; the role ended: no
    r = s.patch(who, {"roles": ["user", "clerk"]}, token=boss["token"])
    assert r.status == 200, r
    assert app.allowed(ann["id"]) is True
    op.mine("role", "set", "clerk", "--permissions", "")
    assert app.allowed(ann["id"]) is False
    op.mine("role", "set", "clerk", "--permissions", PERMISSION)
    assert app.allowed(ann["id"]) is True
    op.mine("role", "delete", "clerk")
    assert app.allowed(ann["id"]) is False

    # nothing of it is in the default tenant
    assert s.get(f"/admin/users/{ann['id']}",
                 token=s.admin_login()["token"]).status == 404
    assert s.ctl("client", "show", "billing").returncode == 1
    # and all of it in the tenant's audit
    r = s.ctl("--tenant", "acme", "audit", "export")
    acts = {json.loads(line).get("action") for line in r.stdout.splitlines()}
    assert {"user.create", "client.create", "role.create", "user.roles",
            "role.update", "role.delete", "password.reset"} <= acts


def test_an_application_is_disabled_and_gets_a_new_secret(server):
    """What its operator does to it holds from its next question on."""
    name = "t" + secrets.token_hex(4)
    op = Operator(server, name)
    op.ctl("tenant", "add", name)
    made = op.mine("client", "add", "billing", "--redirect-uris",
                   "https://billing.example/", "--permissions",
                   "invoice.read")
    op.mine("role", "add", "clerk", "--permissions", PERMISSION)
    ann = op.person("ann", "--role", "clerk")
    old = App(op, made)
    assert old.allowed(ann["id"]) is True
    op.mine("user", "disable", "ann")
    assert old.allowed(ann["id"]) is False
    op.mine("user", "enable", "ann")
    assert old.allowed(ann["id"]) is True
    new = App(op, op.mine("client", "secret", "billing"))
    assert old.ask(ann["id"], PERMISSION).status == 401
    assert new.allowed(ann["id"]) is True
    op.mine("client", "set", "billing", "--disabled", "yes")
    assert new.ask(ann["id"], PERMISSION).status == 401
    op.mine("client", "set", "billing", "--disabled", "no")
    op.ctl("tenant", "set", name, "--status", "suspended")
    assert new.ask(ann["id"], PERMISSION).status == 404
    op.ctl("tenant", "set", name, "--status", "active")
    op.mine("client", "delete", "billing")
    assert new.ask(ann["id"], PERMISSION).status == 401
