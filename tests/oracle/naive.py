"""A second, naive reading of ICD-10-CM's published files.

Everything here is written for being obviously right, not for being fast, and
shares nothing with the C++ it is held against: Python's own zip and XML readers,
parents by longest existing prefix, differences by looking every code up in two
dictionaries. Standard library only.
"""

import hashlib
import io
import os
import re
import xml.etree.ElementTree as ET
import zipfile
from collections import namedtuple

# A row of the order file; `number` is the printed order number.
OrderRow = namedtuple("OrderRow", "number code billable short long")
# A section: `id` as first-last, `categories` the codes directly in it, `parent` the
# id of the section it lies directly within or None, `element` the XML element.
Section = namedtuple("Section", "id title categories parent element")
# A chapter: `id` its number, `sections` in document order.
Chapter = namedtuple("Chapter", "id title sections element")

NOTE_KINDS = ("includes", "excludes1", "excludes2", "codeFirst", "codeAlso",
              "useAdditionalCode", "notes", "inclusionTerm")

ORDER_LINE = re.compile(rb"\d{5} [A-Z][0-9A-Z]{2,6} *[ ][01] ")
ADDENDA_LINE = re.compile(rb"(Add:|Delete:|Revise from:|Revise to:) +[01] [A-Z]")


class SourceError(Exception):
    """A published file is not what it should be."""



def read_files(path):
    """All files below `path` with those inside zips: pairs of name and bytes."""
    found = []
    if os.path.isdir(path):
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                found += read_files(os.path.join(folder, name))
        return found
    with open(path, "rb") as file:
        data = file.read()
    return unpack(os.path.basename(path), data)


def unpack(name, data):
    if not data.startswith(b"PK\x03\x04"):
        return [(name, data)]
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        if "[Content_Types].xml" in names:  # A spreadsheet, not an archive.
            return [(name, data)]
        for member in names:
            if not member.endswith("/"):
                found += unpack(name + "/" + member, archive.read(member))
    return found


def kind_of(data):
    """`order`, `addenda`, `tabular` or None, by content alone."""
    if ORDER_LINE.match(data):
        return "order"
    if ADDENDA_LINE.match(data):
        return "addenda"
    if b"<ICD10CM.tabular" in data[:4096]:
        return "tabular"
    # Addenda without a single change are a trailer alone.
    if re.match(rb"\s*Headers\r?\n +\d+ headers in ", data):
        return "addenda"
    return None


def text_of(value):
    """A text value as FORMAT.md writes it."""
    return re.sub("[\t\r\n]", " ", value or "").strip(" ")


def dotted(code):
    return code if len(code) <= 3 else code[:3] + "." + code[3:]


def read_order(data, name="order file"):
    """The rows of an order file; its columns are columns of bytes."""
    rows = []
    for place, line in enumerate(data.split(b"\n"), 1):
        line = line.rstrip(b"\r")
        if not line:
            continue
        if not ORDER_LINE.match(line) or len(line) < 78:
            raise SourceError("%s:%d: not a line of an order file" % (name, place))
        rows.append(OrderRow(int(line[0:5]), line[6:13].decode().strip(), line[14:15] == b"1",
                             text_of(line[16:76].decode("utf-8")),
                             text_of(line[77:].decode("utf-8"))))
    for place, row in enumerate(rows, 1):
        if row.number != place:
            raise SourceError("%s: order number %d in row %d" % (name, row.number, place))
    if len({row.code for row in rows}) != len(rows):
        raise SourceError("%s: a code stands twice" % name)
    return rows


def section_id(xml_id):
    return xml_id if "-" in xml_id else xml_id + "-" + xml_id


def read_chapters(root):
    """Chapters with their sections. The XML lists them flat; those that hold no diag
    contain the sections within their range."""
    chapters = []
    for chapter in root.findall("chapter"):
        ranges = [tuple(section_id(s.get("id")).split("-")) for s in chapter.findall("section")
                  if s.find("diag") is None]
        sections = []
        for element in chapter.findall("section"):
            own = section_id(element.get("id"))
            first, last = own.split("-")
            around = [r for r in ranges
                      if r != (first, last) and r[0] <= first and last <= r[1]]
            # The narrowest: greatest first, then smallest last.
            parent = None
            if around:
                greatest = max(r[0] for r in around)
                parent = "-".join((greatest, min(r[1] for r in around if r[0] == greatest)))
            categories = [code_of(d) for d in element.findall("diag")]
            sections.append(Section(own, text_of(element.findtext("desc")), categories, parent,
                                    element))
        chapters.append(Chapter(text_of(chapter.findtext("name")),
                                text_of(chapter.findtext("desc")), sections, chapter))
    return chapters


def code_of(diag):
    return text_of(diag.findtext("name")).replace(".", "")


class Release:
    """What a folder holds: `rows`, `tabular` (root element or None), `addenda`
    (bytes or None) and `chapters` (empty without XML)."""

    def __init__(self, folder):
        self.name = os.path.basename(os.path.normpath(folder))
        by_kind = {"order": {}, "addenda": {}, "tabular": {}}
        # Pairs of name and bytes, for poa.py.
        self.poa_files = []
        # Spreadsheets and what looks like a conversion table, for conversion.py.
        self.table_files = []
        for name, data in read_files(folder):
            if b"POA" in data[:4096]:
                self.poa_files.append((name, data))
            if data.startswith(b"PK") or b"Previous Code(s) Assignment" in data[:4096]:
                self.table_files.append((name, data))
            kind = kind_of(data)
            if kind:
                by_kind[kind].setdefault(data, name)
        for kind, files in by_kind.items():
            if len(files) > 1:
                raise SourceError("%s holds several different files of kind %s: %s" % (
                    folder, kind, ", ".join(sorted(files.values()))))
        if not by_kind["order"]:
            raise SourceError(folder + " holds no order file")
        ((order, name),) = by_kind["order"].items()
        self.rows = read_order(order, name)
        self.addenda = next(iter(by_kind["addenda"]), None)
        tabular = next(iter(by_kind["tabular"]), None)
        self.tabular = ET.fromstring(tabular) if tabular else None
        self.chapters = read_chapters(self.tabular) if tabular else []

    def by_code(self):
        return {row.code: row for row in self.rows}


def without_spaces(text):
    return "".join(text.split())


def revised(before, after):
    """True if a title differs in more than white space."""
    return (without_spaces(before.short) != without_spaces(after.short) or
            without_spaces(before.long) != without_spaces(after.long))


def titles_revised(before, after):
    """The trailer's class of a revision: `both`, `long` or `short`."""
    short, long = before.short != after.short, before.long != after.long
    return "both" if short and long else "long" if long else "short"


def addenda(old_rows, new_rows):
    """The publisher's addenda from one order file to another: lines without CRLF,
    sorted, and the counts of the trailer by kind of row (False: headers)."""
    old = {row.code: row for row in old_rows}
    new = {row.code: row for row in new_rows}
    lines = []
    counts = {flag: dict(old=sum(r.billable is flag for r in old_rows),
                         new=sum(r.billable is flag for r in new_rows),
                         additions=0, deletions=0, revisions=0, both=0, long=0, short=0)
              for flag in (False, True)}

    def line(word, row):
        lines.append("%-13s%d %-7s %-60s %s" % (word, row.billable, row.code, row.short, row.long))

    for code in sorted(set(old) | set(new)):
        before, after = old.get(code), new.get(code)
        if before and after and before.billable == after.billable:
            # Edits of white space alone are no revision to the publisher, but what else is
            # revised counts as a revision of every title that differs at all.
            if revised(before, after):
                line("Revise from:", before)
                line("Revise to:", after)
                count = counts[after.billable]
                count["revisions"] += 1
                count[titles_revised(before, after)] += 1
            continue
        if before:
            line("Delete:", before)
            counts[before.billable]["deletions"] += 1
        if after:
            line("Add:", after)
            counts[after.billable]["additions"] += 1
    return lines, counts


def format_trailer(counts, old_name, new_name):
    """The trailer's lines."""
    lines = []
    for flag, title, noun in ((False, "Headers", "headers"), (True, "Codes", "codes")):
        count = counts[flag]
        lines += ["", title, "%7d %s in %s" % (count["old"], noun, old_name),
                  "%7d %s in %s" % (count["new"], noun, new_name),
                  "%7d additions" % count["additions"], "%7d deletions" % count["deletions"],
                  "%7d revisions" % count["revisions"], "of which",
                  "%7d revisions to both long and short titles" % count["both"],
                  "%7d revisions to long title only" % count["long"],
                  "%7d revisions to short title only" % count["short"]]
    return lines


def parse_addenda(data):
    """The change lines of an addenda file, stripped at the right, and the numbers of
    its trailer by kind of row (False: headers), named as `addenda` names them."""
    names = ("old", "new", "additions", "deletions", "revisions", "both", "long", "short")
    changes, trailer, numbers = [], {False: {}, True: {}}, None
    for line in data.decode("utf-8").split("\n"):
        line = line.rstrip()
        if re.match(r"(Add|Delete|Revise from|Revise to):", line):
            changes.append(line)
        elif line in ("Headers", "Codes"):
            numbers = trailer[line == "Codes"]
        elif re.match(r" *\d+ \w", line) and len(numbers) < len(names):
            # Some years print the last line of a block twice.
            numbers[names[len(numbers)]] = int(line.split()[0])
    return changes, trailer


def without_white_space_edits(changes, trailer):
    """Drops revisions of white space alone, which the publisher lists in some years and
    not in others, and takes them off the trailer's numbers."""
    kept, dropped = [], []
    before = None
    for line in changes:
        if line.startswith("Revise from:"):
            before = line
            continue
        if line.startswith("Revise to:"):
            if without_spaces(before[13:]) == without_spaces(line[13:]):
                dropped.append((before, line))
            else:
                kept += [before, line]
            continue
        kept.append(line)
    numbers = {flag: dict(trailer[flag]) for flag in trailer}
    for before, after in dropped:
        short, long = before[23:83] != after[23:83], before[84:] != after[84:]
        count = numbers[after[13] == "1"]
        count["revisions"] -= 1
        count["both" if short and long else "long" if long else "short"] -= 1
    return kept, numbers


def generated_codes(root):
    """The rows that a tabular list generates: pairs of code and billable flag, in
    document order. A leaf takes the 7th characters of the nearest definition above,
    padded with X; without a definition it is billable itself. S06's rule in prose (no
    D or S where the 6th character is 7 or 8) is not applied."""
    rows = []

    def walk(diag, characters):
        own = [e.get("char") for d in diag.findall("sevenChrDef") for e in d.findall("extension")]
        characters = own or characters
        code = code_of(diag)
        below = diag.findall("diag")
        extended = not below and characters and len(code) < 7
        rows.append((code, not below and not extended))
        for child in below:
            walk(child, characters)
        if extended:
            rows.extend((code.ljust(6, "X") + character, True) for character in characters)

    for section in root.iter("section"):
        for diag in section.findall("diag"):
            walk(diag, [])
    return rows


def sha256(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
