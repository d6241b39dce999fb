#!/usr/bin/python3
"""What those who watch a server see: metrics, log and codesetctl doctor.

  watching.py --codesetd PATH --codesetctl PATH --stubs DIR

Metrics are read by Prometheus's own client library, and by promtool where it is installed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request

import grpc
from prometheus_client import parser

import programs
from programs import BASE, contains, expect

REQUEST_ID = "claim-42"


class Watched:
    """codesetd with metrics, a log in JSON and a token; `lines` is what it has logged."""

    def __init__(self, world):
        self.token_file = os.path.join(world.root, "token")
        tokens = os.path.join(world.root, "tokens")
        line = world.run([world.options.codesetd, "hash-token", "robot", "--generate",
                          self.token_file])
        with open(tokens, "w") as file:
            file.write(line.stdout)
        with open(self.token_file) as file:
            self.token = file.read().strip()
        self.process = subprocess.Popen(
            [world.options.codesetd, "serve", "--data-dir", world.data_dir, "--listen",
             "127.0.0.1:0", "--metrics-address", "127.0.0.1:0", "--log-format", "json",
             "--log-calls", "--admin-token-file", tokens,
             "--audit-log", os.path.join(world.root, "audit.jsonl")],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.lines = []
        while not self.lines or self.lines[-1]["message"] != "serving":
            self.lines.append(json.loads(self.process.stderr.readline()))
        messages = " ".join(line["message"] for line in self.lines)
        self.address = re.search(r"listening on (127\.0\.0\.1:\d+)", messages).group(1)
        self.metrics_url = re.search(r"metrics on (http://\S+)", messages).group(1)

    def metrics(self):
        with urllib.request.urlopen(self.metrics_url, timeout=programs.TIMEOUT) as answer:
            expect("content type", True, answer.headers["Content-Type"].startswith("text/plain"))
            return answer.read().decode()

    def stop(self):
        self.process.terminate()
        rest = self.process.stderr.read()
        self.lines += [json.loads(line) for line in rest.splitlines()]
        return self.process.wait(timeout=programs.TIMEOUT)


def doctor(world, server, *arguments):
    """Exit status and results by check."""
    done = world.run([world.options.codesetctl, "--server", server, "--data-dir", world.data_dir,
                      "doctor", "--output", "json", *arguments])
    expect("standard error", "", done.stderr)
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    results = {}
    for finding in findings:
        results.setdefault(finding["check"], []).append(finding["result"])
        if finding["result"] in ("warn", "fail"):
            expect("something to do about %s" % finding, True, bool(finding["todo"]))
    worst = [result for results_of in results.values() for result in results_of]
    expect("exit status", 2 if "fail" in worst else 1 if "warn" in worst else 0, done.returncode)
    return done.returncode, results


def check_doctor(world, watched):
    status, results = doctor(world, watched.address, "--token-file", watched.token_file)
    # An old edition alone is overdue on any day on which this is run.
    expect("exit status", 2, status)
    expect("current", ["fail"], results["current"])
    for check in ("reach", "health", "releases", "answers", "labels", "admin", "admin-health",
                  "version", "clock", "disk", "audit"):
        expect(check, ["ok"], results[check])
    folder = world.folder("backups")
    expect("no backup", ["fail"],
           doctor(world, watched.address, "--token-file", watched.token_file, "--backups",
                  folder)[1]["backups"])
    done = world.run([world.options.codesetctl, "--data-dir", world.data_dir, "--token-file",
                      watched.token_file, "backup", "create", folder])
    expect("exit status of backup create: " + done.stderr, 0, done.returncode)
    for more in ([], ["--backups", folder]):
        expect("a backup", ["ok"],
               doctor(world, watched.address, "--token-file", watched.token_file,
                      *more)[1]["backups"])
    # Without the token what the admin listener tells is not told.
    _, results = doctor(world, watched.address)
    expect("version", ["fail"], results["version"])


def check_doctor_of_nobody(world):
    status, results = doctor(world, "127.0.0.1:1")
    expect("exit status", 2, status)
    expect("reach", ["fail"], results["reach"])
    expect("admin", ["fail"], results["admin"])


def ask(world, watched):
    """Look-ups that are answered and one that is not, through stubs of the contract."""
    server = programs.server_check.Server(watched.address, world.options.stubs)
    pb2 = server.terminology_pb2
    metadata = (("x-request-id", REQUEST_ID), ("authorization", "Bearer " + watched.token))
    for code, found in (("A00.0", True), ("A00.1", True), ("Z99.99", False)):
        request = pb2.GetConceptRequest(id=code)
        request.release.release = BASE
        try:
            _, call = server.ask_terminology.GetConcept.with_call(
                request, metadata=metadata, timeout=programs.TIMEOUT)
            expect(code, True, found)
            expect("trailing metadata", REQUEST_ID, dict(call.trailing_metadata())["x-request-id"])
        except grpc.RpcError as error:
            expect("%s: %s" % (code, error), False, found)


def check_metrics(watched):
    text = watched.metrics()
    families = {family.name: family for family in parser.text_string_to_metric_families(text)}
    for family in families.values():
        expect("help of " + family.name, True, bool(family.documentation))
        expect("type of " + family.name, True,
               family.type in ("counter", "gauge", "histogram", "summary"))

    def value(family, sample, **labels):
        found = [each.value for each in families[family].samples
                 if each.name == sample and labels.items() <= each.labels.items()]
        expect("samples of %s %s" % (sample, labels), 1, len(found))
        return found[0]

    concept = {"service": "Terminology", "method": "GetConcept"}
    expect("calls", 2, value("codeset_calls", "codeset_calls_total", code="OK", **concept))
    expect("errors", 1, value("codeset_call_errors", "codeset_call_errors_total",
                              reason="CONCEPT_NOT_FOUND", **concept))
    duration = "codeset_call_duration_seconds"
    expect("durations", 3, value(duration, duration + "_count", **concept))
    expect("buckets", 3, value(duration, duration + "_bucket", le="+Inf", **concept))
    buckets = [each.value for each in families[duration].samples
               if each.name == duration + "_bucket" and concept.items() <= each.labels.items()]
    expect("buckets that go up", sorted(buckets), buckets)
    expect("loaded", 1, value("codeset_releases_loaded", "codeset_releases_loaded"))
    expect("overdue", 1, value("codeset_current_overdue", "codeset_current_overdue"))
    expect("a backup", 1, len(families["codeset_backup_last_timestamp_seconds"].samples))
    for name in ("codeset_disk_free_bytes", "process_resident_memory_bytes",
                 "process_start_time_seconds", "codeset_database_generation"):
        expect(name, True, value(name, name) > 0)
    expect("the token in metrics", False, watched.token in text)
    tool = shutil.which("promtool")
    if tool is None:
        return "promtool left out: it is not installed"
    ours = "\n".join(line for line in text.splitlines() if "exposer_" not in line) + "\n"
    done = subprocess.run([tool, "check", "metrics"], input=ours, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=programs.TIMEOUT)
    expect("promtool", (0, ""), (done.returncode, done.stdout))
    return "%d families, promtool included" % len(families)


def check_log(watched):
    expect("exit status", 0, watched.stop())
    calls = [line for line in watched.lines
             if line.get("method") == "Terminology/GetConcept"]
    expect("logged calls", ["OK", "OK", "NOT_FOUND"], [line["code"] for line in calls])
    for line in calls:
        expect("request id", REQUEST_ID, line["request_id"])
        expect("releases", BASE, line["releases"])
        contains("peer", line["peer"], "127.0.0.1:")
    for line in watched.lines:
        expect("fields of %s" % line, True, {"time", "severity", "message"} <= line.keys())
        expect("time", True, bool(re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])))
    expect("the token in the log", False, watched.token in json.dumps(watched.lines))


def main():
    options = programs.options_of(__doc__)
    programs.server_check.generate_stubs(options.protos, options.stubs)
    run = programs.Run()
    with programs.World(options) as world:
        watched = Watched(world)
        try:
            run.check("doctor", check_doctor, world, watched)
            ask(world, watched)
            run.check("metrics", check_metrics, watched)
            run.check("log", check_log, watched)
        finally:
            if watched.process.poll() is None:
                watched.process.kill()
        run.check("doctor of a server that is not there", check_doctor_of_nobody, world)
    print("%d passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
