"""moatctl user import: accounts of other systems with the hashes that Debian's
python3-bcrypt, python3-argon2 and python3-passlib make, and hostile files."""

import base64
import hashlib
import json
import os
import secrets
import subprocess
import threading
import unicodedata
import warnings

import argon2
import bcrypt
import pytest
from passlib.hash import (pbkdf2_sha1, pbkdf2_sha256, pbkdf2_sha512, scrypt,
                          sha512_crypt)

from moat import BUILD, alive, until

with warnings.catch_warnings():     # it leaves Python with 3.13
    warnings.simplefilter("ignore")
    import crypt

DONE, REFUSED, USAGE, UNREACHABLE = range(4)
PASSWORD = "correct horse battery staple"


def b64(data):
    return base64.b64encode(data).decode()


def bcrypt_of(password=PASSWORD, cost=4, kind=b"2b"):
    raw = password if isinstance(password, bytes) else password.encode()
    return bcrypt.hashpw(raw, bcrypt.gensalt(cost, kind)).decode()


def django_pbkdf2(password):
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), b"saltsalt", 1000)
    return f"pbkdf2_sha256$1000$saltsalt${b64(key)}"


def django_scrypt(password):
    key = hashlib.scrypt(password.encode(), salt=b"saltsalt", n=1024, r=8,
                         p=1, dklen=64)
    return f"scrypt$1024$saltsalt$8$1${b64(key)}"


def django_bcrypt_sha256(password):
    digest = hashlib.sha256(password.encode()).hexdigest()
    return "bcrypt_sha256$" + bcrypt_of(digest)


def keycloak(name, password):
    salt = os.urandom(16)
    key = hashlib.pbkdf2_hmac(name, password.encode(), salt, 2000, 64)
    return f"pbkdf2-{name}:2000:{b64(salt)}:{b64(key)}"


def argon(kind, **kw):
    return argon2.PasswordHasher(type=kind, time_cost=2, **kw).hash


FAMILIES = {
    "bcrypt-2a": lambda p: bcrypt_of(p, kind=b"2a"),
    "bcrypt-2b": lambda p: bcrypt_of(p, cost=6),
    "bcrypt-2y": lambda p: bcrypt_of(p).replace("$2b$", "$2y$"),
    "argon2id": argon(argon2.Type.ID, memory_cost=1024, parallelism=4),
    # The very parameters of our own records: only the MAC tells.
    "argon2id-ours": lambda p: argon2.PasswordHasher(
        time_cost=1, memory_cost=1024, parallelism=1, hash_len=32,
        salt_len=16).hash(p),
    "argon2id-64M": argon(argon2.Type.ID, memory_cost=65536, parallelism=4),
    "argon2i": argon(argon2.Type.I, memory_cost=1024, parallelism=2),
    "django-argon2": lambda p: "argon2" + argon2.PasswordHasher(
        time_cost=1, memory_cost=512, parallelism=8).hash(p),
    "passlib-pbkdf2": pbkdf2_sha1.using(rounds=1000).hash,
    "passlib-pbkdf2-sha256": pbkdf2_sha256.using(rounds=1000).hash,
    "passlib-pbkdf2-sha512": pbkdf2_sha512.using(rounds=1000).hash,
    "passlib-scrypt": scrypt.using(rounds=10).hash,
    "passlib-sha512-crypt": sha512_crypt.using(rounds=1000).hash,
    "yescrypt": lambda p: crypt.crypt(p, "$y$j9T$abcdefghijklmnop"),
    "django-pbkdf2": django_pbkdf2,
    "django-scrypt": django_scrypt,
    "django-bcrypt-sha256": django_bcrypt_sha256,
    "keycloak-sha256": lambda p: keycloak("sha256", p),
    "keycloak-sha512": lambda p: keycloak("sha512", p),
}


def line(user=None, /, **over):
    user = user or "i" + secrets.token_hex(6)
    return {"username": user, "email": f"{user}@example.org", **over}


def write(path, lines):
    with open(path, "wb") as f:
        for l in lines:
            f.write(l if isinstance(l, bytes) else json.dumps(l).encode())
            f.write(b"\n")
    return str(path)


def load(s, path, *args):
    """Runs the import: exit code, the report, the bad lines by number."""
    r = s.ctl("--json", "user", "import", str(path), *args)
    rows = [json.loads(l) for l in r.stdout.splitlines()]
    assert rows, r.stderr
    return r.returncode, rows[-1], {b["line"]: b for b in rows[:-1]}


def login(s, user, password=PASSWORD):
    return s.post("/auth/login", {"username": user, "password": password})


def record(s, name):
    return s.sql("SELECT pw_record FROM users WHERE username = "
                 f"'{name}'")[0][0]


def users(s):
    return int(s.sql("SELECT COUNT(*) FROM users")[0][0])


# ---- what comes along ----

@pytest.mark.parametrize("family", FAMILIES)
def test_each_hash_logs_in_and_is_upgraded(server, tmp_path, family):
    user = line(password_hash=FAMILIES[family](PASSWORD))
    code, report, bad = load(server, write(tmp_path / "u", [user]))
    assert (code, report["imported"], bad) == (DONE, 1, {})
    name = user["username"]
    assert record(server, name).startswith(user["password_hash"] + "|")
    assert login(server, name, PASSWORD + " ").status == 401
    assert login(server, name, "").status in (400, 401)
    assert record(server, name).startswith(user["password_hash"] + "|")
    r = login(server, name)
    assert r.status == 200, r
    ours = record(server, name)
    assert ours.startswith("$argon2id$v=19$m=1024,t=1,p=1$")
    assert not ours.startswith(user["password_hash"])
    assert login(server, name).status == 200
    assert record(server, name) == ours
    r = server.post("/auth/password-change",
                    {"oldPassword": PASSWORD,
                     "newPassword": "another phrase of words"},
                    token=r.json()["token"])
    assert r.status == 200, r
    assert login(server, name).status == 401


def test_members_are_kept(server, tmp_path):
    rows = [
        line(password_hash=bcrypt_of(), email_verified=True,
             name="Ängela Ünlü", roles=["user", "admin"],
             createdAt="2019-02-28T23:59:59.123+02:00"),
        line(password_hash=bcrypt_of(), email_verified=None, name=None,
             roles=None, createdAt=None),
        line(password_hash=bcrypt_of(), roles=[], email_verified=False,
             createdAt="2020-02-29T12:00:00Z"),
    ]
    code, _, bad = load(server, write(tmp_path / "u", rows))
    assert (code, bad) == (DONE, {})
    # a verified address is a login name
    r = login(server, rows[0]["email"])
    assert r.status == 200
    me = server.get("/auth/me", token=r.json()["token"]).json()
    assert me["name"] == "Ängela Ünlü" and me["email_verified"] is True
    assert me["role"] == "admin" and me["createdAt"] == \
        "2019-02-28T21:59:59.123Z"
    r = login(server, rows[1]["username"])
    me = server.get("/auth/me", token=r.json()["token"]).json()
    assert me["role"] == "user" and not me["name"]
    assert me["email_verified"] is False
    assert login(server, rows[1]["email"]).status == 401
    r = login(server, rows[2]["username"])
    assert server.get("/auth/me", token=r.json()["token"]).json()[
        "createdAt"] == "2020-02-29T12:00:00.000Z"


def test_without_a_hash_nobody_logs_in(server, tmp_path):
    user = line()
    code, report, _ = load(server, write(tmp_path / "u", [user]))
    assert (code, report["imported"]) == (DONE, 1)
    assert login(server, user["username"]).status == 401
    assert login(server, user["username"], "x").status == 401
    assert server.sql("SELECT id FROM users WHERE pw_record IS NULL AND "
                      f"username = '{user['username']}'")


def test_bcrypt_counts_72_bytes_until_the_upgrade(server, tmp_path):
    user = line(password_hash=bcrypt_of(b"x" * 72))
    load(server, write(tmp_path / "u", [user]))
    assert login(server, user["username"], "x" * 71).status == 401
    assert login(server, user["username"], "x" * 80).status == 200
    # Argon2 counts all of them: it is the password that was typed.
    assert login(server, user["username"], "x" * 72).status == 401
    assert login(server, user["username"], "x" * 80).status == 200


def test_password_is_tried_as_typed_and_in_normal_form(server, tmp_path):
    word = "Pässwörter für Björn"
    nfc, nfd = (unicodedata.normalize(f, word) for f in ("NFC", "NFD"))
    assert nfc != nfd
    for stored, typed, works in ((nfc, nfc, True), (nfc, nfd, True),
                                 (nfd, nfd, True), (nfd, nfc, False)):
        user = line(password_hash=bcrypt_of(stored))
        load(server, write(tmp_path / "u", [user]))
        assert (login(server, user["username"], typed).status == 200) == works
        if works:       # from then on both forms are one
            assert login(server, user["username"], nfc).status == 200
            assert login(server, user["username"], nfd).status == 200


def test_a_record_is_bound_to_its_user(server, tmp_path):
    a, b = line(password_hash=bcrypt_of()), line(
        password_hash=bcrypt_of("what else may it be"))
    load(server, write(tmp_path / "u", [a, b]))
    server.sql("UPDATE users SET pw_record = (SELECT pw_record FROM users "
               f"WHERE username = '{a['username']}') "
               f"WHERE username = '{b['username']}'")
    assert login(server, b["username"]).status == 401
    assert login(server, a["username"]).status == 200


def test_import_is_audited(server, tmp_path):
    user = line(password_hash=bcrypt_of())
    load(server, write(tmp_path / "u", [user]))
    rows = server.sql(
        "SELECT a.action, a.result, a.detail FROM audit AS a, users AS u "
        f"WHERE a.subject = u.id AND u.username = '{user['username']}'")
    assert rows == [("user.create", "success", '{"by":"import"}')]


# ---- a thousand of them ----

@pytest.fixture(scope="module")
def thousand(tmp_path_factory):
    """1,000 users of a Node service, with passwords of their own."""
    rows = [line(f"node{i:04d}", password_hash=bcrypt_of(f"{PASSWORD} {i}"),
                 email_verified=i % 2 == 0) for i in range(1000)]
    return rows, write(tmp_path_factory.mktemp("import") / "users", rows)


def test_thousand_users_move_over(fresh_server, database, thousand):
    s = fresh_server(database=database)
    rows, path = thousand
    before = users(s), s.sql("SELECT COUNT(*) FROM audit")
    r = s.ctl("user", "import", path, "--dry-run")
    assert r.returncode == DONE
    assert r.stdout == ("1000 lines: 1000 would be imported, 0 skipped "
                        "(username known), 0 bad\n")
    assert "1000 lines" in r.stderr
    assert (users(s), s.sql("SELECT COUNT(*) FROM audit")) == before
    r = s.ctl("user", "import", path)
    assert r.returncode == DONE
    assert r.stdout.startswith("1000 lines: 1000 imported, 0 skipped")
    assert users(s) == before[0] + 1000
    for i in (0, 1, 499, 998, 999):
        assert login(s, f"node{i:04d}", f"{PASSWORD} {i}").status == 200
        assert login(s, f"node{i:04d}", f"{PASSWORD} {i + 1}").status == 401
    code, report, bad = load(s, path)
    assert (code, report["imported"], report["skipped"], bad) == \
        (DONE, 0, 1000, {})
    code, report, bad = load(s, path, "--dry-run")
    assert (code, report["imported"], report["skipped"]) == (DONE, 0, 1000)


@pytest.mark.parametrize("victim", ["parent", "engine", "hasher", "moatctl"])
def test_killed_midway_it_goes_on(fresh_server, thousand, victim):
    s = fresh_server()
    rows, path = thousand
    before = users(s)
    p = subprocess.Popen(
        [str(BUILD / "moatctl"), "--socket", str(s.state / "moatd.sock"),
         "user", "import", path], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    until(lambda: users(s) > before + 100)
    children = list(s.children())
    if victim == "moatctl":
        p.kill()
    else:
        pid = s.kill(victim)
    out, err = p.communicate(timeout=60)
    if victim == "hasher":      # its lines were asked again
        assert p.returncode == DONE, err
    elif victim != "moatctl":
        assert p.returncode == UNREACHABLE, err
        assert "run it again" in err
        assert " 0 bad" in out
    if victim == "parent":
        until(lambda: not any(map(alive, children)))
        s.restart()
    elif victim != "moatctl":
        until(lambda: s.pids(victim) and pid not in s.pids(victim))
    until(s.healthy, 30)
    there = users(s) - before
    code, report, bad = load(s, path)
    assert (code, bad) == (DONE, {})
    # what was on its way when moatctl died may have come since
    assert report["imported"] + report["skipped"] == 1000
    assert report["skipped"] >= there
    assert users(s) - before == 1000
    assert s.sql("SELECT COUNT(*), COUNT(DISTINCT subject) FROM audit WHERE "
                 "action = 'user.create'") == [("1000", "1000")]
    assert login(s, "node0123", f"{PASSWORD} 123").status == 200


# ---- what must not get in ----

GOOD_HASH = "$2b$04$......................" + "." * 31
BAD = {
    # by the JSON
    "no json": (b"username,email", ""),
    "an array": (b'["a"]', ""),
    "a number": (b"1", ""),
    "null": (b"null", ""),
    "two objects": (b'{"username":"abc"} {"username":"abd"}', ""),
    "cut": (b'{"username":"abc","email":"a@exa', ""),
    "duplicate": (b'{"username":"abc","username":"abd",'
                  b'"email":"a@example.org"}', ""),
    "nul": (b'{"username":"a\0bc","email":"a@example.org"}', ""),
    "escaped nul": (b'{"username":"a\\u0000bc","email":"a@example.org"}', ""),
    "trailing nul": (b'{"username":"abc","email":"a@example.org"}\0', ""),
    "no utf-8": (b'{"username":"ab\xff","email":"a@example.org"}', ""),
    "surrogate": (b'{"username":"ab\\ud800","email":"a@example.org"}', ""),
    "deep": (b'{"username":' + b"[" * 5000 + b"]" * 5000 + b"}", ""),
    "huge": (b'{"username":"' + b"a" * 100_000 + b'"}', ""),
    "endless": (b"[" * 1_000_000, ""),
    # by its members
    "no username": ({"email": "a@example.org"}, "username"),
    "no email": ({"username": "abc"}, "email"),
    "unknown": (line(passwordHash=GOOD_HASH), "passwordHash"),
    "plain password": (line(password="abc"), "password"),
    "username number": (line(username=7), "username"),
    "username null": (line(username=None), "username"),
    "username short": (line(username="ab"), "username"),
    "username long": (line(username="a" * 65), "username"),
    "username space": (line(username="a b c"), "username"),
    "username escape": (line(username="abc\x1b[31m"), "username"),
    "username mixed": (line(username="p\u0430ypal"), "username"),
    "username sql": (line(username="a'; DROP TABLE users"), "username"),
    "email form": (line(email="not a mail"), "email"),
    "email list": (line(email="a@example.org, b@example.org"), "email"),
    "email line": (line(email="a@example.org\nBcc: x@example.org"), "email"),
    "verified text": (line(email_verified="yes"), "email_verified"),
    "verified number": (line(email_verified=1), "email_verified"),
    "name controls": (line(name="a\nb"), "name"),
    "name long": (line(name="n" * 129), "name"),
    "roles text": (line(roles="admin"), "roles"),
    "roles super": (line(roles=["superadmin"]), "roles"),
    "roles unknown": (line(roles=["user", "root"]), "roles"),
    "roles trick": (line(roles=["user superadmin"]), "roles"),
    "roles number": (line(roles=[1]), "roles.0"),
    "roles empty": (line(roles=[""]), "roles.0"),
    "roles many": (line(roles=["user"] * 33), "roles"),
    "created number": (line(createdAt=1500000000), "createdAt"),
    "created text": (line(createdAt="yesterday"), "createdAt"),
    "created day": (line(createdAt="2021-02-29T00:00:00Z"), "createdAt"),
    "created zone": (line(createdAt="2021-02-28T00:00:00"), "createdAt"),
    "created tail": (line(createdAt="2021-02-28T00:00:00Zx"), "createdAt"),
    "created early": (line(createdAt="1969-12-31T23:59:59Z"), "createdAt"),
    "created late": (line(createdAt="2999-01-01T00:00:00Z"), "createdAt"),
    # by its hash
    "hash number": (line(password_hash=1), "password_hash"),
    "hash empty": (line(password_hash=""), "password_hash"),
    "hash long": (line(password_hash="$2b$04$" + "a" * 600), "password_hash"),
    "hash plain": (line(password_hash="hunter2"), "password_hash"),
    "hash md5": (line(password_hash="5f4dcc3b5aa765d61d8327deb882cf99"),
                 "password_hash"),
    "hash md5crypt": (line(password_hash="$1$abc$" + "a" * 22),
                      "password_hash"),
    "bcrypt 15": (line(password_hash=GOOD_HASH.replace("04", "15")),
                  "password_hash"),
    "bcrypt 31": (line(password_hash=GOOD_HASH.replace("04", "31")),
                  "password_hash"),
    "bcrypt 2x": (line(password_hash=GOOD_HASH.replace("2b", "2x")),
                  "password_hash"),
    "argon2 4 GiB": (line(password_hash="$argon2id$v=19$m=4194304,t=3,p=1$"
                          + "A" * 22 + "$" + "A" * 43), "password_hash"),
    "argon2 slow": (line(password_hash="$argon2id$v=19$m=1024,t=1000000,p=1$"
                         + "A" * 22 + "$" + "A" * 43), "password_hash"),
    "argon2d": (line(password_hash="$argon2d$v=19$m=1024,t=1,p=1$"
                     + "A" * 22 + "$" + "A" * 43), "password_hash"),
    "scrypt 16 GiB": (line(password_hash="$scrypt$ln=24,r=8,p=1$AAAA$"
                           + "A" * 43), "password_hash"),
    "pbkdf2 slow": (line(password_hash="pbkdf2_sha256$900000000$salt$"
                         + "A" * 43 + "="), "password_hash"),
    "sha512crypt slow": (line(password_hash="$6$rounds=900000000$abc$"
                              + "a" * 86), "password_hash"),
    "another record": (line(password_hash=GOOD_HASH + "|" + "A" * 43),
                       "password_hash"),
}


def test_bad_lines_are_named_and_the_rest_comes(server, tmp_path):
    good = [line(password_hash=bcrypt_of()) for _ in range(3)]
    rows, at = [good[0]], {}
    for name, (row, path) in BAD.items():
        rows.append(row)
        at[len(rows)] = (name, path)
        if len(rows) == 20:
            rows += [b"", b"\r", good[1]]
    rows.append(good[2])
    count = users(server)
    path = write(tmp_path / "u", rows)
    dry = load(server, path, "--dry-run")
    assert users(server) == count
    code, report, bad = load(server, path)
    assert dry[1] == {**report, "dry_run": True} and dry[2] == bad
    assert code == REFUSED
    assert set(bad) == set(at), set(bad) ^ set(at)
    for number, (name, where) in at.items():
        assert bad[number]["path"] == where, (name, bad[number])
        assert bad[number]["reason"], name
    assert (report["imported"], report["skipped"], report["bad"]) == \
        (3, 0, len(BAD))
    assert report["complete"] is True and report["ok"] is False
    assert report["lines"] == 3 + len(BAD)
    assert users(server) == count + 3
    for u in good:
        assert login(server, u["username"]).status == 200
    assert server.healthy()


def test_report_for_people_names_file_and_line(server, tmp_path):
    path = write(tmp_path / "u", [
        line(), b"{", line(username="x"),
        line(**{"\x1b[31mred": 1}), line(password_hash="x")])
    r = server.ctl("user", "import", path)
    assert r.returncode == REFUSED
    assert r.stdout == ("5 lines: 1 imported, 0 skipped (username known), "
                        "4 bad\n")
    for n, what in ((2, ""), (3, "username"), (5, "password_hash")):
        assert any(l.startswith(f"{path}:{n}: {what}")
                   for l in r.stderr.splitlines()), r.stderr
    assert "\x1b" not in r.stderr


def test_known_names_are_skipped_whatever_their_case(server, tmp_path):
    user = server.register()
    rows = [line(user["username"].upper(), password_hash=bcrypt_of("other"),
                 roles=["admin"])]
    code, report, bad = load(server, write(tmp_path / "u", rows))
    assert (code, report["skipped"], report["imported"]) == (DONE, 1, 0)
    tokens = server.login(user)     # nothing of it changed
    me = server.get("/auth/me", token=tokens["token"]).json()
    assert me["role"] == "user" and me["username"] == user["username"]


def test_names_twice_in_a_file_are_made_once(server, tmp_path):
    name = "i" + secrets.token_hex(6)
    rows = [line(name, password_hash=bcrypt_of(f"{PASSWORD} {i}"))
            for i in range(150)]
    code, report, bad = load(server, write(tmp_path / "u", rows))
    assert (code, report["imported"], report["skipped"]) == (DONE, 1, 149)


def test_verified_addresses_stay_unique(server, tmp_path):
    mail = secrets.token_hex(8) + "@example.org"
    first = line(email=mail, email_verified=True)
    code, report, bad = load(server, write(tmp_path / "u", [first]))
    assert code == DONE
    rows = [line(email=mail.upper(), email_verified=True),
            line(email=mail), line(email=mail, email_verified=False)]
    for args in (["--dry-run"], []):
        code, report, bad = load(server, write(tmp_path / "u", rows), *args)
        assert code == REFUSED and report["imported"] == 2
        assert list(bad) == [1] and bad[1]["path"] == "email"
        assert "verified" in bad[1]["reason"]


def test_no_super_admin_comes_in(server, tmp_path):
    row = line(roles=["superadmin"], password_hash=bcrypt_of())
    code, _, bad = load(server, write(tmp_path / "u", [row]))
    assert code == REFUSED and bad[1]["path"] == "roles"
    assert login(server, row["username"]).status == 401


@pytest.mark.parametrize("args", [
    [], ["a", "b"], ["--wet", "a"], ["--dry-run"], [""], ["a", "-x"],
])
def test_wrong_usage(args):
    r = subprocess.run([str(BUILD / "moatctl"), "user", "import", *args],
                       capture_output=True, text=True, timeout=20)
    assert r.returncode == USAGE and not r.stdout


def test_user_alone_is_wrong_usage():
    for args in (["user"], ["user", "frobnicate"]):
        r = subprocess.run([str(BUILD / "moatctl"), *args],
                           capture_output=True, text=True, timeout=20)
        assert r.returncode == USAGE


def test_files_that_are_not_there(server, tmp_path):
    r = server.ctl("user", "import", str(tmp_path / "none"))
    assert r.returncode == REFUSED and "none" in r.stderr
    r = server.ctl("user", "import", str(tmp_path))
    assert r.returncode == REFUSED and "directory" in r.stderr
    (tmp_path / "empty").write_bytes(b"")
    r = server.ctl("user", "import", str(tmp_path / "empty"))
    assert r.returncode == DONE and r.stdout.startswith("0 lines: 0 imported")


def test_without_moatd_it_is_unreachable(tmp_path):
    path = write(tmp_path / "u", [line()])
    r = subprocess.run([str(BUILD / "moatctl"), "--socket",
                        str(tmp_path / "moatd.sock"), "user", "import", path],
                       capture_output=True, text=True, timeout=20)
    assert r.returncode == UNREACHABLE


def test_standard_input_works(server):
    user = line(password_hash=bcrypt_of())
    r = server.ctl("user", "import", "-", input=json.dumps(user))
    assert r.returncode == DONE and " 1 imported" in r.stdout
    assert login(server, user["username"]).status == 200


def test_two_imports_at_once(server, tmp_path):
    rows = [line(password_hash=bcrypt_of()) for _ in range(200)]
    path = write(tmp_path / "u", rows)
    reports = []

    def one():
        reports.append(load(server, path))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert [r[0] for r in reports] == [DONE] * 3
    assert sum(r[1]["imported"] for r in reports) == 200
    assert sum(r[1]["skipped"] for r in reports) == 400


def test_hashes_stay_out_of_the_log(server, tmp_path):
    rows = [line(password_hash=bcrypt_of()),
            line(password_hash="$2b$04$secretsecret")]
    r = server.ctl("user", "import", write(tmp_path / "u", rows))
    login(server, rows[0]["username"])
    for text in (server.log(), r.stderr, r.stdout):
        assert rows[0]["password_hash"] not in text
        assert "secretsecret" not in text
