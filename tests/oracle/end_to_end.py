#!/usr/bin/python3
"""From published files to answers: loads releases, serves them, compares everything.

  end_to_end.py --codesetd PATH --codesetctl PATH --stubs DIR [--releases DIR] [--ids ID…]

Each --releases DIR/<id> is loaded with `codesetd load` into a new data directory, which a
server then answers from. Every concept, fingerprint and diff is held against a naive
reading of the published files, `codesetctl diff --format addenda` against the publisher's
addenda. Without --releases, $CODESET_OFFICIAL_RELEASES; without both the exit status is 77
(skipped). One line a check and a summary; exit status 1 where one failed.
"""

import argparse
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading

import addenda
import dated_facts
import history
import history_facts
import naive
import official
import replacements
import server_check

# The base of each release's order addenda, where it is not the release before.
BASES = {"2021-01": "2020"}
# Addenda whose base was never published as an order file, or is not at hand.
NO_BASE = {"2019", "2024"}
REFUSED_DATES = (("2017-11-15", "2018"), ("2023-06-01", "2023-04"))
TIMEOUT = 120


class Daemon:
    """A running `codesetd serve`."""

    def __init__(self, binary, data_dir, listen="127.0.0.1:0", arguments=()):
        self.process = subprocess.Popen(
            [binary, "serve", "--data-dir", data_dir, "--listen", listen, *arguments],
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.address = None
        while True:
            line = self.lines.get(timeout=TIMEOUT)
            if line is None:
                raise RuntimeError("codesetd ended before it served")
            match = re.search(r"listening on (127\.0\.0\.1:\d+)", line)
            self.address = match.group(1) if match else self.address
            if line.strip().endswith("serving") and self.address:
                return

    def _read(self):
        for line in self.process.stderr:
            sys.stderr.write("codesetd: " + line)
            self.lines.put(line)
        self.lines.put(None)

    def stop(self):
        """Ends it by SIGTERM; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


class Run:
    """Runs checks, prints a line for each and counts failures."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, function, *arguments):
        try:
            result = function(*arguments)
        except Exception as error:  # Whatever it is, the other checks are still of use.
            self.failed += 1
            print("FAILED %s: %s: %s" % (name, type(error).__name__, error), flush=True)
            return None
        self.passed += 1
        print("ok %s%s" % (name, "" if result is None else " (%s)" % describe(result)), flush=True)
        return result


def describe(result):
    return result if isinstance(result, (int, str)) else type(result).__name__


def release_key(id):
    """Editions in the order of their days in force; 2021-01 follows 2021."""
    year, _, rest = id.partition("-")
    month, _, correction = rest.partition(".")
    return int(year.split(".")[0]), int(month or 0), int(correction or 0)


def load(binary, data_dir, id, folder):
    done = subprocess.run([binary, "load", "--data-dir", data_dir, id, folder],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError("exit status %d: %s" % (done.returncode, done.stdout[-2000:]))


def check_addenda(binary, address, old, new, release):
    """codesetctl's addenda are the publisher's. Returns the number of lines."""
    done = subprocess.run(
        [binary, "--server", address, "diff", old, new, "--format", "addenda"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
    if done.returncode:
        raise RuntimeError("exit status %d: %s" % (done.returncode, done.stderr.decode()[-500:]))
    lines, counts = naive.parse_addenda(done.stdout)
    found = addenda.differences(release.addenda, lines, counts)
    if found:
        raise server_check.Mismatch("%d differences, the first: %s" % (len(found), found[0]))
    return len(lines)


def run_checks(run, options, address, ids, folder_of):
    cache = {}

    def read(id):
        if id not in cache:
            cache[id] = naive.Release(folder_of(id))
        return cache[id]

    server = server_check.Server(address, options.stubs)
    for id in ids:
        run.check("GetConcept M99.86 in %s" % id, server_check.check_get_concept, server, id)
        loaded = run.check("counts and fingerprints of %s" % id,
                           server_check.check_fingerprints, server, id, read(id))
        if loaded is not None:
            run.check("concepts of %s" % id, server_check.check_all, server, id, read(id),
                      loaded, read)
    for old, new in zip(ids, ids[1:]):
        run.check("diff %s to %s" % (old, new), server_check.check_diff, server, old, new,
                  read(old), read(new))
        base = BASES.get(new, old)
        if read(new).addenda is not None and new not in NO_BASE and base in ids:
            run.check("addenda of %s against %s" % (new, base), check_addenda,
                      options.codesetctl, address, base, new, read(new))
    run.check("rows of all conversion tables", replacements.check_tables, server, ids, read)
    run.check("histories of all codes", history.check_histories, server, ids, read)
    run.check("histories one by one", history.check_single, server)
    if not options.miniature:
        for date, edition in REFUSED_DATES:
            if edition not in ids:
                run.check("%s is refused, naming %s" % (date, edition),
                          server_check.check_refused_date, server, date, edition)
        if not options.ids:
            for name, check in dated_facts.CHECKS + history_facts.CHECKS:
                run.check(name, check, server)


def main():
    parser = argparse.ArgumentParser(description="Loads, serves and compares releases.")
    parser.add_argument("--codesetd", required=True)
    parser.add_argument("--codesetctl", required=True)
    parser.add_argument("--stubs", required=True, help="folder to generate stubs into")
    parser.add_argument("--protos", default=os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "..", "proto"))
    parser.add_argument("--releases", default=official.official_releases())
    parser.add_argument("--ids", nargs="*", default=[], help="only these releases")
    parser.add_argument("--miniature", action="store_true",
                        help="leave out what only holds for the published releases")
    options = parser.parse_args()
    if not options.releases:
        return official.skipped()
    options.stubs = os.path.abspath(options.stubs)
    server_check.generate_stubs(os.path.abspath(options.protos), options.stubs)
    ids = sorted(options.ids or os.listdir(options.releases), key=release_key)
    run = Run()

    def folder_of(id):
        return os.path.join(options.releases, id)

    with tempfile.TemporaryDirectory(prefix="codeset-") as data_dir:
        for id in ids:
            run.check("load %s" % id, load, options.codesetd, data_dir, id, folder_of(id))
        daemon = Daemon(options.codesetd, data_dir)
        try:
            run_checks(run, options, daemon.address, ids, folder_of)
        finally:
            status = daemon.stop()
        run.check("stops on SIGTERM", server_check.expect, "codesetd's exit status", 0, status)
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
