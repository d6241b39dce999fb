"""Lists of codes exempt from present-on-admission reporting, read naively.

Shares no code with the server; storage/FORMAT.md §1.3 is followed by `poa_fingerprint`.
"""

import re

import naive

# A read-me names the list's length first.
COUNT = re.compile(rb"\(([\d,]+) codes?\)")


def cells_of(line):
    return [cell.strip() for cell in line.rstrip().split("\t")]


def read_table(data):
    """Heading and rows of a table with tabs between its cells."""
    lines = [line for line in data.decode("utf-8-sig").split("\r\n") if line.strip()]
    return cells_of(lines[0]), [cells_of(line) for line in lines[1:]]


def read_list(files):
    """The codes on the list among `files` (pairs of name and bytes), undotted; None where
    there is none. Lists of additions may have the heading of the list, which is the
    longest and has all of theirs."""
    lists = []
    for name, data in files:
        if not re.match(rb"(\xef\xbb\xbf)?Ord\w*\s*\tPOAexemptCode\tDescription", data):
            continue
        _, rows = read_table(data)
        codes = [row[1].replace(".", "") for row in rows]
        if len(set(codes)) != len(codes):
            raise naive.SourceError(name + ": a code stands twice")
        lists.append(set(codes))
    if not lists:
        return None
    longest = max(lists, key=len)
    if not all(codes <= longest for codes in lists):
        raise naive.SourceError("two different lists of POA-exempt codes")
    return longest


def read_changes(files):
    """What the publisher says was added and deleted: two sets of undotted codes, each None
    where there is no such list. Only these lists' names tell which is which."""
    found = {"Add": None, "Del": None}
    for name, data in files:
        for word in found:
            if re.search("POAexempt%s.*txt$" % word, name):
                heading, rows = read_table(data)
                column = len(heading) - 2
                found[word] = {row[column].replace(".", "") for row in rows}
    return found["Add"], found["Del"]


def stated_count(files):
    """How many codes the read-me says the list has; None without a read-me."""
    for _, data in files:
        if data.startswith(b"Description of Present On Admission (POA) files"):
            return int(COUNT.search(data).group(1).replace(b",", b""))
    return None


def poa_fingerprint(codes, page):
    """The fingerprint of the group; `page` gives a page's digest."""
    root = ["codeset/1 poa root"]
    for letter in sorted({code[0] for code in codes}):
        block = ["codeset/1 poa block " + letter]
        for category in sorted({code[:3] for code in codes if code[0] == letter}):
            members = sorted(code for code in codes if code[:3] == category)
            block.append("%s\t%s" % (category,
                                     page(["codeset/1 poa category " + category] + members)))
        root.append("%s\t%s" % (letter, page(block)))
    return page(root)
