"""The audit: each act that matters leaves exactly one entry, in its own
transaction; what is read or refused before it is an act leaves none."""

import pytest


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
