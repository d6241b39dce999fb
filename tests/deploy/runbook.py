#!/usr/bin/python3
"""Holds deploy/RUNBOOK.md against what it tells of.

  runbook.py --codesetd PATH --codesetctl PATH [--sources DIR]

Every reason of error.proto, every metric that server/ names and every alert of the rules has its
place in it, and it has none that is not there; every alert is tried by promtool's tests; every
command of codesetd and codesetctl that it, the README, the manifests and the units type has these
sub-commands and flags, by `--help`; every link and reference to a heading leads somewhere.
"""

import argparse
import functools
import os
import re
import shlex
import subprocess
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
DEPLOY = os.path.join(ROOT, "deploy")
RUNBOOK = os.path.join(DEPLOY, "RUNBOOK.md")
METRIC = r"(?:codeset|process|exposer)_[a-z0-9_]+"
# Of the library that serves them, not of our sources.
OF_THE_LIBRARY = {"exposer_transferred_bytes_total", "exposer_scrapes_total",
                  "exposer_request_latencies"}
# What PromQL and the library put behind a histogram's name.
SUFFIXES = ("_bucket", "_sum", "_count")
PROGRAMS = ("codesetd", "codesetctl")
# For these codesetd is a target, or a unit.
OTHERS = {"cmake", "coredumpctl", "journalctl", "systemctl"}


def read(*parts):
    with open(os.path.join(*parts)) as file:
        return file.read()


def section(text, heading):
    """What stands under a heading of level 2."""
    return re.search(r"^## %s\n(.*?)(?=^## |\Z)" % heading, text, re.MULTILINE | re.DOTALL).group(1)


def compare(what, expected, found):
    for name in sorted(expected - found):
        yield "%s %s is not in RUNBOOK.md" % (what, name)
    for name in sorted(found - expected):
        yield "%s %s is in RUNBOOK.md, and nowhere else" % (what, name)


def check_reasons(runbook, options):
    proto = read(options.sources, "proto/codeset/v1/error.proto")
    reasons = set(re.findall(r"^  ERROR_REASON_(\w+) = [1-9]", proto, re.MULTILINE))
    rows = re.findall(r"^\| `([A-Z_]+)` \|", section(runbook, "Error reasons"), re.MULTILINE)
    yield from compare("reason", reasons, set(rows))
    if len(reasons) < 40 or len(rows) != len(set(rows)):
        yield "%d reasons were read, %d rows" % (len(reasons), len(rows))


def metrics_of(sources):
    """What server/ names. A word ends a name, so that labels and fields are none."""
    names = set()
    for name in os.listdir(os.path.join(sources, "server")):
        if name.endswith(".cc"):
            names |= set(re.findall(r'"((?:codeset|process)_[a-z0-9_]+)"',
                                    read(sources, "server", name)))
    return names


def rules():
    groups = yaml.safe_load(read(DEPLOY, "prometheus-alerts.yaml"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def check_metrics(runbook, options):
    metrics = metrics_of(options.sources)
    rows = [re.findall(METRIC, line.split("|")[1])
            for line in section(runbook, "Metrics").splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in row}
    yield from compare("metric", metrics | OF_THE_LIBRARY, told)
    if not metrics:
        yield "server/ names no metrics"
    for rule in rules():
        for name in re.findall(r"\b(?:codeset|process)_\w+", rule["expr"]):
            for suffix in SUFFIXES:
                name = name[:-len(suffix)] if name.endswith(suffix) else name
            if name not in metrics:
                yield "%s asks for %s, which no server has" % (rule["alert"], name)


def check_alerts(runbook, options):
    alerts = {rule["alert"] for rule in rules()}
    headings = re.findall(r"^### (Codeset\w+)$", section(runbook, "Alerts"), re.MULTILINE)
    yield from compare("alert", alerts, set(headings))
    tests = [test for name in ("alerts_test.yaml", "alerts_long_test.yaml")
             for group in yaml.safe_load(read(HERE, name))["tests"]
             for test in group["alert_rule_test"]]
    for expected, what in ((True, "fires"), (False, "is quiet")):
        tried = {test["alertname"] for test in tests if bool(test["exp_alerts"]) == expected}
        for name in sorted(alerts - tried):
            yield "no test has %s where it %s" % (name, what)
    for rule in rules():
        row = re.search(r"### %s\n\n\*(\w+)\.?\*" % rule["alert"], runbook)
        if row is None or row.group(1) != rule["labels"]["severity"]:
            yield "RUNBOOK.md does not say that %s is %s" % (rule["alert"], rule["labels"]["severity"])
    mentioned = set(re.findall(r"\bCodeset[A-Z]\w+", runbook))
    yield from ("RUNBOOK.md mentions %s" % name for name in sorted(mentioned - alerts))


def check_links(runbook, options):
    headings = {re.sub(r"[^\w -]", "", line).lower().replace(" ", "-")
                for line in re.findall(r"^#+ (.*)$", runbook, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", runbook):
        if target.startswith("#"):
            if target[1:] not in headings:
                yield "RUNBOOK.md: no heading %s" % target
        elif not os.path.exists(os.path.join(DEPLOY, target)):
            yield "RUNBOOK.md: no file %s" % target


class Help:
    """What --help tells of a program's commands."""

    def __init__(self, options):
        self.paths = {"codesetd": options.codesetd, "codesetctl": options.codesetctl}

    @functools.lru_cache(None)
    def of(self, *words):
        done = subprocess.run([self.paths[words[0]], *words[1:], "--help"], text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60)
        flags = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*|-[a-z])\b", done.stdout))
        _, _, names = done.stdout.partition("\nSubcommands:\n")
        commands = set(re.findall(r"^  ([a-z-]+)", names.split("\n\n")[0], re.MULTILINE))
        return flags, commands

    def faults(self, words):
        """What is wrong with a command line."""
        flags, commands = self.of(words[0])
        path, known = [words[0]], set(flags)
        for word in words[1:]:
            if word.startswith("-"):
                flag = word.split("=")[0]
                if flag not in known:
                    yield "%s has no %s" % (" ".join(path), flag)
            elif commands and word in commands:
                path.append(word)
                flags, commands = self.of(*path)
                known |= flags
        if commands and not {"--help", "--version"} & set(words):
            yield "%s: no sub-command" % " ".join(words)


def lines_of(text):
    """The lines of code of a document: blocks without their comments, and what stands in line."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from re.sub(r"\\\n\s*", " ", block).splitlines()
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from (line.replace("\n", " ") for line in re.findall(r"`([^`]+)`", outside))


def commands_in(line):
    """The command lines of our programs in a line of shell."""
    for part in re.split(r"\s&&\s|\|\||;|\s\|\s|\$\(|\)|>>?", re.sub(r"\s#.*", "", line)):
        try:
            words = shlex.split(part)
        except ValueError:
            continue
        if OTHERS & set(words):
            continue
        for place, word in enumerate(words):
            name = os.path.basename(word)
            if name in PROGRAMS and "=" not in word:
                following = [one for one in words[place + 1:] if not one.startswith("$")]
                if following and following[0] not in ("…", "--") and following[0] != "is":
                    yield [name, *following]
                break


def texts():
    """What types commands: documents by their code, units by ExecStart, manifests by their words."""
    for name in ("deploy/RUNBOOK.md", "deploy/kubernetes/README.md", "README.md"):
        path = os.path.join(ROOT, name)
        if os.path.exists(path):
            yield from ((name, line) for line in lines_of(read(path)))
    for name in ("codesetd.service", "codeset-backup.service", "codesetd.env"):
        for line in read(DEPLOY, "systemd", name).splitlines():
            key, _, value = line.partition("=")
            if key.startswith("Exec"):
                yield name, value
            elif key == "CODESETD_OPTIONS":
                yield name, "codesetd serve " + value


def check_commands(runbook, options):
    helps = Help(options)
    count = 0
    for name, line in texts():
        # Names of programs in prose, and what the terminal printed, are none.
        if re.match(r"^(codesetd|codesetctl)[:.]", line) or not re.search(r"codeset(d|ctl)\s", line):
            continue
        for words in commands_in(line):
            count += 1
            yield from ("%s: %s: %s" % (name, line.strip(), fault) for fault in helps.faults(words))
    if count < 60:
        yield "only %d commands were found" % count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--codesetd", required=True)
    parser.add_argument("--codesetctl", required=True)
    parser.add_argument("--sources", default=ROOT, help="where proto/ and server/ are")
    options = parser.parse_args()
    runbook = read(RUNBOOK)
    failed = 0
    checks = (check_reasons, check_metrics, check_alerts, check_links, check_commands)
    for check in checks:
        found = list(check(runbook, options))
        failed += bool(found)
        print("%s %s" % ("FAILED" if found else "ok", check.__name__[6:]))
        print("".join("  %s\n" % one for one in found), end="")
    print("%d checks passed, %d failed" % (len(checks) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
