"""Measurements that need no running server: in process, loads, starts, and what lies on disk."""

import json
import os
import shutil
import subprocess
import time
import zipfile

import ratios
import report as reports

# Loaded into an empty directory, and beside its neighbour: the order file and the tabular list.
ALONE = ("2023", ("icd10-Order-CodeFiles2023.zip", "icd10cm_tabular_2023.xml"))
NEIGHBOUR = ("2021-01", ("icd10cm-codes-order-Jan-2021.zip", "icd10cm_tabular_2021.xml"))
NEIGHBOUR_OF = "2021"
# The release that nothing has asked for when a start is measured: the prewarmer comes to it last
# but one.
UNUSED = "2014"
# Rows of a batch in image_benchmark.
BATCH = 10_000
IN_NANOSECONDS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}


def google_benchmark(bench, program, *arguments):
    """Runs it with repetitions in random order; gives each name's nanoseconds an iteration."""
    out = os.path.join(bench.folder, program + ".json")
    bench.run(program, *arguments, "--benchmark_out=" + out, "--benchmark_out_format=json",
              "--benchmark_repetitions=%d" % bench.pairs,
              "--benchmark_enable_random_interleaving=true",
              "--benchmark_min_time=%g" % (0.01 if bench.quick else 0.03))
    with open(out, encoding="utf-8") as file:
        runs = json.load(file)["benchmarks"]
    times = {}
    for run in runs:
        if run.get("error_occurred"):
            raise RuntimeError("%s: %s" % (run["name"], run["error_message"]))
        if run["run_type"] == "iteration":
            # With random interleaving the name has the number of the repetition behind it.
            name = run["run_name"].split("/repeats:")[0]
            times.setdefault(name, []).append(
                run["real_time"] * IN_NANOSECONDS[run["time_unit"]])
    return times


def measure_in_process(bench):
    """Answers without a server, on one core, and SQLite beside them."""
    times = google_benchmark(bench, "image_benchmark", "--data_dir", bench.data("all"),
                             "--release", bench.release)
    times.update(google_benchmark(bench, "sqlite_benchmark", "--values", bench.values,
                                  "--database", os.path.join(bench.folder, "sqlite.db")))
    row = bench.report.row

    def millions(name, each=1):
        return ratios.figure(each * 1e3 / time for time in times[name])

    for name in ("Subsumption", "Ancestors"):
        row(name + " in process", ratios.figure(times[name]), "ns", ("<=", 100))
    row("validation in process, one core, verdicts of billable codes",
        millions("Validate/verdicts_of_billable", BATCH), "million rows/s", (">=", 10))
    for name, rows in (("billable", "billable codes"), ("mixed", "any codes, 5 % unknown")):
        row("ValidateCodes in process, one core, with its answer's bytes, " + rows,
            millions("Validate/" + name, BATCH), "million rows/s", (">=", 10))
    row("local code set, one core (LocalCodeSet/Find)", millions("LocalCodeSet/Find"),
        "million look-ups/s", (">=", 10))
    row("full view found, as bytes, in process : SQLite's prepared select",
        ratios.paired(times["Sqlite/select"], times["GetConcept/full_as_bytes"]),
        "ratio of rates")
    bench.report.table("In process, one core", ("what", "ns an iteration"),
                       [(name, reports.shown(ratios.figure(measured)))
                        for name, measured in sorted(times.items())],
                       "SQLite's select is of a run of its own, beside the others' and not in "
                       "turns with them.")


def published(bench, release, names):
    return [os.path.join(bench.releases, release, name) for name in names]


def timed(command):
    begin = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE, check=True)
    return time.perf_counter() - begin


def measure_load(bench):
    """`codesetd load` of an order file and a tabular list, beside reading and parsing them."""
    base = os.path.join(bench.folder, "neighbour")
    bench.load(base, NEIGHBOUR_OF)
    seconds = {name: [] for name in ("alone", "beside a neighbour", "floor", "neighbour's floor")}

    def load(into, name, what):
        seconds[name].append(timed([bench.codesetd, "load", "--data-dir", into, what[0],
                                    *published(bench, *what)]))

    def load_alone():
        into = os.path.join(bench.folder, "alone")
        load(into, "alone", ALONE)
        shutil.rmtree(into)

    def load_neighbour():
        into = os.path.join(bench.folder, "beside")
        shutil.copytree(base, into)
        load(into, "beside a neighbour", NEIGHBOUR)
        shutil.rmtree(into)

    def read(name, what):
        seconds[name].append(timed([bench.program("read_sources"), *published(bench, *what)]))

    steps = [load_alone, lambda: read("floor", ALONE), load_neighbour,
             lambda: read("neighbour's floor", NEIGHBOUR)]
    for number in range(bench.pairs):
        for step in steps if number % 2 == 0 else reversed(steps):
            step()
    row = bench.report.row
    row("load of %s, durable and verified, wall" % ALONE[0], ratios.figure(seconds["alone"]), "s",
        ("<=", 1.0))
    row("load of %s beside %s, wall" % (NEIGHBOUR[0], NEIGHBOUR_OF),
        ratios.figure(seconds["beside a neighbour"]), "s", ("<=", 0.6))
    row("floor: reading and parsing the files of %s" % ALONE[0], ratios.figure(seconds["floor"]),
        "s")
    row("floor: reading and parsing the files of %s" % NEIGHBOUR[0],
        ratios.figure(seconds["neighbour's floor"]), "s")
    row("load of %s : its floor" % ALONE[0], ratios.paired(seconds["alone"], seconds["floor"]),
        "ratio")


def measure_start(bench):
    """From the start of the process to its answers."""
    starts = bench.starts("all", bench.pairs)
    row = bench.report.row
    for what, name, most in (("start to SERVING", "serving_ms", 250),
                             ("first look-up in a release not yet used", "first_lookup_ms", 5),
                             ("its image ready after that", "image_ready_ms", 150)):
        row("%d releases: %s" % (len(bench.ids), what),
            ratios.figure(start[name] for start in starts), "ms", ("<=", most))
    row("%d releases all used: resident" % len(bench.ids),
        ratios.figure(start["resident_mib"] * 1024 ** 2 / 1e6 for start in starts), "MB",
        ("<=", 250))
    row("%d releases all used: resident at most" % len(bench.ids),
        ratios.figure(start["peak_mib"] * 1024 ** 2 / 1e6 for start in starts), "MB")


def published_bytes(path, name):
    """The bytes of a file `a.zip/b.txt` within an archive, or of a loose one."""
    if os.path.isfile(os.path.join(path, name)):
        with open(os.path.join(path, name), "rb") as file:
            return file.read()
    archive, inside = name.split("/", 1)
    with zipfile.ZipFile(os.path.join(path, archive)) as opened:
        return opened.read(inside)


def zipped_size(bench):
    """Bytes of the order files and tabular lists of all releases, each in a zip by deflate."""
    total = 0
    for release in bench.ids:
        folder = os.path.join(bench.releases, release)
        for line in bench.run("read_sources", "--list", folder).splitlines():
            role, name = line.split("\t")
            if role not in ("order file", "tabular list XML"):
                continue
            path = os.path.join(bench.folder, "published.zip")
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
                made.writestr(os.path.basename(name), published_bytes(folder, name))
            total += os.path.getsize(path)
    return total


def measure_disk(bench):
    """The data directory without kept sources against the published files in zips."""
    disk, zipped = bench.disk_mb("all"), zipped_size(bench) / 1e6
    bench.report.row("%d releases on disk (%.1f MB) : order files and tabular XML in zip (%.1f MB)"
                     % (len(bench.ids), disk, zipped),
                     ratios.single(disk / zipped), "ratio",
                     ("<=", 0.3))
