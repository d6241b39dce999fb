#!/usr/bin/python3
"""Proves that the miniature releases are what tests/data/README.md says.

  miniature_check.py DIR

Each XML generates the rows of its order file in their order, flags included, but for the
two that S06's rule in prose takes away; titles agree but for accents; each addenda file
is what two order files differ by; the conversion table has the billable codes that are new.
"""

import sys
import unicodedata

import addenda
import conversion
import naive

BY_PROSE = ["S062X7D", "S062X7S"]


def without_accents(text):
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def failures(folder):
    releases = {year: naive.Release("%s/%s" % (folder, year)) for year in ("2025", "2026", "2027")}
    for year in ("2025", "2026"):
        release = releases[year]
        generated = [row for row in naive.generated_codes(release.tabular)
                     if row[0] not in BY_PROSE]
        published = [(row.code, row.billable) for row in release.rows]
        if generated != published:
            yield "%s: generated and published rows differ: %s" % (
                year, sorted(set(generated) ^ set(published))[:10])
        rows = release.by_code()
        for diag in release.tabular.iter("diag"):
            title = naive.text_of(diag.findtext("desc"))
            if without_accents(title) != rows[naive.code_of(diag)].long:
                yield "%s: %s is titled otherwise in the XML" % (year, naive.code_of(diag))
    for old, new in (("2025", "2026"), ("2026", "2027")):
        lines, counts = naive.addenda(releases[old].rows, releases[new].rows)
        for difference in addenda.differences(releases[new].addenda, lines, counts):
            yield "%s: %s" % (new, difference)
    table = conversion.read_table(releases["2026"].table_files)
    old = releases["2025"].by_code()
    added = [row.code for row in releases["2026"].rows if row.billable and row.code not in old]
    if [row.code for row in table] != added:
        yield "2026: the conversion table is not of the codes that 2025 lacks"
    for row in table:
        for first, last in conversion.terms_of(row.previous):
            if first != last or not old[first].billable:
                yield "2026: %s is no billable code of 2025" % row.previous
        if str(row.date) != "2025-10-01":
            yield "2026: row %d is of another day" % row.number
    if releases["2027"].tabular is not None:
        yield "2027 must not have an XML"


def main():
    if len(sys.argv) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    found = list(failures(sys.argv[1]))
    for failure in found:
        print(failure)
    print("miniature: %d failures" % len(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
