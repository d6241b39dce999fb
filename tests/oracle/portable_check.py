#!/usr/bin/python3
"""Takes releases out of one server and into another by the portable file, and holds the file
and the table of concepts against a naive reading of the published files.

  portable_check.py --codesetd PATH --codesetctl PATH [--releases DIR] ID...

Each DIR/ID is loaded into a first data directory; without --releases the published ones are
taken, exit status 77 where there are none. The file is read by portable.py.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile

import end_to_end
import fingerprint
import naive
import official
import poa
import portable

TIMEOUT = 600


class Mismatch(Exception):
    pass


def expect(what, wanted, got):
    if wanted != got:
        raise Mismatch("%s: %r and not %r" % (what, got, wanted))


class Site:
    """A data directory with a server over it."""

    def __init__(self, options, folder):
        self.options = options
        self.data_dir = folder
        self.daemon = None

    def run(self, *command):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("CODESET_")}
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=TIMEOUT, env=environment)

    def load(self, *words):
        done = self.run(self.options.codesetd, "load", "--data-dir", self.data_dir, *words)
        expect("exit status of codesetd load: " + done.stderr, 0, done.returncode)
        return done.stdout

    def start(self):
        self.daemon = end_to_end.Daemon(self.options.codesetd, self.data_dir)

    def ctl(self, *words, status=0):
        done = self.run(self.options.codesetctl, "--server", self.daemon.address, "--data-dir",
                        self.data_dir, *words)
        expect("exit status of %s: %s" % (words, done.stderr), status, done.returncode)
        return done.stdout if status == 0 else done.stderr

    def fingerprints(self):
        lines = [json.loads(line) for line in
                 self.ctl("release", "list", "--output", "json").splitlines()]
        return {line["release"]["id"]: line["release"]["fingerprint"] for line in lines
                if "release" in line}

    def stop(self):
        if self.daemon is not None:
            self.daemon.stop()


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


def check_file(path, published):
    """The file says what the published files do, by the oracle's reading of both."""
    found = {release["id"]: release for release in portable.releases_of(path)}
    expect("releases", sorted(published), sorted(found))
    for id, release in published.items():
        wanted = fingerprint.describe(release)
        for key in ("fingerprints", "release", "counts"):
            expect("%s of %s" % (key, id), wanted[key], found[id][key])


def check_imported(site, path, other, folder):
    """Imported over the wire into an empty data directory, and exported to the same bytes."""
    wanted = site.fingerprints()
    other.start()
    said = other.ctl("release", "import", path)
    if "do not travel" not in said:
        raise Mismatch("import does not say what does not travel: " + said)
    expect("fingerprints", wanted, other.fingerprints())
    for id in wanted:
        other.ctl("release", "verify", id)
    again = os.path.join(folder, "again.codeset")
    other.ctl("release", "export", *reversed(sorted(wanted)), again)
    expect("the same bytes", True, bytes_of(path) == bytes_of(again))


def check_loaded_offline(site, path, third):
    third.load(path)
    third.start()
    expect("fingerprints", site.fingerprints(), third.fingerprints())


def check_refused(other, path, folder):
    """One byte in the middle is another: named, and nothing is loaded of it."""
    damaged = bytearray(bytes_of(path))
    damaged[len(damaged) // 2] ^= 1
    bad = os.path.join(folder, "bad.codeset")
    with open(bad, "wb") as file:
        file.write(damaged)
    before = other.fingerprints()
    said = other.ctl("release", "import", bad, status=3)
    if "DATA_DAMAGED" not in said or "bad.codeset" not in said:
        raise Mismatch("import of a damaged file says " + said)
    expect("fingerprints", before, other.fingerprints())
    said = other.ctl("release", "import", os.path.abspath(__file__), status=2)
    if "no portable file" not in said:
        raise Mismatch("import of another file says " + said)


def undotted(code):
    return code.replace(".", "")


def check_concepts(site, id, release, folder):
    """The table of concepts has the rows of the order file, and of the tabular list."""
    path = os.path.join(folder, "concepts.csv")
    site.ctl("export", "concepts", "--release", id, "-o", path)
    with open(path, newline="", encoding="utf-8") as file:
        records = list(csv.DictReader(file))
    codes = [record for record in records if record["kind"] not in ("CHAPTER", "SECTION")]
    exempt = poa.read_list(release.poa_files)
    known_tabular = release.tabular is not None
    by_code = release.by_code()
    expect("codes", {row.code for row in release.rows},
           {undotted(record["id"]) for record in codes})
    numbers = {row.code: place for place, row in enumerate(release.rows, 1)}
    placed = [int(record["order_number"]) for record in codes
              if record["placement"] != "NOT_KNOWN"]
    if known_tabular:
        expect("tabular order", sorted(placed), placed)
    for record in codes:
        row = by_code[undotted(record["id"])]
        expect("titles of " + row.code, (row.long, row.short),
               (record["title"], record["short_title"]))
        expect("flag of " + row.code, "true" if row.billable else "false", record["billable"])
        expect("number of " + row.code, str(numbers[row.code]), record["order_number"])
        expect("tabular state of " + row.code, "KNOWN" if known_tabular else "NOT_KNOWN",
               record["tabular_state"])
        if exempt is not None:
            wanted = ("true" if row.code in exempt else "false") if row.billable else ""
            expect("exemption of " + row.code, wanted, record["poa_exempt"])
    if known_tabular:
        chapters = [record["id"] for record in records if record["kind"] == "CHAPTER"]
        expect("chapters", [chapter.id for chapter in release.chapters], chapters)
    for record in records:
        if record["kind"] in ("CHAPTER", "SECTION"):
            expect("fields of " + record["id"], ("", "", "", ""),
                   tuple(record[name] for name in
                         ("billable", "short_title", "order_number", "poa_exempt")))
    lines = site.ctl("export", "concepts", "--release", id, "--format", "jsonl").splitlines()
    head = json.loads(lines[0])
    expect("the release of the jsonl", id, head["release"]["releaseId"])
    expect("concepts of the jsonl", [record["id"] for record in records],
           [json.loads(line)["id"] for line in lines[1:]])
    expect("the size that the jsonl tells", len(records), head["totalSize"])
    return len(records)


def main():
    parser = argparse.ArgumentParser(description="The portable file against naive reading.")
    parser.add_argument("--codesetd", required=True)
    parser.add_argument("--codesetctl", required=True)
    parser.add_argument("--releases")
    parser.add_argument("ids", nargs="+")
    options = parser.parse_args()
    releases = options.releases or official.official_releases()
    if releases is None:
        return official.skipped()
    root = tempfile.mkdtemp(prefix="codeset-")
    sites = [Site(options, os.path.join(root, name)) for name in ("a", "b", "c")]
    run = end_to_end.Run()
    try:
        published = {}
        for id in options.ids:
            folder = os.path.join(releases, id)
            published[id] = naive.Release(folder)
            sites[0].load("--no-keep-sources", id, folder)
        sites[0].start()
        path = os.path.join(root, "all.codeset")
        sites[0].ctl("release", "export", *options.ids, path)
        run.check("the file by its description", check_file, path, published)
        run.check("export, import, export", check_imported, sites[0], path, sites[1], root)
        run.check("codesetd load", check_loaded_offline, sites[0], path, sites[2])
        run.check("a damaged file", check_refused, sites[1], path, root)
        for id, release in published.items():
            run.check("export concepts of " + id, check_concepts, sites[1], id, release, root)
    finally:
        for site in sites:
            site.stop()
        shutil.rmtree(root, ignore_errors=True)
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
