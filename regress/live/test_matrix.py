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

"""The permission matrix: every route, by every kind of caller.

The routes are those of the server's own table, as /openapi.json has it, with
the scope that each asks for and whether tenants have it.  What the server may
not say about itself stands here, from API.md: the permission.  A route that
has no line in ROWS fails the suite.

Whoever is refused asks for something real, and what is there afterwards must
be what was there before; whoever may asks for something made for this alone.
"""

import itertools
import secrets

import pytest

import forge
import moat
from conftest import AS_USER, DATABASES

NOBODY = "00000000-0000-7000-8000-000000000000"
WRONG = "no password of anyone"
# What a role may hold, and what else that gives.
IMPLIED = {"users:write": "users:read", "roles:write": "roles:read",
           "clients:write": "clients:read", "keys:rotate": "keys:read"}
GRANTABLE = ("users:read", "users:write", "roles:read", "roles:write",
             "clients:read", "clients:write", "keys:read", "keys:rotate",
             "audit:read", "tokens:introspect")
ADMIN = ("users:write", "roles:write", "clients:write", "keys:read",
         "audit:read", "tokens:introspect")
NO_TOKEN = 401, "unauthorized"
BAD_TOKEN = 401, "invalid_token"
FORBIDDEN = 403, "forbidden"
NOT_FOUND = 404, "not_found"


def closure(permissions):
    return set(permissions) | {IMPLIED[p] for p in permissions
                               if p in IMPLIED}


def all_but(permission):
    """What can be held without holding it."""
    return tuple(p for p in GRANTABLE if permission not in closure([p]))


# ---- the rows ----

class Row:
    """What a route answers to who may: a status and, of an error, its code,
    or a function of the caller that tells them.  `thing` is what its path is
    about: "user", "role", ...; body: a JSON object, or a function of the world
    and the caller."""

    def __init__(self, route, ok, body=None, perm=None, thing=None, query="",
                 setup=False, own_token=False, code=None, patient=False,
                 form=None):
        self.method, self.path = route.split(" ")
        self.route = route
        self.ok = (ok if callable(ok) else lambda c: (ok, code))
        self.body = body
        self.form = form            # in the body's place
        self.perm = perm
        self.thing = thing
        self.query = query
        self.setup = setup
        self.own_token = own_token
        self.patient = patient      # there is a time when it cannot be done


def unless_super(status, code, super_code):
    return lambda c: (403, super_code) if c.root else (status, code)


def new_user(world, caller):
    name = "n" + secrets.token_hex(6)
    return {"username": name, "email": name + "@example.org",
            "password_hash": world.hash}


def new_role(world, caller):
    return {"name": "n" + secrets.token_hex(6), "permissions": []}


def new_client(world, caller):
    return {"client_id": "n" + secrets.token_hex(6), "client_name": "n",
            "redirect_uris": ["https://app.example/cb"]}


def new_tenant(world, caller):
    return {"id": "n" + secrets.token_hex(6), "name": "n"}


R = Row
ROWS = [
    # anyone: what else is sent decides, never a token
    R("GET /health", 200), R("GET /health/live", 200),
    R("GET /health/ready", 200), R("GET /metrics", 200),
    R("GET /openapi.json", 200), R("GET /.well-known/jwks.json", 200),
    R("GET /.well-known/openid-configuration", 200),
    R("GET /.well-known/oauth-authorization-server", 200),
    R("GET /.well-known/oauth-authorization-server/t/{tenant}", 200,
      thing="tenant"),
    R("POST /auth/register", 400, {}, code="invalid_request"),
    R("POST /auth/login", 401, {"username": "nobody", "password": WRONG},
      code="invalid_credentials"),
    R("POST /auth/mfa", 401, {"mfa_token": "x", "otp": "000000"},
      code="invalid_token"),
    R("POST /auth/refresh", 401, {"refresh_token": "x"},
      code="invalid_token"),
    R("POST /auth/verify-email", 400, {"token": "x"}, code="invalid_token"),
    R("POST /auth/verify-email/resend", 503, {"email": "x@example.org"},
      code="mail_unavailable"),
    R("POST /auth/password-request", 503, {"email": "x@example.org"},
      code="mail_unavailable"),
    R("POST /auth/reset-password", 400, {"token": "x", "newPassword": WRONG},
      code="invalid_token"),
    # the account's own
    R("POST /auth/logout", 204, setup=True, own_token=True),
    R("GET /auth/me", 200), R("PATCH /auth/me", 200, {"name": "x"}),
    R("DELETE /auth/me", unless_super(401, "invalid_credentials",
                                      "superadmin_protected"),
      {"password": WRONG}),
    R("GET /auth/me/sessions", 200), R("DELETE /auth/me/sessions", 204),
    R("DELETE /auth/me/sessions/{id}", 404, thing="nothing",
      code="not_found"),
    R("POST /auth/password-change", 401, {
        "oldPassword": WRONG, "newPassword": "quite another horse"},
      code="invalid_credentials"),
    R("POST /auth/step-up", 401, {"password": WRONG},
      code="invalid_credentials"),
    R("POST /auth/2fa/setup", 401, {"password": WRONG}, setup=True,
      code="invalid_credentials"),
    R("POST /auth/2fa/setup/{userId}", 403, {"password": WRONG}, setup=True,
      thing="user", code="forbidden"),
    R("POST /auth/2fa/verify", 409, {"token": "000000"}, setup=True,
      code="mfa_not_pending"),
    R("POST /auth/2fa/verify/{userId}", 403, {"token": "000000"}, setup=True,
      thing="user", code="forbidden"),
    R("POST /auth/2fa/disable", 401, {"password": WRONG, "otp": "000000"},
      code="invalid_credentials"),
    R("POST /auth/2fa/recovery-codes", 401, {
        "password": WRONG, "otp": "000000"}, code="invalid_credentials"),
    R("GET /auth/check", 200, query="?permission=users:read"),
    R("GET /auth/verify", 200, query="?role=user"),
    R("GET /auth/me/grants", 200),
    R("DELETE /auth/me/grants/{client_id}", 404, thing="client",
      code="not_found"),
    R("POST /oauth2/par", 401, form={"client_id": "nobody"},
      code="invalid_client"),
    R("POST /oauth2/device_authorization", 401, form={"client_id": "nobody"},
      code="invalid_client"),
    R("POST /oauth2/introspect", 401, form={"client_id": "nobody",
                                            "token": "x"},
      code="invalid_client"),
    R("POST /oauth2/revoke", 401, form={"client_id": "nobody", "token": "x"},
      code="invalid_client"),
    R("GET /oauth2/userinfo", 200), R("POST /oauth2/userinfo", 200),
    R("POST /oauth2/token", 401, form={"client_id": "nobody"},
      code="invalid_client"),
    R("POST /oauth2/register", 404, {}, code="not_found"),
    R("GET /oauth2/register/{client_id}", 404, thing="client",
      code="not_found"),
    R("PUT /oauth2/register/{client_id}", 404, {"client_id": "x"},
      thing="client", code="not_found"),
    R("DELETE /oauth2/register/{client_id}", 404, thing="client",
      code="not_found"),
    R("POST /auth/check", 401, {"subject": NOBODY, "permissions": ["a:b"]},
      code="invalid_client"),
    # administration
    R("GET /admin/users", 200, perm="users:read"),
    R("POST /admin/users", 201, new_user, perm="users:write"),
    R("GET /admin/users/{id}", 200, perm="users:read", thing="user"),
    R("PATCH /admin/users/{id}", 200, {"name": "new"}, perm="users:write",
      thing="user"),
    R("PUT /admin/users/{id}", 200, {"role": "user"}, perm="users:write",
      thing="user"),
    R("DELETE /admin/users/{id}", 200, perm="users:write", thing="user"),
    *(R(f"POST /admin/users/{{id}}/{act}", 204, perm="users:write",
        thing="user") for act in ("disable", "enable", "unlock", "reset-mfa",
                                  "revoke-sessions")),
    R("POST /admin/users/{id}/send-reset", 503, perm="users:write",
      thing="user", code="mail_unavailable"),
    R("GET /admin/permissions", 200, perm="roles:read"),
    R("GET /admin/roles", 200, perm="roles:read"),
    R("POST /admin/roles", 201, new_role, perm="roles:write"),
    R("GET /admin/roles/{name}", 200, perm="roles:read", thing="role"),
    R("PATCH /admin/roles/{name}", 200, {"description": "new"},
      perm="roles:write", thing="role"),
    R("DELETE /admin/roles/{name}", 204, perm="roles:write", thing="role"),
    R("GET /admin/scopes", 200, perm="clients:read"),
    R("PUT /admin/scopes/{name}", 200, {"description": "x"},
      perm="clients:write", thing="scope"),
    R("DELETE /admin/scopes/{name}", 204, perm="clients:write",
      thing="scope"),
    R("GET /admin/clients", 200, perm="clients:read"),
    R("POST /admin/clients", 201, new_client, perm="clients:write"),
    R("GET /admin/clients/{client_id}", 200, perm="clients:read",
      thing="client"),
    R("PATCH /admin/clients/{client_id}", 200, {"client_name": "new"},
      perm="clients:write", thing="client"),
    R("DELETE /admin/clients/{client_id}", 204, perm="clients:write",
      thing="client"),
    R("POST /admin/clients/{client_id}/secret", 200, perm="clients:write",
      thing="client"),
    R("GET /admin/tenants", 200, perm="tenants:read"),
    R("POST /admin/tenants", 201, new_tenant, perm="tenants:write"),
    R("GET /admin/tenants/{id}", 200, perm="tenants:read", thing="tenant"),
    R("PATCH /admin/tenants/{id}", 200, {"name": "new"},
      perm="tenants:write", thing="tenant"),
    R("DELETE /admin/tenants/{id}", 409, perm="tenants:write",
      thing="tenant", code="tenant_active"),
    R("GET /admin/keys", 200, perm="keys:read"),
    R("POST /admin/keys/rotate", 200, {}, perm="keys:rotate", patient=True),
    R("POST /admin/keys/{kid}/retire", 409, perm="keys:rotate", thing="key",
      code="key_active"),
    R("GET /admin/audit", 200, perm="audit:read"),
    R("GET /admin/audit/export", 200, perm="audit:read"),
]
BY_ROUTE = {row.route: row for row in ROWS}


# ---- the callers ----

class Caller:
    """Someone with a token.  `bad`: what it is answered wherever a token is
    asked for; home: the path of the tenant that it is of."""

    def __init__(self, kind, home="", token=None, bad=None, holds=(),
                 scope=("openid", "account", "admin"), root=False,
                 stale=False, user=None, admin_only=False, of=None,
                 machine=False):
        self.kind, self.home, self.token, self.bad = kind, home, token, bad
        self.holds, self.scope, self.root = set(holds), scope, root
        self.stale, self.user, self.admin_only = stale, user, admin_only
        self.of = of        # the permission that it was made for
        self.machine = machine      # a client by a token of its own


class World:
    """One server with a tenant more, and everybody there is."""

    def __init__(self, server):
        self.server = server
        self.root = server.admin_login()["token"]
        self.tenant, self.other = (self.made("", "tenant") for _ in "ab")
        self.bases = "", "/t/" + self.tenant
        self.forge = forge.Forge(server)
        self.routes = {
            f"{m.upper()} {p}": op for p, ops in
            server.get("/openapi.json").json()["paths"].items()
            for m, op in ops.items()}
        u = self.user("")
        self.hash = "$2b$04$" + "." * 22 + "0" * 31
        self.victims = {}
        for base in self.bases:
            for thing in ("user", "role", "client", "scope"):
                if self.has(thing):
                    self.victims[base, thing] = self.made(base, thing)
        self.victims["", "tenant"] = self.other
        self.callers = [*self.nobodies(), *self.holders(), *self.admins(),
                        *self.fallen(), *self.factors(), *self.scopes(u),
                        *self.machines(), *self.broken_machines()]

    def has(self, thing):
        return f"POST /admin/{thing}s" in self.routes or thing in (
            "user", "scope")

    # ---- things ----
    def call(self, method, path, body=None, token=None):
        return self.server.call(method, path, body, token)

    def user(self, base):
        name = "u" + secrets.token_hex(6)
        u = {"username": name, "password": f"correct horse {name}",
             "email": f"{name}@example.org"}
        r = self.call("POST", base + "/auth/register", u)
        assert r.status == 201, r
        return {**u, "id": r.json()["userId"], "base": base}

    def login(self, u):
        r = self.call("POST", u["base"] + "/auth/login", {
            "username": u["username"], "password": u["password"]})
        assert r.status == 200, r
        return r.json()

    def made(self, base, thing):
        """The id of a new user, role, client or tenant."""
        if thing == "user":
            return self.user(base)["id"]
        if thing == "scope":
            name = "s" + secrets.token_hex(6)
            r = self.call("PUT", f"{base}/admin/scopes/{name}",
                          {"description": "x"}, self.root)
            assert r.status == 200, r
            return name
        body = {"role": new_role, "client": new_client,
                "tenant": new_tenant}[thing](self, None)
        r = self.call("POST", f"{base}/admin/{thing}s", body, self.root)
        assert r.status == 201, r
        return body.get("name" if thing == "role" else "client_id"
                        if thing == "client" else "id")

    def role(self, base, *permissions):
        body = {"name": "r" + secrets.token_hex(6),
                "permissions": list(permissions)}
        r = self.call("POST", base + "/admin/roles", body, self.root)
        assert r.status == 201, r
        return body["name"]

    def holder(self, base, *permissions):
        """A user with a custom role, logged in."""
        u, role = self.user(base), self.role(base, *permissions)
        self.server.sql(
            "INSERT INTO user_roles (user_id, tenant, role) VALUES "
            f"('{u['id']}', '{base[3:] or 'default'}', '{role}')")
        return {**u, "role": role, **self.login(u)}

    def admin(self, base):
        u = self.user(base)
        self.server.sql("UPDATE users SET role = 'admin' WHERE id = "
                        f"'{u['id']}'")
        return {**u, **self.login(u)}

    # ---- everybody ----
    def nobodies(self):
        """Tokens that are none; but for that, they are the super admin's."""
        f, t = self.forge, self.root
        now = forge.now()
        ended = self.server.admin_login()["token"]
        assert self.call("POST", "/auth/logout", None, ended).status == 204
        yield Caller("nobody", bad=NO_TOKEN)
        for kind, token in (
                ("garbage", "x.y.z"), ("an ended session", ended),
                ("an expired token", f.altered(t, exp=now - 120,
                                               iat=now - 720)),
                ("a token of another issuer", f.altered(
                    t, iss="https://issuer.example")),
                ("a token for another audience", f.altered(
                    t, aud="https://issuer.example")),
                ("an ID token", f.altered(t, f.header(typ="JWT"))),
                ("a token by another key", f.sign(forge.claims(t),
                                                  key=f.other)),
                ("an unsigned token", f.sign(
                    forge.claims(t), f.header(alg="none"))
                 .rpartition(".")[0] + "."),
                ("a token of a later epoch", f.altered(
                    t, epoch=forge.claims(t)["epoch"] + 1)),
                ("a token of the super admin for another's session",
                 f.altered(t, sid=forge.claims(self.login(
                     self.user(""))["token"])["sid"]))):
            yield Caller(kind, token=token, bad=BAD_TOKEN)

    def holders(self):
        for base in self.bases:
            for p in GRANTABLE:
                u = self.holder(base, p)
                yield Caller(f"a holder of {p} in {base or 'the root'}", base,
                             u["token"], holds=closure([p]), user=u, of=p)
                held = all_but(p)
                u = self.holder(base, *held)
                yield Caller(f"a holder of all but {p} in "
                             f"{base or 'the root'}", base, u["token"],
                             holds=closure(held), user=u, of=p)

    def admins(self):
        for base in (*self.bases, "/t/" + self.other):
            u = self.user(base)
            u.update(self.login(u))
            yield Caller(f"a user of {base or 'the root'}", base, u["token"],
                         user=u)
            u = self.admin(base)
            yield Caller(f"an admin of {base or 'the root'}", base,
                         u["token"], holds=closure(ADMIN), user=u)
        yield Caller("the super admin", token=self.root, root=True,
                     holds=closure(GRANTABLE) | {"tenants:read",
                                                 "tenants:write"},
                     user={"username": self.server.admin[0], "base": "",
                           "password": self.server.admin[1]})

    def fallen(self):
        """Who was an administrator, and whose token says so."""
        for base in self.bases:
            where = base or "the root"
            u = self.admin(base)
            self.server.sql("UPDATE users SET status = 'disabled' WHERE id "
                            f"= '{u['id']}'")
            yield Caller(f"a disabled admin of {where}", base, u["token"],
                         bad=BAD_TOKEN)
            u = self.holder(base, *GRANTABLE)
            r = self.call("DELETE", f"{base}/admin/roles/{u['role']}", None,
                          self.root)
            assert r.status == 204, r
            yield Caller(f"one who lost a role of {where}", base, u["token"],
                         bad=BAD_TOKEN)
            r = self.call("POST", base + "/auth/refresh", {
                "refresh_token": u["refresh_token"]})
            assert r.status == 200, r
            yield Caller(f"the same with new tokens in {where}", base,
                         r.json()["token"], user=u)

    def factors(self):
        """Administrators with a second factor: shown, not shown, too long
        ago."""
        for kind, acr, age, stale in (("shown", "aal2", 0, False),
                                      ("shown long ago", "aal2", 301, True),
                                      ("not shown", "aal1", 0, True)):
            u = self.admin("")
            self.server.sql("UPDATE users SET totp_secret = 'x' WHERE id = "
                            f"'{u['id']}'")
            sid = forge.claims(u["token"])["sid"]
            self.server.sql(
                f"UPDATE sessions SET acr = '{acr}', auth_at = auth_at - "
                f"{age * 1000000} WHERE id = '{sid}'")
            # what the token says of it is not what counts
            token = self.forge.altered(
                u["token"], auth_time=forge.now() if stale else 1,
                acr="aal2" if stale else "aal1")
            yield Caller(f"an admin with a factor, {kind}", "", token,
                         holds=closure(ADMIN), stale=stale, user=u,
                         admin_only=True)

    def scopes(self, plain):
        """Good tokens that are for something else; and one that says more
        than is true."""
        every = closure(GRANTABLE) | {"tenants:read", "tenants:write"}
        for scope in ("openid profile", "openid account", "openid admin",
                      "mfa_setup"):
            yield Caller(f"the super admin with scope {scope}", "",
                         self.forge.altered(self.root, scope=scope),
                         scope=scope.split(), root=True, holds=every,
                         user={"username": self.server.admin[0], "base": "",
                               "password": self.server.admin[1],
                               "scope": scope})
        u = {**plain, **self.login(plain)}
        yield Caller("a user with scope openid profile", "",
                     self.forge.altered(u["token"], scope="openid profile"),
                     scope=("openid", "profile"),
                     user={**u, "scope": "openid profile"})
        yield Caller("a user whose token says super admin", "",
                     self.forge.altered(u["token"], roles=[
                         "superadmin", "admin", "user"]), user=u)


    def client(self, base, *permissions, scope="admin", client_id=None):
        body = {"client_id": client_id or "c" + secrets.token_hex(6),
                "client_name": "c",
                "grant_types": ["client_credentials"], "scope": scope,
                "roles": [self.role(base, *permissions)]}
        r = self.call("POST", base + "/admin/clients", body, self.root)
        assert r.status == 201, r
        return body["client_id"]

    def machine_token(self, base, client, **over):
        """What the token endpoint gives to a client for itself."""
        tenant = base[3:] or "default"
        (row,) = self.server.sql(
            f"SELECT epoch FROM clients WHERE tenant = '{tenant}' AND "
            f"client_id = '{client}'")
        issuer = self.server.url + base
        c = {"iss": issuer, "sub": client, "aud": issuer,
             "exp": forge.now() + 600, "iat": forge.now(),
             "jti": secrets.token_hex(8), "client_id": client,
             "scope": "admin", "roles": [], "tenant": tenant,
             "epoch": int(row[0]), **over}
        return self.forge.sign({k: v for k, v in c.items()
                                if v is not None})

    def machines(self):
        for base in self.bases:
            where = base or "the root"
            for p in GRANTABLE:
                for name, holds in ((p, (p,)), ("all but " + p, all_but(p))):
                    yield Caller(
                        f"a client that holds {name} in {where}", base,
                        self.machine_token(base, self.client(base, *holds)),
                        holds=closure(holds), scope=("admin",), of=p,
                        machine=True)
            yield Caller(f"a client of {where} without scope admin", base,
                         self.machine_token(base, self.client(
                             base, *GRANTABLE), scope=""),
                         holds=closure(GRANTABLE), scope=(), machine=True)
            yield Caller(f"a client of {where} with scope account", base,
                         self.machine_token(base, self.client(
                             base, *GRANTABLE), scope="openid account"),
                         holds=closure(GRANTABLE), scope=(), machine=True)

    def broken_machines(self):
        client = self.client("", *GRANTABLE)
        admin = self.server.sql("SELECT id FROM users WHERE role = "
                                "'superadmin'")[0][0]
        (epoch,) = self.server.sql("SELECT epoch FROM clients WHERE "
                                   f"client_id = '{client}'")[0]
        off, gone = (self.client("", *GRANTABLE) for _ in "ab")
        tokens = {"a disabled client": self.machine_token("", off),
                  "a client that is gone": self.machine_token("", gone)}
        r = self.call("PATCH", "/admin/clients/" + off, {"disabled": True},
                      self.root)
        assert r.status == 200, r
        r = self.call("DELETE", "/admin/clients/" + gone, None, self.root)
        assert r.status == 204, r
        self.client("", *GRANTABLE, client_id=gone)     # the next of its name
        tokens.update({
            "a client by a token of another epoch": self.machine_token(
                "", client, epoch=int(epoch) - 1),
            "a client by a revoked token": self.machine_token(
                "", client, jti="dead"),
            "a client in the name of the super admin": self.machine_token(
                "", client, sub=admin),
            "nobody's client in that name": self.machine_token(
                "", client, sub=admin, client_id=admin),
            "a client of another tenant": self.machine_token(
                "", client, tenant=self.tenant, iss=self.server.url +
                "/t/" + self.tenant, aud=self.server.url + "/t/" +
                self.tenant),
            "a client with a session that is none": self.machine_token(
                "", client, sid="none")})
        self.server.sql("INSERT INTO dead_tokens (jti, expires_at) VALUES "
                        f"('dead', {(forge.now() + 900) * 1000000})")
        for kind, token in tokens.items():
            yield Caller(kind, token=token, bad=BAD_TOKEN)


@pytest.fixture(scope="module", params=DATABASES)
def world(request):
    server = moat.Server(request.param, as_user=AS_USER, start=False)
    server.ports = {c: moat.free_port() for c in ("public", "admin",
                                                  "metrics")}
    with server.conf.open("a") as f:
        for name, port in server.ports.items():
            f.write(f"listen on 127.0.0.1 port {port} serve {{ {name} }}\n")
    try:
        yield World(server.start())
        assert server.stop() == 0, server.log()
    finally:
        server.discard()


# ---- what each must be told ----

def of_clients(op):
    """Whether clients call it, by their secret: no token helps."""
    return op.get("security") in ([{"basic": []}], [{"registration": []}])


def wanted(world, row, base, c):
    op = world.routes[row.route]
    if base and "servers" not in op:
        return NOT_FOUND
    if "security" not in op or of_clients(op):
        return row.ok(c)
    (scopes,) = [s["bearer"] for s in op["security"]]
    if c.bad:
        return c.bad
    if c.home != base and not (c.root and scopes == ["admin"]):
        return BAD_TOKEN
    if "mfa_setup" in c.scope:
        if not row.setup:
            return 403, "mfa_setup_required"
    elif scopes and scopes[0] not in c.scope:
        return 403, "insufficient_scope"
    if row.perm is not None and row.perm not in c.holds:
        return FORBIDDEN
    if c.machine and row.route == "GET /auth/verify":
        return FORBIDDEN        # it asks for a person's role
    if c.stale and row.perm is not None and row.method != "GET":
        return 403, "step_up_required"
    return row.ok(c)


def done(world, row, base, c):
    """Whether this caller will have done something."""
    status, _ = wanted(world, row, base, c)
    return status < 400


def fresh_token(world, c):
    t = world.login(c.user)["token"]
    if "scope" in c.user:
        t = world.forge.altered(t, scope=c.user["scope"])
    return t


def ask(world, row, base, c):
    thing = row.thing
    if thing == "nothing":
        thing_id = NOBODY
    elif thing == "key":
        thing_id = world.server.active_kid()
    elif thing and row.perm and done(world, row, base, c):
        thing_id = world.made(base, thing)
    elif thing:
        thing_id = world.victims.get((base, thing), NOBODY)
    path = row.path
    if thing:
        path = path[:path.index("{")] + thing_id + path[path.index("}") + 1:]
    body = row.body(world, c) if callable(row.body) else row.body
    token = c.token
    if row.own_token and c.user and not c.bad and c.home == base:
        token = fresh_token(world, c)
    if row.form is not None:
        return world.server.form(base + path, row.form, token)
    r = world.call(row.method, base + path + row.query, body, token)
    if row.patient and r.status == 503:
        return moat.until(lambda: again(world, row, path, body, token),
                          what="a next key")
    return r


def again(world, row, path, body, token):
    """An answer other than `not now`."""
    r = world.call(row.method, path, body, token)
    return r if r.status != 503 else None


def told(r):
    if r.status < 400:
        return r.status, None
    return r.status, r.json()["error"]


def state(world, row, base):
    """What a refused caller must not have changed."""
    if row.perm is None or row.method == "GET":
        return None
    seen = [world.server.sql(
        "SELECT count(*) FROM audit WHERE result = 'success' AND (action "
        "LIKE 'user.%' OR action LIKE 'role.%' OR action LIKE 'client.%' OR "
        "action LIKE 'tenant.%' OR action LIKE 'key.%' OR action LIKE "
        "'scope.%') AND action <> "
        "'user.register'")]
    victim = world.victims.get((base, row.thing))
    if victim:
        r = world.call("GET", f"{base}/admin/{row.thing}s/{victim}", None,
                       world.root)
        if r.status != 404:
            seen.append(r.json())
    return seen


def callers(world, row):
    for c in world.callers:
        if c.of is not None and c.of != row.perm:
            continue        # of the holders, those of this permission
        if c.admin_only and row.perm is None:
            continue
        yield c


# ---- the matrix ----

def test_every_route_has_a_row(world):
    missing = sorted(set(world.routes) - set(BY_ROUTE))
    assert not missing, (
        "routes without a row in ROWS of regress/live/test_matrix.py: "
        + ", ".join(missing))
    stale = sorted(set(BY_ROUTE) - set(world.routes))
    assert not stale, "rows of routes that are not there: " + ", ".join(stale)
    assert len(ROWS) == len(BY_ROUTE)


def test_administration_asks_for_a_permission_and_nothing_else_does(world):
    for route, op in world.routes.items():
        admin = route.partition(" ")[2].startswith("/admin/")
        assert (op["x-moatd-serve"] == "admin") == admin, route
        assert (BY_ROUTE[route].perm is not None) == admin, route
        if admin:
            assert op["security"] == [{"bearer": ["admin"]}], route


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.route)
def test_row(world, row):
    wrong = []
    for base in world.bases:
        before = state(world, row, base)
        everyone = list(callers(world, row))
        # the refused first
        for c in sorted(everyone, key=lambda c: done(world, row, base, c)):
            if before is not None and done(world, row, base, c):
                assert state(world, row, base) == before
                before = None
            r, want = ask(world, row, base, c), wanted(world, row, base, c)
            if told(r) != want:
                wrong.append(f"{base}{row.path} by {c.kind}: {told(r)}, "
                             f"not {want}")
            if r.status == 401:
                scheme = ("Basic" if of_clients(world.routes[row.route])
                          else "Bearer")
                assert r.headers["www-authenticate"].startswith(
                    scheme + ' realm="moatd"')
        assert before is None or state(world, row, base) == before
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("listener", ["public", "admin", "metrics"])
def test_a_listener_serves_its_own_class_only(world, listener):
    """Whoever asks for what is served elsewhere asks for nothing."""
    main, world.server.port = (world.server.port,
                               world.server.ports[listener])
    try:
        for route, op in world.routes.items():
            method, path = route.split(" ")
            path = path.replace("{tenant}", world.tenant)
            path = path.replace("{", "").replace("}", "")
            for base in world.bases:
                here = op["x-moatd-serve"] == listener
                for token in None, "x.y.z" if here else world.root:
                    r = world.call(method, base + path, None, token)
                    if not here:
                        assert told(r) == NOT_FOUND, (base, route)
                    elif not base and not path.startswith(
                            "/oauth2/register"):    # it is off
                        assert told(r) != NOT_FOUND, route
    finally:
        world.server.port = main


@pytest.mark.parametrize("row", [r for r in ROWS if r.body is not None],
                         ids=lambda row: row.route)
def test_bodies_are_judged_after_tokens_and_before_rights(world, row):
    op = world.routes[row.route]
    path = row.path.replace("{", "").replace("}", "")
    for base in world.bases if "servers" in op else ("",):
        for c in callers(world, row):
            if "registration" in str(op.get("security")):
                want = NOT_FOUND        # it is off
            elif of_clients(op):
                want = 401, "invalid_client"
            elif "security" not in op:
                want = 400, "invalid_request"
            elif c.bad:
                want = c.bad
            elif c.home != base and not (c.root and row.perm):
                want = BAD_TOKEN
            else:
                want = 400, "invalid_request"
            for body in (b"[]", b'{"a":1,"a":2}'):
                headers = {"Content-Type": "application/json"}
                if c.token:
                    headers["Authorization"] = "Bearer " + c.token
                r = world.server.req(row.method, base + path, body, headers)
                assert told(r) == want, (row.route, c.kind, body)


def test_nobody_of_the_matrix_was_forgotten(world):
    kinds = [c.kind for c in world.callers]
    assert len(kinds) == len(set(kinds))
    for permission in {r.perm for r in ROWS if r.perm}:
        able = [c for c in world.callers if permission in c.holds]
        unable = [c for c in world.callers
                  if c.user and permission not in c.holds]
        assert able and unable, permission


def test_every_permission_is_judged_by_itself():
    """Two permissions are told apart by some caller: no row would stay green
    were one of them asked for in place of another."""
    for a, b in itertools.permutations(GRANTABLE, 2):
        if a not in closure([b]):
            assert a not in closure(all_but(a)), (a, b)
            assert b in closure(all_but(a)) or a in closure([b]), (a, b)
