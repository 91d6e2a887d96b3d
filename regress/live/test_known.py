"""What workers remember of who may do what (src/api/known.h): they answer
without the engine, and yet a revocation counts from its answer on."""

import os
import secrets
import signal
import threading

import pytest

import moat


@pytest.fixture(scope="module")
def root(server):
    return server.admin_login()["token"]


def verify(server, token, query=""):
    return server.get("/auth/verify" + query, token=token)


def warm(server, token, query=""):
    """Every worker has said yes a moment ago."""
    for _ in range(6):
        r = verify(server, token, query)
        assert r.status == 200, r
    return r


def test_it_answers_while_the_engine_stands_still(fresh_server, database):
    """No hop: the engine is stopped, the answer comes all the same; and it is
    forgotten within seconds, never accepted for longer."""
    server = fresh_server(database=database, workers=1)
    token = server.user()["token"]
    pid = server.pids("engine")[0]

    def without():
        warm(server, token)
        os.kill(pid, signal.SIGSTOP)
        try:
            r = server.req("GET", "/auth/verify", None,
                           {"Authorization": "Bearer " + token}, timeout=0.4)
            return r.status == 200
        except OSError:
            return False
        finally:
            os.kill(pid, signal.SIGCONT)

    moat.until(without, what="an answer without the engine")
    warm(server, token)
    os.kill(pid, signal.SIGSTOP)
    try:
        def refused():
            try:
                return server.req(
                    "GET", "/auth/verify", None,
                    {"Authorization": "Bearer " + token},
                    timeout=0.4).status == 503
            except OSError:
                return True
        moat.until(refused, what="a question to the engine")
    finally:
        os.kill(pid, signal.SIGCONT)


def end_by_logout(server, root, user):
    assert server.post("/auth/logout", token=user["token"]).status == 204


def end_by_password(server, root, user):
    other = server.login(user)
    assert server.post("/auth/password-change", {
        "oldPassword": user["password"], "newPassword":
        "another long pass phrase"}, token=other["token"]).status == 200


def end_by_others(server, root, user):
    other = server.login(user)
    assert server.delete("/auth/me/sessions",
                         token=other["token"]).status == 204


def end_by_disable(server, root, user):
    assert server.post(f"/admin/users/{user['userId']}/disable",
                       token=root).status == 204


def end_by_revoke(server, root, user):
    assert server.post(f"/admin/users/{user['userId']}/revoke-sessions",
                       token=root).status == 204


def end_by_role(server, root, user):
    assert server.call("PUT", f"/admin/users/{user['userId']}",
                       {"role": "admin"}, token=root).status == 200


def end_by_delete(server, root, user):
    assert server.delete(f"/admin/users/{user['userId']}",
                         token=root).status == 200


def end_by_reuse(server, root, user):
    t = user["refresh_token"]
    n = server.post("/auth/refresh", {"refresh_token": t}).json()
    assert server.post("/auth/refresh", {
        "refresh_token": n["refresh_token"]}).status == 200
    assert server.post("/auth/refresh", {"refresh_token": t}).status == 401


def end_by_ctl(server, root, user):
    assert server.ctl("user", "disable", user["userId"]).returncode == 0


@pytest.mark.parametrize("end", [
    end_by_logout, end_by_password, end_by_others, end_by_disable,
    end_by_revoke, end_by_role, end_by_delete, end_by_reuse, end_by_ctl])
def test_revocation_counts_at_once(server, root, end):
    for _ in range(3):
        user = server.user()
        warm(server, user["token"])
        end(server, root, user)
        for _ in range(6):
            r = verify(server, user["token"])
            assert r.status == 401, r


def test_a_role_that_narrows_counts_at_once(server, root):
    name = "n" + secrets.token_hex(5)
    assert server.post("/admin/roles", {
        "name": name, "permissions": ["audit:read"]},
        token=root).status == 201
    user = server.user()
    server.sql("INSERT INTO user_roles (user_id, tenant, role) VALUES "
               f"('{user['userId']}', 'default', '{name}')")
    q = "?permission=audit:read&role=" + name
    assert name in warm(server, user["token"], q).headers["x-auth-roles"]
    assert server.patch(f"/admin/roles/{name}", {"permissions": []},
                        token=root).status == 200
    for _ in range(6):
        assert verify(server, user["token"], q).status in (401, 403)


def test_what_is_known_of_one_question_answers_no_other(server):
    user, other = server.user(), server.user()
    warm(server, user["token"])
    warm(server, other["token"])
    for who in (user, other) * 3:
        r = verify(server, who["token"])
        assert r.headers["x-auth-subject"] == who["userId"]
        assert verify(server, who["token"], "?role=admin").status == 403
        assert verify(server, who["token"],
                      "?permission=users:read").status == 403
        assert server.get("/auth/check?role=user",
                          token=who["token"]).json() == {
            "allowed": True, "subject": who["userId"]}
        assert server.get("/auth/check?role=admin",
                          token=who["token"]).json()["allowed"] is False
        r = server.get("/t/nowhere/auth/verify", token=who["token"])
        assert r.status in (401, 404)


def test_no_yes_after_a_revocation_under_load(server, root):
    """Asked without pause while it ends: after its answer no yes any more."""
    for _ in range(5):
        user = server.user()
        ended, late = threading.Event(), []

        def ask():
            while True:
                after = ended.is_set()
                r = verify(server, user["token"])
                if after:
                    late.append(r.status)
                    return
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for t in threads:
            t.start()
        end_by_revoke(server, root, user)
        ended.set()
        for t in threads:
            t.join()
        assert late == [401] * 4
