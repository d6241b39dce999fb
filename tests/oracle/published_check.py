#!/usr/bin/python3
"""Holds the naive reading against the counts that are known of the published releases.

What the server is compared with has itself been compared with something: counts, and each
publisher's addenda against the release that they start from, each list of POA-exempt codes
against its read-me and its lists of additions and deletions.
"""

import os
import sys

import addenda
import fingerprint
import naive
import official
import poa

# Order rows, billable rows, <diag>s, base of the addenda (where it is at hand).
KNOWN = {
    "2013": (79502, 69832, 43033, None), "2014": (91737, 69823, 43028, None),
    "2016": (91737, 69823, 43028, None), "2017": (93830, 71486, 43910, "2016"),
    "2019": (94444, 71932, 0, None), "2020": (94765, 72184, 0, "2019"),
    "2021": (95352, 72616, 45011, "2020"), "2021-01": (95358, 72621, 45017, "2020"),
    "2022": (95524, 72748, 0, "2021-01"), "2022-04": (95528, 72750, 0, "2022"),
    "2023": (96745, 73639, 45869, "2022-04"), "2024": (97296, 74044, 0, None),
    "2024-04": (97296, 74044, 0, "2024"), "2025": (97584, 74260, 0, "2024-04"),
    "2025-04": (97584, 74260, 0, "2025"), "2026": (98186, 74719, 0, "2025-04"),
    "2027": (98403, 74879, 0, None),
}

# Each list of POA-exempt codes and the one that its lists of changes start from, where that
# is at hand.
POA_BASES = {"2016": None, "2017": "2016", "2019": None, "2020": "2019", "2021": "2020",
             "2021-01": "2021", "2022": "2021-01", "2022-04": "2022", "2023": "2022-04",
             "2024": None, "2025": "2024", "2026": "2025"}


def poa_failures(releases):
    """`releases`: the files of each folder by its name."""
    lists = {id: poa.read_list(files) for id, files in releases.items()}
    if {id for id in lists if lists[id] is not None} != set(POA_BASES) & set(lists):
        yield "other folders have a list of POA-exempt codes than are known to"
    for id, base in POA_BASES.items():
        if lists.get(id) is None:
            continue
        stated = poa.stated_count(releases[id])
        if len(lists[id]) != stated:
            yield "%s: %d POA-exempt codes, the read-me says %s" % (id, len(lists[id]), stated)
        if lists.get(base) is None:
            continue
        added, deleted = poa.read_changes(releases[id])
        if added != lists[id] - lists[base] or (deleted or set()) != lists[base] - lists[id]:
            yield "%s: additions or deletions are not those from %s" % (id, base)


def main():
    root = official.official_releases()
    if not root:
        return official.skipped()
    failures = []
    rows, fingerprints, files = {}, {}, {}
    for id in sorted(set(KNOWN) & set(os.listdir(root))):
        release = naive.Release(os.path.join(root, id))
        rows[id] = release.rows
        described = fingerprint.describe(release)
        fingerprints[id] = described["fingerprints"]
        files[id] = release.poa_files
        counts = described["counts"]
        found = (counts["order_rows"], counts["billable"], counts["diags"])
        if found != KNOWN[id][:3]:
            failures.append("%s: counts %s, known %s" % (id, found, KNOWN[id][:3]))
        base = KNOWN[id][3]
        if base in rows:
            lines, numbers = naive.addenda(rows[base], release.rows)
            failures += ["%s: %s" % (id, difference) for difference in
                         addenda.differences(release.addenda, lines, numbers)]
    for group in ("order", "tabular"):
        if len({fingerprints[id][group] for id in ("2014", "2016") if id in fingerprints}) > 1:
            failures.append("2014 and 2016 have the same %s and other fingerprints" % group)
    failures += poa_failures(files)
    for failure in failures[:20]:
        print(failure)
    print("%d releases, %d failures" % (len(rows), len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
