"""The HTTP edge over raw sockets: CASES 41 to 48 and 51, by their numbers."""

import functools
import json
import os
import resource
import socket
import time

import pytest

import moat

GET = b"GET /health/live HTTP/1.1\r\nHost: a\r\n"
JSON = b"Content-Type: application/json\r\n"
LOGIN = b"POST /auth/login HTTP/1.1\r\nHost: a\r\n" + JSON
BODY = b'{"username":"nobody-here","password":"not the password"}'
SHORT = "limit { header 1 body 1 write 1 idle 1 }\n"
MISS = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:200]!r}>"


class Conn:
    """A socket that reads whole responses, and says when the end comes."""

    def __init__(self, server, data=b"", timeout=10):
        self.s = server.sock(timeout)
        self.buf = b""
        if data:
            self.send(data)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.s.close()

    def send(self, data):
        self.s.sendall(data)

    def _more(self):
        part = self.s.recv(65536)
        self.buf += part
        return part

    def reply(self, head=False):
        """The next response; None at the end of the stream."""
        while b"\r\n\r\n" not in self.buf:
            if not self._more():
                assert self.buf == b"", self.buf
                return None
        top, _, self.buf = self.buf.partition(b"\r\n\r\n")
        lines = top.decode("latin-1").split("\r\n")
        version, status, _ = (lines[0] + " ").split(" ", 2)
        assert version == "HTTP/1.1"
        headers = {}
        for line in lines[1:]:
            name, sep, value = line.partition(": ")
            assert sep and name.lower() not in headers, lines
            headers[name.lower()] = value
        status = int(status)
        n = 0 if head or status in (100, 204, 304) else int(
            headers["content-length"])
        while len(self.buf) < n:
            assert self._more(), "a response was cut"
        body, self.buf = self.buf[:n], self.buf[n:]
        return Reply(status, headers, body)

    def ended(self):
        """Nothing more comes, and the end does come."""
        while self._more():
            pass
        return self.buf == b""


def ask(server, data):
    with Conn(server, data) as c:
        return c.reply()


def refused(server, data, status=400, code=None):
    """One answer of that status, and the connection is closed."""
    with Conn(server, data) as c:
        r = c.reply()
        assert r is not None, data
        assert r.status == status, (data, r)
        assert r.headers["connection"] == "close"
        assert r.headers["x-request-id"]
        assert r.headers["cache-control"] == "no-store"
        code = code or {400: "invalid_request", 408: "request_timeout",
                        413: "payload_too_large", 414: "uri_too_long",
                        431: "headers_too_large",
                        501: "not_implemented"}.get(status)
        if code:
            assert r.json()["error"] == code
        if status == 400:
            assert r.json()["errors"][0]["path"] == ""
        assert c.ended(), data
        return r


# ---- 41: request smuggling ----

@pytest.mark.parametrize("fields", [
    b"Content-Length: 5\r\nContent-Length: 5\r\n",
    b"Content-Length: 5\r\nContent-Length: 6\r\n",
    b"Content-Length: 5, 5\r\n",
    b"Content-Length : 5\r\n",
    b"Content-Length\t: 5\r\n",
    b"Content-Length: +5\r\n",
    b"Content-Length: -5\r\n",
    b"Content-Length: 0x5\r\n",
    b"Content-Length: 05\r\n",
    b"Content-Length: 5 5\r\n",
    b"Content-Length:\r\n",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    b"Transfer-Encoding: chunked, chunked\r\n",
    b"Transfer-Encoding: chunked, identity\r\n",
    b"Transfer-Encoding: chunked,\r\n",
    b"Transfer-Encoding:\r\n",
    b"Transfer-Encoding: chunked;x=y\r\n",
    b"Transfer-Encoding: \"chunked\"\r\n",
    b"Transfer-Encoding: \x0bchunked\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Transfer-Encoding\r\n : chunked\r\n",
    b" Transfer-Encoding: chunked\r\n",
    b"X: y\r\n Transfer-Encoding: chunked\r\n",
    b"X: y\rTransfer-Encoding: chunked\r\n",
    b"X: y\nTransfer-Encoding: chunked\r\n",
])
def test_41_framing_rejects(server, fields):
    refused(server, LOGIN + fields + b"\r\n0\r\n\r\n" + MISS)


@pytest.mark.parametrize("coding", [
    b"gzip", b"identity", b"gzip, chunked", b"xchunked", b"chunkedx", b"x"])
def test_41_coding_rejects_unknown(server, coding):
    refused(server, LOGIN + b"Transfer-Encoding: " + coding +
            b"\r\n\r\n0\r\n\r\n" + MISS, 501)


def test_41_coding_rejects_http10(server):
    refused(server, LOGIN.replace(b"HTTP/1.1", b"HTTP/1.0") +
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + MISS)


@pytest.mark.parametrize("body", [
    b"0x5\r\nhello\r\n0\r\n\r\n", b"-0\r\n\r\n", b"+5\r\nhello\r\n0\r\n\r\n",
    b" 5\r\nhello\r\n0\r\n\r\n", b"5 \r\nhello\r\n0\r\n\r\n",
    b"5\nhello\n0\n\n", b"5\r\nhello!\r\n0\r\n\r\n", b"5\r\nhello\n0\r\n\r\n",
    b"\r\n\r\n", b"g\r\n", b"5;\nhello\r\n", b"5;\x00\r\nhello\r\n",
    b"0\r\nX : y\r\n\r\n", b"0\r\n X: y\r\n\r\n", b"0\r\nX: y\n\r\n",
    b"0\r\n\n", b"5\r\nhello\r\n0\r\nX\r\n\r\n", b"5_0\r\n",
    b"00000000000000005\r\nhello\r\n0\r\n\r\n",
])
def test_41_chunks_rejects(server, body):
    head = b"POST /auth/login HTTP/1.1\r\nHost: a\r\n" + JSON
    refused(server, head + b"Transfer-Encoding: chunked\r\n\r\n" + body + MISS)
    # A route that drops its body is as strict about it.
    refused(server, GET + b"Transfer-Encoding: chunked\r\n\r\n" + body + MISS)


def chunked(body, ext=b"", size=7, trailer=b""):
    parts = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(p), ext, p) for p in parts) + \
        b"0" + ext + b"\r\n" + trailer + b"\r\n"


@pytest.mark.parametrize("ext,trailer", [
    (b"", b""), (b";a=b", b""), (b';a="b c";d', b"X: y\r\nY:\r\n"),
    (b"", b"Content-Length: 9\r\nTransfer-Encoding: x\r\n")])
def test_41_chunks_accepts(server, ext, trailer):
    """Extensions and trailers are dropped; the next request is the next."""
    with Conn(server) as c:
        c.send(LOGIN + b"Transfer-Encoding: Chunked\r\n\r\n" +
               chunked(BODY, ext, trailer=trailer) + GET + b"\r\n")
        assert c.reply().json()["error"] == "invalid_credentials"
        assert c.reply().json() == {"status": "ok"}


def test_41_body_accepts_dropped_ones(server):
    """What follows a body that no one wants is still the next request."""
    for body in (b"Content-Length: 5\r\n\r\nGET /",
                 b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"GET /")):
        for line, status in ((GET, 200), (GET.replace(b"live", b"dead"), 404),
                             (GET.replace(b"GET", b"PUT"), 405)):
            with Conn(server, line + body + GET + b"\r\n") as c:
                assert c.reply().status == status
                assert c.reply().status == 200


# ---- 42: lines, names, hosts ----

@pytest.mark.parametrize("data", [
    b"GET /health HTTP/1.1\nHost: a\n\n",
    b"GET /health HTTP/1.1\r\nHost: a\n\r\n",
    b"GET /health HTTP/1.1\rHost: a\r\r",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
    b"GET /health HTTP/1.1\rXHost: a\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
    b"GET /health\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX\0: a\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n",
    b"GET /health HTTP/1.1\r\n Host: a\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX y: a\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n",
    b"GET /health HTTP/1.1\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost:\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a b\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a/b\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: u@a\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a:x\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: [::1\r\n\r\n",
    b"GET /health HTTP/1.0\r\nHost: a, b\r\n\r\n",
    b"GET  /health HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /health  HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET\t/health HTTP/1.1\r\nHost: a\r\n\r\n",
    b" GET /health HTTP/1.1\r\nHost: a\r\n\r\n",
    b"\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /health\r\n\r\n",
    b"GET /health HTTP/1.2\r\nHost: a\r\n\r\n",
    b"GET /health HTTP/2.0\r\nHost: a\r\n\r\n",
    b"GET /health http/1.1\r\nHost: a\r\n\r\n",
    b"GET health HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /health#x HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /h\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
    b"G(T /health HTTP/1.1\r\nHost: a\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\0\0\0",
])
def test_42_head_rejects(server, data):
    refused(server, data)


@pytest.mark.parametrize("name", [
    b"Authorization: Bearer x", b"Content-Type: application/json",
    b"Origin: http://a", b"Expect: 100-continue"])
def test_42_head_rejects_second_singletons(server, name):
    refused(server, GET + name + b"\r\n" + name + b"\r\n\r\n")


@pytest.mark.parametrize("data", [
    b"GET /health/live HTTP/1.1\r\nhOsT:\ta:80 \t\r\nempty:\r\nX: \xff\r\n\r\n",
    b"\r\nGET /health/live HTTP/1.1\r\nHost: [::1]:3000\r\n\r\n",
    b"GET http://other.example/health/live HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET HTTPS://u.example:1/health/live?x HTTP/1.1\r\nHost: a\r\n\r\n",
])
def test_42_head_accepts(server, data):
    """Also in pieces of one byte, and pipelined with itself."""
    assert ask(server, data).status == 200
    with Conn(server) as c:
        for i in range(len(data)):
            c.send(data[i:i + 1])
        assert c.reply().status == 200
        c.send(data + data)
        assert c.reply().status == 200
        assert c.reply().status == 200


# ---- h1spec: its 33 checks ----

FRAGMENTS = [
    b"G", b"GET ", b"GET /hello", b"GET /hello ", b"GET /hello HTTP",
    b"GET /hello HTTP/1.1", b"GET /hello HTTP/1.1\r",
    b"GET /hello HTTP/1.1\r\n", b"GET /hello HTTP/1.1\r\nHos",
    b"GET /hello HTTP/1.1\r\nHost:", b"GET /hello HTTP/1.1\r\nHost: ",
    b"GET /hello HTTP/1.1\r\nHost: localhost",
    b"GET /hello HTTP/1.1\r\nHost: localhost\r",
    b"GET /hello HTTP/1.1\r\nHost: localhost\r\n",
    b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r"]


def test_h1spec_accepts_fragments(server):
    """15 unfinished requests: the server waits, for half a second at least,
    and answers when the rest comes."""
    whole = FRAGMENTS[-1] + b"\n"
    conns = [Conn(server, f) for f in FRAGMENTS]
    end = time.monotonic() + 0.5
    for c in conns:
        c.s.settimeout(max(end - time.monotonic(), 0.001))
        with pytest.raises(TimeoutError):
            c.s.recv(1)
    for c, f in zip(conns, FRAGMENTS):
        c.s.settimeout(10)
        c.send(whole[len(f):])
        assert c.reply().status == 404
        c.s.close()


X = b"/health/live HTTP/1.1\r\nHost: example.com\r\n"


@pytest.mark.parametrize("data,low,high", [
    (b"GET / \r\n\r\n", 400, 599),
    (b"GET " + X + b"Expect: 100-continue\r\n\r\n", 100, 299),
    (b"GET " + X + b"\r\n", 200, 299),
    (b"GET /health/live HTTP/1.1\r\nhoSt:\texample.com\r\nempty:\r\n\r\n",
     200, 299),
    (b"GET " + X + b"X-Invalid[]: test\r\n\r\n", 400, 499),
    (b"GET /health/live HTTP/1.1\r\nContent-Length: 5\r\n\r\n", 400, 499),
    (b"GET " + X + b"Host: example.org\r\n\r\n", 400, 499),
    (b"GET " + X + b"Content-Length: -123456789123456789123456789\r\n\r\n",
     400, 499),
    (b"GET " + X + b"Content-Length: -1234\r\n\r\n", 400, 499),
    (b"GET " + X + b"Content-Length: abc\r\n\r\n", 400, 499),
    (b"GET " + X + b"X-Empty-Header: \r\n\r\n", 200, 299),
    (b"GET " + X + b"X-Bad-Control-Char: test\x07\r\n\r\n", 400, 499),
    (b"GET /health/live HTTP/9.9\r\nHost: example.com\r\n\r\n", 400, 599),
    (b"Extra lineGET " + X + b"\r\n", 400, 599),
    (b"GET " + X + b"\rSome-Header: Test\r\n\r\n", 400, 499),
    (b"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello",
     405, 405),
    (b"GET " + X + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
     400, 499),
    (b"GET " + X + b"Transfer-Encoding: chunked\r\n\r\nz\r\n", 400, 499),
])
def test_h1spec(server, data, low, high):
    assert low <= ask(server, data).status <= high


# ---- 43: nothing a client sends ends a field ----

@pytest.mark.parametrize("value", [
    b"a%0d%0aSet-Cookie: x=y", b"a\tb", b"<script>", b"a b", b"\xc3\xa9",
    b"x" * 65, b""])
def test_43_request_id_rejects(server, value):
    r = ask(server, GET + b"X-Request-Id: " + value + b"\r\n\r\n")
    assert r.headers["x-request-id"].encode("latin-1") != value
    assert "set-cookie" not in r.headers


def test_43_request_id_accepts(server):
    for value in (b"a", b"A.b_c-9" + b"z" * 57):
        for path in (b"/health", b"/nope"):
            r = ask(server, b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n"
                    b"x-request-id: " + value + b"\r\n\r\n")
            assert r.headers["x-request-id"] == value.decode()
    r = ask(server, GET + b"X-Request-Id: a\r\nX-Request-Id: b\r\n\r\n")
    assert len(r.headers["x-request-id"]) > 4


# ---- 44: slow clients ----

@pytest.fixture(scope="module")
def short():
    s = moat.Server(os.environ.get("MOATD_TEST_DB", "sqlite") == "postgres"
                    and "postgres" or "sqlite", SHORT, workers=1,
                    as_user=os.environ.get("MOATD_TEST_USER") or None)
    yield s
    s.stop()
    s.discard()


def slowly(c, data, every=0.2):
    """Sends a byte at a time until the server has had enough."""
    began = time.monotonic()
    c.s.settimeout(every)
    for i in range(len(data)):
        c.send(data[i:i + 1])
        try:
            if c._more() or True:
                break
        except TimeoutError:
            pass
    c.s.settimeout(10)
    return time.monotonic() - began


def test_44_slow_header_rejects(short):
    with Conn(short) as c:
        assert 0.5 < slowly(c, GET + b"X: " + b"y" * 100) < 3
        r = c.reply()
        assert r.status == 408 and r.json()["error"] == "request_timeout"
        assert r.headers["connection"] == "close"
        assert c.ended()


@pytest.mark.parametrize("head", [
    LOGIN + b"Content-Length: 60\r\n\r\n",
    LOGIN + b"Transfer-Encoding: chunked\r\n\r\n3c\r\n",
    GET + b"Content-Length: 60\r\n\r\n"])
def test_44_slow_body_rejects(short, head):
    with Conn(short, head) as c:
        assert 0.5 < slowly(c, b"{" * 60) < 3
        r = c.reply()
        assert r.status == 408 and r.json()["error"] == "request_timeout"
        assert c.ended()


def test_44_slow_body_rejects_behind_an_answer(short):
    """The answer is out; what is left of the body has its deadline too."""
    with Conn(short, GET.replace(b"live", b"x") +
              b"Content-Length: 60\r\n\r\n") as c:
        assert c.reply().status == 404
        began = time.monotonic()
        assert c.ended()
        assert 0.5 < time.monotonic() - began < 3


def test_44_idle_rejects_without_an_answer(short):
    for first in (b"", GET + b"\r\n"):
        with Conn(short, first) as c:
            if first:
                assert c.reply().status == 200
            began = time.monotonic()
            assert c.ended()
            assert 0.5 < time.monotonic() - began < 3


def test_44_slow_reader_rejects(short):
    """Asks for much, reads nothing: closed, and others never notice."""
    s = short.sock()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.settimeout(10)
    ask_much = b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 100
    with pytest.raises(OSError):
        for _ in range(1000):
            s.sendall(ask_much)
            assert short.get("/health/live").status == 200
    s.close()


def test_44_slow_clients_do_not_hinder_others(short):
    slow = [Conn(short, GET) for _ in range(100)]
    began = time.monotonic()
    for _ in range(50):
        assert short.get("/health/live").status == 200
    assert time.monotonic() - began < 1
    for c in slow:
        assert c.reply().status == 408
        c.s.close()


# ---- 45: sizes ----

def padded(n, line=GET):
    """A head of exactly n bytes, its empty line included."""
    pad = n - len(line) - len(b"X: \r\n\r\n")
    return line + b"X: " + b"y" * pad + b"\r\n\r\n"


def test_45_header_accepts_8192_bytes(server):
    with Conn(server, padded(8192) + GET + b"\r\n") as c:
        assert c.reply().status == 200
        assert c.reply().status == 200
    fields = b"".join(b"a%d:\r\n" % i for i in range(900))
    assert ask(server, GET + fields + b"\r\n").status == 200


@pytest.mark.parametrize("data", [
    padded(8193), padded(9000), padded(70000),
    GET + b"a:\r\n" * 2100 + b"\r\n",
    GET + b"X: " + b"y" * 8192])
def test_45_header_rejects(server, data):
    refused(server, data, 431)


@pytest.mark.parametrize("data", [
    b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /health?" + b"a" * 70000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /" + b"a" * 8192])
def test_45_uri_rejects(server, data):
    refused(server, data, 414)


def test_45_body_accepts_65536_bytes(server):
    body = BODY + b" " * (65536 - len(BODY))
    for framed in (b"Content-Length: 65536\r\n\r\n" + body,
                   b"Transfer-Encoding: chunked\r\n\r\n" +
                   chunked(body, size=4096)):
        with Conn(server, LOGIN + framed + GET + b"\r\n") as c:
            assert c.reply().json()["error"] == "invalid_credentials"
            assert c.reply().status == 200


@pytest.mark.parametrize("head", [LOGIN, GET])
@pytest.mark.parametrize("framed", [
    b"Content-Length: 65537\r\n\r\n",
    b"Content-Length: 65537\r\n\r\n" + b"x" * 65537,
    b"Content-Length: 99999999999999999999999999\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n10001\r\n",
    b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"x" * 70000, size=999)])
def test_45_body_rejects(server, head, framed):
    refused(server, head + framed, 413)


def test_45_body_rejects_so_that_the_client_can_read(server):
    """A megabyte is on its way: the answer arrives all the same."""
    with Conn(server, LOGIN + b"Content-Length: 900000\r\n\r\n") as c:
        for _ in range(9):
            c.send(b"x" * 100000)
        assert c.reply().status == 413
        assert c.ended()


def test_45_chunks_of_one_byte_cost_little(server):
    body = BODY + b" " * (65536 - len(BODY))
    data = LOGIN + b"Transfer-Encoding: chunked\r\n\r\n" + \
        chunked(body, size=1)
    began = time.monotonic()
    assert ask(server, data).status == 401
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("framed,status", [
    (b"1;" + b"e" * 5000 + b"\r\nx\r\n0\r\n\r\n", 400),
    (b"1;eeee\r\nx\r\n" * 2000 + b"0\r\n\r\n", 400),
    (b"0\r\n" + b"X: y\r\n" * 2000 + b"\r\n", 431)])
def test_45_extensions_and_trailers_rejects(server, framed, status):
    refused(server, LOGIN + b"Transfer-Encoding: chunked\r\n\r\n" + framed,
            status)


def test_45_type_and_size_in_order(server):
    """404, 405, 413, 415: the first that applies."""
    def first(line, fields):
        return ask(server, line + b" HTTP/1.1\r\nHost: a\r\n" + fields +
                   b"\r\n").status

    big = b"Content-Length: 99999\r\n"
    assert first(b"POST /nope", big) == 404
    assert first(b"PUT /auth/login", big) == 405
    assert first(b"POST /auth/login", big) == 413
    assert first(b"POST /auth/login", b"Content-Length: 0\r\n") == 415
    assert first(b"POST /auth/login",
                 b"Content-Type: text/plain\r\n") == 415
    assert first(b"POST /auth/login", JSON) == 400
    assert first(b"PATCH /auth/me", b"") == 415
    assert first(b"PATCH /auth/me", JSON) == 401


@pytest.mark.parametrize("ctype,good", [
    (b"application/json", True), (b"Application/JSON", True),
    (b"application/json; charset=utf-8", True),
    (b'application/json;charset="UTF-8"', True),
    (b"application/json; charset=latin1", False),
    (b"application/json; q=1", False), (b"text/json", False),
    (b"application/jsonp", False), (b"application/json, text/plain", False),
    (b"application/x-www-form-urlencoded", False), (b"", False)])
def test_45_type(server, ctype, good):
    r = ask(server, b"POST /auth/login HTTP/1.1\r\nHost: a\r\n"
            b"Content-Type: " + ctype + b"\r\nContent-Length: 2\r\n\r\n{}")
    assert r.status == (400 if good else 415)


# ---- 46: paths ----

@pytest.mark.parametrize("path", [
    "/health/", "//health", "/./health", "/x/../health", "/%68ealth",
    "/health%00", "/health%2f", "/%2e%2e/%2e%2e/etc/passwd",
    "/../../etc/passwd", "/auth/../health", "/auth//me", "/auth/me/",
    "/auth/me/sessions/", "/auth/me/sessions/%2e%2e", "/Health",
    "/auth/me/sessions/..", "/auth/me/sessions/a%2fb", "/auth\\me",
    "/health;x", "/auth", "/health.json", "/%", "/%zz", "/~", "/a:b"])
def test_46_path_rejects(server, path):
    for method in ("GET", "DELETE", "BREW", "OPTIONS"):
        r = ask(server, f"{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert r.status == 404, (method, path, r)
        assert r.json()["error"] == "not_found"
        assert "connection" not in r.headers


# ---- 47: methods ----

@pytest.mark.parametrize("method", [
    "TRACE", "PUT", "BREW", "get", "PROPFIND", "CONNECT", "X" * 100, "!"])
def test_47_method_rejects(server, method):
    with Conn(server, f"{method} /health HTTP/1.1\r\nHost: a\r\n\r\n".encode()
              + GET + b"\r\n") as c:
        r = c.reply()
        assert r.status == 405 and r.json()["error"] == "method_not_allowed"
        assert r.headers["allow"] == "GET, HEAD, OPTIONS"
        assert c.reply().status == 200


def test_47_method_rejects_overrides(server):
    for name in ("X-HTTP-Method-Override", "X-Method-Override",
                 "X-HTTP-Method"):
        r = ask(server, f"GET /auth/login HTTP/1.1\r\nHost: a\r\n"
                f"{name}: POST\r\n\r\n".encode())
        assert r.status == 405


def test_47_head_accepts(server):
    for path in (b"/health", b"/nope", b"/auth/login"):
        line = path + b" HTTP/1.1\r\nHost: a\r\n\r\n"
        with Conn(server, b"HEAD " + line + b"GET " + line) as c:
            head, get = c.reply(head=True), c.reply()
            for h in (head.headers, get.headers):
                del h["x-request-id"], h["date"]
            assert head.status == get.status
            assert head.headers == get.headers
            assert int(head.headers["content-length"]) == len(get.body)


def test_47_options_accepts(server):
    for path, allow in ((b"/health", "GET, HEAD, OPTIONS"),
                        (b"/auth/login", "POST, OPTIONS"),
                        (b"*", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")):
        with Conn(server, b"OPTIONS " + path + b" HTTP/1.1\r\nHost: a\r\n"
                  b"Content-Length: 3\r\n\r\nabc" + GET + b"\r\n") as c:
            r = c.reply()
            assert r.status == 204 and r.headers["allow"] == allow
            assert "content-length" not in r.headers
            assert c.reply().status == 200


# ---- Expect ----

def test_expect_accepts_100_continue(server):
    with Conn(server, LOGIN + b"Expect: 100-Continue\r\nContent-Length: "
              b"%d\r\n\r\n" % len(BODY)) as c:
        assert c.reply().status == 100
        c.send(BODY + GET + b"\r\n")
        assert c.reply().status == 401
        assert c.reply().status == 200


def test_expect_comes_before_401(server):
    """A bearer route without a token: 100 first, then 401."""
    with Conn(server, b"PATCH /auth/me HTTP/1.1\r\nHost: a\r\n" + JSON +
              b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n") as c:
        assert c.reply().status == 100
        c.send(b"{}")
        assert c.reply().status == 401


def test_expect_skips_100_when_the_body_is_here(server):
    with Conn(server, LOGIN + b"Expect: 100-continue\r\nContent-Length: "
              b"%d\r\n\r\n" % len(BODY) + BODY) as c:
        assert c.reply().status == 401


@pytest.mark.parametrize("line,fields,status", [
    (b"POST /nope", JSON, 404), (b"PUT /auth/login", JSON, 405),
    (b"POST /auth/login", JSON + b"Content-Length: 70000\r\n", 413),
    (b"POST /auth/login", b"", 415)])
def test_expect_rejects_early(server, line, fields, status):
    """Whether a body follows is anyone's guess: answered and closed."""
    if b"Length" not in fields:
        fields += b"Content-Length: 2\r\n"
    with Conn(server, line + b" HTTP/1.1\r\nHost: a\r\n"
              b"Expect: 100-continue\r\n" + fields + b"\r\n") as c:
        r = c.reply()
        assert r.status == status and r.headers["connection"] == "close"
        assert c.ended()


def test_expect_rejects_others(server):
    with Conn(server, LOGIN + b"Expect: a-miracle\r\nContent-Length: 2\r\n"
              b"\r\n{}" + MISS) as c:
        assert c.reply().status == 417
        assert c.ended()


# ---- versions, keep-alive, pipelining ----

def test_http10_is_served_and_closed(server):
    for fields in (b"", b"Host: a\r\n", b"Connection: keep-alive\r\n",
                   b"Expect: 100-continue\r\n"):
        with Conn(server, b"GET /health HTTP/1.0\r\n" + fields + b"\r\n") as c:
            r = c.reply()
            assert r.status == 200 and r.headers["connection"] == "close"
            assert c.ended()


def test_keep_alive_until_close(server):
    with Conn(server) as c:
        for _ in range(50):
            c.send(GET + b"\r\n")
            assert "connection" not in c.reply().headers
        c.send(GET + b"Connection: x, Close\r\n\r\n" + MISS)
        assert c.reply().headers["connection"] == "close"
        assert c.ended()


def test_pipelining_keeps_the_order(server):
    """Fast and slow ones mixed: a login takes a hash, /health nothing."""
    login = LOGIN + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    with Conn(server) as c:
        want = []
        data = b""
        for i in range(40):
            rid = b"X-Request-Id: r%d\r\n" % i
            data += (login.replace(JSON, JSON + rid) if i % 10 == 5 else
                     GET + rid + b"\r\n")
            want.append((f"r{i}", 401 if i % 10 == 5 else 200))
        c.send(data)
        for rid, status in want:
            r = c.reply()
            assert (r.headers["x-request-id"], r.status) == (rid, status)


def test_pipelining_of_thousands(server):
    with Conn(server) as c:
        c.s.settimeout(30)
        for _ in range(10):
            c.send((GET + b"\r\n") * 500)
            for _ in range(500):
                assert c.reply().status == 200


def test_half_closed_clients_get_their_answer(server):
    with Conn(server, LOGIN + b"Content-Length: %d\r\n\r\n" % len(BODY) +
              BODY) as c:
        c.s.shutdown(socket.SHUT_WR)
        assert c.reply().status == 401
        assert c.ended()


def test_clients_that_vanish_harm_no_one(server):
    data = LOGIN + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    pids = server.pids("worker")
    for cut in range(0, len(data), 9):
        with Conn(server, data[:cut + 1]) as c:
            c.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           b"\1\0\0\0\0\0\0\0")
    assert server.get("/health").status == 200
    assert server.pids("worker") == pids


# ---- 48: who the client is ----

def sessions_ip(s, user, fields):
    r = s.call("POST", "/auth/login", {"username": user["username"],
               "password": user["password"]}, headers=fields)
    token = r.json()["access_token"]
    items = s.get("/auth/me/sessions", token=token).json()["items"]
    return [i["ip"] for i in items if i["current"]][0]


def test_48_forwarded_rejects_untrusted(server):
    u = server.register()
    for fields in ({"X-Forwarded-For": "192.0.2.7"},
                   {"Forwarded": "for=192.0.2.7"},
                   {"X-Real-IP": "192.0.2.7"}):
        assert sessions_ip(server, u, fields) == "127.0.0.1"


def test_48_forwarded_accepts_trusted(fresh_server):
    s = fresh_server("trust proxy { 127.0.0.0/8 10.0.0.0/8 }\n")
    u = s.register()
    for fields, ip in (
            ({"X-Forwarded-For": "192.0.2.7"}, "192.0.2.7"),
            ({"X-Forwarded-For": "6.6.6.6, 192.0.2.7, 10.1.1.1"}, "192.0.2.7"),
            ({"X-Forwarded-For": "192.0.2.7, junk"}, "127.0.0.1"),
            ({"Forwarded": 'for="[2001:db8::7]:99";proto=https'},
             "2001:db8::7"),
            ({}, "127.0.0.1")):
        assert sessions_ip(s, u, fields) == ip


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_ipv6_accepts(fresh_server):
    port = moat.free_port()
    s = fresh_server(f"listen on ::1 port {port} serve {{ public }}\n")
    u = s.register()
    body = json.dumps({"username": u["username"],
                       "password": u["password"]}).encode()
    c = Conn.__new__(Conn)
    c.s, c.buf = socket.create_connection(("::1", port), 10), b""
    with c:
        c.send(b"POST /auth/login HTTP/1.1\r\nHost: [::1]:1\r\n" + JSON +
               b"Content-Length: %d\r\n\r\n" % len(body) + body)
        token = c.reply().json()["access_token"]
        c.send(b"GET /auth/me/sessions HTTP/1.1\r\nHost: a\r\n"
               b"Authorization: Bearer " + token.encode() + b"\r\n\r\n")
        assert c.reply().json()["items"][0]["ip"] == "::1"
        c.send(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        assert c.reply().status == 404


# ---- 51: connections and descriptors ----

def test_connections_over_the_cap_get_503(fresh_server):
    s = fresh_server("limit { connections 8 }\n", workers=1)
    conns = []
    for _ in range(8):
        conns.append(Conn(s, GET + b"\r\n"))
        assert conns[-1].reply().status == 200
    for _ in range(100):
        with Conn(s, GET + b"\r\n") as c:
            r = c.reply()
            assert r.status == 503 and r.json()["error"] == "unavailable"
            assert int(r.headers["retry-after"]) >= 1
            assert r.headers["connection"] == "close"
    for c in conns:             # they were not disturbed
        c.send(GET + b"\r\n")
        assert c.reply().status == 200
    conns.pop().s.close()
    moat.until(lambda: ask(s, GET + b"\r\n").status == 200)


def cpu(pid):
    f = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")


def test_51_descriptors_run_out_and_come_back(fresh_server, monkeypatch):
    """64 descriptors: what they cannot hold waits in the backlog, nobody
    spins, and a restarted engine still finds its way in."""
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    monkeypatch.setattr(moat.subprocess, "Popen", functools.partial(
        moat.subprocess.Popen, preexec_fn=few))
    s = fresh_server(workers=1)
    monkeypatch.undo()
    pid = s.pids("worker")[0]
    conns = [Conn(s, GET + b"\r\n") for _ in range(60)]
    for c in conns[:5]:
        assert c.reply().status == 200
    before = cpu(pid)
    conns[59].s.settimeout(1.5)
    with pytest.raises(TimeoutError):
        conns[59].reply()
    assert cpu(pid) - before < 0.5
    engine = s.kill("engine")
    moat.until(lambda: s.pids("engine") not in ([], [engine]))
    for c in conns[:40]:
        c.s.close()
    for c in conns[40:]:
        c.s.settimeout(10)
        assert c.reply().status == 200
        c.s.close()
    s.wait_healthy()
    assert s.pids("worker") == [pid]


@pytest.mark.slow
def test_ten_thousand_idle_connections(fresh_server):
    """None is refused, each costs less than 1.5 KiB of the worker's memory,
    and the others are served."""
    want = 10000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < want + 200:
        pytest.skip("the descriptor limit is too low")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def memory(pid):
        for line in open(f"/proc/{pid}/smaps_rollup"):
            if line.startswith("Private_Dirty:"):
                return int(line.split()[1]) * 1024

    s = fresh_server(workers=1)
    pid = s.pids("worker")[0]
    try:
        for _ in range(20):
            assert s.get("/health/live").status == 200
        before = memory(pid)
        socks = []
        for i in range(want):
            c = socket.create_connection(("127.0.0.1", s.port), 10)
            c.sendall(GET + b"\r\n")
            socks.append(c)
            if i % 100 == 99:
                for c in socks[-100:]:
                    assert c.recv(4096).startswith(b"HTTP/1.1 200")
        assert s.get("/health/live").status == 200
        each = (memory(pid) - before) / want
        assert each < 1536, each
        for c in socks:
            c.close()
        assert s.get("/health/live").status == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
