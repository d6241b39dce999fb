"""Facts that are known of single codes, asked by date on both sides of the day.

What is expected comes from the publisher's announcements, not from any file that the server
was loaded with. A day whose edition is not among the loaded ones must be refused with the
edition's name, whatever stands on either side of it.
"""

import grpc

import server_check

BILLABLE, HEADER, GONE = "billable", "header", "not in the code set"

# Code, then pairs of a date and what holds on it; `!` opens the edition that is missing.
FACTS = (
    ("T81.4XXA", ("2017-09-30", BILLABLE), ("2017-10-01", "!2018"), ("2018-09-30", "!2018"),
     ("2018-10-01", GONE), ("2026-11-23", GONE)),
    ("T81.40XA", ("2017-09-30", GONE), ("2018-10-01", BILLABLE)),
    ("A04.7", ("2015-10-01", BILLABLE), ("2017-09-30", BILLABLE), ("2017-10-01", "!2018"),
     ("2018-10-01", HEADER), ("2026-11-23", HEADER)),
    ("A04.71", ("2017-09-30", GONE), ("2018-10-01", BILLABLE)),
    ("A04.72", ("2017-09-30", GONE), ("2018-10-01", BILLABLE)),
    ("G35", ("2025-03-31", BILLABLE), ("2025-09-30", BILLABLE), ("2025-10-01", HEADER),
     ("2026-10-01", HEADER)),
    ("G35.A", ("2025-09-30", GONE), ("2025-10-01", BILLABLE)),
    ("C86.0", ("2024-04-01", BILLABLE), ("2024-09-30", BILLABLE), ("2024-10-01", HEADER)),
    ("M54.5", ("2020-12-31", BILLABLE), ("2021-09-30", BILLABLE), ("2021-10-01", HEADER)),
    ("M54.50", ("2021-09-30", GONE), ("2021-10-01", BILLABLE)),
    ("M54.51", ("2021-09-30", GONE), ("2021-10-01", BILLABLE)),
    ("M54.59", ("2021-09-30", GONE), ("2021-10-01", BILLABLE)),
    ("R05.9", ("2021-09-30", GONE), ("2021-10-01", BILLABLE), ("2022-04-01", BILLABLE)),
    ("F43.89", ("2022-09-30", GONE), ("2022-10-01", BILLABLE), ("2023-03-31", BILLABLE),
     ("2023-04-01", "!2023-04"), ("2023-09-30", "!2023-04"), ("2023-10-01", BILLABLE)),
    ("Z20.822", ("2020-12-31", GONE), ("2021-01-01", BILLABLE)),
    ("U07.1", ("2020-03-31", GONE), ("2020-04-01", "!2020-04"), ("2020-09-30", "!2020-04"),
     ("2020-10-01", BILLABLE)),
)

# Billable to 2025-09-30; headers from 2025-10-01.
HEADERS_OF_2026 = ("G35", "B88.0", "D71", "E72.53", "E78.01", "E88.1", "H01.8", "Q89.8", "Q99.8",
                   "R10.2", "R76.8", "Z40.8", "Z59.86", "Z84.1", "Z91.011", "Z91.012")
# So many codes stop being billable that day, those included.
ENDED_IN_2026 = 28


def state_on(server, code, date):
    """What the server says of a code on a date, in the words of FACTS."""
    request = server.terminology_pb2.GetConceptRequest(
        release=server.selector_pb2.ReleaseSelector(date=date), id=code)
    try:
        answer = server.ask_terminology.GetConcept(request, timeout=30)
    except grpc.RpcError as error:
        info = server.error_of(error)
        if info.reason == "CONCEPT_NOT_FOUND":
            return GONE
        if info.reason == "RELEASE_NOT_LOADED":
            return "!" + info.metadata["edition"]
        raise
    server_check.expect("the date that answered for %s" % code, date, answer.release.coverage.date)
    return BILLABLE if answer.found.billable else HEADER


def check_facts(server):
    """Returns how many days were asked about."""
    asked = 0
    for code, *days in FACTS:
        for date, expected in days:
            server_check.expect("%s on %s" % (code, date), expected, state_on(server, code, date))
            asked += 1
    for code in HEADERS_OF_2026:
        server_check.expect("%s on 2025-09-30" % code, BILLABLE,
                            state_on(server, code, "2025-09-30"))
        server_check.expect("%s on 2025-10-01" % code, HEADER, state_on(server, code, "2025-10-01"))
        asked += 2
    return asked


def check_ended_codes(server):
    """The codes that stopped being billable on 2025-10-01, found as a diff between dates."""
    kinds = server.releases_pb2
    ended, headers = set(), set()
    request = server.releases_pb2.StreamDiffRequest()
    getattr(request, "from").date = "2025-09-30"
    request.to.date = "2025-10-01"
    request.facets.extend([kinds.FACET_EXISTENCE, kinds.FACET_BILLABLE])
    for message in server.ask_releases.StreamDiff(request, timeout=120):
        for change in message.changes:
            if change.kind == kinds.CHANGE_KIND_BECAME_HEADER:
                headers.add(change.id)
                if not change.billable_descendant_ids:
                    raise server_check.Mismatch("%s has no code to move to" % change.id)
            elif change.kind == kinds.CHANGE_KIND_DELETED and change.before.billable:
                ended.add(change.id)
    server_check.expect("codes that became headers", sorted(HEADERS_OF_2026), sorted(headers))
    server_check.expect("codes that stopped being billable", ENDED_IN_2026,
                        len(ended) + len(headers))
    return len(ended) + len(headers)


def check_coverage(server):
    """How well days are covered whose editions changed notes alone, or came too early."""
    def coverage(date, **more):
        selector = server.selector_pb2.ReleaseSelector(date=date, **more)
        return server.ask_releases.ResolveRelease(
            server.releases_pb2.ResolveReleaseRequest(release=selector), timeout=30).release
    kinds = server.selector_pb2
    spring = coverage("2026-05-01")
    server_check.expect("the release of 2026-05-01", "2026", spring.release_id)
    server_check.expect("its coverage", kinds.COVERAGE_KIND_OTHER_GROUPS_CHANGED,
                        spring.coverage.kind)
    server_check.expect("its missing editions", ["2026-04"], list(spring.coverage.unloaded_editions))
    stale = coverage("2018-05-01", allow_stale=True)
    server_check.expect("the release of 2018-05-01", "2017", stale.release_id)
    server_check.expect("its coverage", kinds.COVERAGE_KIND_STALE, stale.coverage.kind)
    for date, expected in (("2015-09-30", True), ("2015-10-01", False)):
        early = coverage(date, allow_stale=True).coverage
        server_check.expect("whether %s lies before the mandate" % date, expected,
                            early.before_mandate)


CHECKS = (("facts of single codes on both sides of their days", check_facts),
          ("the codes that ended on 2025-10-01", check_ended_codes),
          ("coverage of days without an edition of their own", check_coverage))
