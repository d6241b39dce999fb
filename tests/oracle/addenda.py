#!/usr/bin/python3
"""Computes the order addenda between two published releases, naively.

  addenda.py OLD_DIR NEW_DIR           prints them in the publisher's layout
  addenda.py OLD_DIR NEW_DIR --check   holds them against the file in NEW_DIR

With --check the exit status is 1 where the lines differ as a set, or the trailer's
counts differ.
"""

import argparse
import collections
import sys

import naive


def differences(published, lines, counts):
    """What sets a published addenda file (bytes) apart from computed lines and counts,
    as texts; empty where they agree. Edits of white space alone do not matter."""
    changes, trailer = naive.without_white_space_edits(*naive.parse_addenda(published))
    expected = collections.Counter(changes)
    computed = collections.Counter(line.rstrip() for line in lines)
    found = ["only published: " + line for line in expected - computed]
    found += ["only computed:  " + line for line in computed - expected]
    for flag, noun in ((False, "headers"), (True, "codes")):
        if trailer[flag] != counts[flag]:
            found.append("trailer of %s: published %s, computed %s" % (
                noun, trailer[flag], counts[flag]))
    return found


def main():
    parser = argparse.ArgumentParser(description="Computes order addenda naively.")
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    old, new = naive.Release(options.old), naive.Release(options.new)
    lines, counts = naive.addenda(old.rows, new.rows)
    if options.check:
        if new.addenda is None:
            print("%s holds no order addenda" % options.new, file=sys.stderr)
            return 1
        found = differences(new.addenda, lines, counts)
        for difference in found[:20]:
            print(difference, file=sys.stderr)
        print("%s -> %s: %d lines, %d differences" % (old.name, new.name, len(lines), len(found)))
        return 1 if found else 0
    trailer = naive.format_trailer(counts, "icd10cm_order_%s.txt" % old.name,
                                   "icd10cm_order_%s.txt" % new.name)
    for line in lines + trailer:
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
