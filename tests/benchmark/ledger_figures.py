#!/usr/bin/python3
"""Measures imports of pages and the queue of verifications over published releases, by hand.

  ledger_figures.py import --codesetd PATH --codesetctl PATH --stubs DIR
  ledger_figures.py queue  --codesetd PATH --codesetctl PATH --stubs DIR

`import`: codesetctl imports 100,000 pages of 10 KB about codes of 2023: how long, what server and
client take, how look-ups fare meanwhile. `queue`: all billable codes of 2025 are verified and
judged by 2026 and 2027: start of the server, the queue's first page after it, after a change of
the ledger, and again and again. Prints a figure a line, those over their bar marked; no test.
"""

import argparse
import datetime
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "oracle"))

import end_to_end  # noqa: E402
import ledger_calls  # noqa: E402
import naive  # noqa: E402
import official  # noqa: E402
import reference_pages  # noqa: E402
import server_check  # noqa: E402

IMPORTED = "2023"
VERIFIED, JUDGED = "2025", ("2026", "2027")
PAGES = 100_000
PAGE_BYTES = 10_000
REPEATS = 50
IMPORT_BAR_S = 60
QUEUE_BAR_MS = 50
# Between two look-ups, so that the questions do not take the machine from the import.
PAUSE_S = 0.005


def tell(what, value, unit, bar=None):
    over = "" if bar is None else "  (bar: %g%s)" % (bar, ", OVER" if value > bar else "")
    print("%-52s %9.1f %s%s" % (what, value, unit, over), flush=True)


def peak_mib(pid):
    """The most memory that a process has had resident; 0 where it has ended."""
    try:
        with open("/proc/%d/status" % pid, encoding="ascii") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except (OSError, ValueError):
        pass
    return 0


def quantile(values, part):
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def documents(codes, first, seed):
    """Lines of JSON: a page of PAGE_BYTES for each code, in words that do not repeat."""
    words = random.Random(seed)
    for number, code in enumerate(codes, first):
        page = {"code": code, "state": "REFERENCE_STATE_PUBLISHED", "commonPitfalls": {"items": []}}
        left, items = PAGE_BYTES, page["commonPitfalls"]["items"]
        while left > 0:
            # Random numbers: text that no compression makes small.
            text = " ".join("%016x" % words.getrandbits(64) for _ in range(58))
            items.append({"id": "i%d" % len(items), "text": text[:left]})
            left -= len(text) + 20
        page["summary"] = {"text": "Page %d." % number}
        yield json.dumps(page) + "\n"


def write_pages(folder, codes):
    """PAGES pages: one of each code, and of as many as are missing another revision."""
    parts = [codes[:PAGES], codes[:PAGES - len(codes)] if len(codes) < PAGES else []]
    paths = []
    for number, part in enumerate(parts):
        if part:
            paths.append(os.path.join(folder, "pages%d.jsonl" % number))
            with open(paths[-1], "w", encoding="ascii") as file:
                file.writelines(documents(part, number * len(codes), number))
    return paths, sum(len(part) for part in parts)


class Lookups(threading.Thread):
    """Looks codes up, one after another, until it is told to stop."""

    def __init__(self, server, release, codes):
        super().__init__(daemon=True)
        self.server, self.release, self.codes = server, release, codes
        self.milliseconds, self.ended = [], threading.Event()

    def run(self):
        order, pb2 = random.Random(1), self.server.terminology_pb2
        while not self.ended.wait(PAUSE_S):
            request = pb2.GetConceptRequest(release=self.server.selector(self.release),
                                            id=order.choice(self.codes))
            begin = time.perf_counter()
            self.server.ask_terminology.GetConcept(request, timeout=60)
            self.milliseconds.append((time.perf_counter() - begin) * 1000)

    def tell(self, when):
        self.ended.set()
        self.join()
        tell("look-ups %s, p50 of %d" % (when, len(self.milliseconds)),
             quantile(self.milliseconds, 0.5), "ms")
        tell("look-ups %s, p99" % when, quantile(self.milliseconds, 0.99), "ms")


def measure_import(options, folder):
    data_dir = os.path.join(folder, "data")
    source = os.path.join(options.releases, IMPORTED)
    end_to_end.load(options.codesetd, data_dir, IMPORTED, source)
    codes = [naive.dotted(row.code) for row in naive.Release(source).rows]
    paths, count = write_pages(folder, codes)
    size = sum(map(os.path.getsize, paths))
    daemon = end_to_end.Daemon(options.codesetd, data_dir)
    try:
        server = server_check.Server(daemon.address, options.stubs)
        quiet = Lookups(server, IMPORTED, codes)
        quiet.start()
        time.sleep(5)
        quiet.tell("before")
        tell("server's peak memory before", peak_mib(daemon.process.pid), "MiB")
        lookups, peak, begin = Lookups(server, IMPORTED, codes), 0, time.perf_counter()
        lookups.start()
        client = subprocess.Popen(
            [options.codesetctl, "--server", daemon.address, "--data-dir", data_dir, "--release",
             IMPORTED, "reference", "import", *paths], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True)
        while client.poll() is None:
            peak = max(peak, peak_mib(client.pid))
            time.sleep(0.05)
        seconds = time.perf_counter() - begin
        print(client.stdout.read().strip())
        lookups.tell("meanwhile")
        tell("import of %d pages, %.0f MB of JSON" % (count, size / 1e6), seconds, "s",
             IMPORT_BAR_S)
        tell("client's peak memory", peak, "MiB")
        tell("server's peak memory", peak_mib(daemon.process.pid), "MiB")
        return client.returncode
    finally:
        daemon.stop()


def ask_queue(ledger, release):
    """Milliseconds that the first page of the queue takes."""
    request = ledger.pb2.ListVerificationQueueRequest(release=ledger.server.selector(release))
    begin = time.perf_counter()
    ledger.server.ask_references.ListVerificationQueue(request, timeout=600)
    return (time.perf_counter() - begin) * 1000


def connect(options, daemon, data_dir):
    return ledger_calls.Ledger(server_check.Server(daemon.address, options.stubs), data_dir)


def event(server, code, id):
    day = str(datetime.date.today() - datetime.timedelta(days=1))
    return server.verification_pb2.NewVerification(
        id=id, code=code, revision=1, date=day, verifier="a benchmark", outcome=1,
        release=server.selector(VERIFIED))


def fill(options, data_dir):
    """Pages and verifications of all billable codes; gives the codes."""
    folder = os.path.join(options.releases, VERIFIED)
    codes = [naive.dotted(row.code) for row in naive.Release(folder).rows if row.billable]
    daemon = end_to_end.Daemon(options.codesetd, data_dir)
    try:
        ledger = connect(options, daemon, data_dir)
        ledger.import_pages(VERIFIED, reference_pages.pages(ledger.server.reference_pb2, codes))
        ledger.record([event(ledger.server, code, "first/" + code) for code in codes])
    finally:
        daemon.stop()
    return codes


def measure_queue(options, folder):
    data_dir = os.path.join(folder, "data")
    for id in (VERIFIED,) + JUDGED:
        end_to_end.load(options.codesetd, data_dir, id, os.path.join(options.releases, id))
    codes = fill(options, data_dir)
    tell("codes verified", len(codes), "")
    for number, release in enumerate(JUDGED):
        begin = time.perf_counter()
        daemon = end_to_end.Daemon(options.codesetd, data_dir)
        tell("start of the server", (time.perf_counter() - begin) * 1000, "ms")
        try:
            ledger = connect(options, daemon, data_dir)
            tell("queue by %s, first after start" % release, ask_queue(ledger, release), "ms",
                 QUEUE_BAR_MS)
            times = [ask_queue(ledger, release) for _ in range(REPEATS)]
            tell("queue by %s, median of %d" % (release, REPEATS), quantile(times, 0.5), "ms",
                 QUEUE_BAR_MS)
            ledger.record([event(ledger.server, codes[number], "again/%d" % number)])
            tell("queue by %s, first after a change" % release, ask_queue(ledger, release), "ms",
                 QUEUE_BAR_MS)
            tell("server's peak memory", peak_mib(daemon.process.pid), "MiB")
        finally:
            daemon.stop()
    return 0


def main():
    parser = argparse.ArgumentParser(description="Measures imports and the queue.")
    parser.add_argument("what", choices=("import", "queue"))
    parser.add_argument("--codesetd", required=True)
    parser.add_argument("--codesetctl", required=True)
    parser.add_argument("--stubs", required=True, help="folder to generate stubs into")
    parser.add_argument("--protos", default=os.path.join(HERE, "..", "..", "proto"))
    parser.add_argument("--releases", default=official.official_releases())
    options = parser.parse_args()
    if not options.releases:
        return official.skipped()
    options.stubs = os.path.abspath(options.stubs)
    server_check.generate_stubs(os.path.abspath(options.protos), options.stubs)
    with tempfile.TemporaryDirectory(prefix="codeset-") as folder:
        measure = measure_import if options.what == "import" else measure_queue
        return measure(options, folder)


if __name__ == "__main__":
    sys.exit(main())
