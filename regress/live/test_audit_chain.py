"""The audit chain: sealed, signed, exported, and checked offline (I5).

`moatctl audit verify` is judged by a second implementation, `Chain`, which
has nothing but what src/jose/README says about an export.
"""

import base64
import concurrent.futures
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import threading

import pytest

import moat
from forge import Forge, b64, claims, header, parts, unb64

DONE, REFUSED, USAGE, UNREACHABLE, CHECK = range(5)
ZERO = "A" * 43
MEMBERS = ["seq", "createdAt", "action", "result", "actor", "subject",
           "client_id", "ip", "request_id", "detail", "prev", "hash"]


def digest(entry):
    """An entry's hash, from its other members."""
    bare = {k: v for k, v in entry.items() if k != "hash"}
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"),
                      ensure_ascii=False)
    return b64(hashlib.sha256(text.encode()).digest())


class Chain:
    """An export, read without moatctl."""

    def __init__(self, text):
        self.lines = [json.loads(l) for l in text.splitlines()]
        self.entries = [l for l in self.lines if "head" not in l]
        self.heads = [l["head"] for l in self.lines if "head" in l]

    def check(self, first=1):
        prev = ZERO if first == 1 else None
        for n, e in enumerate(self.entries, first):
            assert list(e) == MEMBERS
            assert e["seq"] == n, "a gap"
            assert prev is None or e["prev"] == prev, n
            assert e["hash"] == digest(e), n
            prev = e["hash"]
        hashes = {e["seq"]: e["hash"] for e in self.entries}
        for h in map(claims, self.heads):
            assert set(h) == {"iss", "tenant", "seq", "hash", "iat"}
            assert hashes[h["seq"]] == h["hash"]
        assert "head" in self.lines[-1]
        assert claims(self.heads[-1])["seq"] == self.entries[-1]["seq"]
        return self


def export(s, *args):
    r = s.ctl("audit", "export", *args)
    assert r.returncode == DONE and r.stderr == "", r
    assert r.stdout.isascii()
    return r.stdout


def jwks(s):
    return s.get("/.well-known/jwks.json").body.decode()


def run_verify(text, keys=None, *args):
    with tempfile.TemporaryDirectory(prefix="moatd-audit-") as d:
        file, key = os.path.join(d, "export"), os.path.join(d, "keys")
        with open(file, "w") as f:
            f.write(text)
        cmd = [str(moat.BUILD / "moatctl"), "audit", "verify", file, *args]
        if keys is not None:
            with open(key, "w") as f:
                f.write(keys)
            cmd += ["--key", key]
        r = subprocess.run(cmd, capture_output=True, text=True, timeout=60)
        assert r.returncode in (DONE, REFUSED, USAGE, CHECK), r
        return r


def verify(text, keys, seq=None, word=""):
    """Good, or broken with that entry named."""
    r = run_verify(text, keys, "--json")
    got = json.loads(r.stdout)
    plain = run_verify(text, keys)
    assert plain.returncode == r.returncode
    if seq is None:
        assert r.returncode == DONE and got["ok"] is True, got
        return got
    assert r.returncode == CHECK and got["ok"] is False, got
    assert got["seq"] == seq, got
    assert word in got["why"] and got["why"] in plain.stderr, got
    return got


@pytest.fixture(scope="module", params=["sqlite"])
def real(request):
    """A chain with two signed heads, in the middle and at the end."""
    from conftest import AS_USER
    s = moat.Server(request.param, as_user=AS_USER)
    try:
        u = s.user()
        export(s)
        s.post("/auth/login", {"username": u["username"], "password": "x"})
        s.delete("/auth/me/sessions", token=s.login(u)["access_token"])
        text = export(s)
        keys = jwks(s)
        forge = Forge(s)
    finally:
        s.stop()
        s.discard()
    chain = Chain(text).check()
    assert len(chain.heads) == 2 and len(chain.entries) == 6
    return text, keys, forge


def lines_of(real):
    return [json.loads(l) for l in real[0].splitlines()]


def join(lines):
    return "".join(json.dumps(l) + "\n" for l in lines)


def at(lines, seq):
    return next(i for i, l in enumerate(lines) if l.get("seq") == seq)


def rehash(lines, start=0):
    """What someone who may write the file would do: new hashes throughout."""
    prev = None
    for l in lines[start:]:
        if "head" in l:
            continue
        if prev is not None:
            l["prev"] = prev
        prev = l["hash"] = digest(l)
    return lines


# ---- a real export ----

def test_audit_export_is_one_chain_with_signed_heads(fresh_server, database):
    s = fresh_server(database=database)
    users = [s.user() for _ in range(3)]
    chain = Chain(export(s)).check()
    assert [e["action"] for e in chain.entries] == [
        "superadmin.create"] + ["user.register", "login.success"] * 3
    keys = jwks(s)
    got = verify(export(s), keys)
    assert got["entries"] == 7 and got["first"] == 1 and got["last"] == 7
    assert got["heads"] == 1 and got["signatures"] is True
    assert got["issuer"] == s.url and got["tenant"] == "default"
    assert got["hash"] == chain.entries[-1]["hash"]
    assert header(chain.heads[0])["typ"] == "moatd-audit+jwt"
    # nothing new: the same text, the same head
    assert export(s) == export(s)
    # what a person is told
    r = run_verify(export(s), keys)
    assert "7 entries, 1 to 7" in r.stdout and "NOT checked" not in r.stdout
    assert "NOT checked" in run_verify(export(s)).stdout
    assert [e["actor"] for e in chain.entries[1::2]] == [
        u["userId"] for u in users]


def test_audit_head_verifies_elsewhere(real):
    from jwcrypto import jwk, jws
    text, keys, _ = real
    chain = Chain(text)
    for head in chain.heads:
        token = jws.JWS()
        token.deserialize(head)
        token.verify(jwk.JWKSet.from_json(keys).get_key(header(head)["kid"]))
        assert json.loads(token.payload)["tenant"] == "default"


def test_audit_export_holds_no_secret(fresh_server, database):
    s = fresh_server(database=database)
    secret = []
    for _ in range(3):
        u = s.user()
        more = s.post("/auth/refresh",
                      {"refresh_token": u["refresh_token"]}).json()
        wrong = "a wrong password " + secrets.token_hex(4)
        s.post("/auth/login", {"username": u["username"], "password": wrong})
        s.post("/auth/login", {"username": wrong, "password": wrong})
        new = "a new password " + secrets.token_hex(4)
        s.post("/auth/password-change", {
            "oldPassword": wrong, "newPassword": new}, more["token"])
        s.post("/auth/password-change", {
            "oldPassword": u["password"], "newPassword": new}, more["token"])
        s.post("/auth/refresh", {"refresh_token": u["refresh_token"]})
        secret += [wrong, new, u["password"], u["refresh_token"], u["token"],
                   more["refresh_token"], more["token"], u["email"]]
    secret += [s.admin[1], "$argon2"]
    text = export(s)
    assert len(Chain(text).check().entries) > 15
    for value in secret:
        assert value not in text
        if value.count(".") == 2:           # a token's signature alone
            assert value.rpartition(".")[2] not in text


def sorted_text(value):
    return json.dumps(value, sort_keys=True)


def test_audit_export_of_hostile_values(fresh_server, database):
    s = fresh_server(database=database)
    rid = "x.-_" * 16
    s.call("POST", "/auth/login", {"username": "\x1b[2J\n\"\\\u202e\U0001f600",
                                   "password": "\n"}, None,
           {"X-Request-Id": rid, "User-Agent": "\"\\{}"})
    # what no act writes; the chain must hold it all the same
    evil = "line\n\"\\\t\x1b[31m\x7f \u0085\u202e \U0001f600 end"
    odd = ["not json", "[1,2", '{"a":1.5}', '{"a":1,"a":2}', "{\"\u00e9\":1}",
           '{"b":{"z":[1,null,true,-7],"a":"\\u20ac/"}, "a" : "x" }', "7",
           '"text"', "[" * 40 + "]" * 40, "", "null", evil]
    for n, detail in enumerate(odd):
        quoted = detail.replace("'", "''")
        s.sql("INSERT INTO audit (id, tenant, created_at, action, result, "
              "actor, subject, ip, request_id, detail) VALUES "
              f"('odd-{n}', 'default', {n}, 'user.update', 'failure', "
              f"'{evil}', '', NULL, '{evil}', '{quoted}') RETURNING id")
    text = export(s)
    chain = Chain(text).check()
    assert len(text.splitlines()) == len(chain.lines) == 3 + len(odd)
    assert "\x1b" not in text and "\x7f" not in text
    verify(text, jwks(s))
    assert any(e["request_id"] == rid for e in chain.entries)
    details = [e["detail"] for e in chain.entries if e["actor"] == evil]
    assert sorted(map(sorted_text, details)) == sorted(map(sorted_text, [
        "not json", "[1,2", '{"a":1.5}', '{"a":1,"a":2}', '{"\u00e9":1}',
        {"b": {"z": [1, None, True, -7], "a": "\u20ac/"}, "a": "x"}, 7,
        "text", "[" * 40 + "]" * 40, "", None, evil]))


def test_audit_export_of_a_piece(fresh_server, database):
    s = fresh_server(database=database)
    u = s.user()
    all_of = Chain(export(s)).entries
    # millisecond marks between acts
    moat.until(lambda: s.post("/auth/login", {
        "username": u["username"], "password": "x"}).status == 401)
    later = Chain(export(s)).entries
    mark = later[-1]["createdAt"]
    assert mark > all_of[-1]["createdAt"]
    keys = jwks(s)
    tail = Chain(export(s, "--from", mark)).check(first=len(all_of) + 1)
    assert [e["action"] for e in tail.entries] == ["login.failure"]
    got = verify(export(s, "--from", mark), keys)
    assert got["first"] == got["last"] == len(all_of) + 1
    front = Chain(export(s, "--to", mark)).check()
    assert front.entries == all_of
    verify(export(s, "--to", mark), keys)
    middle = export(s, "--from", all_of[1]["createdAt"], "--to", mark)
    Chain(middle).check(first=2)
    verify(middle, keys)
    assert export(s, "--from", "2100-01-01") == ""
    assert export(s, "--to", "1999-12-31") == ""
    assert Chain(export(s, "--from", "2001-09-11T00:00:00Z")).entries == later
    for bad in ("yesterday", "2026-13-01", "2026-02-30", "2026-01-01T25:00:00Z",
                "2026-01-01T00:00:00+01:00", "2026-1-1", "", "2026-01-01Z",
                "2026-01-01T00:00:00.000000Z", "-026-01-01"):
        assert s.ctl("audit", "export", "--from", bad).returncode == USAGE
    assert s.ctl("audit", "export", "--from").returncode == USAGE
    assert s.ctl("audit", "export", "--until", mark).returncode == USAGE
    assert export(s, "--tenant", "nobody") == ""


def test_audit_export_by_pages_while_others_work(fresh_server, database):
    s = fresh_server(database=database)
    total = 1200
    columns = "(id, tenant, created_at, action, result, detail)"
    for start in range(0, total, 200):
        s.sql("INSERT INTO audit " + columns + " VALUES " + ", ".join(
            f"('many-{n}', 'default', {n}, 'user.update', 'success', "
            f"'{{\"n\":{n}}}')" for n in range(start, start + 200)) +
            " RETURNING id")
    u = s.register()
    stop = threading.Event()
    seen = []

    def logins():
        while not stop.is_set():
            seen.append(s.post("/auth/login", {
                "username": u["username"],
                "password": u["password"]}).status)

    t = threading.Thread(target=logins)
    t.start()
    try:
        text = export(s)
    finally:
        stop.set()
        t.join()
    assert len(Chain(text).check().entries) >= total + 2
    verify(text, jwks(s))
    assert seen and set(seen) == {200}
    after = Chain(export(s)).check()
    assert sum(e["action"] == "login.success"
               for e in after.entries) == len(seen)


def test_audit_readme_works_as_printed(fresh_server, tmp_path):
    s = fresh_server()
    s.user()
    part = (moat.TOP / "README.md").read_text().partition(
        "\n## The audit chain\n")[2].partition("\n## ")[0]
    shell = part.partition("```sh\n")[2].partition("```")[0]
    shell = shell.replace("http://127.0.0.1:3000", s.url).replace(
        "build/moatctl", str(moat.BUILD / "moatctl")).replace(
        "var/moatd.sock", str(s.state / "moatd.sock"))
    r = subprocess.run(["bash", "-euc", shell], cwd=tmp_path, text=True,
                       capture_output=True, timeout=60)
    assert r.returncode == 0 and ": good" in r.stdout, r
    python = part.partition("```python\n")[2].partition("```")[0]
    text = (tmp_path / "audit.ndjson").read_text()
    for broken, given in ((False, text), (True, text.replace(
            "user.register", "user.delete"))):
        r = subprocess.run(["/usr/bin/python3", "-c", python], input=given,
                           capture_output=True, text=True, timeout=60)
        assert (r.returncode != 0) is broken, r


# ---- tampering: each kind is found, and named ----

@pytest.mark.parametrize("member", [m for m in MEMBERS if m != "seq"])
def test_audit_verify_rejects_altered_member(real, member):
    lines = lines_of(real)
    e = lines[at(lines, 4)]
    e[member] = {"detail": {"session": "one"}, "result": "success"
                 if e["result"] == "failure" else "failure",
                 "prev": ZERO, "hash": ZERO}.get(member, "other")
    verify(join(lines), real[1], 4, "altered")


@pytest.mark.parametrize("member", ["client_id", "ip", "actor", "detail"])
def test_audit_verify_rejects_null_for_text_and_back(real, member):
    lines = lines_of(real)
    e = lines[at(lines, 3)]
    e[member] = "" if e[member] is None else None
    verify(join(lines), real[1], 3, "altered")


def test_audit_verify_rejects_altered_seq(real):
    lines = lines_of(real)
    lines[at(lines, 4)]["seq"] = 9
    verify(join(lines), real[1], 4, "missing")
    lines = lines_of(real)
    lines[at(lines, 4)]["seq"] = 2
    verify(join(lines), real[1], 2, "moved or repeated")
    lines = lines_of(real)[:1]
    lines[0]["seq"] = 2
    verify(join(lines), real[1], 2, "altered")


def test_audit_verify_rejects_altered_with_its_own_new_hash(real):
    lines = lines_of(real)
    e = lines[at(lines, 4)]
    e["result"] = "success"
    e["hash"] = digest(e)
    verify(join(lines), real[1], 5, "does not follow")


def test_audit_verify_rejects_altered_with_all_new_hashes(real):
    lines = lines_of(real)
    e = lines[at(lines, 2)]
    e["subject"] = "somebody else"
    rehash(lines)
    verify(join(lines), real[1], 3, "another chain")    # the first head
    lines = lines_of(real)
    lines[at(lines, 5)]["subject"] = "somebody else"
    rehash(lines)
    verify(join(lines), real[1], 6, "another chain")


@pytest.mark.parametrize("seq", [2, 3, 4, 5])
def test_audit_verify_rejects_removed_entry(real, seq):
    lines = lines_of(real)
    del lines[at(lines, seq)]
    verify(join(lines), real[1], seq, "missing")


def test_audit_verify_rejects_removed_and_renumbered(real):
    lines = lines_of(real)
    del lines[at(lines, 4)]
    for l in lines[4:]:
        if "seq" in l:
            l["seq"] -= 1
    verify(join(lines), real[1], 4, "altered")
    verify(join(rehash(lines)), real[1], 6, "missing")  # the last head


@pytest.mark.parametrize("seq", [1, 2, 4, 5])
def test_audit_verify_rejects_swapped_entries(real, seq):
    lines = lines_of(real)
    i, j = at(lines, seq), at(lines, seq + 1)
    lines[i], lines[j] = lines[j], lines[i]
    r = run_verify(join(lines), real[1], "--json")
    got = json.loads(r.stdout)
    assert r.returncode == CHECK and got["seq"] in (seq, seq + 1), got


def test_audit_verify_rejects_repeated_entry(real):
    lines = lines_of(real)
    lines.insert(at(lines, 5), lines[at(lines, 4)])
    verify(join(lines), real[1], 4, "moved or repeated")


def test_audit_verify_rejects_inserted_entry(real):
    lines = lines_of(real)
    i = at(lines, 2)
    new = {**lines[i], "action": "user.delete"}
    lines.insert(i, new)
    for n, l in enumerate([l for l in lines if "seq" in l], 1):
        l["seq"] = n
    verify(join(lines), real[1], 2, "altered")
    verify(join(rehash(lines)), real[1], 4)     # the head of entry 3
    lines = lines_of(real)
    extra = {**lines[at(lines, 6)], "seq": 7, "prev": lines[at(lines, 6)][
        "hash"]}
    extra["hash"] = digest(extra)
    verify(join(lines + [extra]), real[1], 7, "no signed head follows")
    verify(join(lines[:-1] + [extra] + lines[-1:]), real[1], 7,
           "stands after")


def test_audit_verify_rejects_cut_tail(real):
    lines = lines_of(real)
    # entries gone, the head that knows them still there
    verify(join(lines[:-2] + lines[-1:]), real[1], 6, "missing")
    verify(join(lines[:at(lines, 4)] + lines[-1:]), real[1], 4, "missing")
    # cut somewhere behind a head
    verify(join(lines[:-1]), real[1], 4, "cut off")
    verify(join(lines[:-2]), real[1], 4, "cut off")
    # cut before any head
    verify(join(lines[:2]), real[1], 2, "no signed head")
    # in the middle of a line
    text = real[0]
    r = run_verify(text[:-40], real[1])
    assert r.returncode == CHECK and "not a JSON object" in r.stderr
    assert run_verify("", real[1]).returncode == CHECK
    assert run_verify(join(lines[-1:]), real[1]).returncode == CHECK


def test_audit_verify_accepts_what_it_cannot_know(real):
    """A file that ends at an earlier head: only who has a later head knows.
    Without its beginning: a piece. Without a head between others: covered."""
    lines = lines_of(real)
    first_head = next(i for i, l in enumerate(lines) if "head" in l)
    assert verify(join(lines[:first_head + 1]), real[1])["last"] == 3
    assert verify(join(lines[1:]), real[1])["first"] == 2
    assert verify(join(lines[:first_head] + lines[first_head + 1:]),
                  real[1])["heads"] == 1
    # members in another order, other white space: the same entry
    text = "".join(json.dumps(dict(reversed(l.items())), indent=None,
                              separators=(" , ", " : ")) + "\n"
                   for l in lines)
    verify(text, real[1])
    verify(real[0].rstrip("\n"), real[1])


def test_audit_verify_rejects_moved_head(real):
    lines = lines_of(real)
    head = lines.pop()
    verify(join([head] + lines), real[1], 0, "stands")
    for i in range(1, len(lines)):
        r = run_verify(join(lines[:i] + [head] + lines[i:]), real[1])
        assert r.returncode == CHECK, i


def sign(forge, payload, typ="moatd-audit+jwt", **over):
    return forge.sign(payload, forge.header(typ=typ, **over))


def test_audit_verify_rejects_forged_heads(real):
    text, keys, forge = real
    lines = lines_of(real)
    last = lines[-1]["head"]
    good = claims(last)
    assert header(last)["kid"] == forge.kid

    def head(token):
        return join(lines[:-1] + [{"head": token}])

    verify(head(sign(forge, good)), keys)       # the forger's tools work
    h, p, sig = parts(last)
    for name, token in {
            "another payload": ".".join(
                [h, b64(json.dumps({**good, "iat": 1}).encode()), sig]),
            "no signature": h + "." + p + ".",
            "alg none": b64(b'{"alg":"none","typ":"moatd-audit+jwt"}') +
            "." + p + ".",
            "another key": forge.sign(good, forge.header(
                typ="moatd-audit+jwt"), forge.other),
            "access token": sign(forge, good, "at+jwt"),
            "id token": sign(forge, good, "JWT"),
            "no typ": sign(forge, good, None),
            "unknown kid": sign(forge, good, kid=ZERO),
            "not a token": "x", "empty": "", "dots": "..",
            "seq": sign(forge, {**good, "seq": 5}),
            "seq later": sign(forge, {**good, "seq": 7}),
            "seq text": sign(forge, {**good, "seq": "6"}),
            "seq real": sign(forge, {**good, "seq": 6.0}),
            "hash": sign(forge, {**good, "hash": ZERO}),
            "no hash": sign(forge, {**good, "hash": None}),
            "no tenant": sign(forge, {k: v for k, v in good.items()
                                      if k != "tenant"}),
            "tenant": sign(forge, {**good, "tenant": "other"}),
            "no iat": sign(forge, {k: v for k, v in good.items()
                                   if k != "iat"}),
            "array": sign(forge, "[]")}.items():
        r = run_verify(head(token), keys)
        assert r.returncode == CHECK, name
    # a head of the right form is compared even where no key is given
    assert run_verify(head(sign(forge, {**good, "hash": ZERO}))
                      ).returncode == CHECK


def test_audit_verify_rejects_other_servers_heads(fresh_server, real):
    s = fresh_server()
    for _ in range(2):
        s.user()
    s.post("/auth/login", {"username": "x", "password": "x"})
    theirs = Chain(export(s))
    assert theirs.entries[-1]["seq"] == 6       # as long as ours
    lines = lines_of(real)
    swapped = join(lines[:-1] + [{"head": theirs.heads[-1]}])
    verify(swapped, real[1], 6, "unknown key")
    both = json.dumps({"keys": json.loads(real[1])["keys"] +
                       json.loads(jwks(s))["keys"]})
    verify(real[0], both)
    verify(swapped, both, 6, "another chain")
    verify(real[0], jwks(s), 3, "unknown key")
    # a piece of another server's chain in ours
    i = at(lines, 5)
    mixed = lines[:i] + [e for e in theirs.entries if e["seq"] >= 5] + \
        lines[-1:]
    verify(join(mixed), both, 5, "does not follow")


@pytest.mark.parametrize("line", [
    "", " ", "{}", "[]", "null", "{", "x", '{"head":1}', '{"head":null}',
    '{"head":"a","head":"b"}', '{"head":"a.b.c","x":1}', "\x00", "\xff",
    "[" * 100000, '{"seq":1}', '{"a":' * 20 + "1" + "}" * 20,
    '{"seq":' + "9" * 400 + "}"])
def test_audit_verify_rejects_lines_that_are_none(real, line):
    lines = real[0].splitlines(keepends=True)
    for i in (0, 2, len(lines)):
        text = "".join(lines[:i]) + line + "\n" + "".join(lines[i:])
        r = run_verify(text, real[1])
        assert r.returncode == CHECK and ":%d: " % (i + 1) in r.stderr, r


def test_audit_verify_rejects_members_more_or_less(real):
    for change in ({"extra": 1}, {"hash": 1}, {"seq": 0}, {"seq": -1},
                   {"seq": "4"}, {"seq": 4.0}, {"seq": None},
                   {"action": None}, {"prev": None}, {"actor": 1},
                   {"detail": 1.5}, {"detail": {"\u00e9": 1}},
                   {"result": True}):
        lines = lines_of(real)
        lines[at(lines, 4)].update(change)
        verify(join(lines), real[1], 4, "not an audit entry")
    for member in MEMBERS:
        lines = lines_of(real)
        del lines[at(lines, 4)][member]
        verify(join(lines), real[1], 4, "not an audit entry")


def test_audit_verify_says_what_is_wrong_with_its_use(real, tmp_path):
    ctl = str(moat.BUILD / "moatctl")
    file = tmp_path / "export"
    file.write_text(real[0])

    def run(*args, **kw):
        return subprocess.run([ctl, "audit", *args], capture_output=True,
                              text=True, timeout=60, **kw)

    assert run().returncode == USAGE
    assert run("verify").returncode == USAGE
    assert run("verify", str(file), str(file)).returncode == USAGE
    assert run("verify", str(file), "--key").returncode == USAGE
    assert run("check", str(file)).returncode == USAGE
    r = run("verify", str(tmp_path / "none"))
    assert r.returncode == REFUSED and "No such file" in r.stderr
    assert run("verify", str(tmp_path)).returncode == REFUSED
    r = run("verify", str(file), "--key", str(tmp_path / "none"))
    assert r.returncode == REFUSED
    for bad in ("", "{}", '{"keys":[]}', "[]", "x" * 2_000_000,
                '{"keys":[{"kty":"oct","k":"AAAA"}]}'):
        (tmp_path / "keys").write_text(bad)
        r = run("verify", str(file), "--key", str(tmp_path / "keys"))
        assert r.returncode == REFUSED and "JWK Set" in r.stderr, bad[:40]
    assert run("verify", "-", input=real[0]).returncode == DONE
    assert run("export", "--socket", str(tmp_path / "s")
               ).returncode == UNREACHABLE


# ---- what may happen meanwhile ----

def chain_in(s):
    """seq and whether a head is signed there, of the default tenant."""
    ((seq, head),) = s.sql(
        "SELECT c.seq, COALESCE((SELECT max(h.seq) FROM audit_heads h "
        "WHERE h.tenant = c.tenant), 0) FROM audit_chains c")
    return int(seq), int(head)


@pytest.mark.alone
def test_audit_is_sealed_within_a_second(fresh_server, database):
    s = fresh_server(database=database)
    s.user()
    moat.until(lambda: s.sql("SELECT id FROM audit WHERE seq IS NULL") == [],
               timeout=1.5, what="the sealer")
    assert chain_in(s) == (3, 0)


def test_audit_shutdown_seals_and_signs(fresh_server, database):
    s = fresh_server(database=database)
    for _ in range(3):
        s.user()
        assert s.stop() == 0
        assert s.sql("SELECT id FROM audit WHERE seq IS NULL") == []
        seq, head = chain_in(s)
        assert seq == head > 0
        s.start()
    chain = Chain(export(s)).check()
    assert len(chain.heads) == 3
    verify(export(s), jwks(s))
    # a stop with nothing new signs nothing new
    s.restart()
    assert len(Chain(export(s)).heads) == 3


def test_audit_export_without_database_is_refused(fresh_server, postgres):
    s = fresh_server(database="postgres")
    u = s.user()
    postgres.pg_stop("immediate")
    try:
        moat.until(lambda: s.get("/health/ready").status == 503,
                   what="readiness to end")
        r = s.ctl("audit", "export")
        assert r.returncode == REFUSED and r.stdout == "", r
        assert "database" in r.stderr
    finally:
        postgres.pg_start()
    s.wait_healthy()
    s.login(u)
    verify(export(s), jwks(s))


def act(s, name):
    try:
        return s.call("POST", "/auth/register", {
            "username": name, "email": f"{name}@example.org",
            "password": "correct horse battery staple"}, None,
            {"X-Request-Id": name}).status
    except OSError:
        return 503


def acts_of(s, n, prefix, results):
    """Registrations, each until it is done: 201, or 409 when an earlier try
    was done whose answer was lost."""
    for name in (f"{prefix}{i}" for i in range(n)):
        results[name] = moat.until(lambda: {503: 0}.get(
            status := act(s, name), status), 30, what=name)


def judge(s, results):
    """I5: the chain verifies, each acknowledged act has one entry."""
    text = export(s)
    chain = Chain(text).check()
    verify(text, jwks(s))
    count = {}
    for e in chain.entries:
        if e["action"] == "user.register":
            count[e["request_id"]] = count.get(e["request_id"], 0) + 1
    assert all(n == 1 for n in count.values()), count
    assert set(results.values()) <= {201, 409}, results
    assert set(results) == set(count)


@pytest.mark.long
def test_audit_chain_survives_kills(fresh_server, database):
    s = fresh_server(database=database)
    results = {}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(acts_of, s, 40, f"k{t}x", results)
                for t in range(4)]
        kills = 0
        while not all(j.done() for j in jobs):
            if kills < 6 and s.pids("engine"):
                s.kill("engine")
                kills += 1
            done = len(results)
            moat.until(lambda: len(results) > done + 15 or
                       all(j.done() for j in jobs), 30, what="more acts")
        for j in jobs:
            j.result()
    assert kills >= 2
    s.wait_healthy()
    judge(s, results)


def test_audit_chain_of_two_nodes_has_no_fork(fresh_server):
    a = fresh_server(database="postgres")
    b = fresh_server(database="postgres", start=False)
    moat.Postgres.shared().drop(b.pg)
    b.conf.write_text(b.conf.read_text().replace(b.pg, a.pg))
    b.pg = a.pg
    b.state.mkdir(mode=0o700)
    shutil.copytree(a.state / "keys", b.state / "keys")
    if b.as_user:
        for path in (b.state, *b.state.rglob("*")):
            shutil.chown(path, b.as_user)
    b.start()
    try:
        results = {}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(acts_of, s, 30, f"n{t}x", results)
                    for t, s in enumerate((a, b, a, b))]
            texts = []
            while not all(j.done() for j in jobs):
                for s in (a, b):        # each takes the lease from the other
                    texts.append(export(s))
                if len(texts) == 6:
                    pid = b.kill("engine")
                    moat.until(lambda: b.pids("engine") not in ([], [pid])
                               and b.ctl("audit", "export").returncode == 0,
                               20, what="the engine to come back")
        for text in texts:
            Chain(text).check()
            verify(text, jwks(a))
        a.wait_healthy()
        b.wait_healthy()
        judge(a, results)
        assert export(a) == export(b)
        # the one that is left goes on
        u = b.user()
        a.stop()
        b.login(u)
        moat.until(lambda: b.sql("SELECT id FROM audit WHERE seq IS NULL")
                   == [], 6, what="the lease")
        assert b.stop() == 0
    finally:
        b.stop()


@pytest.mark.root
def test_audit_disk_full_lets_no_one_in(fresh_server):      # CASES 55
    with tempfile.TemporaryDirectory(prefix="moatd-full-") as disk:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none",
                        disk], check=True)
        try:
            s = fresh_server(database="sqlite", root=disk)
            u = s.register()
            log_in = {"username": u["username"], "password": u["password"]}
            assert s.post("/auth/login", log_in).status == 200
            with open(os.path.join(disk, "fill"), "wb") as f:
                try:
                    while True:
                        f.write(b"x" * 65536)
                        f.flush()
                except OSError:
                    pass
            said = [s.post("/auth/login", log_in).status for _ in range(40)]
            assert 503 in said and set(said) <= {200, 503}
            wrong = {**log_in, "password": "x"}
            assert s.post("/auth/login", wrong).status in (401, 503)
            os.unlink(os.path.join(disk, "fill"))
            s.wait_healthy()
            moat.until(lambda: s.post("/auth/login",
                                      log_in).status == 200)
            chain = Chain(export(s)).check()
            verify(export(s), jwks(s))
            # as many entries as logins that were let in, and as sessions
            count = sum(e["action"] == "login.success"
                        for e in chain.entries)
            ((sessions,),) = s.sql("SELECT count(*) FROM sessions")
            assert count == int(sessions) == said.count(200) + 2
            assert s.stop() == 0
        finally:
            s.discard()
            subprocess.run(["umount", "-l", disk], check=False)
