"""Holds GetReplacements against the rows of every published conversion table.

Each pair of current and previous code is asked for in both directions, from the release
before the row's day to the release whose table it is; the kind of the hop comes from a
second reading here. Rows that cannot be asked are counted by reason.
"""

import datetime
from collections import Counter, defaultdict

import conversion
import naive
from server_check import Mismatch, expect


# What cannot be asked of the table of 2026, counted by hand: of the 35 pairs, Q25.12 (for
# Q52.12) stands six times, R31.19, T85.192A to T85.192S, Z77.3 and Z40.89 nine times together,
# codes of V29.8 twelve times, H05.83 and H40.84, headers that are new themselves, eight times.
KNOWN_ROWS_OF_2026 = 5892
KNOWN_OF_2026 = {
    "no previous code": 125,
    "current code in no release": 1,  # E11.3X11
    "current code deleted since (pairs)": 1,  # Q51.20
    "current code a header by now, backwards alone (pairs)": 16,
    "previous code not in the release before (pairs)": 35,
}


class Codes:
    """The codes of a release, for looking up."""

    def __init__(self, release, effective):
        self.effective = effective
        self.order = [row.code for row in release.rows]
        self.place = {code: place for place, code in enumerate(self.order)}
        self.billable = {row.code: row.billable for row in release.rows}

    def below(self, code):
        """A billable code, or the billable ones below a header."""
        return [c for c in self.order[self.place[code]:self.place[code] + 5000]
                if c.startswith(code) and self.billable[c]] if code in self.place else []

    def between(self, first, last):
        start = self.place[first]
        end = max(self.place[c] for c in self.order[self.place[last]:self.place[last] + 5000]
                  if c.startswith(last))
        codes = [c for c in self.order[start:end + 1] if self.billable[c]]
        if len(first) == len(last) == 7 and first[6] == last[6]:
            codes = [c for c in codes if len(c) == 7 and c[6] == first[6]]
        return codes


def previous_codes(row, before):
    """The codes that a row names as previous, as the release before has them."""
    codes = []
    for first, last in conversion.terms_of(row.previous):
        if last == first and not before.billable.get(first, True):
            codes += before.below(first)
        elif last == first:
            codes.append(first)
        elif last is None:
            codes += before.below(first)
        else:
            codes += before.between(first, last)
    return list(dict.fromkeys(codes))


def kind_of(previous, row, after, outs, ins):
    if after.billable.get(previous):
        return "CARVED_OUT"
    if row.code.startswith(previous) and previous in after.billable:
        return "HEADERS_CHILD"
    if len(outs[previous, row.date]) > 1:
        return "SPLIT"
    return "MERGE" if len(ins[row.code, row.date]) > 1 else "ONE_TO_ONE"


def hop_to(server, id, code, other, start, end):
    """The single hop by which `other` stands for `code`; None if it does not."""
    if id not in hop_to.cache:
        hop_to.cache.clear()
        hop_to.cache[id] = {}
    key = (code, start, end)
    if key not in hop_to.cache[id]:
        answer = server.ask_terminology.GetReplacements(
            server.replacement_pb2.GetReplacementsRequest(
                id=code, **{"from": server.selector(start), "to": server.selector(end)}),
            timeout=120)
        expect("the table for %s to %s" % (start, end), id, answer.table_from)
        hop_to.cache[id][key] = {item.id: item.hops for item in answer.replacements}
    hops = hop_to.cache[id][key].get(naive.dotted(other), [])
    return hops[0] if len(hops) == 1 else None


hop_to.cache = {}


def check_table(server, id, rows, releases, reasons):
    """All rows of the table of one release; `releases` are Codes by id, oldest first.
    Returns how many questions were asked of pairs."""
    newer = releases[id]
    told = [(name, codes) for name, codes in releases.items() if codes.effective <= newer.effective]
    work, outs, ins, numbers = [], defaultdict(set), defaultdict(set), defaultdict(set)
    for row in rows:
        earlier = [item for item in told if item[1].effective < row.date]
        later = [item for item in told if item[1].effective >= row.date]
        if conversion.terms_of(row.previous) is None:
            reasons["cell of previous codes not read"] += 1
        elif not row.previous or row.previous == "None":
            reasons["no previous code"] += 1
        elif not earlier:
            reasons["nothing from before the row is loaded"] += 1
        elif not later:
            reasons["nothing from after the row is loaded"] += 1
        else:
            codes = previous_codes(row, earlier[-1][1])
            work.append((row, earlier[-1], later[0][1], codes))
            for code in codes:
                outs[code, row.date].add(row.code)
                ins[row.code, row.date].add(code)
            numbers[row.code, row.date].add(row.number)
    asked = 0
    for row, (before_id, before), after, codes in work:
        if not any(row.code in codes_of.place for codes_of in releases.values()):
            reasons["current code in no release"] += 1
            continue
        for code in codes:
            forward = newer.billable.get(row.code, False)
            backward = row.code in newer.place
            if not before.billable.get(code, False):
                reasons["previous code not in the release before (pairs)"] += 1
                continue
            if not forward:
                reasons["current code a header by now, backwards alone (pairs)" if backward else
                        "current code deleted since (pairs)"] += 1
            kind = server.replacement_pb2.ReplacementKind.Value(
                "REPLACEMENT_KIND_" + kind_of(code, row, after, outs, ins))
            for wanted, ask in ((forward, (code, row.code, before_id, id)),
                                (backward, (row.code, code, id, before_id))):
                if not wanted:
                    continue
                asked += 1
                hop = hop_to(server, id, *ask)
                told = None if hop is None else (
                    hop.previous_id, hop.current_id, hop.effective_date, hop.kind, hop.derived,
                    hop.row.row in numbers[row.code, row.date])
                if told != (naive.dotted(code), naive.dotted(row.code), str(row.date), kind,
                            False, True):
                    raise Mismatch("row %d of %s, %s from %s to %s: expected kind %s, got %s" % (
                        (row.number, id, ask[0]) + ask[2:] + (kind, hop)))
    return asked


def check_tables(server, ids, read):
    """Every row of every table. Returns what was asked and what could not be."""
    days = {release.id: datetime.date.fromisoformat(release.effective_date)
            for release in server.ask_releases.ListReleases(
                server.releases_pb2.ListReleasesRequest(), timeout=60).releases}
    releases = {id: Codes(read(id), days[id]) for id in sorted(ids, key=lambda id: days[id])}
    told = []
    for id in ids:
        rows = conversion.read_table(read(id).table_files)
        if rows is None:
            continue
        reasons = Counter()
        asked = check_table(server, id, rows, releases, reasons)
        if id == "2026" and len(rows) == KNOWN_ROWS_OF_2026 and "2016" in ids:
            expect("what cannot be asked of the table of 2026", KNOWN_OF_2026, dict(reasons))
        told.append("%s: %d rows, %d asked%s" % (
            id, len(rows), asked,
            "".join(", %d %s" % (count, why) for why, count in sorted(reasons.items()))))
    return "; ".join(told)
