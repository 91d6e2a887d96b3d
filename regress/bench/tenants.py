#!/usr/bin/python3
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

"""What ten thousand tenants cost: memory of each process, and time.

	regress/bench/tenants.py [--build DIR] [--database sqlite|postgres]
	    [--tenants N] [--logins N]

Every tenant is made in the database and used: its keys are fetched, a token
and a refresh token that are none are refused, and some register and log in.
Resident memory is read before and after. Nothing here fails: it prints.
"""

import argparse
import http.client
import json
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "live"))

BODY = {"Content-Type": "application/json"}


def resident(server):
    """{(role, pid): KiB} of moatd's processes, what is shared apart."""
    found = {}
    for pid, role in [(server.proc.pid, "parent"),
                      *server.children().items()]:
        for line in open(f"/proc/{pid}/status"):
            if line.startswith("RssAnon:"):
                found[role, pid] = int(line.split()[1])
    return found


def make(server, first, last):
    """Tenants first to last, as rows."""
    for at in range(first, last, 1000):
        values = ", ".join(f"('b{i}', 'Tenant {i}', 1)"
                           for i in range(at, min(at + 1000, last)))
        server.sql("INSERT INTO tenants (id, name, created_at) "
                   f"VALUES {values}")


def use(server, first, last, requests=3):
    """One after the other is used; requests a second."""
    c = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    begin = time.monotonic()
    refresh = json.dumps({"refresh_token": "x"}).encode()
    for i in range(first, last):
        for method, path, body, heads, want in (
                ("GET", "/.well-known/jwks.json", None, {}, 200),
                ("GET", "/auth/me", None,
                 {"Authorization": "Bearer a.b.c"}, 401),
                ("POST", "/auth/refresh", refresh, BODY, 401))[:requests]:
            c.request(method, f"/t/b{i}{path}", body, heads)
            r = c.getresponse()
            r.read()
            assert r.status == want, (i, path, r.status)
    c.close()
    return requests * (last - first) / (time.monotonic() - begin)


def live_in(server, first, last):
    """A user each registers and logs in; pairs a second."""
    begin = time.monotonic()
    for i in range(first, last):
        user = {"username": "alice", "password": "correct horse battery",
                "email": "alice@example.org"}
        r = server.post(f"/t/b{i}/auth/register", user)
        assert r.status == 201, r
        r = server.post(f"/t/b{i}/auth/login", user)
        assert r.status == 200, r
    return (last - first) / max(time.monotonic() - begin, 1e-9)


def growth(server, tenants, logins, warm=1000, warm_logins=50, requests=3):
    """([(role, pid, before, after)] in KiB, requests/s, logins/s).

    The first tenants warm up what grows once: buffers, caches, arenas."""
    make(server, 0, warm)
    use(server, 0, warm)
    live_in(server, 0, warm_logins)
    before = resident(server)
    make(server, warm, tenants)
    rate = use(server, warm, tenants, requests)
    pairs = live_in(server, warm, warm + logins)
    after = resident(server)
    rows = [(role, pid, before[role, pid], kib)
            for (role, pid), kib in after.items() if (role, pid) in before]
    return rows, rate, pairs


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", default=os.environ.get("MOATD_BUILD", "build"))
    ap.add_argument("--database", default="sqlite")
    ap.add_argument("--tenants", type=int, default=10000)
    ap.add_argument("--logins", type=int, default=1000)
    a = ap.parse_args()
    os.environ["MOATD_BUILD"] = a.build
    import moat
    moat.BUILD = pathlib.Path(a.build).resolve()
    s = moat.Server(a.database)
    try:
        rows, rate, pairs = growth(s, a.tenants, a.logins)
        print(f"{a.database}: {a.tenants} tenants, {rate:.0f} requests/s on "
              f"one connection, {pairs:.0f} registrations and logins/s")
        for role, pid, before, after in sorted(rows):
            print(f"  {role:8} {before:8} KiB  {after:8} KiB  "
                  f"{after - before:+8} KiB")
    finally:
        s.stop()
        s.discard()
        moat.Postgres.end()


if __name__ == "__main__":
    main()
