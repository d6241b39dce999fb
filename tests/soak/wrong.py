"""Spoils the tables that prepare.py has written, each way in one place.

A soak against spoiled tables must report wrong answers: so the self test (self_test.py) knows
that each comparison can fail. What is spoiled is the oracle and not the server, which comes to
the same: the two no longer agree.
"""

import os

# Cells of a line that begins with `concept`.
KIND, PARENT, BILLABLE, NUMBER, SHORT, TITLE = 2, 3, 7, 8, 9, 10
TABULAR_TITLE, NOTES, SEVENTH = 11, 13, 14


def read(folder, id):
    with open(os.path.join(folder, id + ".tsv"), encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file]


def write(folder, id, lines):
    with open(os.path.join(folder, id + ".tsv"), "w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write("\t".join(line) + "\n")


def first(lines, wanted):
    """The first concept for which `wanted` holds."""
    return next(line for line in lines if line[0] == "concept" and wanted(line))


def is_code(line):
    return line[KIND] == "CODE" and line[BILLABLE] == "1"


def title(lines):
    line = first(lines, is_code)
    line[TITLE] += "."
    return "title of " + line[1]


def short_title(lines):
    line = first(lines, is_code)
    line[SHORT] = line[SHORT].lower()
    return "short title of " + line[1]


def flag(lines):
    line = first(lines, is_code)
    line[BILLABLE] = "0"
    return "flag of " + line[1]


def order(lines):
    line = first(lines, is_code)
    line[NUMBER] = str(int(line[NUMBER]) + 1)
    return "order number of " + line[1]


def parent(lines):
    """A code under its category's section: the category loses a child, the section gains one."""
    line = first(lines, lambda one: is_code(one) and len(one[1]) == 5)
    line[PARENT] = first(lines, lambda one: one[1] == line[PARENT])[PARENT]
    return "parent of " + line[1]


def notes(lines):
    line = first(lines, lambda one: one[NOTES])
    line[NOTES] += ", or so"
    return "notes of " + line[1]


def missing(lines):
    line = first(lines, lambda one: is_code(one) and len(one[1]) == 5)
    lines.remove(line)
    return line[1] + " is missing"


def exempt(lines):
    line = next(line for line in lines if line[0] == "exempt")
    lines.remove(line)
    return "exemption of " + line[1]


def release_fingerprint(lines):
    lines[0][3] = lines[0][3][::-1]
    return "fingerprint"


# What is changed in the table of the first release.
ONE_RELEASE = {"title": title, "short_title": short_title, "flag": flag, "order": order,
               "parent": parent, "notes": notes, "missing": missing, "exempt": exempt,
               "fingerprint": release_fingerprint}


def swap(folder, ids):
    """The content of the first two releases under each other's ids."""
    one, two = (read(folder, id) for id in ids[:2])
    one[0][1:3], two[0][1:3] = two[0][1:3], one[0][1:3]
    write(folder, ids[0], two)
    write(folder, ids[1], one)
    return "%s and %s have changed places" % tuple(ids[:2])


def dates(folder, ids):
    """The first release takes effect a day late, by its table and by the list of editions."""
    lines = read(folder, ids[0])
    lines[0][2] = lines[0][2][:-1] + "2"
    write(folder, ids[0], lines)
    editions = read(folder, "editions")
    for line in editions:
        if line[0] == ids[0]:
            line[1] = lines[0][2]
    write(folder, "editions", editions)
    return "%s takes effect on %s" % (ids[0], lines[0][2])


ALL_RELEASES = {"swap": swap, "dates": dates}
WAYS = {**ONE_RELEASE, **ALL_RELEASES}


def spoil(folder, ids, way):
    """Spoils one thing; says what."""
    if way in ALL_RELEASES:
        return ALL_RELEASES[way](folder, ids)
    lines = read(folder, ids[0])
    what = ONE_RELEASE[way](lines)
    write(folder, ids[0], lines)
    return "%s of %s" % (what, ids[0])
