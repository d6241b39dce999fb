"""What readers feel of releases that are loaded meanwhile: the same look-ups with and without."""

import os
import shutil
import subprocess
import threading
import time

import contenders
import ratios
import report as reports
import wire

# Deleted and loaded again, over and over: one with its tabular list, of which others borrow, and
# one without. The release that is asked is neither, and borrows of neither.
LOADED = ("2023", "2024")
ASKED = "2021"
# Longer than a load takes beside the reads, so that each window has whole ones.
SECONDS = 5
IN_FLIGHT = 50
# Of what the closed loop can do.
PART_OF_CAPACITY = 1 / 3
SETTLE = 0.5  # Seconds for images that are built after a load.


class Loader:
    """Loads releases in the background, one after another, until it is told to stop."""

    def __init__(self, bench, data_dir):
        self.bench = bench
        self.command = [bench.codesetctl, "--admin-server",
                        "unix:" + os.path.join(data_dir, "admin.sock")]
        self.seconds = []
        self.stopping = threading.Event()
        self.thread = None
        self.error = None

    def ctl(self, *arguments):
        done = subprocess.run([*self.command, "release", *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              check=False)
        if done.returncode:
            raise RuntimeError("codesetctl release %s: %s" % (" ".join(arguments), done.stderr))

    def load_all(self):
        for release in LOADED:
            self.ctl("delete", release)
            begin = time.perf_counter()
            self.ctl("load", release, os.path.join(self.bench.releases, release))
            self.seconds.append(time.perf_counter() - begin)

    def loop(self):
        try:
            while not self.stopping.is_set():
                self.load_all()
        except RuntimeError as error:
            self.error = error

    def __enter__(self):
        self.stopping.clear()
        self.thread = threading.Thread(target=self.loop)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        if self.error:
            raise self.error
        time.sleep(SETTLE)


def measure_load_impact(bench):
    """GetConcept at a given rate, in turns alone and while releases are loaded."""
    # A copy, since what it has is deleted and loaded again.
    data_dir = os.path.join(bench.folder, "impact")
    shutil.copytree(bench.data("all"), data_dir, ignore=shutil.ignore_patterns("*.sock"))
    values = os.path.join(bench.folder, "impact-values")
    with contenders.codesetd(bench.codesetd, data_dir) as server:
        contenders.fetch_values(bench.program("load_generator"), server, ASKED, values)
        loader = Loader(bench, data_dir)
        loader.load_all()
        loader.seconds.clear()
        with contenders.client(bench.program("load_generator"), "grpc", server,
                               os.path.join(values, "values.bin"), ASKED) as client:
            capacity = ratios.median(wire.calls_per_second(
                [client.measure("get in_flight=%d seconds=%g" % (IN_FLIGHT, bench.seconds))
                 for _ in range(5)]))
            rates = (wire.OPEN_LOOP_RATE, int(capacity * PART_OF_CAPACITY / 1000 + 0.5) * 1000)
            results = {}
            for rate in rates:
                alone, beside = rounds(bench, client, loader, rate)
                at = "open loop, %d calls/s" % rate
                bench.report.row("GetConcept full, p99 while releases are loaded : alone, " + at,
                                 ratios.paired(wire.values(beside, "p99_us"),
                                               wire.values(alone, "p99_us")), "ratio", ("<=", 2))
                results["alone, " + at] = alone
                results["while releases are loaded, " + at] = beside
        bench.report.table(
            "Look-ups while releases are loaded", wire.LATENCY_HEADS, wire.latency_lines(results),
            "%d loads of %s, with their conversion tables and lists, each deleted before, by "
            "codesetctl: %s s a load. The closed loop comes to %s calls/s at %d in flight." % (
                len(loader.seconds), " and ".join(LOADED),
                reports.shown(ratios.figure(loader.seconds)), reports.number(capacity),
                IN_FLIGHT))


def rounds(bench, client, loader, rate):
    """So many windows alone and beside loads, in turns; every other round goes backwards."""
    seconds = min(SECONDS, 10 * bench.seconds)
    line = "get rate=%d seconds=%g warm_up=0.2" % (rate, seconds)
    alone, beside = [], []
    for number in range(min(bench.pairs, 10)):
        seeded = "%s seed=%d" % (line, number + 1)
        for loads in (False, True) if number % 2 == 0 else (True, False):
            if loads:
                with loader:
                    beside.append(client.measure(seeded))
            else:
                alone.append(client.measure(seeded))
    return alone, beside
