#!/usr/bin/python3
"""Looks for secrets in the processes of one running moatd. Needs root.

    regress/secrets/scan.py PARENT_PID STATE_DIRECTORY [-v] [-s NAME=FILE ...]

Takes the signing keys, the pepper and the seal from the state directory, and
each secret NAME ("SMTP password", "database password") from a file, and reads
each process's memory (guarded pages too), environment, arguments and the files
that its descriptors name. Prints where each secret was found; exits 1 when one
is where it does not belong, or is not found where it must be: a scanner that
finds nothing proves nothing.

scan() is the same for tests.
"""

import argparse
import base64
import hashlib
import os
import pathlib
import re
import stat
import sys

CHUNK = 4 << 20
FILE_MAX = 64 << 20
ROLES = ("worker", "engine", "vault", "hasher", "mailer")

# Where a secret must be found, and where else it may be.
HOME = {
    "signing key": ({"vault"}, {"parent"}),
    # A vault needs only what it derives from it.
    "seal": (set(), {"parent", "vault"}),
    "refresh key": ({"vault"}, set()),
    "sealing sub-key": ({"vault"}, set()),
    "link key": ({"vault"}, set()),
    "pepper": ({"hasher"}, {"parent"}),
    "database password": ({"engine"}, {"parent"}),
    "SMTP password": ({"mailer"}, {"parent"}),
    "stored hash": (set(), {"engine", "hasher"}),
    # As configured; it goes to the engine when there is no super admin.
    "super admin's password": (set(), {"parent"}),
}
# All else that passes through (passwords, tokens, TOTP secrets, recovery
# codes, mailed links) belongs nowhere once it was answered.
NOWHERE = (set(), set())


# ---- the shapes a secret can have ----

def base64_forms(secret, encode):
    """The characters that any text which encodes secret must contain.

    Three of them: what stands before it shifts its bits."""
    for before in range(3):
        text = encode(b"\0" * before + secret).rstrip(b"=")
        first = -(-before * 8 // 6)             # characters not only its own
        last = (before + len(secret)) * 8 // 6  # whole ones
        yield text[first:last]


def forms(secret):
    """All byte strings to look for: raw, reversed, hex, base64, base64url."""
    if len(secret) < 8:
        raise ValueError("too short to tell from chance")
    out = {secret, secret[::-1],                # OpenSSL's limbs
           secret.hex().encode(), secret.hex().upper().encode()}
    out.update(base64_forms(secret, base64.b64encode))
    out.update(base64_forms(secret, base64.urlsafe_b64encode))
    return sorted(out)


def key_secrets(pem):
    """What gives a PKCS#8 PEM file away: the private number, and the lines.

    P-256: the 32 bytes of ECPrivateKey; Ed25519: of CurvePrivateKey; RSA: its
    lines stand for it."""
    if isinstance(pem, str):
        pem = pem.encode()
    body = re.search(rb"-----BEGIN PRIVATE KEY-----(.*?)-----END", pem,
                     re.S).group(1).split()
    der = base64.b64decode(b"".join(body))
    secrets = []
    for mark in (b"\x02\x01\x01\x04\x20", b"\x04\x22\x04\x20"):
        at = der.find(mark)
        if at != -1:
            secrets.append(der[at + len(mark):at + len(mark) + 32])
            break
    if len(body) > 4:               # RSA: the second half is private alone
        secrets += body[len(body) // 2:-1]
    else:                           # most of the number is in this line
        secrets.append(body[min(1, len(body) - 1)])
    return secrets


def record_secrets(record):
    """A password record: its whole text, and the digest in it."""
    phc = record.partition("|")[0]
    digest = phc.rpartition("$")[2]
    return [record.encode(),
            base64.b64decode(digest + "=" * (-len(digest) % 4))]


# What encodes bytes, or is a token: there is little of it in a process, so
# these are looked for in all that looks like them. As short as any is.
WORD = re.compile(rb"[\w+/=-]{10,}")


# ---- reading a process ----

def regions(pid):
    """(first, end) of each mapping that has content of its own.

    A mapping of a file of which no page was ever changed is that file: the
    programs and their libraries, four fifths of all that is mapped."""
    found = []
    with open(f"/proc/{pid}/smaps") as f:
        for line in f:
            words = line.split()
            if re.match(r"[0-9a-f]+-[0-9a-f]+$", words[0]):
                path = " ".join(words[5:])
                same = path in ("[vvar]", "[vsyscall]", "[vvar_vclock]") or (
                    path.startswith("/") and words[1].endswith("p"))
                lo, hi = (int(x, 16) for x in words[0].split("-"))
                found.append([lo, hi, same])
            elif words[0] in ("Anonymous:", "Swap:") and words[1] != "0":
                found[-1][2] = False
    return [(lo, hi) for lo, hi, same in found if not same]


def memory(pid):
    """Yields overlapping pieces of all that is mapped."""
    with open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for lo, hi in regions(pid):
            tail = b""
            while lo < hi:
                try:
                    mem.seek(lo)
                    piece = mem.read(min(CHUNK, hi - lo))
                except (OSError, ValueError, OverflowError):
                    lo += 4096          # a page that cannot be read
                    tail = b""
                    continue
                if not piece:
                    break
                yield tail + piece
                tail = piece[-4096:]
                lo += len(piece)


def descriptors(pid):
    """{number: what it is} of the open descriptors."""
    out = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            out[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
        except OSError:
            pass
    return out


def files(pid):
    """Yields what the regular files behind the descriptors hold."""
    for number in descriptors(pid):
        path = f"/proc/{pid}/fd/{number}"
        try:
            if stat.S_ISREG(os.stat(path).st_mode):
                with open(path, "rb") as f:
                    yield f.read(FILE_MAX)
        except OSError:
            pass


def contents(pid):
    for name in ("environ", "cmdline"):
        with open(f"/proc/{pid}/{name}", "rb") as f:
            yield f.read()
    yield "\n".join(descriptors(pid).values()).encode()
    yield from files(pid)
    yield from memory(pid)


def scan(pids, secrets, shapes=forms):
    """{secret: {role: [pid, …]}} of where each secret was found.

    pids: {role: [pid, …]}; secrets: {name: bytes or a list of bytes}; shapes:
    what to look for when it is one of these."""
    wanted = {}
    for name, value in secrets.items():
        values = [value] if isinstance(value, bytes) else value
        all = {f for v in values for f in shapes(v)}
        words = {f for f in all if WORD.fullmatch(f)}
        wanted[name] = (all - words, words)
    found = {name: {} for name in secrets}
    for role, numbers in pids.items():
        for pid in numbers:
            left = dict(wanted)
            for piece in contents(pid):
                text = b" ".join(WORD.findall(piece))
                for name in [n for n, (fs, words) in left.items()
                             if any(f in text for f in words) or
                             any(f in piece for f in fs)]:
                    found[name].setdefault(role, []).append(pid)
                    del left[name]
                if not left:
                    break
    return found


def misplaced(found, home=None):
    """Lines that say which secret is where it must not be, or is missing."""
    lines = []
    for name, places in found.items():
        must, may = (home or HOME).get(name, NOWHERE)
        for role in sorted(set(places) - must - may):
            lines.append(f"{name} is in {role} {places[role]}")
        for role in sorted(must - set(places)):
            lines.append(f"{name} is not found in {role}: the scan is blind")
    return lines


# ---- one running instance ----

def processes(parent):
    """{role: [pid, …]} of a parent and its children."""
    pids = {"parent": [parent]}
    with open(f"/proc/{parent}/task/{parent}/children") as f:
        children = f.read().split()
    for pid in children:
        with open(f"/proc/{pid}/comm") as f:
            name = f.read().strip()
        if name in ROLES:
            pids.setdefault(name, []).append(int(pid))
    return pids


def state_secrets(state):
    """The secrets of a state directory."""
    keys = pathlib.Path(state) / "keys"
    seal = (keys / "seal").read_bytes()

    def sub_key(purpose):       # privsep/vault/derive.c
        return hashlib.blake2b(b"moatd sub-key: " + purpose, key=seal,
                               digest_size=32).digest()

    out = {"pepper": (keys / "pepper").read_bytes(), "seal": seal,
           "refresh key": sub_key(b"refresh tokens"),
           "sealing sub-key": sub_key(b"secrets at rest"),
           "link key": sub_key(b"mailed links"),
           "signing key": []}
    for pem in sorted(keys.glob("*.pem")):
        out["signing key"] += key_secrets(pem.read_bytes())
    return out


def arguments():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("parent", type=int)
    p.add_argument("state", type=pathlib.Path)
    p.add_argument("-v", action="store_true")
    p.add_argument("-s", action="append", default=[], metavar="NAME=FILE")
    return p.parse_args()


def main():
    args = arguments()
    secrets = state_secrets(args.state)
    for name, _, path in (s.partition("=") for s in args.s):
        secrets[name] = pathlib.Path(path).read_bytes().rstrip(b"\n")
    pids = processes(args.parent)
    found = scan(pids, secrets)
    if args.v:
        for role, numbers in pids.items():
            print(f"{role}: {' '.join(map(str, numbers))}")
    for name, places in found.items():
        print(f"{name}: " + (", ".join(
            f"{r} {' '.join(map(str, p))}" for r, p in places.items())
            or "nowhere"))
    lines = misplaced(found)
    print("\n".join(lines) if lines else "every secret is where it belongs")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
