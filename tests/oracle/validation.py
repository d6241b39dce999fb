#!/usr/bin/python3
"""Holds StreamValidateCodes against a naive reading of published files.

  validation.py --codesetd PATH --stubs DIR [--protos DIR] [--releases DIR]

Of every release of LOADED: each row of its order file is billable or a header by its flag,
with the billable codes that begin with it; each code of another release that it lacks is not
yet or no longer valid; each padded stem lacks its 7th character, with the characters that make
codes and, where there is a tabular list, their meanings by the nearest definition; each code
without its placeholders is given them. Without the published releases the exit status is 77
(skipped).
"""

import argparse
import os
import sys
import tempfile

import end_to_end
import naive
import official
import server_check

LOADED = ("2017", "2021-01", "2023", "2026")
MESSAGE_ROWS = 1000


class Book:
    """What the files of one release say."""

    def __init__(self, release):
        self.flags = {row.code: row.billable for row in release.rows}
        self.order = [row.code for row in release.rows]
        self.definitions = None
        if release.chapters:
            self.definitions = {}
            for chapter in release.chapters:
                for section in chapter.sections:
                    for diag in section.element.iter("diag"):
                        meanings = {naive.text_of(e.get("char")): naive.text_of(e.text)
                                    for d in diag.findall("sevenChrDef")
                                    for e in d.findall("extension")}
                        if meanings:
                            self.definitions[naive.code_of(diag)] = meanings
        self.below = {}
        for code in self.order:
            if self.flags[code]:
                for length in range(3, len(code)):
                    self.below.setdefault(code[:length], []).append(naive.dotted(code))

    def completing(self, padded):
        """Characters, meanings and codes that complete a stem of six characters."""
        found = [code for code in self.order_of(padded) if self.flags[code]]
        if self.definitions is None:
            return [(code[6], "", naive.dotted(code)) for code in found]
        for length in range(6, 2, -1):
            meanings = self.definitions.get(padded[:length])
            if meanings is not None:
                return [(code[6], meanings[code[6]], naive.dotted(code)) for code in found
                        if code[6] in meanings]
        return []

    def order_of(self, padded):
        if not hasattr(self, "by_stem"):
            self.by_stem = {}
            for code in self.order:
                if len(code) == 7:
                    self.by_stem.setdefault(code[:6], []).append(code)
        return self.by_stem.get(padded, [])


def expected_rows(id, books):
    """Pairs of a text and what it is to be told: outcome, suggestion and what else is known."""
    book = books[id]
    for code in book.order:
        if book.flags[code]:
            yield code, ("BILLABLE", "", None)
        else:
            choices = book.below[code]
            yield code, ("HEADER", choices[0] if len(choices) == 1 else "", choices)
    ever = {code for other in books.values() for code, flag in other.flags.items() if flag}
    for code in sorted(ever - set(book.flags)):
        older = any(books[o].flags.get(code) for o in books
                    if end_to_end.release_key(o) < end_to_end.release_key(id))
        yield code, ("NO_LONGER_VALID" if older else "NOT_YET_VALID", None, None)
    for code in book.order:
        if len(code) != 7 or not book.flags[code] or code[5] != "X":
            continue
        if code[:6] not in book.flags and code[:6] not in ever:
            characters = book.completing(code[:6])
            yield code[:6], ("SEVENTH_CHARACTER_MISSING",
                             characters[0][2] if len(characters) == 1 else "", characters)
        short = code[:6].rstrip("X") + code[6]
        if short not in book.flags and short not in ever:
            yield short, ("PLACEHOLDER_MISSING", naive.dotted(code), None)


def served(server, id, texts):
    """The results of a stream, one a text."""
    pb2 = server.validation_pb2

    def requests():
        for begin in range(0, len(texts), MESSAGE_ROWS):
            request = pb2.StreamValidateCodesRequest(rows=[
                pb2.CodeToValidate(code=text) for text in texts[begin:begin + MESSAGE_ROWS]])
            if begin == 0:
                request.release.CopyFrom(server.selector(id))
            yield request

    for message in server.ask_terminology.StreamValidateCodes(requests(), timeout=600):
        yield from message.results


def check_release(server, id, books):
    """Returns how many texts were held against each other."""
    rows = list(expected_rows(id, books))
    results = list(served(server, id, [text for text, _ in rows]))
    server_check.expect(id + " results", len(rows), len(results))
    alone = books[id].definitions is None
    for number, ((text, (outcome, suggested, more)), told) in enumerate(zip(rows, results)):
        what = "%s in %s" % (text, id)
        server_check.expect(what + " row", number, told.row)
        name = server.validation_pb2.ValidationOutcome.Name(told.outcome)
        server_check.expect(what, "VALIDATION_OUTCOME_" + outcome, name)
        if suggested is not None:
            server_check.expect(what + " suggestion", suggested, told.suggested_id)
        if outcome == "HEADER":
            server_check.expect(what + " count", len(more), told.choice_count)
            server_check.expect(what + " choices", more[:100], [c.id for c in told.choices])
        if outcome == "SEVENTH_CHARACTER_MISSING":
            server_check.expect(what + " characters", more,
                                [(c.character, c.meaning, c.code_id)
                                 for c in told.seventh_characters])
            server_check.expect(what + " from codes alone", alone, told.from_codes_alone)
    return "%d texts" % len(rows)


def main():
    parser = argparse.ArgumentParser(description="Compares validation with published files.")
    parser.add_argument("--codesetd", required=True)
    parser.add_argument("--stubs", required=True, help="folder to generate stubs into")
    parser.add_argument("--protos", default=os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "..", "proto"))
    parser.add_argument("--releases", default=official.official_releases())
    options = parser.parse_args()
    if not options.releases:
        return official.skipped()
    stubs = os.path.abspath(options.stubs)
    server_check.generate_stubs(os.path.abspath(options.protos), stubs)
    run = end_to_end.Run()
    books = {id: Book(naive.Release(os.path.join(options.releases, id))) for id in LOADED}
    with tempfile.TemporaryDirectory(prefix="codeset-") as data_dir:
        for id in LOADED:
            run.check("load %s" % id, end_to_end.load, options.codesetd, data_dir, id,
                      os.path.join(options.releases, id))
        daemon = end_to_end.Daemon(options.codesetd, data_dir)
        try:
            server = server_check.Server(daemon.address, stubs)
            for id in LOADED:
                run.check("validation in %s" % id, check_release, server, id, books)
        finally:
            run.check("stops on SIGTERM", server_check.expect, "exit status", 0, daemon.stop())
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
