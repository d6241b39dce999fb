"""Conversion tables, read naively.

Shares no code with the server; storage/FORMAT.md §1.4 is followed by
`conversion_fingerprint`.
"""

import csv
import datetime
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections import namedtuple

import naive

# A row: its number in the sheet or the line it begins at, the code without dot, the cells of
# current and previous codes, the first day.
Row = namedtuple("Row", "number code current date previous")

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HEADING = "Current code assignment"
# `AND` between codes is no category.
CODE = r"(?!AND\b)[A-Z][0-9A-Z]{2}(?:\.[0-9A-Z]{1,4})?"


def sheet_rows(data):
    """Rows of a spreadsheet's first sheet: pairs of number and cells by column letter."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "xl/worksheets/sheet1.xml" not in archive.namelist():
            return []
        strings = []
        if "xl/sharedStrings.xml" in archive.namelist():
            root = ET.fromstring(archive.read("xl/sharedStrings.xml"))
            strings = ["".join(t.text or "" for t in item.iter(MAIN + "t"))
                       for item in root.findall(MAIN + "si")]
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    rows = []
    for element in sheet.iter(MAIN + "row"):
        cells = {}
        for cell in element.findall(MAIN + "c"):
            value = cell.find(MAIN + "v")
            if value is not None:
                shared = cell.get("t") == "s"
                cells[cell.get("r").strip("0123456789")] = (
                    strings[int(value.text)] if shared else value.text)
        rows.append((int(element.get("r")), [cells.get(column, "") for column in "ABC"]))
    return rows


def csv_rows(data):
    """Rows of comma-separated values: pairs of the line they begin at and cells."""
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    rows, line = [], 1
    for cells in reader:
        rows.append((line, (cells + ["", "", ""])[:3]))
        line = reader.line_num + 1
    return rows


def day_of(cell):
    number = int(cell)
    if number < 3000:
        return datetime.date(number, 10, 1)
    return datetime.date(1899, 12, 30) + datetime.timedelta(days=number)


def read_table(files):
    """The rows of the conversion table among `files` (pairs of name and bytes); None where
    there is none."""
    tables = []
    for _, data in files:
        rows = sheet_rows(data) if data.startswith(b"PK") else csv_rows(data)
        heads = [place for place, (_, cells) in enumerate(rows) if cells[0] == HEADING]
        if heads:
            tables.append([
                Row(number, naive.text_of(cells[0]).replace(".", ""), naive.text_of(cells[0]),
                    day_of(cells[1]), naive.text_of(cells[2]))
                for number, cells in rows[heads[0] + 1:] if any(cell.strip() for cell in cells)])
    if len(tables) > 1:
        raise naive.SourceError("two conversion tables")
    return tables[0] if tables else None


def conversion_fingerprint(rows, page):
    """The fingerprint of the group; `page` gives a page's digest."""
    root = ["codeset/1 conversion root"]
    for letter in sorted({row.code[0] for row in rows}):
        block = ["codeset/1 conversion block " + letter]
        for category in sorted({row.code[:3] for row in rows if row.code[0] == letter}):
            members = sorted(row for row in rows if row.code[:3] == category)
            lines = ["%d\t%s\t%s\t%s" % (row.number, row.current, row.date, row.previous)
                     for row in members]
            block.append("%s\t%s" % (
                category, page(["codeset/1 conversion category " + category] + lines)))
        root.append("%s\t%s" % (letter, page(block)))
    return page(root)


def terms_of(cell):
    """What a cell of previous codes names: pairs of first and last, as they are written and
    undotted; those of `C-` have last None. None for a cell that is not understood."""
    if cell in ("", "None"):
        return []
    terms = []

    def take(match):
        first, dash, last = match.groups()
        terms.append((first.replace(".", ""),
                      last.replace(".", "") if last else None if dash else
                      first.replace(".", "")))
        return "#"

    left = re.sub(r"\b(%s)(?:\.?(-)(%s)?)?" % (CODE, CODE), take, cell)
    # Nothing but signs and words that join them may remain.
    words = re.sub(r"(?i)\b(a code from|codes? from categories|codes in categories)\b", "", left)
    return terms if re.fullmatch(r"(?i)#((,|;|&|and|\s)+#)*", words.strip()) else None
