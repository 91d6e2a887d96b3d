"""A mixed load with a journal, and the invariants that it proves (CASES §2).

Each Client is one thread with accounts of its own, so that it knows what must
hold: what was acknowledged, what was attempted without an answer, what was
refused as unavailable. Whatever contradicts the journal is a `breach`.
"""

import http.client
import json
import random
import threading
import time

# A retry of a refresh is good for the grace of 10 s; the clients retry well
# within it, and say so when they could not.
GRACE = 9.0
UNAVAILABLE = (502, 503, 504)


class Journal:
    """What all clients saw; everything here is shared and locked."""

    def __init__(self):
        self.lock = threading.Lock()
        self.breaches = []
        self.registered = set()
        self.attempted = set()
        self.successors = {}
        self.counts = {}

    def breach(self, what):
        with self.lock:
            self.breaches.append(f"{time.monotonic():.3f} {what}")

    def count(self, op, status):
        with self.lock:
            key = (op, status)
            self.counts[key] = self.counts.get(key, 0) + 1

    def successor(self, token, next_token):
        with self.lock:
            known = self.successors.setdefault(token, set())
            known.add(next_token)
            many = len(known) > 1
        if many:
            self.breach(f"I3: two successors of one refresh token: {known}")


class Client(threading.Thread):
    """One thread: registers, logs in, refreshes, changes, logs out."""

    def __init__(self, server, journal, end, seed):
        super().__init__(daemon=True)
        self.server = server
        self.j = journal
        self.end = end
        self.rng = random.Random(seed)
        self.name_of = f"c{seed}"
        self.n = 0
        self.conn = None
        self.user = None
        self.sessions = []

    # ---- one request: a status, or None when no answer came ----
    def ask(self, op, method, path, body=None, token=None):
        heads = {}
        data = None
        if body is not None:
            data = json.dumps(body)
            heads["Content-Type"] = "application/json"
        if token is not None:
            heads["Authorization"] = f"Bearer {token}"
        try:
            if self.conn is None:
                self.conn = http.client.HTTPConnection(
                    "127.0.0.1", self.server.port, timeout=20)
            self.conn.request(method, path, data, heads)
            r = self.conn.getresponse()
            text = r.read()
            status = r.status
            if r.getheader("Connection", "") == "close":
                self.drop()
        except (OSError, http.client.HTTPException):
            self.drop()
            self.j.count(op, None)
            return None, None
        self.j.count(op, status)
        try:
            got = json.loads(text) if text else None
        except ValueError:
            self.j.breach(f"{op}: {status} with a body that is no JSON")
            got = None
        if status >= 500 and status not in UNAVAILABLE:
            self.j.breach(f"{op}: {status} {text[:200]!r}")
        return status, got

    def drop(self):
        if self.conn is not None:
            self.conn.close()
            self.conn = None

    def unknown(self, status):
        return status is None or status in UNAVAILABLE

    # ---- the operations ----
    def register(self):
        self.n += 1
        name = f"{self.name_of}n{self.n}"
        user = {"username": name, "email": f"{name}@example.org",
                "password": f"correct horse {name}"}
        with self.j.lock:
            self.j.attempted.add(name)
        unsure = False
        for _ in range(200):
            status, _got = self.ask("register", "POST", "/auth/register", user)
            if status == 201:
                break
            if status == 409:
                if not unsure:
                    self.j.breach(f"I8: {name} was taken before it was asked")
                break
            if not self.unknown(status):
                self.j.breach(f"I10: register answered {status} {_got}")
                return
            unsure = True
            if self.pause():
                return
        else:
            return
        with self.j.lock:
            self.j.registered.add(name)
        self.user = {**user, "passwords": [user["password"]]}
        self.sessions = []

    def pause(self):
        time.sleep(0.02 + self.rng.random() * 0.1)
        return self.end.is_set()

    def login(self):
        u = self.user
        # after an unacknowledged change either password may be the one
        for password in list(u["passwords"]):
            status, got = self.ask("login", "POST", "/auth/login", {
                "username": u["username"], "password": password})
            if status == 200:
                self.sessions.append({"access": got["access_token"],
                                      "refresh": got["refresh_token"],
                                      "maybe": set(), "since": None})
                u["passwords"] = [password]
                return
            if self.unknown(status):
                return
            if status == 429:
                return
            if status != 401:
                self.j.breach(f"I10: login answered {status} {got}")
                return
        self.j.breach(f"I1/I10: no password of {u['username']} is accepted")

    def old_login(self):
        u = self.user
        if not u.get("old"):
            return
        status, _got = self.ask("oldlogin", "POST", "/auth/login", {
            "username": u["username"], "password": u["old"]})
        if status == 200:
            self.j.breach("I2: an old password was accepted")

    def me(self):
        s = self.rng.choice(self.sessions)
        status, got = self.ask("me", "GET", "/auth/me", token=s["access"])
        if status == 200:
            if got["username"] != self.user["username"]:
                self.j.breach("another user's answer")
        elif not self.unknown(status):
            self.j.breach(f"I10: me answered {status} {got}")

    def refresh(self):
        s = self.rng.choice(self.sessions)
        began = time.monotonic()
        while True:
            asked = time.monotonic()
            status, got = self.ask("refresh", "POST", "/auth/refresh",
                                   {"refresh_token": s["refresh"]})
            if status == 200:
                self.j.successor(s["refresh"], got["refresh_token"])
                s["refresh"] = got["refresh_token"]
                s["access"] = got["access_token"]
                return
            if not self.unknown(status):
                # a retry later than the grace may be a reuse
                if asked - began < GRACE:
                    self.j.breach(f"I10: refresh answered {status} {got} "
                                  f"after {asked - began:.2f} s")
                self.sessions.remove(s)
                return
            if self.pause():
                # it ends here: nobody may know what became of it
                self.sessions.remove(s)
                return

    def logout(self):
        s = self.sessions.pop(self.rng.randrange(len(self.sessions)))
        status, got = self.ask("logout", "POST", "/auth/logout",
                               token=s["access"])
        if status == 204:
            self.dead(s, "logout")
        elif not self.unknown(status):
            self.j.breach(f"I10: logout answered {status} {got}")

    def dead(self, s, why):
        status, _got = self.ask("dead-me", "GET", "/auth/me",
                                token=s["access"])
        if status is not None and status != 401 and not self.unknown(status):
            self.j.breach(f"I2: access accepted after {why}: {status}")
        status, _got = self.ask("dead-refresh", "POST", "/auth/refresh",
                                {"refresh_token": s["refresh"]})
        if status is not None and status != 401 and not self.unknown(status):
            self.j.breach(f"I2: refresh accepted after {why}: {status}")

    def change(self):
        u = self.user
        if len(u["passwords"]) != 1:
            return
        s = self.rng.choice(self.sessions)
        old = u["passwords"][0]
        new = f"correct horse {self.rng.randrange(10 ** 12)} battery"
        status, got = self.ask("change", "POST", "/auth/password-change", {
            "oldPassword": old, "newPassword": new}, token=s["access"])
        if status == 200:
            others = [x for x in self.sessions if x is not s]
            self.sessions = [s]
            u["passwords"] = [new]
            u["old"] = old
            for x in others[:2]:
                self.dead(x, "password change")
            self.old_login()
        elif self.unknown(status):
            # it may have happened: other sessions may be dead
            u["passwords"] = [old, new]
            u.pop("old", None)
            self.sessions = [s]
        elif status == 429:
            pass
        else:
            self.j.breach(f"I10: change answered {status} {got}")

    def step(self):
        if self.user is None or self.rng.random() < 0.05:
            self.register()
            return
        if not self.sessions:
            self.login()
            return
        self.rng.choices(
            (self.me, self.refresh, self.login, self.logout, self.change),
            (40, 30, 10, 8, 8))[0]()

    def run(self):
        try:
            while not self.end.is_set():
                self.step()
        except Exception as e:                  # a bug of the test is a failure
            self.j.breach(f"client died: {e!r}")
        finally:
            self.drop()


class Load:
    """A number of clients, between `with` and its end."""

    def __init__(self, server, seed, clients=8):
        self.server = server
        self.journal = Journal()
        self.end = threading.Event()
        self.clients = [Client(server, self.journal, self.end,
                               seed * 1000 + n) for n in range(clients)]

    def __enter__(self):
        for c in self.clients:
            c.start()
        return self

    def stop(self):
        self.end.set()
        for c in self.clients:
            c.join(60)

    def __exit__(self, *exc):
        self.stop()

    def verify(self, context=""):
        """After the load: what was acknowledged is there, and only that."""
        j = self.journal
        kept = {r[0] for r in self.server.sql("SELECT username FROM users")}
        kept.discard(self.server.admin[0])
        lost = j.registered - kept
        if lost:
            j.breach(f"I1: acknowledged registrations are lost: {lost}")
        if kept - j.attempted:
            j.breach(f"I1: unjournalled: {kept - j.attempted}")
        for c in self.clients:
            if c.user is not None:
                c.login()
        assert not j.breaches, "\n".join([context, *j.breaches[:20]])
