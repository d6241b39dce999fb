"""Runs codesetd and codesetctl as an operator does. Shared by the tests of this folder."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "oracle"))

import end_to_end  # noqa: E402
import server_check  # noqa: E402

Mismatch = server_check.Mismatch
Run = end_to_end.Run
expect = server_check.expect

TIMEOUT = 60
BASE = "2025"  # The release that every data directory here starts with.


def options_of(description, add=lambda parser: None):
    """Reads the command line; `add` adds options of a test's own."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--codesetd", required=True)
    parser.add_argument("--codesetctl", required=True)
    parser.add_argument("--miniature", default=os.path.join(HERE, "..", "data", "miniature"))
    parser.add_argument("--protos", default=os.path.join(HERE, "..", "..", "proto"))
    parser.add_argument("--stubs", required=True, help="folder to generate stubs into")
    add(parser)
    options = parser.parse_args()
    options.stubs = os.path.abspath(options.stubs)
    options.protos = os.path.abspath(options.protos)
    return options


def contains(what, text, *parts):
    for part in parts:
        if part not in text:
            raise Mismatch("%s: %r is not in %r" % (what, part, text[-1500:]))


def wait_until(what, condition):
    """Asks again until `condition` is true; fails after TIMEOUT seconds."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        if time.monotonic() > deadline:
            raise Mismatch("%s: not within %d s" % (what, TIMEOUT))
        time.sleep(0.01)  # Between two questions; nothing relies on its length.


class World:
    """A data directory with the miniature's 2025, and a folder for input beside it."""

    def __init__(self, options):
        self.options = options
        # Short, since a Unix socket's path has at most 107 bytes.
        self.root = tempfile.mkdtemp(prefix="codeset-")
        self.data_dir = os.path.join(self.root, "data")
        self.daemon = None
        done = self.load_offline(BASE, self.published(BASE))
        expect("exit status of the first load: " + done.stderr, 0, done.returncode)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.root, ignore_errors=True)

    def published(self, id):
        return os.path.join(self.options.miniature, id)

    def folder(self, name):
        path = os.path.join(self.root, name)
        os.makedirs(path, exist_ok=True)
        return path

    def start(self, listen="127.0.0.1:0", *arguments):
        self.daemon = end_to_end.Daemon(self.options.codesetd, self.data_dir, listen, arguments)

    def stop(self):
        """Ends the server, if one runs; returns its exit status."""
        daemon, self.daemon = self.daemon, None
        return None if daemon is None else daemon.stop()

    def load_offline(self, id, *paths):
        return self.run([self.options.codesetd, "load", "--data-dir", self.data_dir, id, *paths])

    def ctl_command(self, *arguments):
        address = self.daemon.address if self.daemon else "127.0.0.1:1"
        return [self.options.codesetctl, "--server", address, "--data-dir", self.data_dir,
                *arguments]

    def ctl(self, *arguments):
        return self.run(self.ctl_command(*arguments))

    def load(self, id, *paths):
        return self.ctl("release", "load", id, *paths)

    def run(self, command):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("CODESET_")}
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=TIMEOUT,
                              env=environment)

    def state(self):
        """What the data directory holds: release list, fingerprints and load times.

        Asked of the running server, else of one that is started for the question.
        """
        own = self.daemon is None
        if own:
            self.start()
        try:
            done = self.ctl("release", "list", "--output", "json")
            expect("exit status of release list: " + done.stderr, 0, done.returncode)
            return [json.loads(line) for line in done.stdout.splitlines()]
        finally:
            if own:
                self.stop()

    def expect_serving(self):
        """A look-up is answered."""
        done = self.ctl("lookup", "A00.0", "--release", BASE)
        expect("exit status of a look-up: " + done.stderr, 0, done.returncode)
        contains("a look-up", done.stdout, "A00.0  Cholera")
        contains("the release that answered", done.stderr, "release " + BASE)

    def expect_verified(self, id):
        done = self.ctl("release", "verify", id)
        expect("exit status of release verify: " + done.stderr, 0, done.returncode)
