#!/usr/bin/python3
"""Holds CompareAllEffective against a naive comparison of published files, code by code.

  effective.py --dump PATH [--releases DIR] [--pairs A:B …]

For every code of the older release, billable or not, this reads for itself what applies to it in
both: order facts, parent, notes with their origin, 7th characters, the tabular list's own facts,
POA exemption, rows of the conversion table. `--dump` is the program effective_dump, which prints
what the C++ finds; not a change more or less may come. Then it prints how many billable codes are
stale, by what. Without the published releases the exit status is 77 (skipped).
"""

import argparse
import os
import subprocess
import sys
from bisect import bisect_left
from collections import Counter, defaultdict

import conversion
import naive
import note_release
import official

PAIRS = (("2016", "2017"), ("2021", "2021-01"), ("2021-01", "2023"))
EXCLUDES = ("excludes1", "excludes2")
# Billable codes to which something else applies, those that are gone, and those of the first that
# are headers now; and what the issue that asked for this counted by hand (see `issue_count`). The
# others were counted by this program, and by none of what it is held against.
KNOWN = {"2016:2017": (13575, 183, 128, 9349), "2021:2021-01": (2, 0, 1, 2),
         "2021-01:2023": (7555, 269, 51, 7768)}


class Release(note_release.Release):
    """A release with what applies to each of its codes."""

    def __init__(self, folder):
        super().__init__(folder)
        self.name = self.files.name
        self.has_tabular = self.files.tabular is not None
        self.exempt = self.view.exempt
        self.table = conversion.read_table(self.files.table_files)

    def applied(self, id):
        """The notes that apply, nearest first: triples of origin, kind and groups."""
        found = []
        for origin in self.above[id]:
            for place, (kind, groups) in enumerate(self.facts[origin].containers):
                if kind == "inclusionTerm" and origin != id:
                    continue
                if kind in EXCLUDES:
                    groups = self.remaining(id, origin, place, groups)
                if groups:
                    found.append((origin, kind, groups))
        return found

    def remaining(self, id, origin, place, groups):
        """What is left of an Excludes for the concept."""
        left = []
        for (heading, items), found in zip(groups, self.references[origin][place]):
            named = {item for item, reference in found if self.match(reference, id)}
            items = tuple(item for number, item in enumerate(items) if number not in named)
            if items and None not in named:
                left.append((heading, items))
        return tuple(left)

    def seventh(self, id):
        """The origin and the definition of 7th characters; None and None."""
        for origin in self.above[id]:
            definition = self.facts[origin].seventh
            if definition and definition[1]:
                return origin, definition
        return None, None

    def terms_above(self, id):
        """Inclusion terms of what the concept lies under, which do not apply to it."""
        return {(origin, container) for origin in self.above[id] if origin != id
                for container in self.facts[origin].containers if container[0] == "inclusionTerm"}

    def wide_sections(self):
        """Sections that contain sections."""
        return {node.parent for node in self.nodes.values()
                if node.kind == "SECTION" and self.nodes[node.parent].kind == "SECTION"}

    def parent(self, id):
        """Parent where it is a code, parent where it is not."""
        parent = self.nodes[id].parent
        if parent is None:
            return None, None
        return (parent, None) if self.nodes[parent].row else (None, parent)

    def rows_naming(self):
        """By code the rows of the table that name it, by the way codes are written."""
        naming, ordered = defaultdict(set), sorted(self.codes)
        for row in self.table:
            content = (row.code, str(row.date), row.previous)
            naming[row.code].add(content)
            for first, last in conversion.terms_of(row.previous) or ():
                below = last is None or last == first
                # No others can be meant: `~` is greater than whatever a code has.
                end = (first if below else last) + "~"
                for code in ordered[bisect_left(ordered, first):bisect_left(ordered, end)]:
                    if code.startswith(first) if below else within(code, first, last):
                        naming[code].add(content)
        return naming


def within(code, first, last):
    if len(first) == 7 and len(last) == 7 and first[6] == last[6]:
        if len(code) != 7 or code[6] != first[6]:
            return False
    return first <= code and (code <= last or code.startswith(last))


def merged(a, b):
    """The origins of both, nearest first."""
    found, left = [], list(b)
    for origin in a:
        if origin not in b:
            found.append(origin)
        else:
            while origin in left:
                found.append(left.pop(0))
    return found + left


def note_origins(a, b, origins):
    """Of notes that apply in two releases, the origins of which others do."""
    if [note[1:] for note in a] == [note[1:] for note in b]:
        return []
    of = lambda notes, origin: [note[1:] for note in notes if note[0] == origin]
    found = [origin for origin in origins if of(a, origin) != of(b, origin)]
    return found or [next(y[0] for x, y in zip(a, b) if x[0] != y[0])]


def compare_tabular(old, new, id, changes):
    if old.parent(id)[1] != new.parent(id)[1]:
        changes.add(("tabular", "PARENT", "own", id))
    if old.view.facts[id].other != new.view.facts[id].other:
        changes.add(("tabular", "TABULAR_OTHER", "own", id))
    origins = merged(old.above[id], new.above[id])
    seventh = [release.seventh(id) for release in (old, new)]
    if seventh[0][1] != seventh[1][1]:
        origin = seventh[1][0] or seventh[0][0]
        changes.add(("tabular", "SEVENTH_CHARACTERS", level(origin, id), origin))
    for origin in note_origins(old.applied(id), new.applied(id), origins):
        changes.add(("tabular", "NOTES", level(origin, id), origin))


def level(origin, id):
    return "own" if origin == id else "inherited"


def compare(old, new, id, naming):
    """The changes of one code that both have."""
    changes = set()
    a, b = old.nodes[id].row, new.nodes[id].row
    for facet, before, after in (("BILLABLE", a.billable, b.billable), ("TITLE", a.long, b.long),
                                 ("SHORT_TITLE", a.short, b.short),
                                 ("PARENT", old.parent(id)[0], new.parent(id)[0])):
        if before != after:
            changes.add(("order", facet, "own", id))
    compare_tabular(old, new, id, changes)
    if None not in (old.exempt, new.exempt):
        if (a.billable and a.code in old.exempt) != (b.billable and b.code in new.exempt):
            changes.add(("poa", "POA_EXEMPTION", "own", id))
    if naming and naming[0].get(a.code) != naming[1].get(a.code):
        changes.add(("conversion", "-", "own", id))
    return changes


def expected(old, new):
    """Lines as effective_dump prints them."""
    naming = None
    if old.table is not None and new.table is not None:
        naming = old.rows_naming(), new.rows_naming()
    lines = set()
    for code in old.codes:
        id = naive.dotted(code)
        if id not in new.nodes:
            lines.add((code, "gone"))
            continue
        if old.view.billable(id) and not new.view.billable(id):
            lines.add((code, "now-header"))
        lines |= {(code,) + change[:3] + (change[3].replace(".", ""),)
                  for change in compare(old, new, id, naming)}
    return lines


def dumped(dump, releases, old, new):
    told = subprocess.run([dump, releases, old, new], check=True, stdout=subprocess.PIPE)
    lines = [tuple(line.split(" ")) for line in told.stdout.decode().splitlines()]
    if len(lines) != len(set(lines)):
        raise naive.SourceError("a change comes twice")
    return set(lines)


def tell(old, lines):
    """How many billable codes are stale, by what."""
    by_what, codes = defaultdict(set), defaultdict(set)
    for code, *what in lines:
        if not old.view.billable(naive.dotted(code)):
            continue
        codes["gone" if what == ["gone"] else "now-header" if what == ["now-header"] else
              "stale"].add(code)
        if len(what) > 1:
            by_what[" ".join(what[:3])].add(code)
    for what in sorted(by_what):
        print("    %6d %s" % (len(by_what[what]), what))
    origins = Counter(line[4] + " " + line[2] for line in lines if len(line) > 3 and
                      line[3] == "inherited" and old.view.billable(naive.dotted(line[0])))
    print("    most by: " + (", ".join("%s (%d)" % one for one in origins.most_common(6)) or "none"))
    return tuple(len(codes[what]) for what in ("stale", "gone", "now-header"))


def issue_count(old, new, lines):
    """What the issue counted as stale: by order facts, notes and 7th characters alone; not by what
    stands on wide sections; by inclusion terms of what a code lies under as well; gone codes too."""
    wide = old.wide_sections() | new.wide_sections()
    codes = {line[0] for line in lines if line[1] == "gone" or line[1] == "order" or
             line[2:3] in (("NOTES",), ("SEVENTH_CHARACTERS",)) and line[4] not in wide}
    for code in old.codes:
        id = naive.dotted(code)
        if id in new.nodes and old.terms_above(id) != new.terms_above(id):
            codes.add(code)
    return sum(old.view.billable(naive.dotted(code)) for code in codes)


def main():
    parser = argparse.ArgumentParser(description="Compares what applies to codes.")
    parser.add_argument("--dump", required=True, help="the program effective_dump")
    parser.add_argument("--releases", default=official.official_releases())
    parser.add_argument("--pairs", nargs="*", default=["%s:%s" % pair for pair in PAIRS])
    options = parser.parse_args()
    if not options.releases:
        return official.skipped()
    releases, failed = {}, 0
    for pair in options.pairs:
        ids = pair.split(":")
        for id in ids:
            if id not in releases:
                releases[id] = Release(os.path.join(options.releases, id))
        old, new = (releases[id] for id in ids)
        ours, theirs = expected(old, new), dumped(options.dump, options.releases, *ids)
        print("%s to %s: %d lines" % (old.name, new.name, len(ours)))
        for what, lines in (("missing", ours - theirs), ("too many", theirs - ours)):
            if lines:
                failed += 1
                print("  %d %s: %s" % (len(lines), what, sorted(lines)[:5]))
        counts = tell(old, ours) + (issue_count(old, new, ours),)
        print("  billable: %d stale, %d gone, %d now headers; as the issue counts %d" % counts)
        if counts != KNOWN.get(pair, counts):
            failed += 1
            print("  known are %d, %d, %d; %d" % KNOWN[pair])
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
