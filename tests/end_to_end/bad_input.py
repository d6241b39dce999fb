#!/usr/bin/python3
"""Bad input is refused with its reason, by both ways to load and by every question.

  bad_input.py --codesetd PATH --codesetctl PATH --stubs DIR

For each: exit status 2 or 3, the reason and the place on standard error, nothing on
standard output, nothing written, and the server still serves.
"""

import os
import sys
import zipfile

import programs
from programs import Mismatch, contains, expect

ORDER = "icd10cm_order_2026.txt"
TABULAR = "icd10cm_tabular_2026.xml"
BROKEN_LINE = 40
BOMB = (b"<!DOCTYPE b [<!ENTITY a0 \"lol\">"
        + b"".join(b"<!ENTITY a%d \"%s\">" % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 11))
        + b"]>")


class Inputs:
    """Makes bad files out of the miniature's 2026."""

    def __init__(self, world):
        self.world = world
        self.order = self._read(ORDER)
        self.tabular = self._read(TABULAR)
        self.lines = self.order.splitlines(keepends=True)

    def _read(self, name):
        with open(os.path.join(self.world.published("2026"), name), "rb") as file:
            return file.read()

    def _write(self, folder, **files):
        paths = []
        for name, content in files.items():
            path = os.path.join(self.world.folder(folder), name.replace("__", "."))
            with open(path, "wb") as file:
                file.write(content)
            paths.append(path)
        return paths

    def _order(self, folder, lines):
        return self._write(folder, icd10cm_order_2026__txt=b"".join(lines))

    def _with_tabular(self, folder, tabular):
        return self._write(folder, icd10cm_order_2026__txt=self.order,
                           icd10cm_tabular_2026__xml=tabular)

    def truncated_zip(self):
        whole = os.path.join(self.world.folder("zip"), "whole.zip")
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(ORDER, self.order)
        with open(whole, "rb") as file:
            content = file.read()
        return self._write("zip", truncated__zip=content[:len(content) * 6 // 10])

    def damaged_zip(self):
        whole = os.path.join(self.world.folder("zip"), "stored.zip")
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(ORDER, self.order)
        with open(whole, "rb") as file:
            content = file.read()
        return self._write("zip", damaged__zip=content.replace(b"Cholera ", b"Cholerb ", 1))

    def not_an_order_file(self):
        return self._write("text", letter__txt=b"Dear operator,\r\n\r\nno codes today.\r\n")

    def empty_file(self):
        return self._write("empty", icd10cm_order_2026__txt=b"")

    def broken_line(self):
        lines = list(self.lines)
        line = lines[BROKEN_LINE - 1]
        lines[BROKEN_LINE - 1] = line[:14] + b"7" + line[15:]  # The flag is 0 or 1.
        return self._order("broken", lines)

    def cut_off_line(self):
        return self._order("cut", self.lines[:BROKEN_LINE - 1] + [self.lines[BROKEN_LINE][:20]])

    def duplicated_code(self):
        lines = list(self.lines)
        before = lines[BROKEN_LINE - 2]
        lines[BROKEN_LINE - 1] = lines[BROKEN_LINE - 1][:6] + before[6:]
        return self._order("duplicate", lines)

    def missing_end_tag(self):
        return self._with_tabular("end_tag", self.tabular.replace(b"</section>", b"", 1))

    def cut_off_xml(self):
        return self._with_tabular("cut_xml", self.tabular[:len(self.tabular) // 2])

    def entity_bomb(self):
        head, root, rest = self.tabular.partition(b"<ICD10CM.tabular>")
        bomb = head + BOMB + root + rest.replace(b"<version>2026", b"<version>&a10;", 1)
        if b"&a10;" not in bomb:
            raise Mismatch("the bomb is not in the XML")
        return self._with_tabular("bomb", bomb)

    def impossible_date(self):
        return self._write("date", icd10cm_order_2026__txt=self.order, table__csv=(
            b"Current code assignment,Effective,Previous Code(s) Assignment\r\n"
            b"G35.A,459310000,G35\r\n"))

    def truncated_spreadsheet(self):
        whole = os.path.join(self.world.folder("sheet"), "whole.xlsx")
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", b"<Types/>")
            archive.writestr("xl/workbook.xml", b"<workbook/>")
        with open(whole, "rb") as file:
            content = file.read()
        os.remove(whole)
        return self._write("sheet", icd10cm_order_2026__txt=self.order,
                           table__xlsx=content[:len(content) * 6 // 10])

    def lost_file(self):
        return [os.path.join(self.world.root, "nowhere", "order.txt")]


def load_cases(inputs):
    """What, the id to load under, the paths, and what standard error says."""
    place = "%s:%d" % (ORDER, BROKEN_LINE)
    of_2026 = inputs.world.published("2026")
    return [
        ("truncated zip", "2026", inputs.truncated_zip(), ["SOURCE_UNREADABLE", "truncated.zip"]),
        ("damaged zip", "2026", inputs.damaged_zip(), ["SOURCE_UNREADABLE", "damaged.zip"]),
        ("text that is no order file", "2026", inputs.not_an_order_file(),
         ["SOURCE_NOT_RECOGNISED", "letter.txt"]),
        ("empty file", "2026", inputs.empty_file(), ["SOURCE_", ORDER]),
        ("conversion row of an impossible date", "2026", inputs.impossible_date(),
         ["SOURCE_MALFORMED", "table.csv:2", "459310000"]),
        ("truncated spreadsheet", "2026", inputs.truncated_spreadsheet(),
         ["SOURCE_UNREADABLE", "table.xlsx"]),
        ("broken line", "2026", inputs.broken_line(), ["SOURCE_MALFORMED", place, "flag"]),
        ("cut-off line", "2026", inputs.cut_off_line(), ["SOURCE_MALFORMED", place]),
        ("duplicated code", "2026", inputs.duplicated_code(), ["SOURCE_MALFORMED", place]),
        ("XML with a missing end tag", "2026", inputs.missing_end_tag(),
         ["SOURCE_MALFORMED", TABULAR + ":"]),
        ("cut-off XML", "2026", inputs.cut_off_xml(), ["SOURCE_MALFORMED", TABULAR + ":"]),
        ("entity bomb", "2026", inputs.entity_bomb(), ["SOURCE_MALFORMED", TABULAR]),
        ("loaded id with other content", programs.BASE,
         [os.path.join(of_2026, name) for name in (ORDER, TABULAR)],
         ["RELEASE_CONTENT_DIFFERS", programs.BASE]),
        ("no such file", "2026", inputs.lost_file(), ["nowhere"]),
        ("id that is no id", "20x26", [of_2026], ["RELEASE_ID_INVALID", "20x26"]),
        ("class that does not exist", "2026", [of_2026, "--allow", "NO_SUCH_CLASS"],
         ["ARGUMENT_INVALID", "NO_SUCH_CLASS"]),
    ]


def question_cases():
    """What, the arguments, the exit status and what standard error says."""
    lookup = ["lookup", "A00.0"]
    long_code = "A" * 10000
    return [
        ("unknown release", lookup + ["--release", "2031"], 3, ["RELEASE_NOT_FOUND", "2031"]),
        ("unknown label", lookup + ["--release", "prod"], 3, ["RELEASE_NOT_FOUND", "prod"]),
        ("date before the first release", lookup + ["--date", "2012-09-30"], 3,
         ["DATE_BEFORE_FIRST_RELEASE", "2012-09-30"]),
        ("date of an edition not loaded", lookup + ["--date", "2023-06-01"], 3,
         ["RELEASE_NOT_LOADED", "2023-04"]),
        ("no date", lookup + ["--date", "2025-02-30"], 2, ["ARGUMENT_INVALID", "2025-02-30"]),
        ("empty date", lookup + ["--date", ""], 2, ["--date"]),
        ("empty release", lookup + ["--release", ""], 2, ["--release"]),
        ("code of 10,000 characters", ["lookup", long_code, "--release", programs.BASE], 2,
         ["CONCEPT_ID_INVALID", "10000"]),
        ("children of 10,000 characters", ["children", long_code, "--release", programs.BASE], 2,
         ["CONCEPT_ID_INVALID"]),
        ("prefix of 10,000 characters",
         ["list", "--prefix", long_code, "--release", programs.BASE], 2, ["ARGUMENT_INVALID"]),
        ("release id of 10,000 characters", ["release", "show", "2" * 10000], 2,
         ["_INVALID"]),
        ("verify of what is not loaded", ["release", "verify", "2031"], 3, ["RELEASE_NOT_FOUND"]),
        ("delete of what is not loaded", ["release", "delete", "2031"], 3, ["RELEASE_NOT_FOUND"]),
    ]


def expect_refused(what, done, statuses, parts):
    if done.returncode not in statuses:
        raise Mismatch("%s: exit status %d: %s" % (what, done.returncode, done.stderr[-1500:]))
    contains(what, done.stderr, *parts)
    expect(what + ": standard output", "", done.stdout)
    if len(done.stderr) > 4000:
        raise Mismatch("%s: %d characters of error" % (what, len(done.stderr)))


def check_offline_load(world, before, case):
    what, id, paths, parts = case
    expect_refused(what, world.load_offline(id, *paths), (2, 3), parts)
    expect(what + ": what is in the data directory", before, world.state())


def check_offline_load_into_nothing(world, case):
    """A refused first load leaves a data directory in which no release is."""
    what, id, paths, parts = case
    data_dir, world.data_dir = world.data_dir, os.path.join(world.root, "fresh")
    try:
        expect_refused(what, world.load_offline(id, *paths), (2, 3), parts)
        loaded = [line for line in world.state() if "release" in line]
        expect(what + ": releases", [], loaded)
    finally:
        world.data_dir = data_dir


def check_live_load(world, before, case):
    what, id, paths, parts = case
    expect_refused(what, world.load(id, *paths), (2, 3), parts)
    expect(what + ": what is in the data directory", before, world.state())
    world.expect_serving()


def check_question(world, case):
    what, arguments, status, parts = case
    expect_refused(what, world.ctl(*arguments), (status,), parts)
    world.expect_serving()


def check_second_owner(world, before, command):
    """Who has the directory and what to do instead is told."""
    done = world.run([world.options.codesetd, *command])
    expect_refused("second owner", done, (3,), [
        "DATA_DIRECTORY_LOCKED", "pid %d" % world.daemon.process.pid, "admin.sock",
        "codesetctl release load"])
    expect("what is in the data directory", before, world.state())
    world.expect_serving()


def main():
    options = programs.options_of("Bad input is refused with its reason.")
    run = programs.Run()
    with programs.World(options) as world:
        inputs = Inputs(world)
        before = world.state()
        cases = load_cases(inputs)
        for case in cases:
            run.check("codesetd load: " + case[0], check_offline_load, world, before, case)
        run.check("codesetd load into a new directory", check_offline_load_into_nothing, world,
                  next(case for case in cases if case[0] == "broken line"))
        world.start()
        for case in cases:
            run.check("release load: " + case[0], check_live_load, world, before, case)
        for case in question_cases():
            run.check("question: " + case[0], check_question, world, case)
        run.check("serve: data directory of another process", check_second_owner, world, before,
                  ["serve", "--data-dir", world.data_dir, "--listen", "127.0.0.1:0"])
        run.check("load: data directory of another process", check_second_owner, world, before,
                  ["load", "--data-dir", world.data_dir, "2026", world.published("2026")])
        run.check("the release verifies", world.expect_verified, programs.BASE)
        # All that was refused was refused for what was wrong with it: the good one loads.
        done = world.load("2026", world.published("2026"))
        run.check("the good files load", expect, "exit status: " + done.stderr, 0,
                  done.returncode)
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
