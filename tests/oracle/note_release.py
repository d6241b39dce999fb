"""A release with the notes of its concepts, where they apply, and what they name, read naively.
Shares no code with the server."""

import re
from collections import namedtuple

import facets
import naive
import references
import tree

# A reference looked up: the rows that it spans (None if the release lacks it), what chooses among
# them, the id that it names.
Target = namedtuple("Target", "rows chooses id")


class Release:
    """A release with what its notes name."""

    def __init__(self, folder):
        self.files = release = naive.Release(folder)
        self.view = facets.View(release)
        self.nodes = self.view.nodes
        self.categories = {row.code[:3] for row in release.rows}
        # What the XML says of every element; of 2013 some are no concepts, and speak all the
        # same to what lies below them.
        self.facts = {id: self.view.facts[id] if id in self.nodes else facets.Facts(element)
                      for id, element in self.view.elements.items()}
        self.codes = [row.code for row in release.rows]
        self.above = {id: self.origins(id) for id in self.nodes}
        self.rows = {}
        for id in self.nodes:
            self.span(id)
        # Of 2013 some have rows below them and none themselves.
        for row in release.rows:
            for length in range(3, len(row.code)):
                id = naive.dotted(row.code[:length])
                if id not in self.nodes:
                    first, last = self.rows.get(id, (row.number, row.number))
                    self.rows[id] = (min(first, row.number), max(last, row.number))
        # By concept, note, group: pairs of item (None for the heading) and Reference.
        self.references = {id: [[self.read_group(*group) for group in container[1]]
                                for container in facts.containers]
                           for id, facts in self.facts.items()}
        self.targets = {}

    def origins(self, id):
        """The elements of the XML whose notes may apply to a concept, nearest first."""
        found = []
        if self.nodes[id].row:
            code = self.nodes[id].row.code
            found = [naive.dotted(code[:length]) for length in range(len(code), 2, -1)]
        else:
            found = [id]
        found += [other for other in tree.ancestors(self.nodes, id) if other not in found]
        return [other for other in found if other in self.facts]

    def span(self, id):
        """The first and last row that the concept is or that lies below it."""
        if id not in self.rows:
            spans = [s for s in map(self.span, self.nodes[id].children) if s]
            if self.nodes[id].row:
                spans.append((self.nodes[id].row.number,) * 2)
            self.rows[id] = (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None
        return self.rows[id]

    def read_group(self, heading, items):
        found = [(None, r) for r in references.read(heading or "", self.categories)]
        for place, item in enumerate(items):
            found += [(place, r) for r in references.read(item, self.categories)]
        return found

    def target(self, reference):
        if reference not in self.targets:
            first, last = naive.dotted(reference.first), naive.dotted(reference.last or "")
            rows, id = self.rows.get(first), first
            if reference.last:
                end, id = self.rows.get(last), reference.first + "-" + reference.last
                rows = (rows[0], end[1]) if rows and end and rows[0] <= end[0] else None
            chooses = re.compile(reference.chooses) if reference.chooses else None
            self.targets[reference] = Target(rows, chooses, id)
        return self.targets[reference]

    def match(self, reference, id):
        """NAMED, WITHIN or None."""
        rows, chooses, named = self.target(reference)
        own = self.rows[id]
        if not rows or not own or own[0] < rows[0] or own[1] > rows[1]:
            return None
        if chooses:
            row = self.nodes[id].row
            return "WITHIN" if row and chooses.match(row.code) else None
        if reference.last:
            return "NAMED" if id == named and self.nodes[id].kind == "SECTION" else "WITHIN"
        # A section that holds one category alone does not lie in it.
        if not self.nodes[id].row:
            return None
        return "NAMED" if id == named else "WITHIN"
