"""Who may administer: the gate that every /admin route shares."""

import pytest


@pytest.fixture(scope="module")
def root(server):
    """Tokens of the super admin."""
    return server.admin_login()["token"]


def test_super_admin_reads_an_account(server, root):
    user = server.user()
    r = server.get("/admin/users/" + user["userId"], token=root)
    assert r.status == 200, r
    got = r.json()
    assert got["username"] == user["username"]
    assert got["role"] == "user" and got["roles"] == ["user"]
    assert got["tenant"] == "default" and got["status"] == "active"
    assert "permissions" not in got and "pending_email" not in got
    assert r.headers["etag"].startswith('"')


@pytest.mark.parametrize("id", ["x", "00000000-0000-7000-8000-000000000000",
                                "superadmin"])
def test_unknown_account_is_not_found(server, root, id):
    assert server.get("/admin/users/" + id, token=root).status == 404


def test_everyone_is_not_an_administrator(server):
    user = server.user()
    r = server.get("/admin/users/" + user["userId"], token=user["token"])
    assert r.status == 403 and r.json()["error"] == "forbidden"


def test_no_token_is_401_before_404(server):
    r = server.get("/admin/users/x")
    assert r.status == 401 and r.json()["error"] == "unauthorized"
    r = server.get("/admin/users/x", token="a.b.c")
    assert r.status == 401 and r.json()["error"] == "invalid_token"


def test_ended_session_is_401_not_403(server):
    user = server.user()
    assert server.post("/auth/logout", token=user["token"]).status == 204
    r = server.get("/admin/users/" + user["userId"], token=user["token"])
    assert r.status == 401, r
