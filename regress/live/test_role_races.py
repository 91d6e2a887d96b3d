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

"""Changes of rights that meet each other (API.md sections 4 and 6): whoever
loses a right does nothing with it once the loss is acknowledged, what is
written is what one of the requests wanted, each acknowledged change is in the
audit exactly once, and there is one super admin all the time. On PostgreSQL
the requests go to two nodes in turn. CASES 65."""

import itertools
import os
import secrets
import shutil
import threading
import time

import pytest

import moat
from conftest import AS_USER, DATABASES

REFUSED = 401, 403


class Nodes(moat.Server):
    """One node, or two of one issuer on one database."""

    two = None
    turn = None

    def join(self, two):
        """A second moatd on this one's database, with its keys."""
        moat.Postgres.shared().drop(two.pg)
        two.conf.write_text(two.conf.read_text().replace(
            two.pg, self.pg).replace(two.url, self.url))
        two.pg = None
        shutil.copytree(self.state, two.state, ignore=shutil.ignore_patterns(
            "moatd.sock", "db"))
        if os.geteuid() == 0:
            at = self.state.stat()
            os.chown(two.state, at.st_uid, at.st_gid)
        self.two = two
        two.start()
        self.turn = itertools.cycle((True, False))

    def req(self, *args, **kw):
        if self.turn is None or next(self.turn):
            return super().req(*args, **kw)
        return self.two.req(*args, **kw)


@pytest.fixture(scope="module", params=DATABASES)
def s(request):
    """A server of these tests alone: its super admin changes."""
    nodes = [Nodes(request.param, as_user=AS_USER)]
    try:
        if request.param == "postgres":
            nodes.insert(0, moat.Server("postgres", as_user=AS_USER,
                                        start=False))
            nodes[1].join(nodes[0])
        yield nodes[-1]
        for n in nodes:
            assert n.stop() == 0, n.log()
            assert "runtime error" not in n.log(), n.log()
            assert "AddressSanitizer" not in n.log(), n.log()
    finally:
        for n in nodes:
            n.discard()


@pytest.fixture
def root(s):
    return s.admin_login()["token"]


@pytest.fixture(autouse=True)
def sound(s):
    """What must hold after each of them."""
    yield
    assert one(s) == [(s.admin[0],)]
    for table in "user_roles", "client_roles":
        assert s.sql(f"SELECT role FROM {table} AS h WHERE NOT EXISTS (SELECT "
                     "1 FROM roles AS r WHERE r.tenant = h.tenant AND "
                     "r.name = h.role)") == [], table
    assert s.sql("SELECT role FROM role_permissions AS p WHERE tenant <> '' "
                 "AND NOT EXISTS (SELECT 1 FROM roles AS r WHERE r.tenant = "
                 "p.tenant AND r.name = p.role)") == []
    assert s.sql("SELECT permission FROM role_permissions AS p WHERE NOT "
                 "EXISTS (SELECT 1 FROM permissions AS d WHERE d.tenant IN "
                 "('', p.tenant) AND d.name = p.permission)") == []


def one(s):
    return s.sql("SELECT username FROM users WHERE role = 'superadmin'")


def name():
    return "r" + secrets.token_hex(6)


def role(s, root, *permissions):
    body = {"name": name(), "permissions": list(permissions)}
    r = s.post("/admin/roles", body, root)
    assert r.status == 201, r
    return body["name"]


def with_roles(s, root, *roles):
    """A logged-in user who holds these roles."""
    u = s.register()
    r = s.patch("/admin/users/" + u["userId"], {"roles": list(roles)}, root)
    assert r.status == 200, r
    return {**u, **s.login(u)}


def audit(s, action, **where):
    return int(s.sql(
        f"SELECT count(*) FROM audit WHERE action = '{action}' AND result = "
        "'success'" + "".join(f" AND {k} = '{v}'" for k, v in where.items())
    )[0][0])


def held(s, user):
    return {r for (r,) in s.sql("SELECT role FROM user_roles WHERE user_id = "
                                f"'{user['userId']}'")}


def at_once(*acts):
    """Runs all at the same time; their results, in order."""
    out = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(i, act):
        gate.wait()
        out[i] = act()

    threads = [threading.Thread(target=run, args=a) for a in enumerate(acts)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return out


def while_they_run(act, loss, n=50, hands=5):
    """act(i) n times by some hands, and loss() in their middle.  Results of
    act with when they began, in s, and when loss was acknowledged."""
    out, lock, begun = [], threading.Lock(), threading.Event()
    todo = iter(range(n))

    def hand():
        while True:
            with lock:
                i = next(todo, None)
            if i is None:
                return
            if i >= n // 3:
                begun.set()
            start = time.monotonic()
            r = act(i)
            with lock:
                out.append((start, r))

    threads = [threading.Thread(target=hand) for _ in range(hands)]
    for t in threads:
        t.start()
    begun.wait(30)
    loss()
    ended = time.monotonic()
    for t in threads:
        t.join()
    # at least one that began afterwards
    out.append((time.monotonic(), act(n)))
    return out, ended


# ---- the actor loses the right ----

def losses(s, root, user, own):
    me = "/admin/users/" + user["userId"]
    yield "role deleted", lambda: s.delete(f"/admin/roles/{own}", None, root)
    yield "role taken away", lambda: s.patch(me, {"roles": []}, root)
    yield "role narrowed", lambda: s.patch(
        f"/admin/roles/{own}", {"permissions": ["roles:read"]}, root)
    yield "sessions ended", lambda: s.post(me + "/revoke-sessions", None, root)
    yield "disabled", lambda: s.post(me + "/disable", None, root)
    yield "deleted", lambda: s.delete(me, None, root)


@pytest.mark.parametrize("how", range(6), ids=[
    "role-deleted", "role-taken", "role-narrowed", "sessions-ended",
    "disabled", "deleted"])
def test_no_write_succeeds_once_the_right_is_gone(s, root, how):
    own = role(s, root, "roles:write")
    user = with_roles(s, root, own)
    _, take = list(losses(s, root, user, own))[how]
    names = [name() for _ in range(51)]
    lost = []
    got, ended = while_they_run(
        lambda i: s.post("/admin/roles", {"name": names[i],
                                          "permissions": ["roles:read"]},
                         user["token"]),
        lambda: lost.append(take()))
    assert lost[0].status in (200, 204), lost
    made = [r for _, r in got if r.status == 201]
    assert made, "none succeeded before"
    for start, r in got:
        assert r.status in (201, *REFUSED), r
        if start >= ended:
            assert r.status in REFUSED, r
    there = s.sql("SELECT name FROM roles WHERE name IN ("
                  + ", ".join(f"'{n}'" for n in names) + ")")
    assert len(there) == len(made)
    assert audit(s, "role.create", actor=user["userId"]) == len(made)
    # and what was made can be undone by who may
    for (n,) in there:
        assert s.delete(f"/admin/roles/{n}", None, root).status == 204


def test_no_grant_succeeds_once_the_right_is_gone(s, root):
    """The same where what is written are rights of others."""
    own, gift = role(s, root, "users:write"), role(s, root)
    user, others = with_roles(s, root, own), [s.register() for _ in range(51)]
    got, ended = while_they_run(
        lambda i: s.patch("/admin/users/" + others[i]["userId"],
                          {"roles": [gift]}, user["token"]),
        lambda: s.patch("/admin/users/" + user["userId"], {"roles": []},
                        root))
    done = sum(r.status == 200 for _, r in got)
    assert done
    for start, r in got:
        assert r.status in (200, *REFUSED), r
        assert start < ended or r.status in REFUSED, r
    assert s.sql("SELECT count(*) FROM user_roles WHERE role = "
                 f"'{gift}'") == [(str(done),)]
    assert audit(s, "user.roles", actor=user["userId"]) + audit(
        s, "user.update", actor=user["userId"]) == done


# ---- the thing goes while it is given ----

def test_a_role_deleted_while_it_is_granted_is_held_by_nobody(s, root):
    for _ in range(4):
        r = role(s, root, "users:read")
        users = [s.register() for _ in range(4)]
        *grants, end = at_once(
            *(lambda u=u: s.patch("/admin/users/" + u["userId"],
                                  {"roles": [r]}, root) for u in users),
            lambda: s.delete(f"/admin/roles/{r}", None, root))
        assert end.status == 204, end
        epochs = dict(s.sql("SELECT id, epoch FROM users WHERE id IN ("
                            + ", ".join(f"'{u['userId']}'" for u in users)
                            + ")"))
        for u, g in zip(users, grants):
            assert g.status in (200, 400), g
            # the refused changed nothing, the granted lost it again
            assert epochs[u["userId"]] == ("3" if g.status == 200 else "1"), g
        assert s.sql(f"SELECT user_id FROM user_roles WHERE role = '{r}'"
                     ) == []
        # nor does a new one of that name come to them
        assert s.post("/admin/roles", {"name": r, "permissions": [
            "users:write"]}, root).status == 201
        assert s.sql(f"SELECT user_id FROM user_roles WHERE role = '{r}'"
                     ) == []
        assert audit(s, "role.delete", subject=r) == 1


def test_a_permission_that_goes_while_it_is_given_is_held_by_nobody(s, root):
    """Its client is deleted, or declares it no more."""
    for i in range(6):
        c = name()
        r = s.post("/admin/clients", {
            "client_id": c, "client_name": "c", "permissions": ["go", "stay"],
            "redirect_uris": ["https://app.example/cb"]}, root)
        assert r.status == 201, r
        old = role(s, root)
        wanted = [f"{c}:go", f"{c}:stay"]
        change, new, end = at_once(
            lambda: s.patch(f"/admin/roles/{old}", {"permissions": wanted},
                            root),
            lambda: s.post("/admin/roles", {"name": c, "permissions": wanted},
                           root),
            lambda: s.delete(f"/admin/clients/{c}", None, root) if i % 2 else
            s.patch(f"/admin/clients/{c}", {"permissions": ["stay"]}, root))
        assert end.status in (200, 204), end
        assert change.status in (200, 400) and new.status in (201, 400)
        left = [] if i % 2 else [wanted[1]]
        got = s.get(f"/admin/roles/{old}", root).json()["permissions"]
        assert got == (left if change.status == 200 else [])
        got = s.get(f"/admin/roles/{c}", root)
        assert (got.status == 200) == (new.status == 201)
        assert got.status != 200 or got.json()["permissions"] == left


def test_a_role_deleted_while_users_and_clients_are_made_with_it(s, root):
    for _ in range(4):
        r, n = role(s, root, "users:read"), name()
        user, client, end = at_once(
            lambda: s.post("/admin/users", {
                "username": n, "email": n + "@example.org", "roles": [r],
                "password_hash": "$2b$04$" + "." * 22 + "0" * 31}, root),
            lambda: s.post("/admin/clients", {
                "client_id": n, "client_name": "c", "roles": [r],
                "grant_types": ["client_credentials"]}, root),
            lambda: s.delete(f"/admin/roles/{r}", None, root))
        assert end.status == 204, end
        assert user.status in (201, 400), user
        assert client.status in (201, 400), client
        if user.status == 201:
            got = s.get("/admin/users/" + user.json()["id"], root).json()
            assert got["roles"] == ["user"]
        if client.status == 201:
            got = s.get(f"/admin/clients/{n}", root).json()
            assert got["roles"] == []


def test_a_role_widened_while_it_is_granted_goes_to_who_may(s, root):
    """A helper gives a role away while it grows over the helper: either it
    came before, or it was refused; never an answer that is neither."""
    for _ in range(4):
        helper = with_roles(s, root, role(s, root, "users:write"))
        r, u = role(s, root, "users:read"), s.register()
        grant, wide = at_once(
            lambda: s.patch("/admin/users/" + u["userId"], {"roles": [r]},
                            helper["token"]),
            lambda: s.patch(f"/admin/roles/{r}",
                            {"permissions": ["keys:rotate"]}, root))
        assert wide.status == 200, wide
        assert grant.status in (200, 403), grant
        assert held(s, u) == ({r} if grant.status == 200 else set())
        # and from now on it is out of reach
        again = s.patch("/admin/users/" + s.register()["userId"],
                        {"roles": [r]}, helper["token"])
        assert again.status == 403, again


def test_a_user_deleted_while_promoted_is_gone(s, root):
    for _ in range(4):
        u, r = s.register(), role(s, root, "users:read")
        path = "/admin/users/" + u["userId"]
        *changes, end = at_once(
            lambda: s.call("PUT", path, {"role": "admin"}, root),
            lambda: s.patch(path, {"roles": [r, "admin"]}, root),
            lambda: s.post(path + "/disable", None, root),
            lambda: s.post(path + "/enable", None, root),
            lambda: s.delete(path, None, root))
        assert end.status == 200, end
        for c in changes:
            assert c.status in (200, 204, 404), c
        assert s.get(path, root).status == 404
        assert held(s, u) == set()
        for table, column in ("users", "id"), ("sessions", "user_id"):
            assert s.sql(f"SELECT count(*) FROM {table} WHERE {column} = "
                         f"'{u['userId']}'") == [("0",)]
        assert audit(s, "user.delete", subject=u["userId"]) == 1


def test_of_two_who_delete_one_does(s, root):
    u = s.register()
    path = "/admin/users/" + u["userId"]
    got = at_once(*[lambda: s.delete(path, None, root)] * 6)
    assert sorted(r.status for r in got) == [200] + [404] * 5
    assert audit(s, "user.delete", subject=u["userId"]) == 1


# ---- against each other ----

def admin(s, root):
    u = s.register()
    r = s.call("PUT", "/admin/users/" + u["userId"], {"role": "admin"}, root)
    assert r.status == 200, r
    return {**u, **s.login(u)}


AGAINST = [("PUT", "", {"role": "user"}, "user"),
           ("PATCH", "", {"roles": []}, "user"),
           ("POST", "/disable", None, "admin"),
           ("DELETE", "", None, None)]


@pytest.mark.parametrize("method,more,body,left", AGAINST)
def test_of_two_admins_who_end_each_other_one_is_left(s, root, method, more,
                                                      body, left):
    for _ in range(4):
        two = admin(s, root), admin(s, root)
        got = at_once(*(
            lambda a=a, b=b: s.call(
                method, f"/admin/users/{b['userId']}{more}", body, a["token"])
            for a, b in (two, two[::-1])))
        done = [r.status in (200, 204) for r in got]
        assert sorted(done) == [False, True], got
        assert got[done.index(False)].status in REFUSED, got
        winner, loser = two[done.index(True)], two[done.index(False)]
        assert s.get("/admin/users", winner["token"]).status == 200
        assert s.get("/admin/users", loser["token"]).status == 401
        row = s.sql("SELECT role, status FROM users WHERE id = "
                    f"'{loser['userId']}'")
        assert row == ([] if left is None else
                       [(left, "disabled" if more else "active")])


def test_many_admins_against_each_other_in_a_ring(s, root):
    """Each demotes the next one; whoever was demoted first did nothing."""
    ring = [admin(s, root) for _ in range(8)]
    got = at_once(*(
        lambda a=a, b=b: s.call("PUT", "/admin/users/" + b["userId"],
                                {"role": "user"}, a["token"])
        for a, b in zip(ring, ring[1:] + ring[:1])))
    assert all(r.status in (200, *REFUSED) for r in got), got
    done = sum(r.status == 200 for r in got)
    assert 1 <= done < len(ring)
    left = s.sql("SELECT id FROM users WHERE role = 'admin' AND id IN ("
                 + ", ".join(f"'{u['userId']}'" for u in ring) + ")")
    assert len(left) == len(ring) - done
    # who stands was not demoted by anybody who was answered 200
    for (a, b), r in zip(zip(ring, ring[1:] + ring[:1]), got):
        assert ((b["userId"],) in left) == (r.status != 200)


# ---- the same thing from many hands ----

def test_roles_of_a_user_are_those_of_one_request(s, root):
    names = [role(s, root) for _ in range(6)]
    sets = [set(names[i:i + 3]) for i in range(4)]
    u = s.register()
    path = "/admin/users/" + u["userId"]
    for _ in range(3):
        got = at_once(*(lambda w=w: s.patch(path, {"roles": sorted(w)}, root)
                        for w in sets))
        for r, want in zip(got, sets):
            assert r.status == 200, r
            assert set(r.json()["roles"]) == want | {"user"}
        assert held(s, u) in sets


def test_permissions_of_a_role_are_those_of_one_request(s, root):
    n = role(s, root)
    sets = [["audit:read", "users:read"], ["users:write"],
            ["keys:read", "roles:read"], []]
    for _ in range(3):
        got = at_once(*(lambda w=w: s.patch(
            f"/admin/roles/{n}", {"permissions": w}, root) for w in sets))
        for r, want in zip(got, sets):
            assert r.status == 200, r
            assert sorted(r.json()["permissions"]) == sorted(want)
        assert sorted(s.get(f"/admin/roles/{n}", root).json()[
            "permissions"]) in [sorted(w) for w in sets]
    assert audit(s, "role.update", subject=n) == 3 * len(sets)


def test_stale_edits_lose(s, root):
    """If-Match: of many with the same one, one."""
    u = s.register()
    path = "/admin/users/" + u["userId"]
    etag = s.get(path, root).headers["etag"]
    got = at_once(*(lambda i=i: s.patch(
        path, {"name": f"N{i}"}, root, {"If-Match": etag}) for i in range(6)))
    assert sorted(r.status for r in got) == [200] + [412] * 5
    won = next(r for r in got if r.status == 200).json()["name"]
    assert s.get(path, root).json()["name"] == won
    assert audit(s, "user.update", subject=u["userId"]) == 1


def test_each_acknowledged_disable_is_in_the_audit(s, root):
    """Idempotent acts: each change once, in an order that can have been."""
    u = s.register()
    path = "/admin/users/" + u["userId"]
    got = at_once(*[lambda a=a: s.post(f"{path}/{a}", None, root)
                    for a in ("disable", "enable") * 4])
    assert all(r.status == 204 for r in got), got
    acts = [a for (a,) in s.sql(
        "SELECT action FROM audit WHERE result = 'success' AND subject = "
        f"'{u['userId']}' AND action IN ('user.disable', 'user.enable') "
        "ORDER BY id")]
    status = s.get(path, root).json()["status"]
    off, on = acts.count("user.disable"), acts.count("user.enable")
    assert 1 <= off <= 4 and on <= 4
    if off + on < 8:        # acts that change nothing are no entries
        assert off - on == (status == "disabled")


# ---- the super admin's place ----

def test_the_place_moves_while_its_holder_writes(s, root):
    """What only the super admin may: tenants. Not one is made once the place
    was given away."""
    next_one = s.register()
    ids = ["t" + secrets.token_hex(6) for _ in range(51)]
    moved = []
    got, ended = while_they_run(
        lambda i: s.post("/admin/tenants", {"id": ids[i], "name": "x"}, root),
        lambda: moved.append(s.ctl("--yes", "superadmin", "transfer",
                                   next_one["username"])))
    try:
        assert moved[0].returncode == 0, moved
        assert one(s) == [(next_one["username"],)]
        made = sum(r.status == 201 for _, r in got)
        assert made
        for start, r in got:
            assert r.status in (201, *REFUSED), r
            assert start < ended or r.status in REFUSED, r
        there = s.sql("SELECT count(*) FROM tenants WHERE id IN ("
                      + ", ".join(f"'{i}'" for i in ids) + ")")
        assert there == [(str(made),)]
        assert s.sql(
            "SELECT count(*) FROM audit WHERE action = 'tenant.create' AND "
            "result = 'success' AND subject IN ("
            + ", ".join(f"'{i}'" for i in ids) + ")") == there
        # the old holder is an administrator, and no more than that
        old = s.admin_login()["token"]
        assert s.get("/admin/users", old).status == 200
        assert s.get("/admin/tenants", old).status == 403
        new = s.login(next_one)["token"]
        assert s.get("/admin/tenants", new).status == 200
    finally:
        back = s.ctl("--yes", "superadmin", "transfer", s.admin[0])
    assert back.returncode == 0, back


def test_the_place_moves_to_who_is_deleted_at_once(s, root):
    """The place is never empty, and its holder never gone."""
    for _ in range(3):
        u = s.register()
        path = "/admin/users/" + u["userId"]
        moved, gone = at_once(
            lambda: s.ctl("--yes", "superadmin", "transfer", u["username"]),
            lambda: s.delete(path, None, root))
        if moved.returncode == 0:
            assert one(s) == [(u["username"],)]
            assert gone.status in REFUSED, gone
            back = s.ctl("--yes", "superadmin", "transfer", s.admin[0])
            assert back.returncode == 0, back
        else:
            assert gone.status == 200, (moved, gone)
            assert one(s) == [(s.admin[0],)]
        root = s.admin_login()["token"]


def test_the_place_moves_while_an_admin_acts_on_its_new_holder(s, root):
    """An act on them came before, or is refused; then they are protected."""
    a, u = admin(s, root), s.register()
    path = "/admin/users/" + u["userId"]
    got, ended = while_they_run(
        lambda i: s.patch(path, {"name": f"N{i}"}, a["token"]),
        lambda: s.ctl("--yes", "superadmin", "transfer", u["username"]))
    assert one(s) == [(u["username"],)]
    try:
        done = 0
        for start, r in got:
            assert r.status in (200, 403), r
            if r.status == 403:
                assert r.json()["error"] == "superadmin_protected"
            assert start < ended or r.status == 403, r
            done += r.status == 200
        assert done == audit(s, "user.update", subject=u["userId"])
    finally:
        back = s.ctl("--yes", "superadmin", "transfer", s.admin[0])
    assert back.returncode == 0, back
