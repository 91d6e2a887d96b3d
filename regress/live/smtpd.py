"""A small SMTP server that does as it is told: takes mail, refuses it, is
slow, is away; with STARTTLS, TLS from the start, AUTH."""

import base64
import email
import email.policy
import hashlib
import hmac
import secrets
import socket
import ssl
import subprocess
import threading

import moat


class Authority:
    """A certificate authority, and certificates of it; in directory d."""

    def __init__(self, d):
        self.dir = d
        self.ca = d / "ca.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                      "-subj", "/CN=suite CA", "-keyout", d / "ca.key",
                      "-out", self.ca)
        self.ca.chmod(0o644)

    def _openssl(self, *args):
        subprocess.run(["openssl", *map(str, args)], check=True,
                       capture_output=True)

    def context(self, *names):
        """A server's context with a certificate for these names."""
        d = self.dir
        alt = ",".join(("IP:" if n[0].isdigit() else "DNS:") + n
                       for n in names)
        (d / "ext").write_text(f"subjectAltName={alt}\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                      f"/CN={names[0]}", "-keyout", d / "key.pem", "-out",
                      d / "csr.pem")
        self._openssl("x509", "-req", "-in", d / "csr.pem", "-CA", self.ca,
                      "-CAkey", d / "ca.key", "-CAcreateserial", "-days", "2",
                      "-extfile", d / "ext", "-out", d / "cert.pem")
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ctx.load_cert_chain(d / "cert.pem", d / "key.pem")
        return ctx


class Mail:
    def __init__(self, sender, to, data, tls, user):
        self.sender = sender
        self.to = to
        self.data = data
        self.tls = tls
        self.user = user
        self.msg = email.message_from_bytes(data, policy=email.policy.default)

    @property
    def text(self):
        return self.msg.get_body(("plain",)).get_content() \
            .replace("\r\n", "\n")

    @property
    def html(self):
        return self.msg.get_body(("html",)).get_content() \
            .replace("\r\n", "\n")

    @property
    def subject(self):
        return self.msg["Subject"]


class Smtpd:
    """Replies by stage may be set: replies["rcpt"] = "550 no"."""

    def __init__(self, tls=None, starttls=None, auth=None, host="127.0.0.1",
                 port=None, auths="PLAIN LOGIN CRAM-MD5"):
        self.tls = tls              # context of smtps://
        self.starttls = starttls    # context, offered in EHLO
        self.auth = auth            # (user, password)
        self.auths = auths
        self.host = host
        self.port = port or moat.free_port()
        self.replies = {}
        self.delay = threading.Event()      # set: no reply until cleared
        self.mails = []
        self.seen = []                      # every command line
        self.connections = 0
        self.sock = None
        self.start()

    @property
    def url(self):
        return f"smtp://{self.host}:{self.port}"

    def start(self):
        self.sock = socket.create_server((self.host, self.port))
        self.stopping = False
        threading.Thread(target=self._accept, args=(self.sock,),
                         daemon=True).start()
        return self

    def stop(self):
        self.stopping = True
        sock, self.sock = self.sock, None
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def wait(self, n=1, timeout=15):
        """The first n mails, when they are there."""
        moat.until(lambda: len(self.mails) >= n, timeout,
                   what=f"{n} mails (there are {len(self.mails)})")
        return self.mails[:n]

    def to(self, address, timeout=15):
        """The first mail to an address."""
        return moat.until(lambda: next(
            (m for m in self.mails if address in m.to), None), timeout,
            what=f"a mail to {address}")

    def _accept(self, sock):
        while not self.stopping:
            try:
                conn, _ = sock.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._safely, args=(conn,),
                             daemon=True).start()

    def _safely(self, conn):
        try:
            with conn:
                _Session(self, conn).run()
        except (OSError, ssl.SSLError, EOFError):
            pass


class _Session:
    def __init__(self, server, conn):
        self.s = server
        self.conn = conn
        self.user = None
        self.secure = False

    def secure_with(self, context):
        self.conn = context.wrap_socket(self.conn, server_side=True)
        self.secure = True
        self.file = self.conn.makefile("rb")

    def say(self, stage, default):
        while self.s.delay.is_set():
            self.s.delay.wait(0.05)
            if self.s.stopping:
                raise EOFError
            threading.Event().wait(0.05)
        text = self.s.replies.get(stage, default)
        self.conn.sendall(text.encode() + b"\r\n")
        return text[0] in "23"

    def line(self):
        line = self.file.readline(2000)
        if not line:
            raise EOFError
        return line.rstrip(b"\r\n").decode("latin-1")

    def run(self):
        if self.s.tls:
            self.secure_with(self.s.tls)
        self.file = self.conn.makefile("rb")
        if not self.say("greeting", "220 suite ESMTP"):
            return
        self.sender, self.rcpt = None, []
        while True:
            line = self.line()
            self.s.seen.append(line)
            verb = line.split(" ")[0].upper()
            if verb == "QUIT":
                self.say("quit", "221 bye")
                return
            getattr(self, "do_" + verb.lower(), self.unknown)(line)

    def unknown(self, line):
        self.say("unknown", "502 what?")

    def do_ehlo(self, line):
        offers = ["suite", "SIZE 1000000", "8BITMIME"]
        if self.s.starttls and not self.secure:
            offers.append("STARTTLS")
        if self.s.auth:
            offers.append("AUTH " + self.s.auths)
        text = "\r\n".join(f"250{' ' if o is offers[-1] else '-'}{o}"
                           for o in offers)
        self.say("ehlo", text)

    do_helo = do_ehlo

    def do_starttls(self, line):
        if self.s.starttls and self.say("starttls", "220 go on"):
            self.secure_with(self.s.starttls)

    def ask(self, text):
        self.conn.sendall(b"334 " + base64.b64encode(text.encode()) + b"\r\n")
        return base64.b64decode(self.line())

    def do_auth(self, line):
        user, password = self.s.auth or ("", "")
        words = line.split(" ")
        got = None
        if words[1].upper() == "PLAIN":
            text = words[2] if len(words) > 2 else None
            raw = base64.b64decode(text) if text else self.ask("")
            got = tuple(p.decode() for p in raw.split(b"\0")[1:])
        elif words[1].upper() == "LOGIN":
            name = base64.b64decode(words[2]) if len(words) > 2 \
                else self.ask("Username:")
            got = (name.decode(), self.ask("Password:").decode())
        elif words[1].upper() == "CRAM-MD5":
            nonce = f"<{secrets.token_hex(8)}@suite>"
            name, _, mac = self.ask(nonce).decode().partition(" ")
            want = hmac.new(password.encode(), nonce.encode(),
                            hashlib.md5).hexdigest()
            got = (name, password if mac == want else None)
        if self.s.auth and got == (user, password):
            self.user = user
            self.say("auth", "235 welcome")
        else:
            self.say("auth", "535 no")

    def do_mail(self, line):
        if self.s.auth and self.user is None:
            self.say("mail", "530 authenticate first")
            return
        self.sender = line.partition("<")[2].partition(">")[0]
        self.rcpt = []
        self.say("mail", "250 ok")

    def do_rcpt(self, line):
        if self.say("rcpt", "250 ok"):
            self.rcpt.append(line.partition("<")[2].partition(">")[0])

    def do_data(self, line):
        if not self.say("data", "354 go on"):
            return
        data = b""
        while True:
            raw = self.file.readline()
            if not raw:
                raise EOFError
            if raw == b".\r\n":
                break
            assert raw.endswith(b"\r\n"), raw
            data += raw[1:] if raw.startswith(b".") else raw
        if self.s.replies.get("taken", "2")[0] == "2":
            self.s.mails.append(Mail(self.sender, self.rcpt, data,
                                     self.secure, self.user))
        self.say("taken", "250 taken")
