#!/usr/bin/python3
"""Recomputes a release's fingerprints from its published files.

  fingerprint.py DIR...

Each DIR is a folder as published: zips or loose files, recognised by content. One
JSON object a line: the folder's name, counts, the fingerprint of each facet group,
and the release's. Follows storage/FORMAT.md §1 and shares no code with the server.
"""

import json
import sys

import conversion
import naive
import poa


def page(lines):
    """A page's digest."""
    return naive.sha256("".join(line + "\n" for line in lines))


def order_fingerprint(rows):
    categories = []  # Pairs of a category and its rows, in file order.
    for row in rows:
        if not categories or categories[-1][0] != row.code[:3]:
            categories.append((row.code[:3], []))
        categories[-1][1].append(row)
    if len({code for code, _ in categories}) != len(categories):
        raise naive.SourceError("the rows of a category do not stand together")
    blocks = []  # Pairs of a letter and lines, in file order.
    for code, members in categories:
        digest = page(["codeset/1 order category " + code] +
                      ["%s\t%d\t%s\t%s" % (r.code, r.billable, r.short, r.long) for r in members])
        if not blocks or blocks[-1][0] != code[0]:
            blocks.append((code[0], []))
        blocks[-1][1].append("%s\t%s" % (code, digest))
    root = ["codeset/1 order root"]
    seen = {}
    for letter, lines in blocks:
        seen[letter] = seen.get(letter, 0) + 1
        name = letter if seen[letter] == 1 else "%s.%d" % (letter, seen[letter])
        root.append("%s\t%s" % (name, page(["codeset/1 order block " + name] + lines)))
    return page(root), len(categories)


def note_lines(container):
    texts = [naive.text_of(note.text) for note in container.findall("note")]
    texts = [text for text in texts if text]
    if not texts:
        return []
    lines = ["note\t" + container.tag]
    for place, text in enumerate(texts):
        heading = text.endswith(":") and place + 1 < len(texts)
        lines.append(("heading\t" if heading else "item\t") + text)
    return lines


def seventh_lines(element):
    notes = element.findall("sevenChrNote")
    definitions = element.findall("sevenChrDef")
    if not notes and not definitions:
        return []
    lines = ["seventh"]
    for note in notes:
        for text in (naive.text_of(n.text) for n in note.findall("note")):
            if text:
                lines.append("instruction\t" + text)
    for definition in definitions:
        for child in definition:
            text = naive.text_of(child.text)
            if child.tag == "extension":
                lines.append("character\t%s\t%s" % (naive.text_of(child.get("char")), text))
            elif child.tag == "note" and text:
                lines.append("character-note\t" + text)
    return lines


def bound_lines(bound, name):
    lines = ["vis\t" + name]
    for child in bound:
        lines.append("vis\t%s.%s\t%s" % (name, child.tag, naive.text_of(child.text)))
    return lines


def visual_lines(table):
    lines = []
    for category in table.findall("visCategory"):
        lines.append("vis\tcategory")
        for child in category:
            if child.tag != "visRange":
                lines.append("vis\tcategory.%s\t%s" % (child.tag, naive.text_of(child.text)))
                continue
            lines.append("vis\trange")
            for part in child:
                if part.tag == "visMax":
                    lines += bound_lines(part, "max")
                elif part.tag == "visMin":
                    lines += bound_lines(part, "min")
                else:
                    lines.append("vis\trange.%s\t%s" % (part.tag, naive.text_of(part.text)))
    return lines


def fact_lines(element):
    lines = []
    for child in element:
        if child.tag in naive.NOTE_KINDS:
            lines += note_lines(child)
    lines += seventh_lines(element)
    for table in element.findall("visualImpairment"):
        lines += visual_lines(table)
    return lines


def diag_lines(diag):
    lines = ["diag\t%s\t%d\t%s" % (naive.code_of(diag), diag.get("placeholder") == "true",
                                   naive.text_of(diag.findtext("desc")))]
    lines += fact_lines(diag)
    for child in diag.findall("diag"):
        lines += diag_lines(child)
    return lines


def section_digest(chapter, section):
    lines = ["codeset/1 tabular section " + section.id, "title\t" + section.title]
    lines += fact_lines(section.element)
    for diag in section.element.findall("diag"):
        code = naive.code_of(diag)
        digest = page(["codeset/1 tabular category " + code] + diag_lines(diag))
        lines.append("category\t%s\t%s" % (code, digest))
    lines += ["section\t%s\t%s" % (inner.id, section_digest(chapter, inner))
              for inner in chapter.sections if inner.parent == section.id]
    return page(lines)


def tabular_fingerprint(chapters):
    root = ["codeset/1 tabular root"]
    for chapter in chapters:
        lines = ["codeset/1 tabular chapter " + chapter.id, "title\t" + chapter.title]
        lines += fact_lines(chapter.element)
        lines += ["section\t%s\t%s" % (section.id, section_digest(chapter, section))
                  for section in chapter.sections if section.parent is None]
        root.append("chapter\t%s\t%s" % (chapter.id, page(lines)))
    return page(root)


def describe(release):
    """Counts and fingerprints of a naive.Release, ready for JSON."""
    groups = {}
    groups["order"], categories = order_fingerprint(release.rows)
    if release.tabular is not None:
        groups["tabular"] = tabular_fingerprint(release.chapters)
    exempt = poa.read_list(release.poa_files)
    if exempt is not None:
        groups["poa"] = poa.poa_fingerprint(exempt, page)
    table = conversion.read_table(release.table_files)
    if table is not None:
        groups["conversion"] = conversion.conversion_fingerprint(table, page)
    names = ("order", "tabular", "poa", "conversion")
    whole = page(["codeset/1 release"] +
                 ["%s\t%s" % (name, groups[name]) for name in names if name in groups])
    return {
        "folder": release.name,
        "counts": {
            "order_rows": len(release.rows),
            "billable": sum(row.billable for row in release.rows),
            "diags": sum(1 for _ in release.tabular.iter("diag")) if groups.get("tabular") else 0,
            "categories": categories,
            "chapters": len(release.chapters),
            "sections": sum(len(chapter.sections) for chapter in release.chapters),
            "poa_exempt": len(exempt or ()),
            "conversion_rows": len(table or ()),
        },
        "fingerprints": groups,
        "release": whole,
    }


def main(folders):
    if not folders:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    for folder in folders:
        print(json.dumps(describe(naive.Release(folder))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
