#!/usr/bin/python3
"""Reads a portable file by storage/FORMAT.md §4 alone, and recomputes what it says.

  portable.py FILE...

One JSON object a release: file, id, day, the fingerprint of each facet group and the release's,
what is on loan, and counts of the pages. Everything that the section has a reader refuse is
refused with SystemExit. Shares no code with the server.
"""

import hashlib
import json
import sys
from collections import namedtuple

import fingerprint
import poa

GROUPS = ("order", "tabular", "poa", "conversion")
Row = namedtuple("Row", "code billable short long")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def refuse(why):
    raise SystemExit("refused: " + why)


def text_of(data, what):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        refuse(what + " is no UTF-8")


class Reader:
    """Lines and runs of bytes, one after another."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def line(self):
        end = self.data.find(b"\n", self.at)
        if end < 0:
            refuse("a line does not end")
        line, self.at = self.data[self.at:end], end + 1
        if len(line) > 400:
            refuse("a line of over 400 bytes")
        return text_of(line, "a line").split("\t")

    def run(self, length):
        if not length.isdigit() or length != str(int(length)):
            refuse("a length that is no number, or with leading zeros")
        if int(length) > 16 << 20:
            refuse("a description or page of over 16 MiB")
        run = self.data[self.at:self.at + int(length)]
        if len(run) != int(length):
            refuse("truncated")
        self.at += int(length)
        return run


def in_line(release):
    """What releases are sorted by: first day, number of the correction, id."""
    _, dot, correction = release["id"].partition(".")
    return release["day"], int(correction) if dot else 0, release["id"]


def read(path):
    """The releases of a file and its pages, by group and digest."""
    with open(path, "rb") as file:
        data = file.read()
    reader = Reader(data)
    first = reader.line()
    if not first[0].startswith("codeset-portable "):
        refuse("no portable file")
    if first != ["codeset-portable 1"]:
        refuse("another version: " + first[0][len("codeset-portable "):])
    releases, line = [], reader.line()
    while line[0] == "release":
        release = {"id": line[1], "day": line[2], "fingerprint": line[3], "groups": {}}
        line = reader.line()
        while line[0] == "group":
            release["groups"][line[1]] = line[2]
            if list(release["groups"]) != [group for group in GROUPS if group in release["groups"]]:
                refuse("the groups of %s in another order" % release["id"])
            line = reader.line()
        for loan in ("structure", "poa"):
            if line[0] == loan:
                release[loan] = line[1:]
                line = reader.line()
        if line[0] != "description" or len(line) != 2:
            refuse("no description")
        reader.run(line[1])
        if reader.run("1") != b"\n":
            refuse("the description does not end")
        if releases and in_line(releases[-1]) >= in_line(release):
            refuse("release %s is not after %s" % (release["id"], releases[-1]["id"]))
        releases.append(release)
        line = reader.line()
    if not 1 <= len(releases) <= 1000 or len({release["id"] for release in releases}) < len(
            releases):
        refuse("no release, over 1,000, or one twice")
    pages, last = {}, None
    while line[0] == "page":
        group, digest = line[1], line[2]
        place = (GROUPS.index(group), digest)
        if last is not None and place <= last:
            refuse("pages out of order")
        last = place
        text = reader.run(line[3])
        if sha256(text) != digest:
            refuse("page %s of %s has another digest" % (digest, group))
        pages[group, digest] = text_of(text, "the page " + digest)
        line = reader.line()
    before = data[:data.rfind(b"end\t")]
    if line[0] != "end" or sha256(before) != line[1] or reader.at != len(data):
        refuse("a wrong end")
    return releases, pages


def children(group, name, text):
    """What a page names: pairs of the name that the page has, and its digest."""
    found = []
    for line in text.split("\n")[1:-1]:
        fields = line.split("\t")
        if group == "tabular":
            if fields[0] in ("chapter", "section", "category") and len(fields) == 3:
                found.append(("%s %s %s" % (group, fields[0], fields[1]), fields[2]))
        else:
            kind = "block" if name.endswith(" root") else "category"
            found.append(("%s %s %s" % (group, kind, fields[0]), fields[1]))
    return found


def walk(group, root, pages, used, structure=False):
    """All pages below a root, each with what it is about, in the order of the lines."""
    def visit(name, digest, depth=0):
        if depth > 32:
            refuse("sections nested deeper than 32")
        text = pages.get((group, digest))
        if text is None:
            refuse("the page of %s is missing" % name)
        if not text.startswith("codeset/1 %s\n" % name):
            refuse("the page of %s is about something else" % name)
        used.add((group, digest))
        yield name, text
        if " category " in name:
            return
        named = children(group, name, text)
        if len({digest for _, digest in named}) < len(named):
            refuse("the page of %s names another twice" % name)
        for child, below in named:
            if " category " not in child and namers.setdefault(below, digest) != digest:
                refuse("the page of %s is named by two" % child)
            if not (structure and " category " in child):
                yield from visit(child, below, depth + 1)
    namers = {}
    yield from visit(group + " root", root)


def lines_of(found, start):
    """The lines of all categories among the pages, without the first."""
    return [line for name, text in found if name.startswith(start)
            for line in text.split("\n")[1:-1]]


def check_categories(group, found):
    """What lines of a category's page must be, that no digest shows."""
    numbers = set()
    for name, text in found:
        if not name.startswith(group + " category "):
            continue
        category, lines = name.split(" ")[2], text.split("\n")[1:-1]
        if group == "tabular":
            diags = [line.split("\t")[1] for line in lines if line.startswith("diag\t")]
            own = diags[:1] == [category]
        elif group == "conversion":
            fields = [line.split("\t") for line in lines]
            own = all(row[1].replace(".", "").startswith(category) for row in fields)
            rows = [row[0] for row in fields]
            if len(set(rows)) < len(rows) or numbers & set(rows):
                refuse("two conversion rows of one number")
            numbers.update(rows)
        else:
            codes = [line.split("\t")[0] for line in lines]
            own = all(code.startswith(category) for code in codes)
            if group == "poa" and codes != sorted(set(codes)):
                refuse("POA codes out of byte order, or one twice")
        if not own:
            refuse("the page of %s has what is of another category" % name)


def describe(release, pages, used):
    """What a release's pages come to."""
    groups = release["groups"]
    found = {group: list(walk(group, root, pages, used)) for group, root in groups.items()}
    for group in groups:
        check_categories(group, found[group])
    if "poa" in groups and release.get("poa") != [release["id"], groups["poa"]]:
        refuse("release %s has a POA list, and another in force" % release["id"])
    if "structure" in release:
        if "tabular" in groups:
            refuse("structure on loan and a tabular list")
        list(walk("tabular", release["structure"][1], pages, used, structure=True))
    if "poa" in release:
        list(walk("poa", release["poa"][1], pages, used))
    whole = sha256(("codeset/1 release\n" + "".join(
        "%s\t%s\n" % (group, groups[group]) for group in GROUPS if group in groups)).encode())
    if whole != release["fingerprint"]:
        refuse("release %s has another fingerprint" % release["id"])
    # Once more, from what the pages say: rows and codes are put into pages anew.
    rows = [Row(code, int(flag), short, long) for code, flag, short, long in
            (line.split("\t") for line in lines_of(found["order"], "order category "))]
    again, categories = fingerprint.order_fingerprint(rows)
    if again != groups["order"]:
        refuse("the order group of %s is not canonical" % release["id"])
    exempt = lines_of(found.get("poa", []), "poa category ")
    if "poa" in groups and poa.poa_fingerprint(set(exempt), fingerprint.page) != groups["poa"]:
        refuse("the POA group of %s is not canonical" % release["id"])
    tabular = found.get("tabular", [])
    return {
        "id": release["id"],
        "day": release["day"],
        "fingerprints": groups,
        "release": whole,
        "structure": release.get("structure", [""])[0],
        "poa": release.get("poa", [""])[0],
        "counts": {
            "order_rows": len(rows),
            "billable": sum(row.billable for row in rows),
            "diags": sum(line.startswith("diag\t")
                         for line in lines_of(tabular, "tabular category ")),
            "categories": categories,
            "chapters": sum(name.startswith("tabular chapter ") for name, _ in tabular),
            "sections": sum(name.startswith("tabular section ") for name, _ in tabular),
            "poa_exempt": len(exempt),
            "conversion_rows": len(lines_of(found.get("conversion", []), "conversion category ")),
        },
    }


def releases_of(path):
    """All that a file says, proved."""
    releases, pages = read(path)
    used = set()
    described = [describe(release, pages, used) for release in releases]
    if used != set(pages):
        refuse("%d pages are needed by no release" % len(set(pages) - used))
    return described


def main(paths):
    if not paths:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    for path in paths:
        for release in releases_of(path):
            print(json.dumps(dict(release, file=path)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
