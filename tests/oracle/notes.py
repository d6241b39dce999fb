#!/usr/bin/python3
"""Holds notes with their origin, what notes name, and who names a concept against a naive walk
of the published XMLs, concept by concept.

For every release with a tabular list: the notes and references of every concept (view FULL), the
notes and the 7th-character definition that apply to it (EFFECTIVE), and for the newest one
ListReferencing against an inversion of all references. For releases without: nothing is claimed.
Exit status 77 where there are no published releases.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

import end_to_end
import facets
import naive
import note_release
import official
import references
import server_check
import tree
from server_check import expect

WITH_XML = ("2013", "2014", "2016", "2017", "2021", "2021-01", "2023")
WITHOUT_XML = ("2026",)
BATCH = 2000
ADD_ON = ("codeFirst", "useAdditionalCode", "codeAlso")

# What the server says.

def served(server, release_id, ids, view):
    for start in range(0, len(ids), BATCH):
        part = ids[start:start + BATCH]
        answer = server.ask_terminology.BatchGetConcepts(
            server.terminology_pb2.BatchGetConceptsRequest(
                release=server.selector(release_id), ids=part, view=view), timeout=300)
        for id, result in zip(part, answer.results):
            expect("id", id, result.found.id)
            yield id, result.found


def chosen(codes, conditions):
    """The codes that a reference's conditions choose."""
    return {code for code in codes
            if all(any(code[p - 1:p] in tuple(one.characters) for p in one.positions)
                   for one in conditions)}


def check_references(server, release, id, group, found):
    """The references of a group. Those of the same words (alternatives) count as one."""
    kinds = server.concept_pb2
    told = {}
    for message in group.references:
        item = message.item if message.HasField("item") else None
        told.setdefault((item, message.begin, message.end, message.first_id.replace(".", ""),
                         message.last_id.replace(".", "") or None), []).append(message)
    expect("references of " + id, [(item, r.begin, r.end, r.first, r.last) for item, r in found],
           list(told))
    for (item, reference), messages in zip(found, told.values()):
        target = release.target(reference)
        kind = (kinds.NOTE_REFERENCE_KIND_PATTERN if reference.chooses else
                kinds.NOTE_REFERENCE_KIND_RANGE if reference.last else
                kinds.NOTE_REFERENCE_KIND_SUBTREE)
        for message in messages:
            expect("kind of a reference of " + id, kind, message.kind)
            ends = [naive.dotted(end) for end in (reference.first, reference.last) if end]
            expect("resolved of a reference of " + id,
                   bool(target.rows) and all(end in release.nodes for end in ends),
                   message.resolved)
        if reference.chooses and target.rows:
            codes = release.codes[target.rows[0] - 1:target.rows[1]]
            ours = {code for code in codes if target.chooses.match(code)}
            theirs = set().union(*(chosen(codes, m.conditions) for m in messages))
            expect("choice of %s of %s" % (reference, id), ours, theirs)


def check_own(server, release, id, concept):
    """The notes that stand on a concept; returns them by kind and message."""
    expect("notes of " + id, release.view.facts[id].containers,
           facets.served_containers(server, concept.notes))
    for note, found in zip(concept.notes, release.references.get(id, [])):
        for group, of_group in zip(note.groups, found):
            check_references(server, release, id, group, of_group)
    return list(zip((kind for kind, _ in release.view.facts[id].containers), concept.notes))


def unserved_notes(server, release, id):
    """The notes of an element that is no concept, which only what lies below it is told of: by
    kind and message, without references."""
    found = []
    for kind, groups in release.facts[id].containers:
        note = server.concept_pb2.Note(kind=kind_of(server, kind))
        for heading, items in groups:
            group = note.groups.add(items=items)
            if heading is not None:
                group.heading = heading
        found.append((kind, note))
    return found


def kind_of(server, tag):
    return next(kind for kind in server.concept_pb2.NoteKind.values()
                if kind and facets.tag_of(server, kind) == tag)


def without_references(note):
    bare = type(note)()
    bare.CopyFrom(note)
    for group in bare.groups:
        group.ClearField("references")
    return bare


def left_of(release, id, origin, place, note, made):
    """What is left of an Excludes for a concept: a message, None for nothing."""
    found = release.references[origin][place]
    removed = frozenset((number, item) for number, group in enumerate(found)
                        for item, reference in group if release.match(reference, id))
    key = (origin, place, removed)
    if key in made:
        return made[key]
    left = type(note)(kind=note.kind)
    for number, group in enumerate(note.groups):
        kept = [item for item in range(len(group.items)) if (number, item) not in removed]
        if (number, None) in removed or not kept:
            continue
        out = left.groups.add()
        if group.HasField("heading"):
            out.heading = group.heading
        out.items.extend(group.items[item] for item in kept)
        for reference in group.references:
            if not reference.HasField("item") or reference.item in kept:
                moved = out.references.add()
                moved.CopyFrom(reference)
                if reference.HasField("item"):
                    moved.item = kept.index(reference.item)
    made[key] = left if left.groups else None
    return made[key]


def expected_notes(release, id, own, made):
    """Triples of kind, origin and message, nearest first."""
    found = []
    for origin in release.above[id]:
        for place, (kind, note) in enumerate(own[origin]):
            if kind == "inclusionTerm" and origin != id:
                continue
            if kind.startswith("excludes"):
                note = left_of(release, id, origin, place, note, made)
            if note is not None:
                found.append((kind, origin, note))
    return found


def check_effective(server, release, id, concept, own, made):
    expected = expected_notes(release, id, own, made)
    if len(expected) != len(concept.effective_notes) or any(
            theirs.origin_id != origin or note != (
                theirs.note if origin in release.nodes else without_references(theirs.note))
            for (_, origin, note), theirs in zip(expected, concept.effective_notes)):
        expect("effective notes of " + id, [(o, str(n)) for _, o, n in expected],
               [(n.origin_id, str(n.note)) for n in concept.effective_notes])
    kinds = [kind for kind, _, _ in expected]
    expect("add-on order of " + id,
           [place for kind in ADD_ON for place, other in enumerate(kinds) if other == kind],
           list(concept.add_on_order))
    nearest = next((origin for origin in release.above[id]
                    if release.facts[origin].seventh and release.facts[origin].seventh[1]), None)
    expect("origin of the 7th characters of " + id, nearest or "",
           concept.effective_seventh_characters.origin_id)
    if nearest:
        definition = concept.effective_seventh_characters.definition
        expect("7th characters of " + id, release.facts[nearest].seventh,
               (tuple(definition.instructions),
                tuple((c.character, c.meaning, tuple(c.notes)) for c in definition.characters)))


def load(binary, data_dir, id, folder):
    """Loads a release; gives how many references its report says were read and were not."""
    done = subprocess.run([binary, "load", "--data-dir", data_dir, id, folder],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError("exit status %d: %s" % (done.returncode, done.stdout[-2000:]))
    told = re.search(r"references in notes: (\d+) read, (\d+) could not be", done.stdout)
    expect("unread words listed", int(told[2]) if told else 0,
           len(re.findall(r"^      in: ", done.stdout, re.MULTILINE)))
    return (int(told[1]), int(told[2])) if told else None


def check_counts(release, told):
    """Holds a load's report against what is read here and the words that no one can read."""
    texts = [text for facts in release.facts.values() for _, groups in facts.containers
             for heading, items in groups for text in (heading or "",) + items]
    unread = sum(text.count(words) for text in texts for words in references.UNREADABLE)
    # Of alternatives (`with .14, .24`) each is a reference.
    read = sum(len(reference.chooses.split("|")) if (reference.chooses or "").startswith("...(")
               else 1 for places in release.references.values() for groups in places
               for found in groups for _, reference in found)
    expect("references read and not", (read, unread), told)


def check_release(server, release_id, release, told):
    ids, own, made, notes = list(release.nodes), {}, {}, 0
    for id, concept in served(server, release_id, ids, server.concept_pb2.CONCEPT_VIEW_FULL):
        own[id] = check_own(server, release, id, concept)
    for origin in set(release.facts) - set(release.nodes):
        own[origin] = unserved_notes(server, release, origin)
    check_counts(release, told)
    for id, concept in served(server, release_id, ids, server.concept_pb2.CONCEPT_VIEW_EFFECTIVE):
        check_effective(server, release, id, concept, own, made)
        notes += len(concept.effective_notes)
    return "%d concepts, %d effective notes; %d references, %d unread" % ((len(ids), notes) + told)


# Who names a concept.

def referencing(server, release_id, id, **options):
    found, token = [], ""
    while True:
        answer = server.ask_terminology.ListReferencing(
            server.referencing_pb2.ListReferencingRequest(
                release=server.selector(release_id), id=id, page_size=1000, page_token=token,
                **options), timeout=60)
        found += answer.referencing
        token = answer.next_page_token
        if not token:
            expect("total_size of those that name " + id, len(found), answer.total_size)
            return found, answer.tabular_state


def sample_of(release):
    """Every fifth of what is no code, every 200th code, and some with many words about them."""
    others = [id for id, node in release.nodes.items() if node.kind != "CODE"]
    codes = [id for id, node in release.nodes.items() if node.kind == "CODE"]
    return others[::23] + codes[::200] + ["L55", "L55-L59", "T36.0X5A", "E08.610", "13", "M99.86"]


def check_referencing(server, release_id, release):
    everything = [(origin, kind, heading, "" if item is None else items[item], reference)
                  for origin, facts in release.facts.items()
                  for (kind, groups), found in zip(facts.containers, release.references[origin])
                  for (heading, items), of_group in zip(groups, found)
                  for item, reference in of_group]
    order = {id: place for place, id in enumerate(release.in_order)}
    everything.sort(key=lambda entry: order[entry[0]])
    names, count, ids = server.referencing_pb2.ReferencingMatch.Name, 0, sample_of(release)
    for id in ids:
        expected = [(origin, kind, heading, text, (r.begin, r.end, r.first, r.last), match)
                    for origin, kind, heading, text, r in everything
                    for match in [release.match(r, id)] if match]
        found, state = referencing(server, release_id, id)
        told = [(f.concept_id, facets.tag_of(server, f.note_kind),
                 f.heading if f.HasField("heading") else None, f.text,
                 (f.reference.begin, f.reference.end, f.reference.first_id.replace(".", ""),
                  f.reference.last_id.replace(".", "") or None),
                 names(f.match)[len("REFERENCING_MATCH_"):]) for f in found]
        expect("those that name " + id, expected, told)
        expect("state", server.concept_pb2.TABULAR_STATE_KNOWN, state)
        named, _ = referencing(server, release_id, id, named_only=True)
        expect("those that name exactly " + id, [e for e in expected if e[5] == "NAMED"],
               [t for t, f in zip(told, found) if f in named])
        count += len(expected)
    return "%d concepts, named %d times" % (len(ids), count)


def in_tabular_order(nodes):
    found = []
    for id, node in nodes.items():
        if node.kind == "CHAPTER":
            found += [id] + tree.descendants(nodes, id)
    return found


# What the issue names, and what is not known.

def effective(server, release_id, id):
    return server.ask_terminology.GetConcept(server.terminology_pb2.GetConceptRequest(
        release=server.selector(release_id), id=id,
        view=server.concept_pb2.CONCEPT_VIEW_EFFECTIVE), timeout=60).found


def check_named_facts(server):
    notes = [(note.origin_id, facets.tag_of(server, note.note.kind),
              sum(len(group.items) for group in note.note.groups))
             for note in effective(server, "2023", "M99.86").effective_notes]
    expect("notes of M99.86", [("M99", "notes", 1), ("13", "notes", 1), ("13", "excludes2", 10)],
           notes)
    burn = effective(server, "2023", "T25.011")
    sunburn = [(note.origin_id, reference.first_id) for note in burn.effective_notes
               for group in note.note.groups for reference in group.references
               if facets.tag_of(server, note.note.kind) == "excludes2" and
               "sunburn" in group.items[reference.item]]
    expect("sunburn under T25.011", True, ("T20-T32", "L55") in sunburn)


def check_unknown(server, release_id):
    for id in ("M99.86", "M99", "T25.011A"):
        concept = effective(server, release_id, id)
        expect("state of " + id, server.concept_pb2.TABULAR_STATE_NOT_KNOWN,
               concept.tabular_state)
        expect("notes of " + id, (0, 0, False),
               (len(concept.notes), len(concept.effective_notes),
                concept.HasField("effective_seventh_characters")))
        found, state = referencing(server, release_id, id)
        expect("those that name " + id, ([], server.concept_pb2.TABULAR_STATE_NOT_KNOWN),
               (found, state))


def main():
    parser = argparse.ArgumentParser(description="Compares notes with published files.")
    parser.add_argument("--codesetd", required=True)
    parser.add_argument("--stubs", required=True, help="folder to generate stubs into")
    parser.add_argument("--protos", default=os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "..", "proto"))
    parser.add_argument("--releases", default=official.official_releases())
    parser.add_argument("--only", nargs="*", default=WITH_XML, help="releases to compare")
    options = parser.parse_args()
    if not options.releases:
        return official.skipped()
    stubs = os.path.abspath(options.stubs)
    server_check.generate_stubs(os.path.abspath(options.protos), stubs)
    run, told = end_to_end.Run(), {}
    with tempfile.TemporaryDirectory(prefix="codeset-") as data_dir:
        for id in tuple(options.only) + WITHOUT_XML:
            told[id] = run.check("load %s" % id, load, options.codesetd, data_dir, id,
                                 os.path.join(options.releases, id))
        daemon = end_to_end.Daemon(options.codesetd, data_dir)
        try:
            server = server_check.Server(daemon.address, stubs)
            for id in options.only:
                release = note_release.Release(os.path.join(options.releases, id))
                run.check("notes of %s" % id, check_release, server, id, release, told[id])
            release.in_order = in_tabular_order(release.nodes)
            run.check("who names whom in %s" % id, check_referencing, server, id, release)
            if "2023" in options.only:
                run.check("M99.86 and T25.011", check_named_facts, server)
            for id in WITHOUT_XML:
                run.check("nothing is claimed of %s" % id, check_unknown, server, id)
        finally:
            run.check("stops on SIGTERM", server_check.expect, "exit status", 0, daemon.stop())
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
