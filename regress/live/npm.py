"""The libraries of npm that the suite uses, at the versions of
clients/package-lock.json, in the build directory; and scripts run with them.

    python3 npm.py          installs them, once for each lock file
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess

import moat

HERE = pathlib.Path(__file__).resolve().parent / "clients"
FILES = ("package.json", "package-lock.json")


def modules():
    """The directory node_modules, installed when it is not yet."""
    home = moat.BUILD / "npm"
    home.mkdir(exist_ok=True)
    want = hashlib.sha256(b"".join(
        (HERE / f).read_bytes() for f in FILES)).hexdigest()
    stamp = home / "stamp"
    with open(home / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != want:
            for f in FILES:
                shutil.copy(HERE / f, home / f)
            subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                 "--silent"], cwd=home, check=True, timeout=300,
                stdin=subprocess.DEVNULL)
            stamp.write_text(want)
    return home / "node_modules"


class Script:
    """A script under node, in a directory from which it finds the libraries.
    It has said `ready` on standard output before this returns."""

    def __init__(self, path, directory, **env):
        directory = pathlib.Path(directory)
        link = directory / "node_modules"
        if not link.exists():
            link.symlink_to(modules())
        copy = directory / pathlib.Path(path).name
        shutil.copy(path, copy)
        self.log = directory / (copy.name + ".log")
        with open(self.log, "w") as log:
            self.proc = subprocess.Popen(
                ["node", copy.name], cwd=directory, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT,
                env={"PATH": os.environ["PATH"], "NO_COLOR": "1",
                     **{k: str(v) for k, v in env.items()}})
        try:
            moat.until(self.said_ready, 30, 0.05, f"{copy.name}'s ready")
        except AssertionError as e:
            self.end()
            raise AssertionError(f"{e}\n{self.log.read_text()}") from None

    def said_ready(self):
        assert self.proc.poll() is None, self.log.read_text()
        return "ready" in self.log.read_text()

    def end(self):
        self.proc.terminate()
        try:
            self.proc.wait(5)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


if __name__ == "__main__":
    print(modules())
