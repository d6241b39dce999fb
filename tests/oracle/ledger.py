#!/usr/bin/python3
"""Holds the ledger of verifications against a naive comparison of the published files.

For each pair of releases the first is loaded, every billable code of it gets a page and a
verification against it, and then the second is loaded. Exactly the codes with a changed facet,
own or inherited, must be stale, gone or a header now, and all others carried forward (in part,
where one of the releases lacks a group): in the report of the load, in the queue with its groups
and codes, and code by code. Digests of pages, and of one release the effective digests, are
recomputed. Without the published releases the exit status is 77 (skipped).
"""

import argparse
import datetime
import itertools
import multiprocessing
import os
import sys
import tempfile
from collections import Counter

import end_to_end
import ledger_calls
import ledger_facts
import official
import reference_pages
import server_check
from server_check import Mismatch, expect

# The releases, and whether an edition between them is known and was not loaded: 2022 for one. Then
# a change may be older than the release in which it is seen.
PAIRS = (("2016", "2017", False), ("2021", "2021-01", False), ("2021-01", "2023", True))
# Has all four groups, so that each has digests to recompute.
DIGESTS_OF = "2021-01"
STALE = ("GONE", "NOW_HEADER", "STALE_CONTENT", "CARRIED_FORWARD_IN_PART")
GROUP = {"order": 1, "tabular": 2, "poa": 3, "conversion": 4}
VERIFIER = "the oracle"
ENCODED_BY_HAND = reference_pages.SHAPES // 2
FIRST_CODES = 10
# Of groups whose first codes are all, ListQueueCodes is asked for one in so many.
SMALL_ASKED = 20
SHOWN = 3


class Comparison:
    """A server that holds `old` with pages and verifications, and then `new`."""

    def __init__(self, ledger, pair, root):
        self.ledger = ledger
        self.old, self.new, self.gap = pair
        self.root = root
        server = ledger.server
        self.status_name = server.verification_pb2.VerificationStatus.Name
        self.facet_name = server.releases_pb2.Facet.Name
        self.level_name = server.verification_pb2.ChangeLevel.Name
        # Yesterday: the server's day is New York's, which this machine's may be ahead of.
        self.day = str(datetime.date.today() - datetime.timedelta(days=1))
        self.report = self.recorded = None
        self.pages, self.digests, self.usage, self.small = [], {}, {}, itertools.count()

    def folder(self, id):
        return os.path.join(self.root, id)

    def fill(self):
        """Loads, imports, verifies, loads."""
        ledger, server = self.ledger, self.ledger.server
        ledger.load(self.old, self.folder(self.old))
        ids = [result.found.id for _, result in ledger.concepts(self.old, self.listed())]
        self.pages = reference_pages.pages(server.reference_pb2, ids)
        report = ledger.import_pages(self.old, self.pages)
        expect("pages created, revised, unchanged, warned of", (len(ids), 0, 0, 0),
               (report.created, report.revised, report.unchanged, report.warning_count))
        # By hand the pages of many kinds of fields, and as many small ones: it takes time.
        self.digests = {page.code: reference_pages.digest(page, number % ENCODED_BY_HAND == 0)
                        for number, page in enumerate(self.pages)}
        new_event = server.verification_pb2.NewVerification
        self.recorded = ledger.record([new_event(
            id="oracle/" + id, code=id, revision=1, date=self.day, verifier=VERIFIER, outcome=1,
            revision_digest=digest, release=server.selector(self.old))
            for id, digest in self.digests.items()])
        self.usage = {id: place % 7 for place, id in enumerate(ids) if place % 7}
        ledger.set_usage(self.usage)
        self.report = ledger.load(self.new, self.folder(self.new))
        return "%d pages" % len(ids)

    def listed(self):
        """The billable codes as the server lists them: what they should be is checked later."""
        pb2, found, token = self.ledger.server.terminology_pb2, [], ""
        while True:
            answer = self.ledger.server.ask_terminology.ListConcepts(pb2.ListConceptsRequest(
                release=self.ledger.server.selector(self.old), page_size=1000, page_token=token,
                billable=True), timeout=ledger_calls.TIMEOUT)
            found += [concept.id for concept in answer.concepts]
            token = answer.next_page_token
            if not token:
                return found

    def check_pages(self, facts):
        """All pages come back as they were imported, with their digests."""
        expect("codes with a page", sorted(facts.codes), sorted(page.code for page in self.pages))
        ours = sorted(self.pages, key=lambda page: page.code.replace(".", ""))
        count = 0
        for expected, (page, revision) in zip(ours, self.ledger.pages()):
            if page != expected:
                raise Mismatch("the page of %s: expected %s, came %s" % (page.code, expected, page))
            expect("revision of " + page.code, (page.code, 1, self.digests[page.code]),
                   (revision.code, revision.number, revision.digest))
            count += 1
        expect("pages", len(ours), count)
        return "%d digests" % count

    def check_digests(self, facts):
        """What applied to the codes when they were verified, by FORMAT.md §1.6."""
        for event in self.recorded:
            told = {one.group: one.digest for one in event.effective_digests}
            expected = facts.digests[event.event.code]
            expect("effective digests of " + event.event.code,
                   {GROUP[name]: digest for name, digest in expected.items()}, told)
        return "%d codes, %d groups" % (len(facts.digests), len(expected))

    def check_impact(self, facts):
        expect("verification_impact is there", True, self.report.HasField("verification_impact"))
        counts, told = ledger_facts.statuses(facts), self.report.verification_impact
        expected = {"verified_pages": len(facts.codes), "verified": 0}
        for name in STALE + ("CARRIED_FORWARD",):
            expected[name.lower()] = counts[name]
        expect("verification_impact", expected, {name: getattr(told, name) for name in expected})
        return ", ".join("%d %s" % (counts[name], name.lower()) for name in sorted(counts))

    def change_of(self, told):
        """A ContentChange, or what a group of the queue is about, as the naive comparison has it."""
        groups = {number: name for name, number in GROUP.items()}
        group = told.facet_group if hasattr(told, "facet_group") else told.group
        facet = self.facet_name(told.facet)[len("FACET_"):] if told.facet else "-"
        return (groups[group], facet,
                self.level_name(told.level)[len("CHANGE_LEVEL_"):].lower(), told.origin_id)

    def status(self, number):
        return self.status_name(number)[len("VERIFICATION_STATUS_"):]

    def check_queue(self, facts):
        """Every group of every status, with all of its codes."""
        numbers = self.ledger.server.verification_pb2.VerificationStatus.values()
        groups, answer = self.ledger.queue(self.new, [number for number in numbers if number])
        expect("pages", len(facts.codes), answer.pages)
        told, ids = {}, set()
        for group in groups:
            status, about = self.status(group.status), None
            if status == "STALE_CONTENT":
                about = self.change_of(group)
                expect("title of " + group.origin_id, facts.titles[group.origin_id],
                       group.origin_title)
            elif status == "CARRIED_FORWARD_IN_PART":
                about = next(name for name in GROUP if GROUP[name] == group.facet_group)
            if (status, about) in told:
                raise Mismatch("two groups of %s %s" % (status, about))
            told[status, about] = self.check_codes(group, facts)
            ids.add(group.id)
        expect("different ids of groups", len(groups), len(ids))
        self.expect_same("queue", ledger_facts.causes(facts), told)
        self.check_order(groups)
        default, _ = self.ledger.queue(self.new, [])
        expect("groups without those in part", [
            group.id for group in groups if self.status(group.status) != STALE[-1]],
            [group.id for group in default])
        return "%d groups" % len(groups)

    def check_codes(self, group, facts):
        """Count, usage, order and titles of a group's codes; gives them."""
        ids, codes = list(group.first_codes), []
        # A small group has named all of its codes; to ask for every one would take minutes.
        if group.code_count > FIRST_CODES or next(self.small) % SMALL_ASKED == 0:
            codes = self.ledger.codes_of(self.new, group.id)
            ids = [one.code for one in codes]
        expect("order of codes", sorted(ids, key=lambda id: (-self.usage.get(id, 0), id)), ids)
        expect("count, usage and first codes of a group",
               (len(ids), sum(self.usage.get(id, 0) for id in ids), ids[:FIRST_CODES]),
               (group.code_count, group.usage, list(group.first_codes)))
        for one in codes:
            expect("a code of the queue",
                   (facts.titles[one.code], self.day, self.usage.get(one.code, 0)),
                   (one.title, one.last_verified, one.usage))
        if len(set(ids)) != len(ids):
            raise Mismatch("a code stands twice in a group")
        return set(ids)

    def check_order(self, groups):
        """By status, own before inherited, usage, number of codes, as references.proto has it."""
        keys = [(STALE.index(self.status(group.status)), group.level, -group.usage,
                 -group.code_count) for group in groups]
        expect("order of the queue", sorted(keys), keys)

    def expect_same(self, what, expected, told):
        if expected == told:
            return
        different = [key for key in set(expected) | set(told) if expected.get(key) != told.get(key)]
        for key in sorted(different, key=str)[:SHOWN]:
            a, b = expected.get(key, set()), told.get(key, set())
            print("  %s %s: missing %s, too many %s" % (
                what, key, sorted(a - b)[:SHOWN], sorted(b - a)[:SHOWN]))
        raise Mismatch("%s: %d differ" % (what, len(different)))

    def check_concepts(self, facts):
        """Status and reasons of every code; headers, which have no page, have none."""
        for id, result in self.ledger.concepts(self.new, facts.codes):
            there = id not in facts.gone
            expect(id + " is found and has a verification", (there, there),
                   (result.HasField("found"), result.HasField("verification")))
            if there:
                self.check_state(facts, id, result.verification)
        for id, result in self.ledger.concepts(self.new, facts.headers):
            expect("header %s has a verification" % id, False, result.HasField("verification"))
        for id, result in self.ledger.concepts(self.old, facts.codes):
            expect("%s in the release of its verification" % id, ("VERIFIED", 0),
                   (self.status(result.verification.status), len(result.verification.reasons)))
        # What is no concept any more still has its page.
        for id in sorted(facts.gone):
            answer = self.ledger.page_of(self.new, id)
            expect(id + " is found", False, answer.HasField("found"))
            self.check_state(facts, id, answer.verification)
        return "%d codes" % len(facts.codes)

    def check_state(self, facts, id, state):
        status, content, missing = ledger_facts.status_of(facts, id), set(), {}
        expect("status of " + id, status, self.status(state.status))
        expect("verification of " + id, (self.day, VERIFIER, self.old, "oracle/" + id, 1),
               (state.last_verified, state.verifier, state.verified_release_id,
                state.verification_id, state.revision))
        kinds = Counter(self.status(reason.status) for reason in state.reasons)
        for reason in state.reasons:
            expect("event of a reason of " + id, "oracle/" + id, reason.verification_id)
            if reason.HasField("content"):
                content.add(self.change_of(reason.content))
                expect("since when of " + id, (self.new, self.gap),
                       (reason.content.since_release_id, reason.content.since_at_the_latest))
            elif reason.HasField("not_compared"):
                group = next(name for name in GROUP if GROUP[name] == reason.not_compared.group)
                missing[group] = list(reason.not_compared.missing_in)
        expect("changes of " + id, facts.changes.get(id, set()), content)
        lacking = {} if status == "GONE" else facts.missing
        expect("groups not compared of " + id, lacking, missing)
        expected = Counter(STALE_CONTENT=len(content), CARRIED_FORWARD_IN_PART=len(lacking))
        if status in ("GONE", "NOW_HEADER"):
            expected[status] = 1
        expect("reasons of " + id, +expected, kinds)

    def tell(self, facts):
        """Prints how many codes are stale, by facet and level."""
        counts = Counter()
        for changes in facts.changes.values():
            counts.update({" ".join(change[:3]) for change in changes})
        for what, count in sorted(counts.items()):
            print("    %6d %s" % (count, what))


def check_pair(run, options, pair, pending):
    with tempfile.TemporaryDirectory(prefix="codeset-") as data_dir:
        daemon = end_to_end.Daemon(options.codesetd, data_dir)
        try:
            server = server_check.Server(daemon.address, options.stubs)
            ledger = ledger_calls.Ledger(server, data_dir)
            comparison = Comparison(ledger, pair, options.releases)
            what = "%s to %s: " % pair[:2]
            if run.check(what + "filled", comparison.fill) is None:
                return
            facts = pending.get()
            checks = [("pages", comparison.check_pages), ("impact", comparison.check_impact),
                      ("queue", comparison.check_queue), ("concepts", comparison.check_concepts)]
            if facts.digests is not None:
                checks.append(("effective digests", comparison.check_digests))
            for name, check in checks:
                run.check(what + name, check, facts)
            comparison.tell(facts)
        finally:
            run.check("stops on SIGTERM", expect, "exit status", 0, daemon.stop())


def main():
    parser = argparse.ArgumentParser(description="Compares the ledger with published files.")
    parser.add_argument("--codesetd", required=True)
    parser.add_argument("--stubs", required=True, help="folder to generate stubs into")
    parser.add_argument("--protos", default=os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "..", "proto"))
    parser.add_argument("--releases", default=official.official_releases())
    options = parser.parse_args()
    if not options.releases:
        return official.skipped()
    options.stubs = os.path.abspath(options.stubs)
    run = end_to_end.Run()
    # The files are compared by another process while the server works. It is started before any
    # of gRPC's threads are.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pending = [pool.apply_async(ledger_facts.find, (
            options.releases, old, new, old == DIGESTS_OF)) for old, new, _ in PAIRS]
        server_check.generate_stubs(os.path.abspath(options.protos), options.stubs)
        for pair, facts in zip(PAIRS, pending):
            check_pair(run, options, pair, facts)
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
