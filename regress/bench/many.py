"""What a full database costs: each operation on one with 10,000 tenants and
1,000,000 users beside the same on one with 10 and 5,000, in turn, and what
10,000 tenants, asked once each, leave in the memory of the processes."""

import json
import os
import re
import secrets
import socket
import sqlite3
import statistics
import subprocess
import time

# The same on both databases. Every third user is the default tenant's, of the
# others each tenant has as many. 500 are admins, 500 disabled, 500 have a rare
# role, so that lists of them are as long on a small database.
FILL = """
INSERT INTO tenants (id, name, created_at)
SELECT 't' || i, 'Tenant ' || i, {now} FROM ({tenants}) AS n;
INSERT INTO roles (tenant, name, created_at, updated_at, last_op)
SELECT t.id, r.name, {now}, {now}, 'fill'
FROM tenants AS t, (SELECT 'staff' AS name UNION ALL SELECT 'rare') AS r;
INSERT INTO permissions (tenant, name, client_id)
SELECT id, 'shop:order.read', 'shop' FROM tenants;
INSERT INTO role_permissions (tenant, role, permission, builtin)
SELECT id, 'staff', 'shop:order.read', 0 FROM tenants;
INSERT INTO users (id, tenant, username, username_key, email, email_key,
	email_verified, role, pw_record, status, created_at, updated_at,
	last_op)
SELECT '01900000-0000-7000-8000-' || {i},
	CASE WHEN i % 10 < 3 THEN 'default'
		ELSE 't' || (1 + (i / 10 * 7 + i % 10) % {ntenants}) END,
	'user' || {i}, 'user' || {i}, 'mail' || {i} || '@example.org',
	'mail' || {i} || '@example.org', i % 2,
	CASE WHEN i % {step} = 1 THEN 'admin' ELSE 'user' END, NULL,
	CASE WHEN i % {step} = 2 THEN 'disabled' ELSE 'active' END,
	{now} - i, {now} - i, 'fill'
FROM ({users}) AS n;
INSERT INTO user_roles (user_id, tenant, role)
SELECT id, tenant, 'staff' FROM users WHERE username_key LIKE 'user%1';
INSERT INTO user_roles (user_id, tenant, role)
SELECT id, tenant, 'rare' FROM users WHERE last_op = 'fill'
AND CAST(substr(username_key, 5) AS BIGINT) % {step} = 3;
INSERT INTO sessions (id, tenant, user_id, client_id, scope, acr, amr,
	auth_at, ip, user_agent, created_at, last_used_at, idle_at, expires_at,
	last_op)
SELECT 's' || id, tenant, id, 'account', 'account', 'aal1', 'pwd', {now},
	'127.0.0.1', 'fill', {now}, {now}, {now} + {day}, {now} + {day}, 'fill'
FROM users WHERE last_op = 'fill';
INSERT INTO refresh_tokens (hash, session_id, client_id, generation,
	created_at, expires_at)
SELECT 'h' || id, id, client_id, 1, {now}, {now} + {day} FROM sessions
WHERE last_op = 'fill';
INSERT INTO throttles (kind, tenant, subject, charges, streak, penalty, until,
	expires_at, last_op)
SELECT 'login', tenant, username_key, 1, 1, 0, 0, {now} + {day}, 'fill'
FROM users WHERE username_key LIKE 'user%5';
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, seq, prev, hash)
SELECT 'f' || id, tenant, {now} - 1000000,
	CASE WHEN status = 'disabled' THEN 'user.disable'
		ELSE 'login.success' END,
	'success', id, id, 'account', '127.0.0.1', 1000 + row_number() OVER (
		PARTITION BY tenant ORDER BY id), {hash}, {hash}
FROM users WHERE last_op = 'fill';
DELETE FROM audit_heads;
DELETE FROM audit_chains;
INSERT INTO audit_chains (tenant, seq, hash, last_op)
SELECT tenant, max(seq), {hash}, '' FROM audit WHERE seq IS NOT NULL
GROUP BY tenant;
INSERT INTO audit_heads (tenant, seq, hash, kid, jws, created_at)
SELECT tenant, seq, hash, 'fill', 'fill', {now} FROM audit_chains;
"""


def fill(s, tenants, users):
    digits = "CAST(i AS TEXT)"
    rows = ("WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g "
            "WHERE i < {}) SELECT i FROM g").format
    text = FILL.format(
        now=int(time.time() * 1e6), day=86400 * 10**6, ntenants=tenants,
        step=max(users // 500, 4),
        tenants=rows(tenants), users=rows(users), hash="'" + "B" * 43 + "'",
        i=f"substr('000000000000' || {digits}, length({digits}) + 1, 12)")
    if s.database == "postgres":
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-",
                        s.pg], input=text + "VACUUM ANALYZE;", text=True,
                       check=True)
        return
    db = sqlite3.connect(s.state / "db" / "moatd.sqlite", timeout=10)
    db.executescript("BEGIN;" + text + "COMMIT;")
    db.close()


class Client:
    """One keep-alive connection, and what the operations need."""

    def __init__(self, s):
        self.s = s
        self.sock = s.sock()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.root = s.admin_login()["token"]
        self.users = [s.user() for _ in range(10)]
        self.turn = 0
        _, body = self.ask("GET", "/admin/users?limit=200", self.root)
        self.deep = json.loads(body)["next"]
        for _ in range(20):
            if self.deep is None:
                break
            _, body = self.ask("GET", "/admin/users?limit=200&cursor=" +
                               self.deep, self.root)
            self.last, self.deep = self.deep, json.loads(body)["next"]

    def ask(self, method, path, token=None, body=""):
        auth = f"Authorization: Bearer {token}\r\n" if token else ""
        self.sock.sendall(
            (f"{method} {path} HTTP/1.1\r\nHost: x\r\n{auth}Content-Type: "
             f"application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}")
            .encode())
        got = b""
        while b"\r\n\r\n" not in got:
            got += self.sock.recv(65536)
        head, _, rest = got.partition(b"\r\n\r\n")
        size = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
        while len(rest) < size:
            rest += self.sock.recv(65536)
        return int(head.split()[1]), rest

    def admin(self, path):
        return self.ask("GET", "/admin/" + path, self.root)

    def user(self):
        self.turn += 1
        return self.users[self.turn % len(self.users)]

    def login(self, base=""):
        u = self.user()
        return self.ask("POST", base + "/auth/login", None, json.dumps(
            {"username": u["username"], "password": u["password"]}))

    def cursor(self):
        return f"&cursor={self.deep}" if self.deep else ""


OPS = {
    "users, first page": lambda c: c.admin("users?limit=50"),
    "users, page 20": lambda c: c.admin("users?limit=50" + c.cursor()),
    "users, q= of one": lambda c: c.admin(
        "users?limit=50&q=" + c.user()["username"]),
    "users, q= of many": lambda c: c.admin("users?limit=50&q=user0"),
    "users, q= of addresses": lambda c: c.admin("users?limit=50&q=mail00"),
    "users, role=admin": lambda c: c.admin("users?limit=50&role=admin"),
    "users, custom role": lambda c: c.admin("users?limit=50&role=staff"),
    "users, rare role": lambda c: c.admin("users?limit=50&role=rare"),
    "users, status=disabled": lambda c: c.admin(
        "users?limit=50&status=disabled"),
    "users, role and status": lambda c: c.admin(
        "users?limit=50&role=admin&status=disabled"),
    "users, custom role and status": lambda c: c.admin(
        "users?limit=50&role=staff&status=disabled"),
    "users, q= and role": lambda c: c.admin(
        "users?limit=50&role=admin&q=user0"),
    "one user": lambda c: c.admin("users/" + c.user()["userId"]),
    "tenants": lambda c: c.admin("tenants?limit=50"),
    "roles": lambda c: c.admin("roles?limit=50"),
    "audit": lambda c: c.admin("audit?limit=50"),
    "audit, subject=": lambda c: c.admin(
        "audit?limit=50&subject=" + c.user()["userId"]),
    "audit, action= of many": lambda c: c.admin(
        "audit?limit=50&action=login.success"),
    "audit, action= of few": lambda c: c.admin(
        "audit?limit=50&action=user.disable"),
    "audit, action= of none": lambda c: c.admin(
        "audit?limit=50&action=key.retire"),
    "audit, from=": lambda c: c.admin(
        "audit?limit=50&from=2026-01-01T00:00:00Z"),
    "login": lambda c: c.login(),
    "failed login": lambda c: c.ask("POST", "/auth/login", None, json.dumps(
        {"username": "nobody" + str(c.turn), "password": "not a password"})),
    "/auth/me": lambda c: c.ask("GET", "/auth/me", c.user()["access_token"]),
    "sessions": lambda c: c.ask("GET", "/auth/me/sessions",
                                c.user()["access_token"]),
    "register": lambda c: c.ask("POST", "/auth/register", None, json.dumps(
        {"username": "n" + secrets.token_hex(8), "email":
         secrets.token_hex(8) + "@example.org",
         "password": "correct horse battery"})),
}


def timed(op, client):
    t = time.perf_counter()
    status, body = op(client)
    assert status in (200, 201, 401), (status, body)
    return (time.perf_counter() - t) * 1e3


def flat(row, name, few, many, runs):
    a, b = Client(few), Client(many)
    for what, op in OPS.items():
        times = ([], [])
        for i in range(runs + 8):      # PostgreSQL plans anew five times
            for client, into in ((a, times[0]), (b, times[1])):
                ms = timed(op, client)
                if i >= 8:
                    into.append(ms)
        least, most = (statistics.median(t) for t in times)
        row(f"{name}: {what}", f"{most:.2f} ms", f"few: {least:.2f} ms",
            f"{most / least:.2f} x (aim: flat)")


def memory(s, smaps):
    each = {"parent": smaps(s.proc.pid)[0]}
    for pid, role in s.children().items():
        each[role] = each.get(role, 0) + smaps(pid)[0]
    return each


def touch(row, name, s, tenants, smaps):
    """As many requests to one tenant as to all of them, then to each."""
    c = Client(s)

    def ask(number):
        for path, code in (("/.well-known/jwks.json", 200), ("/auth/me", 401)):
            status, _ = c.ask("GET", f"/t/t{number}{path}", c.root)
            assert status == code, (number, path, status)

    for _ in range(tenants):
        ask(1)
    before = memory(s, smaps)
    for i in range(tenants):
        ask(i + 1)
    after = memory(s, smaps)
    row(f"{name}: {tenants} tenants touched once",
        " ".join(f"{k} {(after[k] - v) / 1024:+.2f}" for k, v in
                 before.items()) + " MiB PSS",
        " ".join(f"{k} {v / 1024:.1f}" for k, v in before.items()),
        "(aim: a few MiB)")


def measure(moat, row, smaps, runs):
    for name, tenants, users in (("postgres", 10000, 1000000),
                                 ("sqlite", 1000, 100000)):
        if os.environ.get("MOATD_TEST_DB", name) not in (name, "both"):
            continue
        scale = float(os.environ.get("MOATD_BENCH_SCALE", "1"))
        tenants, users = int(tenants * scale), int(users * scale)
        few, many = (moat.Server(name, workers=1) for _ in range(2))
        try:
            for s in (few, many):
                s.stop()
            fill(few, 10, 5000)
            t = time.perf_counter()
            fill(many, tenants, users)
            t = time.perf_counter() - t
            for s in (few, many):
                s.start()
            print(f"{name}: {tenants} tenants, {users} users, as many "
                  f"sessions and audit entries, in {t:.0f} s", flush=True)
            flat(row, name, few, many, runs)
            touch(row, name, many, tenants, smaps)
        finally:
            for s in (few, many):
                s.stop()
                s.discard()
