"""What verifications of all billable codes of a release are worth in another, found by comparing
the published files of both (see effective.py). Shares no code with the server.

Everything here is plain data, so that another process can find it out while a server loads.
"""

import os
from collections import Counter, defaultdict, namedtuple

import effective
import effective_digest
import naive

# `changes` are tuples of group, facet, level and origin; FACETS gives the facet of the group
# conversion, which has none, as `-`.
# `codes` all billable codes of the older release; `changes`, `gone`, `now_header` among them;
# `missing` by group which of the two releases lack it, of those that one lacks; `titles` and
# `origins` what codes and concepts are called in the newer release, else in the older one;
# `digests` by code and group, where they were asked for.
Facts = namedtuple("Facts", "codes headers changes gone now_header missing titles digests")

releases = {}


def release_of(folder):
    if folder not in releases:
        releases[folder] = effective.Release(folder)
    return releases[folder]


def missing_groups(old, new):
    has = {"order": lambda r: True, "tabular": lambda r: r.has_tabular,
           "poa": lambda r: r.exempt is not None, "conversion": lambda r: r.table is not None}
    lack = {group: [r.name for r in (old, new) if not there(r)] for group, there in has.items()}
    return {group: names for group, names in lack.items() if names}


def find(root, old_id, new_id, with_digests):
    """The Facts of two releases below the folder `root`."""
    old, new = (release_of(os.path.join(root, id)) for id in (old_id, new_id))
    codes = [id for id, node in old.nodes.items() if node.row and node.row.billable]
    billable, changes, gone, now_header = set(codes), defaultdict(set), set(), set()
    for code, *what in effective.expected(old, new):
        id = naive.dotted(code)
        if id not in billable:
            continue
        if what[0] == "gone":
            gone.add(id)
        elif what[0] == "now-header":
            now_header.add(id)
        else:
            group, facet, level, origin = what
            # Sections have a dash where codes have letters: `T20-T32` has no dot to gain.
            changes[id].add((group, facet, level, origin_id(new, old, origin)))
    titles = {id: node.title for release in (old, new) for id, node in release.nodes.items()}
    headers = [id for id, node in old.nodes.items() if node.row and not node.row.billable]
    digests = effective_digest.digests(old, codes) if with_digests else None
    return Facts(codes, headers, dict(changes), gone, now_header, missing_groups(old, new), titles,
                 digests)


def origin_id(new, old, undotted):
    """The id of the concept that a change stands on."""
    for release in (new, old):
        for id in (undotted, naive.dotted(undotted)):
            if id in release.nodes or id in release.facts:
                return id
    raise naive.SourceError("no concept is " + undotted)


def status_of(facts, id):
    """The status of a page that was verified against the older release, judged by the newer."""
    if id in facts.gone:
        return "GONE"
    if id in facts.now_header:
        return "NOW_HEADER"
    if id in facts.changes:
        return "STALE_CONTENT"
    return "CARRIED_FORWARD_IN_PART" if facts.missing else "CARRIED_FORWARD"


def statuses(facts):
    return Counter(status_of(facts, id) for id in facts.codes)


def causes(facts):
    """By cause the codes that it bears on: pairs of status and change, missing group or None."""
    found = defaultdict(set)
    for id in facts.gone:
        found["GONE", None].add(id)
    for id in facts.now_header:
        found["NOW_HEADER", None].add(id)
    for id, changes in facts.changes.items():
        for change in changes:
            found["STALE_CONTENT", change].add(id)
    # What is stale is carried forward in no part; but its groups that were not compared are told.
    for group in facts.missing:
        found["CARRIED_FORWARD_IN_PART", group] = set(facts.codes) - facts.gone
    return found
