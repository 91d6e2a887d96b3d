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

"""Accounts under administration (API.md section 6): /admin/users and moatctl
user, their rights and their limits. CASES 7, 60, 65."""

import json
import secrets
from urllib.parse import quote

import pytest

DONE, REFUSED, USAGE = 0, 1, 2
NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def root(server):
    """A token of the super admin."""
    return server.admin_login()["token"]


def name():
    return "u" + secrets.token_hex(6)


def pages(server, token, query=""):
    """All items of a list, page by page."""
    items, cursor = [], ""
    while True:
        r = server.get("/admin/users?" + query + cursor, token=token)
        assert r.status == 200, r
        got = r.json()
        items += got["items"]
        if got["next"] is None:
            return items
        cursor = "&cursor=" + got["next"]


def imported(server, *users):
    """Accounts without a password, by moatctl."""
    r = server.ctl("user", "import", "-", input="".join(
        json.dumps({"email": u["username"].lower() + "@example.org", **u})
        + "\n" for u in users))
    assert r.returncode == DONE, r.stdout + r.stderr


# ---- lists ----

def test_list_goes_through_all_accounts_once(server, root):
    mark = name()
    imported(server, *({"username": f"{mark}.{i}"} for i in range(7)))
    got = pages(server, root, "limit=3")
    ids = [u["id"] for u in got]
    assert len(set(ids)) == len(ids)
    assert [u["id"] for u in pages(server, root, "limit=200")] == ids
    mine = [u for u in got if u["username"].startswith(mark)]
    assert len(mine) == 7
    one = server.get("/admin/users/" + mine[0]["id"], token=root).json()
    assert one == mine[0]


def test_search_finds_the_begin_of_names_and_addresses(server, root):
    mark = name()
    imported(server,
             {"username": mark + "b", "email": "x@" + mark + ".example"},
             {"username": mark.upper() + "A",
              "email": mark + "zz@example.org"},
             {"username": "z" + mark, "email": mark + ".mail@example.org"},
             {"username": "y" + mark, "email": mark.upper() + "@example.org"},
             {"username": "x" + mark})

    def search(q, more=""):
        return [u["username"] for u in
                pages(server, root, f"q={q}{more}")]

    want = [mark.upper() + "A", mark + "b", "z" + mark, "y" + mark]
    assert search(mark) == want
    for limit in 1, 2, 3, 4:
        assert search(mark, f"&limit={limit}") == want
    assert search(mark.upper()) == want
    assert search(mark + "%40example") == ["y" + mark]
    assert search(mark + "A") == [mark.upper() + "A"]
    assert search(mark, "&status=active") == want
    assert search(mark, "&status=disabled") == []
    assert search(mark, "&role=admin") == []
    # nothing of a pattern means anything
    for q in "%25", "_", mark[:3] + "%25", "*", "%27%20OR%20%271", "%C3%A9%":
        assert search(q.rstrip("%")) == []
    assert search("%F4%8F%BF%BF") == []


def test_search_ignores_case_beyond_ascii(server, root):
    mark = secrets.token_hex(6)
    imported(server, {"username": "\u00c4rger" + mark,
                      "email": mark + "@example.org"})
    for q in "\u00e4rger" + mark, "\u00c4RGER" + mark, "\u00c4rger" + mark[:11]:
        r = server.get("/admin/users?q=" + quote(q), token=root)
        assert [u["username"] for u in r.json()["items"]] == [
            "\u00c4rger" + mark], q


def test_list_by_status_and_role(server, root):
    mark = name()
    imported(server, {"username": mark + "1", "roles": ["admin"]},
             {"username": mark + "2"})
    admins = pages(server, root, "role=admin&limit=2")
    assert mark + "1" in [u["username"] for u in admins]
    assert {u["role"] for u in admins} == {"admin"}
    assert [u["role"] for u in pages(server, root, "role=superadmin")] == [
        "superadmin"]
    users = pages(server, root, "role=user&q=" + mark)
    assert [u["username"] for u in users] == [mark + "2"]
    assert pages(server, root, "role=no-such") == []
    server.sql("UPDATE users SET status = 'disabled' WHERE username = "
               f"'{mark}2'")
    got = pages(server, root, "status=disabled&limit=1")
    assert mark + "2" in [u["username"] for u in got]
    assert {u["status"] for u in got} == {"disabled"}
    assert mark + "2" not in [u["username"] for u in
                              pages(server, root, "status=active")]


@pytest.mark.parametrize("query,path", [
    ("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"),
    ("status=gone", "status"), ("status=" + "a" * 17, "status"),
    ("status=Active", "status"), ("role=" + "a" * 65, "role"),
    ("q=" + "a" * 1017, "q"), ("q=%ff", "q"),
    ("cursor=x", "cursor"), ("cursor=i", "cursor"), ("cursor=n%00", "cursor"),
    ("cursor=i" + NOBODY + "x", "cursor"), ("cursor=nQUJD", "cursor"),
    ("cursor=e" + NOBODY, "cursor"), ("cursor=" + "i" * 1025, "cursor"),
    ("q=a&cursor=i" + NOBODY, "cursor"), ("q=a&cursor=n!", "cursor"),
    ("q=a&cursor=n_w", "cursor"), ("q=a&cursor=ex", "cursor")])
def test_bad_questions_are_400(server, root, query, path):
    r = server.get("/admin/users?" + query, token=root)
    assert r.status == 400, r
    assert r.json()["errors"][0]["path"] in (path, ""), r.json()


def test_forged_cursors_show_nothing_else(server, root):
    all_ids = {u["id"] for u in pages(server, root, "limit=200")}
    for cursor in ("i" + NOBODY, "i" + "f" * 8 + "-ffff-7fff-bfff-" + "f" * 12):
        r = server.get("/admin/users?cursor=" + cursor, token=root)
        assert r.status == 200
        assert {u["id"] for u in r.json()["items"]} <= all_ids


def test_lists_are_not_for_everyone(server):
    user = server.user()
    assert server.get("/admin/users").status == 401
    r = server.get("/admin/users", token=user["token"])
    assert r.status == 403 and r.json()["error"] == "forbidden"
    r = server.get("/admin/users?limit=0", token=user["token"])
    assert r.status == 400
    server.post("/auth/logout", token=user["token"])
    assert server.get("/admin/users?limit=0",
                      token=user["token"]).status == 401


# ---- moatctl ----

def test_moatctl_lists_and_shows(server, root):
    mark = name()
    imported(server, {"username": mark, "name": "Some Body"})
    r = server.ctl("user", "list", "--q", mark)
    assert r.returncode == DONE, r.stderr
    head, line = r.stdout.splitlines()
    assert head.split() == ["ID", "USERNAME", "ROLE", "STATUS", "EMAIL"]
    assert line.split()[1:] == [mark, "user", "active",
                                mark + "@example.org"]
    r = server.ctl("--json", "user", "list", "--q", mark)
    item, = [json.loads(l) for l in r.stdout.splitlines()]
    got = server.get("/admin/users/" + item["id"], token=root).json()
    assert item == got
    for who in mark, mark.upper(), item["id"]:
        r = server.ctl("--json", "user", "show", who)
        assert r.returncode == DONE and json.loads(r.stdout) == got
    r = server.ctl("user", "show", mark)
    assert "Some Body" in r.stdout and item["id"] in r.stdout
    assert len(server.ctl("--json", "user", "list").stdout.splitlines()) == \
        len(pages(server, root, "limit=200"))


def test_moatctl_refuses(server):
    r = server.ctl("user", "show", "nobody")
    assert (r.returncode, r.stderr) == (REFUSED, "moatctl: not found\n")
    r = server.ctl("--json", "user", "show", NOBODY)
    assert r.returncode == REFUSED
    assert json.loads(r.stdout)["ok"] is False
    assert server.ctl("user", "list", "--status", "x").returncode == REFUSED
    for args in (["list", "x"], ["list", "--q"], ["show"], ["show", "a", "b"],
                 ["show", "-x"], ["list", "--nope", "x"], ["nope"], []):
        assert server.ctl("user", *args).returncode == USAGE, args
    r = server.ctl("--tenant", "none", "user", "list")
    assert (r.returncode, r.stderr) == (REFUSED, "moatctl: not found\n")
