"""Effective digests (storage/FORMAT.md §1.6), recomputed from the published files.

Shares no code with the server; what applies to a code is what effective.py finds.
"""

import fingerprint
import naive

GROUPS = ("order", "tabular", "poa", "conversion")


def note_lines(kind, groups):
    """A container as FORMAT.md §1.2 writes it."""
    lines = ["note\t" + kind]
    for heading, items in groups:
        lines += ["heading\t" + heading] if heading is not None else []
        lines += ["item\t" + item for item in items]
    return lines


def seventh_lines(definition):
    if definition is None:
        return []
    instructions, characters = definition
    lines = ["seventh"] + ["instruction\t" + text for text in instructions]
    for character, meaning, notes in characters:
        lines.append("character\t%s\t%s" % (character, meaning))
        lines += ["character-note\t" + text for text in notes]
    return lines


def order_lines(release, id):
    row, parent = release.nodes[id].row, release.parent(id)[0]
    lines = ["billable\t%d" % row.billable, "short-title\t" + row.short, "title\t" + row.long]
    return lines + (["parent\t" + parent.replace(".", "")] if parent else [])


def tabular_lines(release, id):
    section = release.parent(id)[1]
    title, placeholder, _ = release.view.facts[id].other
    lines = ["parent\t" + section] if section else []
    lines += ["tabular-title\t" + title] if title is not None else []
    lines.append("placeholder\t%d" % placeholder)
    for _, kind, groups in release.applied(id):
        lines += note_lines(kind, groups)
    lines += seventh_lines(release.seventh(id)[1])
    element = release.view.elements.get(id)
    for table in element.findall("visualImpairment") if element is not None else ():
        lines += fingerprint.visual_lines(table)
    return lines


def digests(release, codes):
    """By dotted code the digests by group, of the groups that an effective.Release has."""
    naming = release.rows_naming() if release.table is not None else None
    found = {}
    for id in codes:
        row = release.nodes[id].row
        lines = {"order": order_lines(release, id)}
        if release.has_tabular:
            lines["tabular"] = tabular_lines(release, id)
        if release.exempt is not None:
            lines["poa"] = ["exempt\t%d" % (row.billable and row.code in release.exempt)]
        if naming is not None:
            lines["conversion"] = sorted("row\t%s\t%s\t%s" % content
                                         for content in naming.get(row.code, ()))
        found[id] = {group: naive.sha256("".join(line + "\n" for line in [
            "codeset/1 effective %s %s" % (group, row.code)] + lines[group])) for group in lines}
    return found
