"""Facts that are known of single codes, asked of their histories.

The same facts as in dated_facts.py, each day looked up in the code's life; and what a life
must say of the time around a gap.
"""

import grpc

import dated_facts
import history
from dated_facts import BILLABLE, GONE, HEADER
from server_check import Mismatch, expect

WORDS = {("BILLABLE",): BILLABLE, ("HEADER",): HEADER, ("ABSENT",): GONE}

# Code, and its whole life: status, the release with which it began, its first day, the day of
# its end, whether a gap precedes, whether one follows.
LIVES = (
    ("T81.4XXA", ("BILLABLE", "2016", "2015-10-01", "2017-10-01", True, True),
     ("NOT_KNOWN", "", "2017-10-01", "2018-10-01", False, False),
     ("ABSENT", "2019", "2018-10-01", "2020-04-01", True, True)),
    ("A04.7", ("BILLABLE", "2016", "2015-10-01", "2017-10-01", True, True),
     ("NOT_KNOWN", "", "2017-10-01", "2018-10-01", False, False),
     ("HEADER", "2019", "2018-10-01", "2020-04-01", True, True)),
    ("M54.5", ("BILLABLE", "2021", "2020-10-01", "2021-10-01", True, False),
     ("HEADER", "2022", "2021-10-01", "2023-04-01", False, True)),
    ("G35", ("BILLABLE", "2024", "2023-10-01", "2025-10-01", True, False),
     ("HEADER", "2026", "2025-10-01", "", False, False)),
    ("C86.0", ("BILLABLE", "2024", "2023-10-01", "2024-10-01", True, False),
     ("HEADER", "2025", "2024-10-01", "", False, False)),
    ("R05.9", ("ABSENT", "2021", "2020-10-01", "2021-10-01", True, False),
     ("BILLABLE", "2022", "2021-10-01", "2023-04-01", False, True)),
    ("Z20.822", ("ABSENT", "2021", "2020-10-01", "2021-01-01", True, False),
     ("BILLABLE", "2021-01", "2021-01-01", "2023-04-01", False, True)),
    ("F43.89", ("BILLABLE", "2023", "2022-10-01", "2023-04-01", False, True),
     ("NOT_KNOWN", "", "2023-04-01", "2023-10-01", False, False),
     ("BILLABLE", "2024", "2023-10-01", "", True, False)),
)


def ask(server, code):
    return server.ask_terminology.GetHistory(
        server.history_pb2.GetHistoryRequest(id=code), timeout=30)


def state_on(answer, spans, day):
    """What a life says of a day, in the words of dated_facts.FACTS."""
    for what, _, since, until, _, _ in spans:
        if since <= day and (not until or day < until):
            if what in WORDS:
                return WORDS[what]
            gaps = [gap for gap in answer.gaps
                    if gap.from_date <= day and (not gap.until_date or day < gap.until_date)]
            editions = [edition for gap in gaps for edition in gap.unloaded_editions]
            return "!" + ",".join(editions)
    raise Mismatch("nothing is said of " + day)


def check_facts(server):
    """Returns how many days were looked up."""
    looked_up = 0
    for code, *days in dated_facts.FACTS:
        answer = ask(server, code)
        spans = history.told_life(server, answer.history)[2]
        for day, expected in days:
            expect("%s on %s" % (code, day), expected, state_on(answer, spans, day))
            looked_up += 1
    return looked_up


def check_lives(server):
    """Returns how many spans were found as they must be."""
    found = 0
    for code, *expected in LIVES:
        spans = history.told_life(server, ask(server, code).history)[2]
        for what, *rest in expected:
            span = (history.UNKNOWN if what == "NOT_KNOWN" else (what,), *rest)
            if span not in spans:
                raise Mismatch("%s was not %r, but %r" % (code, span, spans))
            found += 1
    return found


def check_ended_codes(server):
    """The codes that stopped being billable on 2025-10-01, found in the lives of all."""
    headers, ended = set(), 0
    _, lives = history.stream(server, billable_only=True)
    for life in lives:
        spans = history.told_life(server, life)[2]
        for before, after in zip(spans, spans[1:]):
            if before[0] != ("BILLABLE",) or before[3] != "2025-10-01":
                continue
            ended += 1
            if after[0] == ("HEADER",):
                headers.add(life.id)
    expect("codes that became headers", sorted(dated_facts.HEADERS_OF_2026), sorted(headers))
    expect("codes that stopped being billable", dated_facts.ENDED_IN_2026, ended)
    return ended


def check_unknown_code(server):
    """A code that no release has is refused, with the editions that may have had it."""
    try:
        ask(server, "Z99.ZZZ")
    except grpc.RpcError as error:
        expect("the reason", "CONCEPT_NOT_FOUND", server.error_of(error).reason)
        for edition in ("2015", "2018", "2020-04", "2023-04"):
            if edition not in error.details():
                raise Mismatch("%s does not name %s" % (error.details(), edition))
        return
    raise Mismatch("Z99.ZZZ has a life")


CHECKS = (("facts of single codes in their histories", check_facts),
          ("histories around gaps", check_lives),
          ("the codes that ended on 2025-10-01, in histories", check_ended_codes),
          ("a code that never was", check_unknown_code))
