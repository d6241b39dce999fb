#!/usr/bin/python3
"""Writes what the soak's oracle knows: a naive reading of published files, as plain tables.

  prepare.py RELEASES OUT ID... [--wrong WHAT]

Every RELEASES/ID is read by the naive readers of tests/oracle, which share no code with the
server, and becomes OUT/ID.tsv; OUT/editions.tsv has the editions that are known to have been
published. Structure is lent by the release with a tabular list that is nearest by effective
date, so that those are to stay loaded for as long as the tables are used. `--wrong` then spoils
the tables in one place, so that a comparison with them must fail (wrong.py).
"""

import argparse
import concurrent.futures
import datetime
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "oracle"))

import facets  # noqa: E402
import fingerprint  # noqa: E402
import history  # noqa: E402
import naive  # noqa: E402
import poa  # noqa: E402
import tree  # noqa: E402
import wrong  # noqa: E402

# Between the lines of a text that holds several.
LINE = "\x1e"
# Between the parts of such a line.
PART = "\x1f"
# Without a value, where an empty one is one.
ABSENT = "-"


def notes_text(containers):
    """The notes of a concept as one text: kind, headings and items, in order."""
    lines = []
    for tag, groups in containers:
        lines.append(tag)
        for heading, items in groups:
            if heading is not None:
                lines.append("heading " + heading)
            lines += ["item " + item for item in items]
    return LINE.join(lines)


def seventh_text(definition):
    """A 7th-character definition as one text; empty where there is none."""
    if definition is None:
        return ""
    instructions, characters = definition
    lines = ["instruction " + text for text in instructions]
    for character, meaning, notes in characters:
        lines.append("character " + PART.join((character, meaning) + notes))
    return LINE.join(["seventh"] + lines)


def lender_of(id, tabular_ids):
    """The release whose chapters and sections are on loan: the nearest, the earlier of two."""
    def distance(other):
        days = [datetime.date.fromisoformat(history.first_day(one)) for one in (id, other)]
        return abs(days[0] - days[1]), days[1]

    return min(tabular_ids, key=distance, default=None)


def in_order(nodes):
    """Ids in tabular order, those without a place last."""
    found = []
    for node in nodes.values():
        if node.parent is None:
            found += [node.id] + tree.descendants(nodes, node.id)
    return found


def concept_line(node, facts, borrowed):
    row = node.row
    placement = "NOT_KNOWN" if not node.chapter else "BORROWED" if borrowed else "OWN"
    tabular_title, placeholder, table = facts.other
    return ["concept", node.id, node.kind, node.parent or "", node.chapter, node.section,
            placement, ABSENT if row is None else str(int(row.billable)),
            str(row.number if row else 0), row.short if row else "", node.title,
            tabular_title or "", str(int(bool(placeholder))), notes_text(facts.containers),
            seventh_text(facts.seventh), LINE.join(table)]


def elements_of(release):
    """Chapters, sections and diags of the tabular list by id."""
    found = {}
    for chapter in release.chapters:
        found[chapter.id] = chapter.element
        for section in chapter.sections:
            found[section.id] = section.element
            for diag in section.element.iter("diag"):
                found[naive.dotted(naive.code_of(diag))] = diag
    return found


def table_of(releases, out, id, lender):
    """Reads a release and writes its table. `lender` has the id that lends structure, or None
    for a release with a tabular list of its own."""
    release = naive.Release(os.path.join(releases, id))
    own = bool(release.chapters)
    chapters = release.chapters if own else []
    if not own and lender:
        chapters = naive.Release(os.path.join(releases, lender)).chapters
    nodes = tree.hierarchy(release.rows, chapters, not own)
    elements = elements_of(release)
    told = fingerprint.describe(release)
    lines = [["release", id, history.first_day(id), told["release"], lender or ""]]
    lines += [["group", name, digest] for name, digest in told["fingerprints"].items()]
    lines += [["count", name, str(count)] for name, count in told["counts"].items()]
    for id_ in in_order(nodes):
        node = nodes[id_]
        facts = facets.Facts(elements.get(id_), node.row.long if node.row else None)
        lines.append(concept_line(node, facts, not own))
    exempt = poa.read_list(release.poa_files)
    lines += [["exempt", naive.dotted(code)] for code in sorted(exempt or ())]
    with open(os.path.join(out, id + ".tsv"), "w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write("\t".join(line) + "\n")
    return own


def has_tabular(releases, id):
    return any(naive.kind_of(data) == "tabular"
               for _, data in naive.read_files(os.path.join(releases, id)))


def write_editions(out):
    """The editions that are known, with whether each changed codes and brought a POA list."""
    years = map(str, range(history.FIRST_YEAR, history.LAST_YEAR + 1))
    editions = sorted(list(years) + list(history.WITHIN_YEARS), key=history.first_day)
    with open(os.path.join(out, "editions.tsv"), "w", encoding="utf-8", newline="\n") as file:
        for id in editions:
            within = "-" in id
            codes = history.WITHIN_YEARS[id] if within else True
            lists = id in history.WITH_POA_LISTS if within else True
            file.write("\t".join((id, history.first_day(id), str(int(codes)),
                                  str(int(lists)))) + "\n")


def prepare(releases, out, ids):
    """Writes all tables. The releases among `ids` with a tabular list are those that lend."""
    os.makedirs(out, exist_ok=True)
    write_editions(out)
    tabular = [id for id in ids if has_tabular(releases, id)]
    with concurrent.futures.ProcessPoolExecutor(max_workers=2) as pool:
        pending = {id: pool.submit(table_of, releases, out, id,
                                   None if id in tabular else lender_of(id, tabular))
                   for id in ids}
        for id, task in pending.items():
            if task.result() != (id in tabular):
                raise naive.SourceError(id + ": it is not clear whether it has a tabular list")
    return tabular


def main():
    parser = argparse.ArgumentParser(description="Writes the tables of the soak's oracle.")
    parser.add_argument("releases")
    parser.add_argument("out")
    parser.add_argument("ids", nargs="+")
    parser.add_argument("--wrong", choices=sorted(wrong.WAYS))
    options = parser.parse_args()
    prepare(options.releases, options.out, options.ids)
    if options.wrong:
        print(wrong.spoil(options.out, options.ids, options.wrong))
    return 0


if __name__ == "__main__":
    sys.exit(main())
