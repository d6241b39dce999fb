#!/usr/bin/python3
"""Prints the hierarchy of a published release, read naively.

  hierarchy.py DIR [--structure DIR]

One JSON object a line for every code of the order file: parent (longest existing
prefix; a category's narrowest section), children and ancestors up to the chapter.
With --structure, chapters and sections come from that other release.
"""

import argparse
import json
import sys

import naive
import tree


def main():
    parser = argparse.ArgumentParser(description="Prints a release's hierarchy, read naively.")
    parser.add_argument("folder")
    parser.add_argument("--structure", help="folder of the release to take chapters from")
    options = parser.parse_args()
    release = naive.Release(options.folder)
    chapters = (naive.Release(options.structure).chapters if options.structure
                else release.chapters)
    nodes = tree.hierarchy(release.rows, chapters, bool(options.structure))
    for row in release.rows:
        node = nodes[naive.dotted(row.code)]
        print(json.dumps({
            "id": node.id, "kind": node.kind, "billable": row.billable,
            "order_number": row.number, "parent": node.parent or "", "chapter": node.chapter,
            "section": node.section, "children": node.children,
            "ancestors": tree.ancestors(nodes, node.id)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
