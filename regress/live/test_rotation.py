"""Signing keys that rotate, retire and move: by moatctl, over HTTP, by time,
under load, through crashes, and on two nodes."""

import concurrent.futures
import json
import os
import shutil
import stat
import subprocess
import threading

import pytest
from jwcrypto import jwk, jwt

import conftest
import moat
from forge import header

ALGS = ("ES256", "EdDSA", "RS256")
PASSPHRASE = "a passphrase that is long\n"


@pytest.fixture(scope="module", params=conftest.DATABASES)
def own(request):
    """A server of this module's own: its keys change all the time."""
    s = moat.Server(request.param, as_user=conftest.AS_USER)
    s.all_keys()
    yield s
    assert s.stop() == 0
    log = s.log()
    s.discard()
    assert "runtime error" not in log and "AddressSanitizer" not in log, log
    assert "exited with" not in log and "killed by" not in log, log


def keys(s):
    """moatctl's list: {kid: item}."""
    r = s.ctl("key", "list", "--json")
    assert r.returncode == 0, r
    return {k["kid"]: k for k in map(json.loads, r.stdout.splitlines())}


def of_state(s, state, alg="ES256"):
    return [k["kid"] for k in keys(s).values()
            if k["state"] == state and k["alg"] == alg]


def published(s):
    return {k["kid"] for k in s.jwks()}


def files(s):
    return {p.stem for p in (s.state / "keys").glob("*.pem")}


def rotate(s, alg="ES256", timeout=20):
    """Waits for a next key that every node has; what moatctl says."""
    def done():
        r = s.ctl("key", "rotate", alg, "--json")
        if r.returncode == 0:
            return json.loads(r.stdout)
        assert "no next key" in r.stdout or "lacks the" in r.stdout, r
        return None
    return moat.until(done, timeout, 0.05, "a rotation")


def settled(s):
    """Rows, files and the JWK Set are of the same keys."""
    def same():
        rows = {k for k, v in keys(s).items() if v["state"] != "retired"}
        return rows == files(s) == published(s) and rows
    return moat.until(same, 20, what="rows, files and JWK Set alike")


# ---- what there is ----

def test_each_algorithm_has_an_active_and_a_next_key(own):
    own.all_keys()
    for alg in ALGS:
        assert len(of_state(own, "active", alg)) == 1
        assert len(of_state(own, "next", alg)) == 1
    settled(own)
    for p in (own.state / "keys").iterdir():
        assert stat.S_IMODE(p.stat().st_mode) == 0o400, p
        assert not p.name.startswith("."), p


def test_keys_are_made_after_ready_and_not_before(fresh_server):
    """A first start makes one key; the others come later, in a vault of
    their own, and nobody waits for them."""
    s = fresh_server()
    assert header(s.user()["token"])["alg"] == "ES256"
    s.all_keys()
    log = s.log()
    assert log.index("database is up") < log.index("is in keys/")
    assert s.get("/health").status == 200


# ---- rotation and retirement ----

@pytest.mark.parametrize("alg", ALGS)
def test_rotation_makes_the_next_key_active(own, alg):
    own.all_keys()
    (old,), (following,) = of_state(own, "active", alg), of_state(
        own, "next", alg)
    before = own.user()["token"]
    assert rotate(own, alg) == {"kid": following, "alg": alg,
                                "retiring": old}
    now = keys(own)
    assert now[old]["state"] == "retiring" and now[old]["retireAt"]
    assert now[following]["state"] == "active" and now[following]["activeAt"]
    assert own.get("/auth/me", before).status == 200
    after = moat.until(lambda: [t for t in [own.user()["token"]] if header(
        t)["kid"] in (own.active_kid(),)], what="the new key to sign")[0]
    assert own.get("/auth/me", after).status == 200
    own.all_keys()
    assert {old, following} < published(own)
    (newest,) = of_state(own, "next", alg)
    assert newest not in (old, following)
    settled(own)


def test_retired_key_and_its_tokens_die_at_once(own):
    user = own.user()
    old = header(user["token"])["kid"]
    assert own.get("/auth/me", user["token"]).status == 200
    rotate(own)
    r = own.ctl("--yes", "key", "retire", old)
    assert r.returncode == 0, r
    assert own.get("/auth/me", user["token"]).status == 401
    moat.until(lambda: old not in published(own), 5, what="its end in JWKS")
    assert old not in settled(own)
    assert keys(own)[old]["state"] == "retired"
    r = own.post("/auth/refresh", {"refresh_token": user["refresh_token"]})
    assert r.status == 200 and header(r.json()["token"])["kid"] != old
    # again, and of a key that there never was
    assert own.ctl("--yes", "key", "retire", old).returncode == 0
    r = own.ctl("--yes", "key", "retire", "x" * 43)
    assert r.returncode == 1 and "no such key" in r.stderr


def test_retirement_of_the_next_key_makes_another(own):
    own.all_keys()
    (following,) = of_state(own, "next", "EdDSA")
    assert own.ctl("--yes", "key", "retire", following).returncode == 0
    moat.until(lambda: of_state(own, "next", "EdDSA") not in
               ([], [following]), 20, what="another next key")
    assert following not in settled(own)


def test_retirement_rejects_the_active_key_and_no_answer(own):
    r = own.ctl("--yes", "key", "retire", own.active_kid())
    assert r.returncode == 1 and "rotate first" in r.stderr
    (following,) = of_state(own, "next") or own.all_keys() and of_state(
        own, "next")
    r = own.ctl("key", "retire", following, input="no\n")
    assert r.returncode == 1 and keys(own)[following]["state"] == "next"


@pytest.mark.parametrize("args,code", [
    (("key",), 2), (("key", "list", "x"), 2), (("key", "rotate", "HS256"), 2),
    (("key", "rotate", "ES256", "x"), 2), (("key", "retire"), 2),
    (("key", "export"), 2), (("key", "import"), 2), (("key", "none"), 2),
    (("key", "import", "/nonexistent"), 1),
])
def test_moatctl_key_rejects(own, args, code):
    assert own.ctl("--yes", *args, input="").returncode == code


# ---- over HTTP ----

@pytest.fixture
def root(own):
    return own.admin_login()["token"]


def test_http_lists_keys_newest_first(own, root):
    own.all_keys()
    r = own.get("/admin/keys", root)
    assert r.status == 200, r
    items = r.json()["items"]
    assert {k["kid"]: k["state"] for k in items} == {
        k: v["state"] for k, v in keys(own).items()}
    assert all(set(k) == {"kid", "alg", "state", "createdAt", "activeAt",
                          "retireAt"} for k in items)
    assert [k["createdAt"] for k in items] == sorted(
        (k["createdAt"] for k in items), reverse=True)
    paged, cursor = [], ""
    while cursor is not None:
        r = own.get("/admin/keys?limit=2" + (cursor and "&cursor=" + cursor),
                    root)
        assert r.status == 200 and len(r.json()["items"]) <= 2, r
        paged += r.json()["items"]
        cursor = r.json()["next"]
    assert paged == items


def test_http_rotates_and_retires_with_an_audit_entry(own, root):
    own.all_keys()
    (following,) = of_state(own, "next")
    r = own.post("/admin/keys/rotate", {}, root)
    assert r.status == 200, r
    got = r.json()
    assert got["kid"] == following and got["alg"] == "ES256"
    r = own.post(f"/admin/keys/{got['kid']}/retire", token=root)
    assert r.status == 409 and r.json()["error"] == "key_active"
    root = own.admin_login()["token"]      # by the key that is active now
    r = own.post(f"/admin/keys/{got['retiring']}/retire", token=root)
    assert r.status == 204, r
    moat.until(lambda: got["retiring"] not in published(own), 5,
               what="its end in JWKS")
    who = own.get("/auth/me", root).json()["id"]
    entries = [json.loads(l) for l in
               own.ctl("audit", "export").stdout.splitlines()]
    found = {(e["action"], e["subject"], e["actor"]) for e in entries
             if e.get("action", "").startswith("key.")}
    assert ("key.rotate", following, who) in found
    assert ("key.retire", got["retiring"], who) in found


def test_http_rotation_needs_no_body(own, root):
    """alg has a default, so all of the body may be missing; what is sent is
    JSON all the same."""
    own.all_keys()
    heads = {"Authorization": "Bearer " + root}
    for body in (b"{}", b"alg=ES256"):
        r = own.req("POST", "/admin/keys/rotate", body, headers=heads)
        assert r.status == 415, r
    r = own.req("POST", "/admin/keys/rotate", headers=heads)
    assert r.status == 200 and r.json()["alg"] == "ES256", r
    key = keys(own)[r.json()["kid"]]
    assert key["activeAt"] >= key["createdAt"]


def test_http_rejects(own, root):
    user = own.user()["token"]
    kid = own.active_kid()
    for method, path, body in (("GET", "/admin/keys", None),
                               ("POST", "/admin/keys/rotate", {}),
                               ("POST", f"/admin/keys/{kid}/retire", None)):
        assert own.call(method, path, body).status == 401, path
        assert own.call(method, path, body, user).status == 403, path
        assert own.call(method, "/t/other" + path, body, root).status == 404
    for body in ({"alg": "HS256"}, {"alg": 1}, {"alg": "ES256 "},
                 {"alg": "none"}, {"alg": ""}):
        r = own.post("/admin/keys/rotate", body, root)
        assert r.status == 400, (body, r)
        assert r.json()["errors"][0]["path"] == "alg", r
        assert own.post("/admin/keys/rotate", body, user).status in (400, 403)
    for cursor in ("x", "1", "1.", "99999999999999999999.x", "-1.x"):
        r = own.get(f"/admin/keys?cursor={cursor}", root)
        assert r.status == 400 or r.json()["items"] == [], (cursor, r)
    for kid in ("x", "a" * 43, "a" * 300, "..", "%2e"):
        r = own.post(f"/admin/keys/{kid}/retire", token=root)
        assert r.status == 404, (kid, r)
    assert of_state(own, "active") == [own.active_kid()]


# ---- by time ----

def test_retiring_key_is_retired_when_its_time_is_over(own):
    user = own.user()
    old = header(user["token"])["kid"]
    rotate(own)
    own.sql(f"UPDATE signing_keys SET retire_at = 1 WHERE kid = '{old}'")
    moat.until(lambda: old not in published(own), 30, what="its end")
    assert own.get("/auth/me", user["token"]).status == 401
    assert old not in settled(own)


def test_rotation_by_schedule_waits_until_the_next_key_is_known(
        fresh_server, database):
    """An hour old is due; but the next one was published just now."""
    s = fresh_server("token { rotate 3600 }", database=database)
    s.all_keys()
    (old,), (following,) = of_state(s, "active"), of_state(s, "next")
    hour = "3700000000"
    s.sql("UPDATE signing_keys SET active_at = active_at - " + hour +
          f" WHERE kid = '{old}'")
    token = s.user()["token"]
    s.kill("engine")                       # it has nothing in its memory
    s.wait_healthy()
    moat.until(lambda: s.get("/auth/me", token).status == 200)
    assert of_state(s, "active") == [old]
    s.sql("UPDATE signing_keys SET created_at = created_at - " + hour +
          f" WHERE kid = '{following}'")
    moat.until(lambda: of_state(s, "active") == [following], 20,
               what="the rotation")
    assert s.get("/auth/me", token).status == 200
    assert keys(s)[old]["state"] == "retiring"
    assert any('"by":"schedule"' in l or "schedule" in l for l in
               s.ctl("audit", "export").stdout.splitlines())


# ---- under load ----

class Hammer:
    """Users who log in, refresh and verify, at us and offline, until the
    end; every refusal of a valid token is kept."""

    def __init__(self, s):
        self.s = s
        self.stop = threading.Event()
        self.refused = []
        self.count = 0
        self.kids = set()
        self.lock = threading.Lock()

    def check(self, token, what):
        self.kids.add(header(token)["kid"])
        r = self.s.get("/auth/me", token)
        if r.status != 200:
            self.refused.append((what, header(token)["kid"], r))
        jwks = self.s.get("/.well-known/jwks.json").body.decode()
        try:
            jwt.JWT(jwt=token, key=jwk.JWKSet.from_json(jwks),
                    algs=list(ALGS), check_claims={"iss": self.s.url})
        except Exception as e:             # whatever it says, it refused
            self.refused.append((what + " offline", header(token)["kid"], e))
        with self.lock:
            self.count += 1

    def run(self):
        user = self.s.user()
        first = user["token"]
        while not self.stop.is_set():
            self.check(user["token"], "current")
            self.check(first, "first")
            r = self.s.post("/auth/refresh",
                            {"refresh_token": user["refresh_token"]})
            if r.status != 200:
                self.refused.append(("refresh", "", r))
                return
            user = {**user, **r.json()}
            r = self.s.post("/auth/login", {"username": user["username"],
                                            "password": user["password"]})
            if r.status != 200:
                self.refused.append(("login", "", r))
                return
            self.check(r.json()["token"], "login")


def test_rotation_under_load_refuses_no_valid_token(own):
    """CASES 61."""
    h = Hammer(own)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(h.run) for _ in range(4)]
        try:
            for i in range(6):
                rotate(own)
                if i % 3 == 2:
                    rotate(own, ALGS[i // 3 + 1])
                seen = h.count
                moat.until(lambda: h.count >= seen + 12 or h.refused, 30,
                           what="checks between two rotations")
        finally:
            h.stop.set()
        for j in jobs:
            j.result()
    assert not h.refused, h.refused[:5]
    assert len(h.kids) >= 5 and h.count > 60
    settled(own)


def test_retirement_under_load_ends_only_its_own_tokens(own):
    old_user = own.user()
    old = header(old_user["token"])["kid"]
    rotate(own)
    moat.until(lambda: header(own.user()["token"])["kid"] != old)
    h = Hammer(own)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(h.run) for _ in range(3)]
        moat.until(lambda: h.count >= 6 or h.refused, 30)
        assert own.ctl("--yes", "key", "retire", old).returncode == 0
        dead = own.get("/auth/me", old_user["token"]).status
        moat.until(lambda: h.count >= 18 or h.refused, 30)
        h.stop.set()
        for j in jobs:
            j.result()
    assert dead == 401
    assert not h.refused, h.refused[:5]


# ---- crashes ----

def test_rotation_survives_a_killed_vault_and_engine(fresh_server, database):
    s = fresh_server(database=database)
    s.all_keys()
    user = s.user()
    for role in ("vault", "engine", "vault"):
        s.kill(role)
        rotated = moat.until(
            lambda: [r for r in [s.ctl("key", "rotate", "--json")]
                     if r.returncode == 0], 30, what="a rotation")
        moat.until(lambda: s.pids(role), 20)
        s.kill(role)
        kid = json.loads(rotated[0].stdout)["kid"]
        moat.until(lambda: s.pids("vault") and s.pids("engine"), 20)
        s.wait_healthy()
        token = moat.until(lambda: [
            r.json()["token"] for r in [s.post("/auth/login", {
                "username": user["username"],
                "password": user["password"]})] if r.status == 200], 20)[0]
        assert header(token)["kid"] == kid
        assert s.get("/auth/me", token).status == 200
        assert s.get("/auth/me", user["token"]).status == 200
    s.all_keys()
    settled(s)
    assert s.stop() == 0


def test_rotation_survives_a_killed_parent(fresh_server):
    """No half state: each file has its row after the next start, and each
    key that verifies its file."""
    s = fresh_server()
    user = s.user()
    for _ in range(3):
        kid = s.active_kid()
        s.ctl("key", "rotate")             # asks for keys, now
        moat.until(lambda: len(files(s)) > 2, 20, 0.005)
        children = s.children()
        s.proc.kill()                      # while more are being made
        s.proc.wait()
        moat.until(lambda: not any(map(moat.alive, children)), 10)
        s.start()
        assert not [p for p in (s.state / "keys").iterdir()
                    if p.name.startswith(".")]
        assert s.get("/auth/me", user["token"]).status == 200
        assert kid in files(s)
    s.all_keys()
    rotate(s)
    assert s.get("/auth/me", user["token"]).status == 200
    settled(s)


def test_files_without_use_are_removed_at_start(fresh_server):
    """A third key of an algorithm that no row names, and a retired key whose
    file a crash has left: both go, and nothing is signed with them."""
    s = fresh_server()
    s.all_keys()
    old = s.active_kid()
    kept = (s.state / "keys" / f"{old}.pem").read_bytes()
    rotate(s)
    s.all_keys()
    assert s.ctl("--yes", "key", "retire", old).returncode == 0
    assert old not in settled(s)
    s.stop()
    stray = jwk.JWK.generate(kty="EC", crv="P-256")
    for kid, data in ((old, kept),
                      (stray.thumbprint(), stray.export_to_pem(True, None))):
        path = s.state / "keys" / f"{kid}.pem"
        path.write_bytes(data)
        path.chmod(0o400)
        if s.as_user:
            shutil.chown(path, s.as_user)
    s.start()
    assert {old, stray.thumbprint()}.isdisjoint(settled(s))
    assert header(s.user()["token"])["kid"] == s.active_kid()


def test_parent_keeps_its_last_key(fresh_server):
    """A database that retires everything cannot empty keys/."""
    s = fresh_server()
    s.sql("UPDATE signing_keys SET state = 'retired'")
    s.stop()
    assert len(files(s)) >= 1
    s.start(wait=False)
    moat.until(s.healthy, 20)
    moat.until(lambda: of_state(s, "active"), 30, what="a new active key")
    assert s.get("/auth/me", s.user()["token"]).status == 200


# ---- export and import ----

def alone(s, *args, input=PASSPHRASE):
    """moatctl where no moatd runs."""
    cmd = [str(moat.BUILD / "moatctl"), "--socket",
           str(s.state / "moatd.sock"), *args]
    if s.as_user:
        cmd = ["setpriv", f"--reuid={s.as_user}",
               f"--regid={s.as_user_gid()}", "--clear-groups", "--"] + cmd
    return subprocess.run(cmd, input=input, text=True, capture_output=True,
                          env={**os.environ, "MOATD_CONFIG": str(s.conf)})


def sealed(s, name="sealed"):
    path = s.root / name
    r = s.ctl("key", "export", str(path), input=PASSPHRASE)
    assert r.returncode == 0, r
    if s.as_user:
        shutil.chown(path, s.as_user)
    return path


def test_export_is_sealed_and_never_overwrites(own):
    settled(own)
    path = sealed(own)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    data = path.read_bytes()
    for secret in ("pepper", "seal"):
        assert (own.state / "keys" / secret).read_bytes() not in data
    assert b"PRIVATE" not in data
    assert own.active_kid().encode() not in data
    r = own.ctl("key", "export", str(path), input=PASSPHRASE)
    assert r.returncode == 1 and path.read_bytes() == data
    for bad in ("", "short\n"):
        r = own.ctl("key", "export", str(own.root / "no"), input=bad)
        assert r.returncode == 1 and not (own.root / "no").exists(), r
    (own.root / "pass").write_text(PASSPHRASE)
    r = own.ctl("key", "import", str(path), "--passphrase-file",
                str(own.root / "pass"), "--json")
    assert r.returncode == 0 and json.loads(r.stdout)["text"] == \
        "0 keys added", r
    path.unlink()


def test_import_rejects_what_is_not_ours(own, fresh_server):
    path = sealed(own, "theirs")
    data = path.read_bytes()
    before = files(own)
    for name, change in (("cut", data[:-1]), ("flip", data[:200] + bytes(
            [data[200] ^ 1]) + data[201:]), ("none", b"nothing"),
            ("empty", b""), ("huge", data + b"\0" * (2 << 20))):
        bad = own.root / name
        bad.write_bytes(change)
        r = own.ctl("key", "import", str(bad), input=PASSPHRASE)
        assert r.returncode == 1, (name, r)
    r = own.ctl("key", "import", str(path), input="another passphrase\n")
    assert r.returncode == 1 and "passphrase is wrong" in r.stderr
    r = own.ctl("key", "import", "/dev/null", input=PASSPHRASE)
    assert r.returncode == 1
    assert files(own) == before
    # a node with accounts of its own keeps its pepper, running or not
    other = fresh_server()
    had = {p.name: p.read_bytes() for p in (other.state / "keys").iterdir()}
    copy = other.root / "theirs"
    shutil.copy(path, copy)
    if other.as_user:
        shutil.chown(copy, other.as_user)
    r = other.ctl("key", "import", str(copy), input=PASSPHRASE)
    assert r.returncode == 1 and "pepper" in r.stderr, r
    other.stop()
    r = alone(other, "key", "import", str(copy))
    assert r.returncode == 1 and "pepper is another one" in r.stderr, r
    now = {p.name: p.read_bytes() for p in (other.state / "keys").iterdir()}
    assert had.items() <= now.items()
    assert files(own).isdisjoint(files(other))
    path.unlink()


# ---- two nodes ----

@pytest.fixture
def nodes(fresh_server):
    """Two nodes of one issuer on one PostgreSQL; the second one got its keys
    by export and import, before its first start."""
    if "postgres" not in conftest.DATABASES:
        pytest.skip("two nodes share a PostgreSQL")
    a = fresh_server(database="postgres")
    a.all_keys()
    b = fresh_server(database="postgres", start=False)
    moat.Postgres.shared().drop(b.pg)
    b.conf.write_text(b.conf.read_text().replace(b.pg, a.pg).replace(
        f'issuer "{b.url}"', f'issuer "{a.url}"'))
    b.pg = a.pg
    copy = b.root / "sealed"
    shutil.copy(sealed(a), copy)
    if b.as_user:
        shutil.chown(copy, b.as_user)
    r = alone(b, "key", "import", str(copy))
    assert r.returncode == 0 and "keys added" in r.stdout, r
    b.start()
    yield a, b
    b.pg = None


def bring(giver, taker, name):
    path = taker.root / name
    shutil.copy(sealed(giver, name), path)
    if taker.as_user:
        shutil.chown(path, taker.as_user)
    r = taker.ctl("key", "import", str(path), input=PASSPHRASE)
    assert r.returncode == 0, r


def test_two_nodes_rotate_when_both_have_the_key(nodes):
    a, b = nodes
    assert published(a) == published(b)
    user = a.user()
    assert b.get("/auth/me", user["token"]).status == 200
    old = header(user["token"])["kid"]
    kid = rotate(a)["kid"]
    # the other one learns of it within a second, and both verify all along
    moat.until(lambda: header(b.user()["token"])["kid"] == kid, 5)
    for s in nodes:
        assert s.get("/auth/me", user["token"]).status == 200
    # one node makes the next key, and the other does not have it
    maker = moat.until(lambda: [s for s in nodes if len(
        {k["kid"] for k in s.jwks() if k["alg"] == "ES256"}) == 3], 20)[0]
    other = b if maker is a else a
    r = moat.until(lambda: [r for r in [maker.ctl("key", "rotate")]
                            if "lacks the next key" in r.stderr], 20)[0]
    assert r.returncode == 1
    assert maker.get("/auth/me", user["token"]).status == 200
    bring(maker, other, "more")
    moat.until(lambda: published(a) == published(b), 10)
    newest = rotate(other)["kid"]
    for s in nodes:
        token = moat.until(lambda: [t for t in [s.user()["token"]]
                                    if header(t)["kid"] == newest], 5)[0]
        for t in nodes:
            assert t.get("/auth/me", token).status == 200
    # retired on one, dead on the other
    assert a.ctl("--yes", "key", "retire", old).returncode == 0
    for s in nodes:
        moat.until(lambda: s.get("/auth/me", user["token"]).status == 401, 5)
        moat.until(lambda: old not in published(s), 5)
        assert old not in files(s)


def test_node_without_the_active_key_is_degraded_until_it_is_brought(nodes):
    a, b = nodes
    b.stop()
    for _ in range(2):                     # b is down: nobody waits for it
        a.sql("UPDATE key_nodes SET seen_at = 0 WHERE node LIKE "
              f"'%{b.state}'")
        a.all_keys()
        rotate(a)
    kid = moat.until(lambda: [k for k in [header(a.user()["token"])["kid"]]
                              if k not in files(b)], 20)[0]
    b.start()
    b.wait_log("degraded: the active signing key")
    token = b.user()["token"]
    assert header(token)["kid"] != kid
    assert a.get("/auth/me", token).status == 200
    bring(a, b, "missing")
    moat.until(lambda: header(b.user()["token"])["kid"] == kid, 10)
    assert published(a) == published(b)
    assert a.get("/auth/me", token).status == 200
