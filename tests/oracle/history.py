"""The lives of all codes, read naively from the order files, tabular lists and POA lists, and
held against what StreamHistories and GetHistory say.

What is known of which time comes from the table of editions below and not from the server's
own register: it is what the publisher is known to have published.
"""

import itertools

import naive
import poa
from server_check import Mismatch, expect

# Every 1 October from 2012 to 2026 an edition took effect, that of the fiscal year after.
FIRST_YEAR, LAST_YEAR = 2013, 2027
# Those within years, and whether they changed codes, flags or titles. All changed notes.
WITHIN_YEARS = {"2020-04": True, "2021-01": True, "2022-04": True, "2023-04": True,
                "2024-04": False, "2025-04": False, "2026-04": False}

# Those of them that brought a list of POA-exempt codes; the others left the year's in force.
WITH_POA_LISTS = {"2021-01", "2022-04"}

# What there is to say of something at one time: that there is nothing, that not even that is
# known, that it is not known what, or what.
NOTHING, GAP, UNKNOWN = ("nothing",), ("gap",), ("unknown",)
UNCERTAIN = (GAP, UNKNOWN)

NOTE_KIND_TAGS = {"INCLUDES": "includes", "EXCLUDES1": "excludes1", "EXCLUDES2": "excludes2",
                  "CODE_FIRST": "codeFirst", "CODE_ALSO": "codeAlso",
                  "USE_ADDITIONAL_CODE": "useAdditionalCode", "NOTE": "notes",
                  "INCLUSION_TERM": "inclusionTerm"}


def first_day(edition):
    year, _, month = edition.partition("-")
    return "%s-%s-01" % (year, month) if month else "%04d-10-01" % (int(year) - 1)


def fiscal_year(day):
    return int(day[:4]) + (day[5:7] >= "10")


class Time:
    """A time between the first days of two editions. `release` is None where it is not known
    what codes there were; `rows` its codes; `notes` and `exempt` None where not known;
    `edition` is the edition that took effect, loaded or not."""

    def __init__(self, edition, loaded, release, rows, notes, exempt):
        self.edition, self.loaded = edition, loaded
        self.release, self.rows, self.notes, self.exempt = release, rows, notes, exempt
        self.since, self.until = first_day(edition), ""


def own_notes(root):
    """The notes that stand on each diag, as lines of kind, headings and items."""
    notes = {}
    for diag in root.iter("diag"):
        lines = []
        for child in diag:
            if child.tag not in naive.NOTE_KINDS:
                continue
            texts = [naive.text_of(note.text) for note in child.findall("note")]
            texts = [text for text in texts if text]
            if texts:
                lines.append(child.tag)
            for place, text in enumerate(texts):
                heading = text.endswith(":") and place + 1 < len(texts)
                lines.append(("heading " if heading else "item ") + text)
        notes[naive.code_of(diag)] = tuple(lines)
    return notes


def times(ids, read, today):
    """Time from the first edition on; the last part has no end."""
    years = range(FIRST_YEAR, max(LAST_YEAR, fiscal_year(today)) + 1)
    editions = sorted(set(map(str, years)) | set(WITHIN_YEARS) | set(ids), key=first_day)
    found = []
    for edition in editions:
        within = "-" in edition
        before = found[-1] if found else None
        if edition in ids:
            release = read(edition)
            notes = own_notes(release.tabular) if release.tabular is not None else None
            exempt = poa.read_list(release.poa_files)
            if exempt is None and within:  # The year's list stays in force.
                exempt = before.exempt
            time = Time(edition, True, edition, release.by_code(), notes, exempt)
        elif within and not WITHIN_YEARS[edition]:
            time = Time(edition, False, before.release, before.rows, None, before.exempt)
        else:
            exempt = before.exempt if within and edition not in WITH_POA_LISTS else None
            time = Time(edition, False, None, None, None, exempt)
        if before:
            before.until = time.since
        found.append(time)
    return found


def spans(line, gap_before, values):
    """Groups equal neighbours: tuples of what, release, first day, day of the end, whether a
    gap precedes, whether one follows. `values` has one of each Time of the line."""
    groups, place = [], 0
    for value, members in itertools.groupby(values):
        count = len(list(members))
        groups.append((value, line[place], line[place + count - 1]))
        place += count
    found = []
    for i, (value, first, last) in enumerate(groups):
        if value in (NOTHING, GAP):
            continue
        before = groups[i - 1][0] if i else GAP if gap_before else NOTHING
        after = groups[i + 1][0] if i + 1 < len(groups) else NOTHING
        known = value != UNKNOWN
        found.append((value, first.release if known else "", first.since, last.until,
                      known and before in UNCERTAIN, known and after in UNCERTAIN))
    return found


def life(line, gap_before, code):
    """What each facet of a code was, as spans, and its first and last release."""
    statuses, titles, notes, exemptions = [], [], [], []
    having = []
    for time in line:
        if time.release is None:
            statuses.append(UNKNOWN)
            for values in (titles, notes, exemptions):
                values.append(GAP)
            continue
        row = time.rows.get(code)
        if row is None:
            statuses.append(("ABSENT",))
            for values in (titles, notes, exemptions):
                values.append(NOTHING)
            continue
        having.append(time.release)
        statuses.append(("BILLABLE" if row.billable else "HEADER",))
        titles.append((row.long, row.short))
        notes.append(UNKNOWN if time.notes is None else ("notes",) + time.notes.get(code, ()))
        exemptions.append(NOTHING if not row.billable else UNKNOWN if time.exempt is None else
                          ("EXEMPT" if code in time.exempt else "NOT_EXEMPT",))
    return [having[0], having[-1]] + [spans(line, gap_before, values)
                                      for values in (statuses, titles, notes, exemptions)]


def told_span(value, span):
    return (value, span.from_release_id, span.from_date, span.until_date, span.begins_after_gap,
            span.ends_in_gap)


def named(enum, value, prefix):
    name = enum.Name(value)[len(prefix):]
    return UNKNOWN if name == "NOT_KNOWN" else (name,)


def note_lines(server, notes):
    lines = []
    for note in notes:
        kind = server.concept_pb2.NoteKind.Name(note.kind)[len("NOTE_KIND_"):]
        lines.append(NOTE_KIND_TAGS[kind])
        for group in note.groups:
            if group.HasField("heading"):
                lines.append("heading " + group.heading)
            lines += ["item " + item for item in group.items]
    return tuple(lines)


def told_life(server, history):
    """A CodeHistory in the words of `life`."""
    pb = server.history_pb2
    return [history.first_release_id, history.last_release_id,
            [told_span(named(pb.CodeStatus, s.status, "CODE_STATUS_"), s.span)
             for s in history.statuses],
            [told_span((s.title, s.short_title), s.span) for s in history.titles],
            [told_span(("notes",) + note_lines(server, s.notes) if s.known else UNKNOWN, s.span)
             for s in history.notes],
            [told_span(named(pb.PoaState, s.state, "POA_STATE_"), s.span) for s in history.poa]]


def check_line(told, line):
    expected = []
    for time in line:
        if time.release is None:
            continue
        if expected and expected[-1][0] == time.release:
            expected[-1] = expected[-1][:2] + (time.until,)
        else:
            expected.append((time.release, time.since, time.until))
    expect("the line of releases", expected,
           [(r.release_id, r.from_date, r.until_date) for r in told.releases])


def check_gaps(server, told, everything):
    """Each time is in one gap, of the groups that are not known then, or in none."""
    name = server.selector_pb2.FacetGroup.Name
    for time in everything:
        missing = [group for group, known in (
            ("ORDER", time.release), ("TABULAR", time.notes), ("POA", time.exempt))
            if known is None]
        around = [gap for gap in told.gaps if gap.from_date <= time.since and
                  (not gap.until_date or time.since < gap.until_date)]
        groups = [name(g)[len("FACET_GROUP_"):] for gap in around for g in gap.facet_groups]
        expect("groups that are not known on " + time.since, missing, groups)
        expect("number of gaps on " + time.since, bool(missing), len(around))
        if around and not time.loaded and time.edition not in around[0].unloaded_editions:
            raise Mismatch("the gap on %s does not name %s" % (time.since, time.edition))
        if around and time.loaded and time.edition not in around[0].lacking_release_ids:
            raise Mismatch("the gap on %s does not name %s" % (time.since, time.edition))


def stream(server, **options):
    """The first message and all lives."""
    request = server.history_pb2.StreamHistoriesRequest(**options)
    messages = iter(server.ask_terminology.StreamHistories(request, timeout=600))
    first = next(messages)
    expect("lives in the first message", 0, len(first.histories))
    return first, (life for message in messages for life in message.histories)


def check_histories(server, ids, read):
    """The lives of all codes over all releases. Returns how many there are."""
    told, lives = stream(server, include_notes=True)
    everything = times(ids, read, told.as_of)
    known = [time.release is not None for time in everything].index(True)
    line = everything[known:]
    check_line(told, line)
    check_gaps(server, told, everything)
    codes = sorted({code for time in line if time.rows for code in time.rows})
    count = 0
    for code, history in itertools.zip_longest(codes, lives):
        id = code and naive.dotted(code)
        expect("the next code", id, history and history.id)
        found = told_life(server, history)
        for what, expected, actual in zip(
                ("first release", "last release", "statuses", "titles", "notes", "poa"),
                life(line, known > 0, code), found):
            expect("%s of %s" % (what, id), expected, actual)
        count += 1
    expect("number of lives", len(codes), count)
    return count


def check_single(server):
    """GetHistory tells of every hundredth code what StreamHistories does."""
    told, lives = stream(server, include_notes=True)
    asked = 0
    for history in itertools.islice(lives, 0, None, 100):
        answer = server.ask_terminology.GetHistory(
            server.history_pb2.GetHistoryRequest(id=history.id), timeout=30)
        expect("the life of " + history.id, history, answer.history)
        expect("the line", list(told.releases), list(answer.releases))
        expect("the gaps", list(told.gaps), list(answer.gaps))
        asked += 1
    return asked
