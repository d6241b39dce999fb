#!/usr/bin/python3
"""Does the soak see what is wrong? Runs it against an oracle that is spoiled in one place.

  self_test.py --build build/release [--releases tests/data/miniature]

For each way of wrong.py the tables of the oracle are spoiled, and readers ask a server until they
come upon it: the soak must end with exit status 1 and name the comparison that failed. With tables
that are right it must not. Then much is spoiled at once, and the label moved and a release deleted
behind the soak's back: every kind of call must have been found to be answered wrongly.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import prepare  # noqa: E402
import served  # noqa: E402
import steadiness  # noqa: E402
import wrong  # noqa: E402

IDS = ("2025", "2026", "2027")
SECONDS = 20
MIB = 1 << 20
# What the first report of something wrong may say, by the way in which the oracle is spoiled.
SEEN_AS = {
    "title": ("title", "TITLE_CHANGED", "titles", "state"),
    "short_title": ("short title", "SHORT_TITLE_CHANGED", "titles", "expected"),
    "flag": ("billable", "BILLABLE", "outcome", "in all", "expected", "counts"),
    "order": ("order number",),
    "parent": ("parent", "children", "in all", "expected", "place", "MOVED", "how many"),
    "notes": ("notes", "NOTES_CHANGED"),
    "missing": ("CONCEPT_NOT_FOUND", "children", "in all", "expected", "lives", "is no change",
                "place", "how many"),
    "exempt": ("POA", "exempt"),
    "fingerprint": ("fingerprint", "FINGERPRINT"),
    "swap": ("fingerprint", "FINGERPRINT"),
    "dates": ("effective date", "cannot be", "the line", "coverage", "not asked for", "edition"),
}


# All kinds of calls whose answers are compared.
COMPARED = {"GetConcept", "BatchGetConcepts", "ListConcepts", "ListRelatives", "StreamDescendants",
            "GetSubsumption", "GetCommonAncestor", "ValidateCodes", "StreamValidateCodes",
            "GetHistory", "StreamHistories", "StreamDiff", "GetDiffSummary", "ResolveRelease",
            "ListReleases", "GetRelease", "ListLabels", "ExportRelease"}
# What is spoiled for them, each in a release of its own where one would hide the other.
TOGETHER = (("2025", ("title", "flag", "parent", "notes", "exempt")), ("2026", ("fingerprint",)))
TOGETHER_SECONDS = 3


def command_of(options, server, tables, *more):
    """Readers alone."""
    return [os.path.join(options.build, "tests", "soak", "soak"), "--server", server.address,
            "--admin", server.admin, "--tables", tables, "--fixed", ",".join(IDS), "--read-only",
            "--clients", "8", *more]


def soak(options, server, tables, *more):
    """Runs readers until something is wrong; gives exit status and report."""
    done = subprocess.run(command_of(options, server, tables, "--until-wrong", *more),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=120)
    return done.returncode, json.loads(done.stdout)


def unseen(options, server, tables):
    """The kinds of calls of which nothing was found to be wrong although it is."""
    for id, ways in TOGETHER:
        for way in ways:
            wrong.spoil(tables, [id], way)
    process = subprocess.Popen(
        command_of(options, server, tables, "--seconds", str(TOGETHER_SECONDS)),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    time.sleep(1)  # Until it has set the label; it asks for longer than that.
    server.ctl("label", "set", "soak", "2026")
    server.ctl("release", "delete", "2027")
    report = json.loads(process.communicate(timeout=120)[0])
    return sorted(COMPARED - {kind.split(" (")[0] for kind in report["wrong_answers"]})


def failure_of(way, status, report):
    """Why a spoiled oracle was not noticed as it should be; None if it was."""
    examples = report.get("examples", [])
    if status != 1 or not examples:
        return "exit status %d, and nothing was reported" % status
    if not any(word in example for example in examples for word in SEEN_AS[way]):
        return "reported as something else: " + examples[0]
    return None


def check_steadiness():
    """The rule of steadiness.py: what it must call a series of half an hour. Gives what it does not."""
    def verdict(of_time, seconds=1800):
        series = [(time, of_time(time)) for time in range(0, seconds + 1, 10)]
        return steadiness.judge(series, 5 * MIB)["verdict"]

    size, spike = 300 * MIB, 60 * MIB
    expected = (
        ("even", "flat", verdict(lambda time: size)),
        ("with loads", "flat", verdict(lambda time: size + spike * (time % 70 == 0))),
        ("with loads towards its end", "flat", verdict(
            lambda time: size + spike * (time > 1500 and time % 40 == 0))),
        ("filling up at first", "flat", verdict(lambda time: size - max(0, 500 - time) * MIB / 10)),
        ("rising by 20 MiB", "rises", verdict(lambda time: size + time * 20 * MIB / 1800)),
        ("rising, with loads", "rises", verdict(
            lambda time: size + time * 20 * MIB / 1800 + spike * (time % 70 == 0))),
        ("rising, for a short time", "not judged", verdict(
            lambda time: size + time * MIB, seconds=300)))
    return ["%s: %s" % (name, told) for name, wanted, told in expected if wanted != told]


def main():
    parser = argparse.ArgumentParser(description="Tests that the soak sees what is wrong.")
    parser.add_argument("--build", required=True)
    parser.add_argument("--releases", default=os.path.join(HERE, "..", "data", "miniature"))
    options = parser.parse_args()
    unsteady = check_steadiness()
    failed = len(unsteady)
    print("FAILED " + "; ".join(unsteady) if unsteady else "ok the rule for memory")
    with tempfile.TemporaryDirectory(prefix="codeset-soak-") as folder:
        right = os.path.join(folder, "right")
        prepare.prepare(options.releases, right, IDS)
        with served.Server(options.build, folder) as server:
            for id in IDS:
                server.load(id, os.path.join(options.releases, id))
            status, report = soak(options, server, right, "--seconds", "1")
            if status:
                failed += 1
                print("FAILED with an oracle that is right: %s" % report.get("examples"))
            for way in wrong.WAYS:
                tables = os.path.join(folder, way)
                shutil.copytree(right, tables)
                what = wrong.spoil(tables, IDS, way)
                failure = failure_of(way, *soak(options, server, tables, "--seconds", str(SECONDS)))
                failed += failure is not None
                print("%s %s (%s)%s" % ("ok" if failure is None else "FAILED", way, what,
                                        "" if failure is None else ": " + failure), flush=True)
            kinds = unseen(options, server, right)
            failed += bool(kinds)
            print("FAILED nothing wrong was seen of %s" % " ".join(kinds) if kinds else
                  "ok %d kinds of calls" % len(COMPARED))
            server.stop()
    print("%d ways, %d failed" % (len(wrong.WAYS), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
