"""What applications ask all day, beside GET /health of the same server: a
proxy's question, a resource server's, a machine's for its next token. Called by
run."""

import statistics

import oidc


def rates(wrk, s, asks, args):
    """Requests a second of each, taken in turns: {name: [rate, …]}."""
    got = {name: [] for name in asks}
    for _ in range(args.runs):
        for name, (path, kw) in asks.items():
            r = wrk(s.url + path, args.seconds, 16, **kw)
            assert r["bad"] == 0, (name, r)
            got[name].append(r["rate"])
    return got


def measure(moat, server, wrk, row, args, database):
    s = server(database, cheap=True)
    try:
        root = s.admin_login()["token"]
        machine = oidc.RP.register(
            s, root, grant_types=["client_credentials"], redirect_uris=[],
            scope="jobs")
        token = s.user()["token"]
        own = machine.client_credentials().json()["access_token"]
        auth = oidc.basic(machine.client_id, machine.secret)
        bearer = {"script": "bearer.lua", "env": {"BENCH_TOKEN": token}}

        def form(text):
            return {"script": "form.lua", "env": {
                "BENCH_FORM": text, "BENCH_AUTH": auth}}
        asks = {
            "GET /health": ("/health", {}),
            "GET /auth/verify": ("/auth/verify", bearer),
            "GET /auth/me": ("/auth/me", bearer),
            "POST /oauth2/introspect": (
                "/oauth2/introspect", form("token=" + own)),
            "POST /oauth2/token, a machine's": (
                "/oauth2/token", form("grant_type=client_credentials")),
        }
        got = rates(wrk, s, asks, args)
        base = statistics.median(got.pop("GET /health"))
        for name, values in got.items():
            ours = statistics.median(values)
            row(f"{name} ({database})", f"{ours:.0f}/s",
                f"GET /health: {base:.0f}/s", f"{ours / base:.3f} x")
    finally:
        s.stop()
        s.discard()
