"""The hierarchy of a release, read naively: every parent by the longest existing prefix, every
section by the XML. Shares no code with the server."""

from naive import dotted


class Node:
    """A concept of the naive hierarchy. `parent` is an id or None; `children` are ids
    in tabular order; `placed` is False where no chapter is known."""

    def __init__(self, id, kind, title, row=None):
        self.id = id
        self.kind = kind
        self.title = title
        self.row = row
        self.parent = None
        self.children = []
        self.chapter = ""
        self.section = ""


def place(rows, chapters):
    """The section of every category of the rows, by the rule of ARCHITECTURE.md: where
    the tabular list says; else that of its neighbours, if both have the same; else the
    one leaf section whose range includes it; else None."""
    listed = {c: s.id for chapter in chapters for s in chapter.sections for c in s.categories}
    containers = {s.parent for chapter in chapters for s in chapter.sections}
    leaves = [s.id for chapter in chapters for s in chapter.sections if s.id not in containers]
    order = list(dict.fromkeys(row.code[:3] for row in rows))
    found = {}
    for i, category in enumerate(order):
        if category in listed:
            found[category] = listed[category]
            continue
        before = next((listed[c] for c in reversed(order[:i]) if c in listed), None)
        after = next((listed[c] for c in order[i + 1:] if c in listed), None)
        around = [l for l in leaves if l[:3] <= category <= l[4:]]
        if before and before == after:
            found[category] = before
        else:
            found[category] = around[0] if len(around) == 1 else None
    return found


def hierarchy(rows, chapters, borrowed=False):
    """All nodes by id (official spelling), in tabular order within `children`.

    `borrowed` says that `chapters` are another release's: those in which nothing lies
    are left out then.
    """
    nodes = {}
    present = {row.code for row in rows}
    section_of = place(rows, chapters)
    parent_of, chapter_of = {}, {}
    for chapter in chapters:
        for section in chapter.sections:
            parent_of[section.id] = section.parent or chapter.id
            chapter_of[section.id] = chapter.id
    used = set()
    for id in section_of.values():
        while id:
            used.add(id)
            id = parent_of.get(id)
    for chapter in chapters:
        if borrowed and chapter.id not in used:
            continue
        nodes[chapter.id] = top = Node(chapter.id, "CHAPTER", chapter.title)
        top.chapter = chapter.id
        for section in chapter.sections:
            if borrowed and section.id not in used:
                continue
            node = nodes[section.id] = Node(section.id, "SECTION", section.title)
            node.chapter = chapter.id
            node.section = section.id
            node.parent = parent_of[section.id]
    for row in rows:
        kind = ("CATEGORY" if len(row.code) == 3 else "CODE" if row.billable else "SUBCATEGORY")
        node = nodes[dotted(row.code)] = Node(dotted(row.code), kind, row.long, row)
        section = section_of[row.code[:3]]
        for length in range(len(row.code) - 1, 2, -1):
            if row.code[:length] in present:
                node.parent = dotted(row.code[:length])
                break
        else:
            node.parent = section
        node.section, node.chapter = section or "", chapter_of.get(section, "")
    # Children: codes in the file's order; then the sections within, in document order.
    for row in rows:
        node = nodes[dotted(row.code)]
        if node.parent:
            nodes[node.parent].children.append(node.id)
    for chapter in chapters:
        for section in chapter.sections:
            if section.id in nodes:
                nodes[nodes[section.id].parent].children.append(section.id)
    return nodes


def ancestors(nodes, id):
    """Parent, grandparent, … nearest first."""
    found = []
    while nodes[id].parent:
        id = nodes[id].parent
        found.append(id)
    return found


def descendants(nodes, id):
    """All below, in tabular order."""
    found = []
    for child in nodes[id].children:
        found.append(child)
        found += descendants(nodes, child)
    return found
