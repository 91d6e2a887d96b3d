"""The audit: each act that matters leaves exactly one entry, in its own
transaction; what is read or refused before it is an act leaves none."""

import json

import pytest

from test_factor import Codes, pending_factor, refused


def entries(s):
    rows = s.sql(
        "SELECT action, result, COALESCE(actor, ''), COALESCE(subject, ''), "
        "COALESCE(client_id, ''), COALESCE(ip, ''), COALESCE(request_id, ''),"
        " tenant FROM audit ORDER BY created_at, id")
    names = ("action", "result", "actor", "subject", "client_id", "ip",
             "request_id", "tenant")
    return [dict(zip(names, r)) for r in rows]


class Acts:
    """Requests with a known id; what each of them added to the audit."""

    def __init__(self, s):
        self.s = s
        self.count = len(entries(s))
        self.serial = 0

    def __call__(self, method, path, body=None, token=None, status=200):
        self.serial += 1
        self.rid = f"act-{self.serial}"
        r = self.s.call(method, path, body, token,
                        {"X-Request-Id": self.rid})
        assert r.status == status, r
        new = entries(self.s)[self.count:]
        self.count += len(new)
        for e in new:
            assert e["request_id"] == self.rid and e["ip"] == "127.0.0.1"
            assert e["tenant"] == "default"
        self.new = [(e["action"], e["result"], e["actor"], e["subject"])
                    for e in new]
        return r.json() if r.body else None


@pytest.fixture
def acts(fresh_server, database):
    s = fresh_server(database=database)
    assert [e["action"] for e in entries(s)] == ["superadmin.create"]
    return Acts(s)


def test_audit_has_one_entry_for_each_act(acts):
    u = {"username": "audited", "password": "a long word for it",
         "email": "audited@example.org"}
    log_in = {k: u[k] for k in ("username", "password")}
    uid = acts("POST", "/auth/register", u, status=201)["userId"]
    assert acts.new == [("user.register", "success", uid, uid)]
    t = acts("POST", "/auth/login", log_in)
    assert acts.new == [("login.success", "success", uid, uid)]
    assert entries(acts.s)[-1]["client_id"] == "moatd"
    acts("POST", "/auth/login", {**log_in, "password": "x"}, status=401)
    assert acts.new == [("login.failure", "failure", "", uid)]
    acts("POST", "/auth/login", {**log_in, "username": "no one"}, status=401)
    assert acts.new == [("login.failure", "failure", "", "")]
    acts("PATCH", "/auth/me", {"name": "A"}, t["token"])
    assert acts.new == [("user.update", "success", uid, uid)]
    other = acts("POST", "/auth/login", log_in)
    sessions = acts("GET", "/auth/me/sessions", None, t["token"])["items"]
    sid = next(i["id"] for i in sessions if not i["current"])
    acts("DELETE", f"/auth/me/sessions/{sid}", None, t["token"], 204)
    assert acts.new == [("session.end", "success", uid, uid)]
    acts("POST", "/auth/password-change", {
        "oldPassword": "x", "newPassword": "another long word"},
        t["token"], 401)
    assert acts.new == [("password.change", "failure", uid, uid)]
    acts("POST", "/auth/password-change", {
        "oldPassword": u["password"], "newPassword": "another long word"},
        t["token"])
    assert acts.new == [("password.change", "success", uid, uid)]
    acts("POST", "/auth/logout", None, t["token"], 204)
    assert acts.new == [("session.end", "success", uid, uid)]
    acts("POST", "/auth/refresh", {"refresh_token": other["refresh_token"]},
         status=401)
    assert acts.new == []               # of a session that was ended


def test_audit_has_one_entry_for_a_reuse(acts):
    u = acts.s.user()
    acts.count = len(entries(acts.s))
    first = {"refresh_token": u["refresh_token"]}
    second = acts("POST", "/auth/refresh", first)
    assert acts.new == []
    acts("POST", "/auth/refresh", first)                # a lost response
    assert acts.new == []
    acts("POST", "/auth/refresh", {"refresh_token": second["refresh_token"]})
    acts("POST", "/auth/refresh", first, status=401)
    assert acts.new == [("token.reuse", "failure", "", u["userId"])]
    acts("POST", "/auth/refresh", first, status=401)
    assert acts.new == []               # that session has ended


def test_audit_rejects_what_is_no_act(acts):
    u = acts.s.user()
    acts.count = len(entries(acts.s))
    for method, path, body, token, status in (
            ("GET", "/auth/me", None, u["token"], 200),
            ("GET", "/auth/me", None, "rubbish", 401),
            ("GET", "/auth/me/sessions", None, u["token"], 200),
            ("PATCH", "/auth/me", {}, u["token"], 400),
            ("POST", "/auth/login", {"username": "x"}, None, 400),
            ("POST", "/auth/refresh", {"refresh_token": "x" * 43}, None, 401),
            ("POST", "/auth/register", {
                "username": u["username"], "email": "x@example.org",
                "password": "a long word for it"}, None, 409),
            ("DELETE", "/auth/me/sessions/none", None, u["token"], 404)):
        acts(method, path, body, token, status)
        assert acts.new == [], path


# API.md section 6; what belongs to roles, clients, tenants, keys and to
# administration of others comes with them.
ACTIONS = {
    "user.register", "user.create", "user.update", "user.delete",
    "login.success", "login.failure", "login.mfa", "session.end",
    "token.reuse", "password.change", "password.request", "password.reset",
    "mfa.enable", "mfa.disable", "mfa.recovery", "superadmin.create"}
# Acts of a session name its client.
BY_SESSION = {"user.update", "user.delete", "login.success", "session.end",
              "token.reuse", "password.change", "mfa.enable", "mfa.disable",
              "mfa.recovery"}


def whole_life(s, tmp_path):
    """One account from its registration to its end; its secrets."""
    u = s.register()
    log_in = {k: u[k] for k in ("username", "password")}
    s.post("/auth/login", {**log_in, "password": "not the password"})
    u.update(s.login(u))
    first = {"refresh_token": u["refresh_token"]}
    second = s.post("/auth/refresh", first).json()
    s.post("/auth/refresh", {"refresh_token": second["refresh_token"]})
    assert s.post("/auth/refresh", first).status == 401
    u.update(s.login(u))
    assert s.patch("/auth/me", {"name": "N"}, u["token"]).status == 200
    setup = pending_factor(s, u)
    codes = Codes(setup["secret"])
    r = s.post("/auth/2fa/verify", {"token": codes.next()}, u["token"])
    recovery = r.json()["recovery_codes"]
    ticket = refused(s.post("/auth/login", log_in), 401, "mfa_required")
    r = s.post("/auth/mfa", {"mfa_token": ticket["mfa_token"],
                             "otp": codes.wrong()})
    assert r.status == 401
    r = s.post("/auth/mfa", {"mfa_token": ticket["mfa_token"],
                             "recovery_code": recovery[0]})
    t = r.json()["token"]
    r = s.post("/auth/2fa/recovery-codes", {
        "password": u["password"], "otp": codes.next()}, t)
    assert r.status == 200, r
    recovery += r.json()["recovery_codes"]
    new = ["a second password", "a third password of it"]
    r = s.post("/auth/password-change", {
        "oldPassword": u["password"], "newPassword": new[0]}, t)
    assert r.status == 200, r
    link = s.ctl("user", "set-password-link", u["username"]).stdout.strip()
    r = s.post("/auth/reset-password", {
        "token": link.rpartition("=")[2], "newPassword": new[1],
        "recovery_code": recovery[10]})
    assert r.status == 200, r
    r = s.post("/auth/login", {**log_in, "password": new[1],
                               "recovery_code": recovery[11]})
    t = r.json()["token"]
    r = s.post("/auth/2fa/disable", {
        "password": new[1], "recovery_code": recovery[12]}, t)
    assert r.status == 204, r
    other = s.login({**u, "password": new[1]})
    assert s.post("/auth/logout", token=other["token"]).status == 204
    r = s.delete("/auth/me", {"password": new[1]}, t)
    assert r.status == 204, r
    (tmp_path / "users").write_text('{"username":"brought","email":'
                                    '"brought@example.org"}\n')
    assert s.ctl("user", "import", str(tmp_path / "users")).returncode == 0
    return [u["password"], u["email"], u["username"], setup["secret"], link,
            link.rpartition("=")[2], u["refresh_token"], u["token"],
            ticket["mfa_token"], second["refresh_token"], *new, *recovery,
            *(c.replace("-", "") for c in recovery)]


def test_audit_has_every_action(fresh_server, database, tmp_path):
    s = fresh_server(database=database)
    secret = whole_life(s, tmp_path)
    r = s.ctl("audit", "export")
    assert r.returncode == 0
    lines = [json.loads(l) for l in r.stdout.splitlines()]
    made = [l for l in lines if "head" not in l]
    assert {l["action"] for l in made} == ACTIONS
    for l in made:
        assert l["result"] == "failure" or l["action"] not in (
            "login.failure", "token.reuse"), l
        assert l["client_id"] == "moatd" or l["action"] not in BY_SESSION, l
        by_operator = l["action"] in ("superadmin.create", "user.create") or \
            l["detail"] == {"by": "operator"}
        assert (l["ip"] is None) is by_operator, l
        assert (l["request_id"] is None) is by_operator, l
        assert l["detail"] is None or isinstance(l["detail"], dict), l
    for value in secret:
        assert value not in r.stdout
        if value.count(".") == 2:           # a token's signature alone
            assert value.rpartition(".")[2] not in r.stdout
    (tmp_path / "export").write_text(r.stdout)
    (tmp_path / "keys").write_bytes(s.get("/.well-known/jwks.json").body)
    r = s.ctl("audit", "verify", str(tmp_path / "export"), "--key",
              str(tmp_path / "keys"))
    assert r.returncode == 0, r
