#!/usr/bin/python3
"""Pages and their verifications as an operator handles them, through codesetctl.

  page_ledger.py --codesetd PATH --codesetctl PATH --stubs DIR

The sample pages are imported, verified, shown, exported and imported again; what is wrong with a
document is told and nothing of it is stored; SIGTERM, SIGKILL and the deletion of releases leave
revisions and ledger as they were.
"""

import csv
import io
import json
import os
import signal
import subprocess
import sys

from google.protobuf import json_format

import bad_documents
import programs
import server_check
from programs import BASE, Mismatch, contains, expect, wait_until

import naive  # noqa: E402  Found once programs has named its folder.
import reference_pages  # noqa: E402

RELEASE = "2026"
SAMPLES = os.path.join(programs.HERE, "..", "data", "references")
CODES = ("M99.00", "M99.83", "M99.84", "M99.86", "M99.89")
VERIFIED = ("M99.86", "M99.89")
DAY = "2026-05-08"
# Both pages cite both; see tests/data/README.md.
SUPERSEDED = (("guidelines", "2025", "2026", "2025-10-01"),
              ("tabular-list", "2026", "2026-04", "2026-04-01"))
# Enough that some messages of an import have gone before its file has ended.
LONG_TEXT = "x" * 65000
LONG_ITEMS = 12


def reference(world, command, *arguments):
    """A command about pages, judged by RELEASE where it is judged by one at all."""
    release = () if command in ("export", "history") else ("--release", RELEASE)
    return world.ctl(*release, "reference", command, *arguments)


def done_well(world, *arguments):
    """Standard output of a command that must do what it is asked."""
    done = reference(world, *arguments)
    expect("exit status of %s: %s" % (arguments, done.stderr[-1500:]), 0, done.returncode)
    return done.stdout


def stored(world):
    """All that an operator can see of pages and ledger: pages, revisions, events, queue."""
    seen = [done_well(world, "export")]
    for code in CODES:
        seen.append(done_well(world, "history", code, "--output", "json"))
    seen.append(done_well(world, "queue", "--as-of", DAY, "--output", "csv"))
    return seen


def without_empty(document):
    """A list that holds nothing is none, in protobuf's JSON."""
    if isinstance(document, list):
        return [without_empty(one) for one in document]
    if isinstance(document, dict):
        return {name: without_empty(one) for name, one in document.items() if one != []}
    return document


def check_import(world, outcome):
    contains("import", done_well(world, "import", SAMPLES), "5 files: " + outcome)
    pages = [json.loads(line) for line in done_well(world, "export").splitlines()]
    expect("codes with a page", list(CODES), [page["code"] for page in pages])
    for page in pages:
        with open(os.path.join(SAMPLES, page["code"] + ".json"), encoding="utf-8") as file:
            expect("page of " + page["code"], without_empty(json.load(file)), page)


def check_digests(world, server):
    """FORMAT.md §3: a page's digest from its document."""
    example = server.reference_pb2.Reference(code="M99.86", state=3)
    example.summary.text = "x"
    expect("the digest in FORMAT.md",
           "29cfd768f34ff2ca19abbffb33abf4ce72d46ffc5956705d71196a3e1180ae46",
           reference_pages.digest(example))
    for code in CODES:
        with open(os.path.join(SAMPLES, code + ".json"), encoding="utf-8") as file:
            page = json_format.Parse(file.read(), server.reference_pb2.Reference())
        told = json.loads(done_well(world, "history", code, "--output", "json").splitlines()[0])
        expect("digest of " + code, reference_pages.digest(page), told["revision"]["digest"])


def check_verify(world):
    command = ("verify", *VERIFIED, "--by", "A. Coder", "--date", DAY, "--role", "coder",
               "--method", "manual")
    for _ in range(2):  # The second time they are there already.
        done_well(world, *command)
    for code in VERIFIED:
        events = [json.loads(line) for line in
                  done_well(world, "history", code, "--output", "json").splitlines()]
        told = [line["verification"] for line in events if "verification" in line]
        expect("events of " + code, 1, len(told))
        expect("event of " + code, ("A. Coder", DAY, "coder", 1, RELEASE),
               (told[0]["event"]["verifier"], told[0]["event"]["date"], told[0]["event"]["role"],
                told[0]["event"]["revision"], told[0]["releaseId"]))
        expect("groups of which a digest is kept", 4, len(told[0]["effectiveDigests"]))


def check_verify_refused(world):
    """One code of several has no page: none is verified."""
    before = stored(world)
    done = reference(world, "verify", "M99.84", "A00.0", "--by", "A. Coder", "--date", DAY)
    if not done.returncode:
        raise Mismatch("a code without a page was verified")
    contains("standard error", done.stderr, "A00.0")
    expect("what is stored", before, stored(world))


def check_show(world):
    told = " ".join(done_well(world, "show", "M99.86", "--as-of", DAY).split())
    contains("show", told, "M99.86", "Other biomechanical lesions of lower extremity",
             "guidelines 2025 superseded by 2026", "tabular list 2026 superseded by 2026-04",
             "SUMMARY", "The lower extremity: thigh, knee, leg")
    told = json.loads(done_well(world, "show", "M99.86", "--as-of", DAY, "--output", "json"))
    expect("status", "VERIFICATION_STATUS_STALE_SOURCE", told["verification"]["status"])
    expect("last verified", DAY, told["verification"]["lastVerified"])
    expect("sources", 4, told["verification"]["sourceCount"])
    # Before its sources were superseded, and before it had been verified.
    told = json.loads(done_well(world, "show", "M99.86", "--as-of", "2025-09-30",
                                "--output", "json"))
    expect("status before", "VERIFICATION_STATUS_UNVERIFIED", told["verification"]["status"])


def check_history(world):
    lines = done_well(world, "history", "M99.86").splitlines()
    contains("revision", lines[1], "revision 1", "published, 4 sources, 3 procedures")
    contains("verification", lines[2], "verification 1", "A. Coder", "confirmed revision 1",
             "release " + RELEASE)
    expect("lines", 3, len(lines))


def check_queue(world):
    told = list(csv.DictReader(io.StringIO(
        done_well(world, "queue", "--as-of", DAY, "--output", "csv"))))
    expected = {("UNVERIFIED", code, "", "", "", "") for code in CODES if code not in VERIFIED}
    expected |= {("STALE_SOURCE", code) + edition for code in VERIFIED for edition in SUPERSEDED}
    found = [(row["status"], row["code"], row["source"], row["source_edition"],
              row["superseded_by"], row["superseded_on"]) for row in told]
    expect("the queue", sorted(expected), sorted(found))
    expect("release and day", {(RELEASE, DAY)}, {(r["release_id"], r["as_of"]) for r in told})


def check_round_trip(world):
    """What is exported is what was imported, for this server and for another."""
    before = stored(world)
    for flags in ((), ("--pretty",)):
        path = os.path.join(world.folder("export"), "pages%d.json" % len(flags))
        done_well(world, "export", "--to", path, *flags)
        contains("import of an export", done_well(world, "import", path),
                 "0 created, 0 revised, 5 unchanged")
    expect("what is stored", before, stored(world))
    with programs.World(world.options) as other:
        other.start()
        done = other.load(RELEASE, other.published(RELEASE))
        expect("exit status of the load: " + done.stderr, 0, done.returncode)
        contains("import", done_well(other, "import", path), "5 created, 0 revised, 0 unchanged")
        expect("export of the other server", before[0], done_well(other, "export"))


def check_bad(world, before, case):
    what, name, content, parts = case
    path = os.path.join(world.folder("bad"), name)
    with open(path, "wb") as file:
        file.write(content)
    done = reference(world, "import", path)
    os.remove(path)
    expect("%s: exit status: %s" % (what, done.stderr[-500:]), 3, done.returncode)
    contains(what, done.stderr, path, *parts)
    if len(done.stderr) > 4000:
        raise Mismatch("%s: %d characters of error" % (what, len(done.stderr)))
    expect(what + ": what is stored", before, stored(world))
    world.expect_serving()


def check_folder_with_a_bad_file(world):
    """A bad file keeps no other from being imported, and is not forgotten."""
    folder = world.folder("mixed")
    for name, summary in (("1.json", "First."), ("2.json", ""), ("3.json", "Third.")):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(bad_documents.lines(bad_documents.document(
                code="M99.0" + name[0], summary={"text": summary})))
    done = reference(world, "import", folder, "--dry-run")
    expect("exit status of the dry run", 3, done.returncode)
    expect("pages after it", len(CODES), len(done_well(world, "export").splitlines()))
    os.remove(os.path.join(folder, "3.json"))  # The miniature has no M99.03.
    done = reference(world, "import", folder)
    expect("exit status", 3, done.returncode)
    contains("standard error", done.stderr, "2.json:1", "summary.text")
    expect("pages", len(CODES) + 1, len(done_well(world, "export").splitlines()))


def check_restart(world):
    before = stored(world)
    expect("codesetd's exit status", 0, world.stop())
    world.start()
    expect("what is stored", before, stored(world))


class LongImport:
    """An import by codesetctl whose file does not end: a pipe that is held open."""

    def __init__(self, world):
        self.path = os.path.join(world.folder("long"), "pages.jsonl")
        order = os.path.join(world.published(RELEASE), "icd10cm_order_2026.txt")
        with open(order, "rb") as file:
            rows = naive.read_order(file.read())
        items = [{"id": "i%d" % place, "text": LONG_TEXT} for place in range(LONG_ITEMS)]
        self.pages = [bad_documents.document(
            code=naive.dotted(row.code), clinicalContext={"items": items}) for row in rows]
        os.mkfifo(self.path)
        self.process = subprocess.Popen(
            world.ctl_command("--verbose", "--release", RELEASE, "reference", "import", self.path),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.pipe = open(self.path, "wb")
        for page in self.pages[:10]:
            self.pipe.write(bad_documents.lines(page))
        self.pipe.flush()
        # The server has laid some of them aside when it says so.
        while "documents checked" not in self.process.stderr.readline():
            expect("exit status of the import", None, self.process.poll())

    def close(self):
        try:
            self.pipe.close()
        except BrokenPipeError:
            pass
        self.process.kill()
        self.process.communicate()
        os.remove(self.path)


def check_killed_server(world):
    """SIGKILL in the middle of an import leaves nothing of it."""
    before = stored(world)
    upload = LongImport(world)
    try:
        world.daemon.process.kill()
        world.daemon.process.wait(timeout=programs.TIMEOUT)
        upload.pipe.close()
        expect("exit status of codesetctl", 3, upload.process.wait(timeout=programs.TIMEOUT))
    finally:
        upload.close()
    world.stop()
    world.start()
    expect("what is stored", before, stored(world))


def check_killed_client(world):
    """codesetctl is killed in the middle of an import: nothing is left, another can begin."""
    before = stored(world)
    upload = LongImport(world)
    try:
        busy = reference(world, "import", SAMPLES)
        contains("another import", busy.stderr, "IMPORT_IN_PROGRESS")
        upload.process.send_signal(signal.SIGKILL)
        upload.process.wait(timeout=programs.TIMEOUT)
    finally:
        upload.close()
    wait_until("the import is given up",
               lambda: reference(world, "import", SAMPLES).returncode == 0)
    expect("what is stored", before, stored(world))


def check_delete(world):
    """A release that verifications name stays; another is deleted."""
    before = stored(world)
    done = world.ctl("release", "delete", RELEASE)
    expect("exit status", 3, done.returncode)
    contains("standard error", done.stderr, "RELEASE_IN_USE", "verification", RELEASE)
    expect("what is stored", before, stored(world))
    world.expect_verified(RELEASE)
    done = world.ctl("release", "delete", BASE)
    expect("exit status of another's deletion: " + done.stderr, 0, done.returncode)
    expect("what is stored", before, stored(world))


def main():
    options = programs.options_of("Pages and their verifications, through codesetctl.")
    server_check.generate_stubs(options.protos, options.stubs)
    run = programs.Run()
    with programs.World(options) as world:
        world.start()
        done = world.load(RELEASE, world.published(RELEASE))
        run.check("load", expect, "exit status: " + done.stderr, 0, done.returncode)
        server = server_check.Server(world.daemon.address, options.stubs)
        run.check("import", check_import, world, "5 created, 0 revised, 0 unchanged")
        run.check("import again", check_import, world, "0 created, 0 revised, 5 unchanged")
        run.check("digests of pages", check_digests, world, server)
        run.check("verify", check_verify, world)
        run.check("verify refused", check_verify_refused, world)
        run.check("show", check_show, world)
        run.check("history", check_history, world)
        run.check("queue", check_queue, world)
        run.check("export and import", check_round_trip, world)
        before = stored(world)
        for case in bad_documents.cases():
            run.check("refused: " + case[0], check_bad, world, before, case)
        run.check("SIGTERM and restart", check_restart, world)
        run.check("SIGKILL in the middle of an import", check_killed_server, world)
        run.check("codesetctl killed in the middle of an import", check_killed_client, world)
        run.check("a folder with a bad file", check_folder_with_a_bad_file, world)
        run.check("restart once more", check_restart, world)
        run.check("deletion of releases", check_delete, world)
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
