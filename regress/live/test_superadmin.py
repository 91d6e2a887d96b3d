"""The super admin: exactly one, moved and reset on the host alone; all
sessions ended at once; a copy of the store (CASES 62, 65)."""

import concurrent.futures
import json
import os
import sqlite3
import stat

import pytest

import oidc


def one(server):
    return server.sql("SELECT username FROM users WHERE role = 'superadmin'")


@pytest.fixture
def own(fresh_server, database):
    return fresh_server(database=database)


def test_there_is_one_already(server):
    r = server.ctl("superadmin", "create", "second", "second@example.org")
    assert r.returncode == 1 and "already" in r.stderr
    assert len(one(server)) == 1


def test_many_that_are_made_at_once_are_one(own):
    """CASES 65."""
    s = own
    s.sql("UPDATE users SET role = 'user' WHERE role = 'superadmin'")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda i: s.ctl(
            "--json", "superadmin", "create", f"root{i}",
            f"root{i}@example.org"), range(8)))
    made = [r for r in got if r.returncode == 0]
    assert len(made) == 1 and len(one(s)) == 1
    new = json.loads(made[0].stdout)
    assert one(s)[0][0] == new["username"]
    assert s.login(new)["token"]
    assert all("already" in json.loads(r.stdout)["text"]
               for r in got if r.returncode != 0)


@pytest.mark.parametrize("args", [
    ("a", "a@example.org"), ("..", "x@example.org"), ("root", "nowhere"),
    ("root", "a@b\nc"), ("x" * 65, "x@example.org")])
def test_bad_names_make_none(fresh_server, args):
    s = fresh_server()
    s.sql("UPDATE users SET role = 'user' WHERE role = 'superadmin'")
    assert s.ctl("superadmin", "create", *args).returncode == 1
    assert one(s) == []


def test_transfer_moves_the_place(own):
    user = own.user()
    old = own.admin_login()
    assert own.ctl("superadmin", "transfer", user["username"]).returncode == 1
    assert one(own) == [(own.admin[0],)], "nobody said yes"
    r = own.ctl("--yes", "superadmin", "transfer", user["username"])
    assert r.returncode == 0, r
    assert one(own) == [(user["username"],)]
    # the access tokens of both die at once, a refresh brings the new roles
    for who in (old, user):
        assert own.get("/auth/me", token=who["token"]).status == 401
    new = own.post("/auth/refresh",
                   {"refresh_token": user["refresh_token"]}).json()
    me = own.get("/auth/me", token=new["token"]).json()
    assert me["role"] == "superadmin"
    assert me["roles"] == ["superadmin", "admin", "user"]
    left = own.admin_login()
    assert own.get("/auth/me", token=left["token"]).json()["role"] == "admin"
    entries = own.sql("SELECT count(*) FROM audit "
                      "WHERE action = 'superadmin.transfer'")
    assert entries == [("1",)]


@pytest.mark.parametrize("what", ["nobody", "disabled", "itself", "pending"])
def test_transfer_to_who_cannot_have_it(own, what):
    name = own.admin[0] if what == "itself" else own.register()["username"]
    if what in ("disabled", "pending"):
        own.sql(f"UPDATE users SET status = '{what}' "
                f"WHERE username = '{name}'")
    if what == "nobody":
        name = "nobody.at.all"
    r = own.ctl("--yes", "superadmin", "transfer", name)
    assert r.returncode == 1 and r.stderr
    assert one(own) == [(own.admin[0],)]


def test_transfers_at_once_leave_one(own):
    """CASES 65."""
    names = [own.register()["username"] for _ in range(6)]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda n: own.ctl(
            "--yes", "superadmin", "transfer", n).returncode, names))
    assert got.count(0) >= 1
    assert len(one(own)) == 1 and one(own)[0][0] in names
    done = own.sql("SELECT count(*) FROM audit "
                   "WHERE action = 'superadmin.transfer'")
    assert done == [(str(got.count(0)),)]


def test_the_database_itself_refuses_a_second(own):
    user = own.register()
    with pytest.raises(Exception):
        own.sql("UPDATE users SET role = 'superadmin' "
                f"WHERE id = '{user['userId']}'")
    assert len(one(own)) == 1


def test_reset_opens_the_door_again(own):
    old = own.admin_login()
    own.sql("UPDATE users SET status = 'disabled', pending_email = "
            "'evil@example.org', pending_email_key = 'evil@example.org' "
            "WHERE role = 'superadmin'")
    assert own.ctl("superadmin", "reset", input="no\n").returncode == 1
    r = own.ctl("--yes", "--json", "superadmin", "reset")
    assert r.returncode == 0, r
    new = json.loads(r.stdout)
    assert new["username"] == own.admin[0] and len(new["password"]) == 24
    assert own.get("/auth/me", token=old["token"]).status == 401
    assert own.post("/auth/refresh", {
        "refresh_token": old["refresh_token"]}).status == 401
    assert own.post("/auth/login", {
        "username": own.admin[0],
        "password": own.admin[1]}).status == 401
    me = own.get("/auth/me", own.login(new)["token"]).json()
    assert me["pending_email"] is None      # who asked for it is not asked
    assert new["password"] not in own.log()


def test_revoke_all_ends_everything(own):
    """CASES 62."""
    users = [own.user() for _ in range(3)] + [own.admin_login()]
    rp = oidc.RP.register(own, grant_types=["client_credentials"],
                          scope="admin", token=users[-1]["token"])
    machine = rp.client_credentials().json()["access_token"]
    assert own.get("/auth/check?role=user", machine).status == 200
    assert own.ctl("revoke-all").returncode == 1
    assert own.get("/auth/me", token=users[0]["token"]).status == 200
    r = own.ctl("--yes", "revoke-all")
    assert r.returncode == 0 and "4 accounts" in r.stdout, r
    for u in users:
        assert own.get("/auth/me", token=u["token"]).status == 401
        assert own.post("/auth/refresh", {
            "refresh_token": u["refresh_token"]}).status == 401
    assert own.get("/auth/check?role=user", machine).status == 401
    assert rp.client_credentials().status == 200
    assert own.admin_login()["token"]
    assert own.sql("SELECT count(*) FROM sessions "
                   "WHERE ended_at IS NULL") == [("1",)]


def test_backup_is_a_store_of_its_own(fresh_server, tmp_path):
    s = fresh_server(database="sqlite")
    user = s.user()
    file = tmp_path / "copy.sqlite"
    r = s.ctl("backup", str(file))
    assert r.returncode == 0, r
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    db = sqlite3.connect(file)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("SELECT count(*) FROM users WHERE username = ?",
                      (user["username"],)).fetchone() == (1,)
    db.close()
    # never over what is there
    before = file.read_bytes()
    r = s.ctl("backup", str(file))
    assert r.returncode == 1 and "exists" in r.stderr
    assert file.read_bytes() == before
    assert not (s.state / "db" / "backup.tmp").exists()


def test_backup_while_others_write(fresh_server, tmp_path):
    s = fresh_server(database="sqlite")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(s.register) for _ in range(12)]
        copies = [pool.submit(s.ctl, "backup", str(tmp_path / f"{i}"))
                  for i in range(3)]
        for w in writers:
            w.result()
        done = [c.result() for c in copies]
    good = [i for i, r in enumerate(done) if r.returncode == 0]
    assert good
    for i in good:
        db = sqlite3.connect(tmp_path / f"{i}")
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.close()
    for i, r in enumerate(done):
        if r.returncode != 0:
            assert "under way" in r.stderr
            assert not (tmp_path / f"{i}").exists()


def test_backup_of_postgresql_is_refused(fresh_server, tmp_path):
    s = fresh_server(database="postgres")
    r = s.ctl("backup", str(tmp_path / "x"))
    assert r.returncode == 1 and "pg_dump" in r.stderr
    assert not (tmp_path / "x").exists()
