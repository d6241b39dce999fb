#!/usr/bin/python3
"""Holds StreamDiff, facet by facet, against a naive comparison of published files.

  facets.py --codesetd PATH --stubs DIR [--protos DIR] [--releases DIR]

Every pair of PAIRS is compared from its two tabular XMLs and order files: what was added
and deleted, flags, titles, parents, notes line by line with those of chapters and sections,
7th-character definitions, placeholder marks, tabular titles, the table of visual impairment
and POA exemption. The server's changes must be the same, not one more or less, with the same
states on both sides. Without the published releases the exit status is 77 (skipped).
"""

import argparse
import os
import re
import sys
import tempfile
from collections import Counter
from fractions import Fraction

import end_to_end
import naive
import official
import poa
import server_check
import tree

PAIRS = (("2016", "2017"), ("2021", "2021-01"), ("2021-01", "2023"))
WHITE_SPACE = re.compile("[ \t\r\n\v\f]")
UPPER_CASE = re.compile("[A-Z]")
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


# What the XML says of a concept.

def containers_of(element):
    """The notes that stand on an element: triples of kind and, in order, its pairs of
    heading (or None) and items."""
    found = []
    for child in element:
        if child.tag not in naive.NOTE_KINDS:
            continue
        texts = [naive.text_of(note.text) for note in child.findall("note")]
        texts = [text for text in texts if text]
        groups = []
        for place, text in enumerate(texts):
            if text.endswith(":") and place + 1 < len(texts):
                groups.append((text, []))
            else:
                if not groups:
                    groups.append((None, []))
                groups[-1][1].append(text)
        if groups:
            found.append((child.tag, tuple((h, tuple(items)) for h, items in groups)))
    return tuple(found)


def seventh_of(element):
    """Instructions, and triples of character, meaning and notes; None without either."""
    if element.find("sevenChrNote") is None and element.find("sevenChrDef") is None:
        return None
    instructions = [naive.text_of(note.text) for note in element.findall("sevenChrNote/note")]
    characters = []
    for child in [c for d in element.findall("sevenChrDef") for c in d]:
        text = naive.text_of(child.text)
        if child.tag == "extension":
            characters.append((naive.text_of(child.get("char")), text, []))
        elif text:
            characters[-1][2].append(text)
    return (tuple(filter(None, instructions)),
            tuple((char, meaning, tuple(notes)) for char, meaning, notes in characters))


def leaves_of(element):
    """The texts below an element, in document order."""
    return tuple(naive.text_of(e.text) for e in element.iter() if len(e) == 0)


class Facts:
    """What a release says of a concept."""

    def __init__(self, element=None, long_title=None):
        has = element is not None
        title = naive.text_of(element.findtext("desc")) if has else None
        table = element.find("visualImpairment") if has else None
        self.containers = containers_of(element) if has else ()
        self.seventh = seventh_of(element) if has else None
        # The tabular list's own title where it differs, the mark, the table.
        self.other = (title if long_title is not None and has and title != long_title else None,
                      has and element.get("placeholder") == "true",
                      leaves_of(table) if table is not None else ())


class View:
    """A release by concept."""

    def __init__(self, release):
        self.rows = {naive.dotted(row.code): row for row in release.rows}
        self.nodes = tree.hierarchy(release.rows, release.chapters)
        self.elements = elements = {}
        for chapter in release.chapters:
            elements[chapter.id] = chapter.element
            for section in chapter.sections:
                elements[section.id] = section.element
                for diag in section.element.iter("diag"):
                    elements[naive.dotted(naive.code_of(diag))] = diag
        self.facts = {id: Facts(elements.get(id), self.rows[id].long if id in self.rows else None)
                      for id in self.nodes}
        self.exempt = poa.read_list(release.poa_files)

    def billable(self, id):
        return id in self.rows and self.rows[id].billable

    def billable_below(self, id):
        return [below for below in tree.descendants(self.nodes, id) if self.billable(below)]


# How notes differ: by the comment on NoteEdit in releases.proto.

def lines_of(containers, kind):
    return [(heading, item) for tag, groups in containers if tag == kind
            for heading, items in groups for item in (items or ("",))]


def words_of(line):
    """Words between ASCII white space, in lower case (A to Z) without punctuation around."""
    words = (word.strip(PUNCTUATION) for word in WHITE_SPACE.split(line[1] or line[0] or ""))
    return Counter(UPPER_CASE.sub(lambda c: c.group().lower(), word) for word in words if word)


def likeness(a, b):
    words_a, words_b = words_of(a), words_of(b)
    total = sum(words_a.values()) + sum(words_b.values())
    return Fraction(2 * sum((words_a & words_b).values()), total) if total else Fraction(0)


def remaining(lines, other):
    """The lines that stand here more often than there, with their places."""
    common, left = Counter(lines) & Counter(other), []
    for place, line in enumerate(lines):
        if common[line]:
            common[line] -= 1
        else:
            left.append((place, line))
    return left


def edits_of_kind(before, after):
    """Triples of what happened, the line before and the line after."""
    old, new, found = remaining(before, after), remaining(after, before), []
    while True:
        pairs = [(likeness(a, b), a[0] == b[0], -abs(i - j), -i - j, (i, a), (j, b))
                 for i, a in old for j, b in new]
        best = max(pairs, key=lambda pair: pair[:4], default=None)
        if best is None or best[0] < Fraction(1, 2):
            break
        old.remove(best[4])
        new.remove(best[5])
        found.append(("REWORDED", best[4][1], best[5][1]))
    return (found + [("REMOVED", line, None) for _, line in old] +
            [("ADDED", None, line) for _, line in new])


def edits(before, after):
    """All edits of a concept's notes, as a multiset; before and after differ."""
    found = []
    for kind in naive.NOTE_KINDS:
        ours = edits_of_kind(lines_of(before, kind), lines_of(after, kind))
        if not ours and [c for c in before if c[0] == kind] != [c for c in after if c[0] == kind]:
            ours = [("REARRANGED", None, None)]
        found += [(kind,) + edit for edit in ours]
    if not found:
        displaced = {a[0] for a, b in zip(before, after) if a[0] != b[0]}
        found = [(kind, "REARRANGED", None, None) for kind in displaced]
    return Counter(found)


# All changes, as a dictionary from pairs of id and kind to what is told of the change.

def expected_changes(old, new):
    changes = {}
    for id in set(old.nodes) | set(new.nodes):
        if id not in old.nodes or id not in new.nodes:
            changes[id, "ADDED" if id in new.nodes else "DELETED"] = None
            continue
        compare_order(id, old, new, changes)
        a, b = old.facts[id], new.facts[id]
        if old.nodes[id].parent != new.nodes[id].parent:
            changes[id, "MOVED"] = (old.nodes[id].parent or "", new.nodes[id].parent or "")
        if a.containers != b.containers:
            changes[id, "NOTES_CHANGED"] = (a.containers, b.containers,
                                            edits(a.containers, b.containers))
        if a.seventh != b.seventh:
            changes[id, "SEVENTH_CHARACTERS_CHANGED"] = (a.seventh, b.seventh)
        if a.other != b.other:
            changes[id, "TABULAR_OTHER_CHANGED"] = (a.other, b.other)
    return changes


def compare_order(id, old, new, changes):
    if old.nodes[id].title != new.nodes[id].title:
        changes[id, "TITLE_CHANGED"] = (old.nodes[id].title, new.nodes[id].title)
    if id not in old.rows or id not in new.rows:
        return
    a, b = old.rows[id], new.rows[id]
    if a.short != b.short:
        changes[id, "SHORT_TITLE_CHANGED"] = (a.short, b.short)
    if a.billable and not b.billable:
        changes[id, "BECAME_HEADER"] = new.billable_below(id)
    if b.billable and not a.billable:
        changes[id, "BECAME_BILLABLE"] = old.billable_below(id)
    if a.billable and b.billable and (a.code in old.exempt) != (b.code in new.exempt):
        changes[id, "POA_EXEMPTION_CHANGED"] = (a.code in old.exempt, b.code in new.exempt)


# The same from the server's messages.

def served_containers(server, notes):
    return tuple((tag_of(server, note.kind),
                  tuple((g.heading if g.HasField("heading") else None, tuple(g.items))
                        for g in note.groups)) for note in notes)


def tag_of(server, kind):
    words = server.concept_pb2.NoteKind.Name(kind)[len("NOTE_KIND_"):].split("_")
    tag = words[0].lower() + "".join(word.capitalize() for word in words[1:])
    return "notes" if tag == "note" else tag


def served_line(edit, side):
    if not edit.HasField(side):
        return None
    line = getattr(edit, side)
    return (line.heading if line.HasField("heading") else None, line.text)


def served_seventh(state):
    if not state.HasField("seventh_characters"):
        return None
    definition = state.seventh_characters
    return (tuple(definition.instructions),
            tuple((c.character, c.meaning, tuple(c.notes)) for c in definition.characters))


def served_other(state):
    texts = []

    def bound(message):
        for name in ("heading", "value"):
            if message.HasField(name):
                texts.append(getattr(message, name))

    for category in state.visual_impairment.categories:
        bound(category)
        for range in category.ranges:
            if range.HasField("heading"):
                texts.append(range.heading)
            bound(range.maximum)
            bound(range.minimum)
    return (state.tabular_title if state.HasField("tabular_title") else None, state.placeholder,
            tuple(texts))


def served_change(server, change, kind):
    before, after = change.before, change.after
    if kind == "NOTES_CHANGED":
        found = Counter((tag_of(server, edit.note_kind),
                         server.releases_pb2.NoteEditKind.Name(edit.kind)[len("NOTE_EDIT_KIND_"):],
                         served_line(edit, "before"), served_line(edit, "after"))
                        for edit in change.note_edits)
        return (served_containers(server, before.notes), served_containers(server, after.notes),
                found)
    if kind in ("BECAME_HEADER", "BECAME_BILLABLE"):
        return list(change.billable_descendant_ids)
    return {"TITLE_CHANGED": lambda s: s.title, "SHORT_TITLE_CHANGED": lambda s: s.short_title,
            "MOVED": lambda s: s.parent_id, "SEVENTH_CHARACTERS_CHANGED": served_seventh,
            "TABULAR_OTHER_CHANGED": served_other,
            "POA_EXEMPTION_CHANGED": lambda s: s.poa_exempt}[kind]


def served_changes(server, old, new):
    changes = {}
    for message in server.ask_releases.StreamDiff(server.releases_pb2.StreamDiffRequest(
            **{"from": server.selector(old), "to": server.selector(new)}), timeout=120):
        for facet in message.comparability:
            server_check.expect("comparability of facet %d" % facet.facet,
                                server.releases_pb2.COMPARABILITY_COMPARABLE, facet.comparability)
        for change in message.changes:
            kind = server.releases_pb2.ChangeKind.Name(change.kind)[len("CHANGE_KIND_"):]
            if (change.id, kind) in changes:
                raise server_check.Mismatch("%s %s comes twice" % (change.id, kind))
            if kind in ("ADDED", "DELETED"):
                changes[change.id, kind] = None
                continue
            told = served_change(server, change, kind)
            changes[change.id, kind] = ((told(change.before), told(change.after))
                                        if callable(told) else told)
    return changes


def check_pair(server, old_id, new_id, read):
    """Returns how many changes of each kind were held against each other."""
    expected = expected_changes(read(old_id), read(new_id))
    served = served_changes(server, old_id, new_id)
    what = "%s to %s: " % (old_id, new_id)
    server_check.expect(what + "missing", [], sorted(set(expected) - set(served))[:5])
    server_check.expect(what + "too many", [], sorted(set(served) - set(expected))[:5])
    for key, told in expected.items():
        server_check.expect(what + " ".join(key), told, served[key])
    return ", ".join("%d %s" % (count, kind) for kind, count in
                     sorted(Counter(kind for _, kind in expected).items()))


def main():
    parser = argparse.ArgumentParser(description="Compares diffs with published files.")
    parser.add_argument("--codesetd", required=True)
    parser.add_argument("--stubs", required=True, help="folder to generate stubs into")
    parser.add_argument("--protos", default=os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "..", "proto"))
    parser.add_argument("--releases", default=official.official_releases())
    options = parser.parse_args()
    if not options.releases:
        return official.skipped()
    stubs = os.path.abspath(options.stubs)
    server_check.generate_stubs(os.path.abspath(options.protos), stubs)
    run, views = end_to_end.Run(), {}

    def read(id):
        if id not in views:
            views[id] = View(naive.Release(os.path.join(options.releases, id)))
        return views[id]

    with tempfile.TemporaryDirectory(prefix="codeset-") as data_dir:
        for id in sorted({id for pair in PAIRS for id in pair}):
            run.check("load %s" % id, end_to_end.load, options.codesetd, data_dir, id,
                      os.path.join(options.releases, id))
        daemon = end_to_end.Daemon(options.codesetd, data_dir)
        try:
            server = server_check.Server(daemon.address, stubs)
            for old, new in PAIRS:
                run.check("facets %s to %s" % (old, new), check_pair, server, old, new, read)
                run.check("facets %s to %s" % (new, old), check_pair, server, new, old, read)
        finally:
            run.check("stops on SIGTERM", server_check.expect, "exit status", 0, daemon.stop())
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
