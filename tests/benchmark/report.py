"""What was measured, as tables in Markdown."""

import os
import platform
import re
import subprocess

import contenders

PACKAGES = ("g++", "libgrpc++-dev", "libprotobuf-dev", "librocksdb-dev", "libabsl-dev",
            "libbenchmark-dev", "redis-server", "libhiredis-dev", "postgresql-15", "libpq-dev",
            "libsqlite3-0")
# From here on the file is written by people, and kept.
BY_HAND = "## What is not reached, and why"


class Row:
    """A line of the table of targets. `bound`: (">=" or "<=", value), None for no target."""

    def __init__(self, what, figure, unit, bound=None):
        self.what, self.figure, self.unit, self.bound = what, figure, unit, bound or None

    def meets(self, value):
        sign, target = self.bound
        return value >= target if sign == ">=" else value <= target

    def verdict(self):
        if self.bound is None or self.figure is None:
            return ""
        if self.meets(self.figure.low) and self.meets(self.figure.high):
            return "yes"
        return "yes, but not all of the interval" if self.meets(self.figure.value) else "**no**"


class Report:
    """Collects rows and tables, and shows them as they come."""

    def __init__(self):
        self.rows, self.tables = [], []

    def row(self, what, figure, unit="", bound=None):
        self.rows.append(Row(what, figure, unit, bound))
        row = self.rows[-1]
        print("%-78s %28s  %s" % (what, shown(figure), row.verdict().strip("*")), flush=True)

    def table(self, title, heads, lines, note=""):
        text = "### %s\n\n%s" % (title, note + "\n\n" if note else "")
        text += "| %s |\n|%s|\n" % (" | ".join(heads), "|".join("---" for _ in heads))
        for line in lines:
            text += "| %s |\n" % " | ".join(str(cell) for cell in line)
        self.tables.append(text)
        print("\n" + text, flush=True)

    def targets(self):
        text = "| what | median (95 % interval) | unit | n | target | reached |\n"
        text += "|---|---|---|---|---|---|\n"
        for row in self.rows:
            sign = {">=": "≥", "<=": "≤"}
            target = "%s %s" % (sign[row.bound[0]], number(row.bound[1])) if row.bound else ""
            count = row.figure.count if row.figure else ""
            text += "| %s | %s | %s | %s | %s | %s |\n" % (
                row.what, shown(row.figure), row.unit, count, target, row.verdict())
        return text


def number(value):
    """Three significant digits, thousands with commas."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return "{:,.0f}".format(value)
    return "%.3g" % value


def shown(figure):
    if figure is None:
        return "not measured"
    if figure.count == 1:
        return number(figure.value)
    return "%s (%s – %s)" % (number(figure.value), number(figure.low), number(figure.high))


def field(path, name):
    """A line `name : value` of a file under /proc."""
    with open(path, encoding="ascii", errors="replace") as file:
        match = re.search(r"^%s\s*:\s*(.+)$" % re.escape(name), file.read(), re.MULTILINE)
    return match.group(1) if match else "unknown"


def output(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout.strip()


def machine():
    memory = int(field("/proc/meminfo", "MemTotal").split()[0]) / 1024 ** 2
    lines = ["%d cores, %s, %.0f GiB of memory, Linux %s" % (
        os.cpu_count(), field("/proc/cpuinfo", "model name"), memory, platform.release())]
    versions = output("dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES)
    lines += versions.splitlines()
    return "\n".join("- " + line for line in lines)


def by_hand(path):
    """What people wrote into the file before."""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if BY_HAND in text:
            return text[text.index(BY_HAND):]
    return BY_HAND + "\n"


def write(path, report, command, options):
    commit = output("git", "-C", os.path.dirname(os.path.abspath(__file__)), "rev-parse",
                    "--short=12", "HEAD")
    text = """# Results

Written by `%s` at commit %s; what each line measures, and how: [README.md](README.md).

## Machine and versions

%s

Redis: `%s`. PostgreSQL: `%s`.

## Targets

Medians of %d interleaved rounds, client and server on the same machine, with the 95 %% interval of
a bootstrap of the median; ratios are of pairs measured in the same round. Release asked: %s.

%s
## Details

%s
""" % (command, commit, machine(),
       " ".join(word or '""' for word in contenders.REDIS_SETTINGS),
       " ".join("-c " + setting for setting in contenders.POSTGRES_SETTINGS), options.pairs,
       options.release, report.targets(), "\n".join(report.tables))
    text += by_hand(path)
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    print("written: " + path)
