"""Holds a running server against the naive reading of published files.

Used by grpc_check.py and end_to_end.py. Each check raises `Mismatch` at the first
difference, with what was expected and what came.
"""

import importlib
import os
import subprocess
import sys

import grpc

import fingerprint
import naive
import tree

BATCH = 5000
PROTOS = ("selector", "concept", "error", "label", "history", "replacement", "code_list",
          "referencing", "validation", "terminology", "releases", "reference", "verification",
          "references", "backup", "scrub", "admin", "monitoring")


class Mismatch(Exception):
    """The server and the naive reading disagree."""


def expect(what, expected, actual):
    if expected != actual:
        raise Mismatch("%s: expected %r, the server says %r" % (what, expected, actual))


def generate_stubs(protos, out):
    """Generates Python stubs of the contract into `out` with Debian's gRPC plugin."""
    os.makedirs(out, exist_ok=True)
    names = ["codeset/v1/%s.proto" % name for name in PROTOS]
    names += ["google/rpc/status.proto", "google/rpc/error_details.proto"]
    plugin = subprocess.run(["sh", "-c", "command -v grpc_python_plugin"], check=True,
                            stdout=subprocess.PIPE, text=True).stdout.strip()
    subprocess.run(["protoc", "-I" + protos, "--python_out=" + out, "--grpc_out=" + out,
                    "--plugin=protoc-gen-grpc=" + plugin] + names, check=True, cwd=protos)


class Server:
    """A connection with the stubs that were generated into `stubs`."""

    def __init__(self, address, stubs):
        # Debian's google package is a namespace of its own; ours is put beside it.
        sys.path.insert(0, stubs)
        google = importlib.import_module("google")
        google.__path__ = list(google.__path__) + [os.path.join(stubs, "google")]
        for name in PROTOS:
            setattr(self, name + "_pb2", importlib.import_module("codeset.v1.%s_pb2" % name))
        self.details = importlib.import_module("google.rpc.error_details_pb2")
        self.status = importlib.import_module("google.rpc.status_pb2")
        # A connection of its own: one that an idle channel left behind is found to be dead only when
        # it is used, and waiting for this channel to be ready does not try again.
        options = [("grpc.max_receive_message_length", 64 << 20),
                   ("grpc.use_local_subchannel_pool", 1)]
        channel = grpc.insecure_channel(address, options=options)
        grpc.channel_ready_future(channel).result(timeout=30)
        terminology = importlib.import_module("codeset.v1.terminology_pb2_grpc")
        releases = importlib.import_module("codeset.v1.releases_pb2_grpc")
        references = importlib.import_module("codeset.v1.references_pb2_grpc")
        self.ask_references = references.ReferencesStub(channel)
        self.ask_terminology = terminology.TerminologyStub(channel)
        self.ask_releases = releases.ReleasesStub(channel)

    def selector(self, release):
        return self.selector_pb2.ReleaseSelector(release=release)

    def relatives(self, release, id, relation):
        """All relatives, over all pages, and whether the answer is complete."""
        found, token = [], ""
        while True:
            answer = self.ask_terminology.ListRelatives(
                self.terminology_pb2.ListRelativesRequest(
                    release=self.selector(release), id=id, page_size=1000, page_token=token,
                    relation=getattr(self.terminology_pb2, "RELATION_" + relation)), timeout=60)
            found += answer.concepts
            token = answer.next_page_token
            if not token:
                expect("total_size of %s of %s" % (relation, id), len(found), answer.total_size)
                return found, answer.complete

    def error_of(self, error):
        """The ErrorInfo of a grpc.RpcError."""
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                status = self.status.Status.FromString(value)
                for detail in status.details:
                    if detail.type_url.endswith("/google.rpc.ErrorInfo"):
                        return self.details.ErrorInfo.FromString(detail.value)
        raise Mismatch("an error without ErrorInfo: %s" % error)


def check_get_concept(server, release, id="M99.86"):
    """GetConcept works from Python."""
    answer = server.ask_terminology.GetConcept(
        server.terminology_pb2.GetConceptRequest(
            release=server.selector(release), id=id), timeout=30)
    expect("GetConcept's id", id, answer.found.id)
    expect("the release that answered", release, answer.release.release_id)
    expect("length of a fingerprint", 64, len(answer.release.fingerprint))
    return answer.found


def check_fingerprints(server, release_id, release):
    """The server's counts and fingerprints are those of the published files."""
    answer = server.ask_releases.GetRelease(
        server.releases_pb2.GetReleaseRequest(release=server.selector(release_id)), timeout=60)
    loaded, own = answer.release, fingerprint.describe(release)
    for name, count in own["counts"].items():
        expect("count %s of %s" % (name, release_id), count, getattr(loaded.counts, name))
    groups = {1: "order", 2: "tabular", 3: "poa", 4: "conversion"}
    served = {groups[g.group]: g.fingerprint for g in loaded.facet_groups}
    expect("fingerprints of %s" % release_id, own["fingerprints"], served)
    expect("fingerprint of %s" % release_id, own["release"], loaded.fingerprint)
    return loaded


def structure_of(loaded, release, read):
    """The chapters that place the codes of a release: its own or those on loan."""
    if release.chapters or not loaded.structure_from:
        return release.chapters
    return read(loaded.structure_from).chapters


def check_all(server, release_id, release, loaded, read):
    """Every concept of a release: facts, parent, children, ancestors, descendants.

    `loaded` is what GetRelease says; `read` gives the naive.Release of an id. Returns
    how many concepts were compared.
    """
    borrowed = not release.chapters
    nodes = tree.hierarchy(release.rows, structure_of(loaded, release, read), borrowed)
    unplaced = {n.id for n in nodes.values() if n.kind == "CATEGORY" and not n.parent}
    expect("unplaced categories of " + release_id, sorted(unplaced),
           sorted(loaded.unplaced_category_ids))
    ids = list(nodes)
    for start in range(0, len(ids), BATCH):
        part = ids[start:start + BATCH]
        answer = server.ask_terminology.BatchGetConcepts(
            server.terminology_pb2.BatchGetConceptsRequest(
                release=server.selector(release_id), ids=part), timeout=120)
        expect("number of results", len(part), len(answer.results))
        for id, result in zip(part, answer.results):
            if not result.HasField("found"):
                raise Mismatch("%s in %s: not found" % (id, release_id))
            check_concept(server, nodes[id], result.found, borrowed, release_id)
    check_children(server, release_id, nodes)
    for id in sample_of(nodes):
        found, _ = server.relatives(release_id, id, "ANCESTORS")
        expect("ancestors of %s in %s" % (id, release_id), tree.ancestors(nodes, id),
               [concept.id for concept in found])
    for node in nodes.values():
        if node.kind in ("CHAPTER", "SECTION"):
            expect("descendants of %s in %s" % (node.id, release_id),
                   tree.descendants(nodes, node.id), streamed(server, release_id, node.id))
    return len(nodes)


def sample_of(nodes):
    """Ids to ask one by one: every node that is not a code, and every tenth code."""
    codes = [id for id, node in nodes.items() if node.kind == "CODE"]
    return [id for id, node in nodes.items() if node.kind in ("CHAPTER", "SECTION")] + codes[::10]


def check_concept(server, node, concept, borrowed, release_id):
    what = "%s in %s: " % (node.id, release_id)
    expect(what + "id", node.id, concept.id)
    expect(what + "kind", "CONCEPT_KIND_" + node.kind,
           server.concept_pb2.ConceptKind.Name(concept.kind))
    expect(what + "title", node.title, concept.title)
    expect(what + "parent", node.parent or "", concept.parent_id)
    expect(what + "child_count", len(node.children), concept.child_count)
    expect(what + "chapter", node.chapter, concept.chapter_id)
    expect(what + "section", node.section, concept.section_id)
    expect(what + "placement", "PLACEMENT_" + (
        "NOT_KNOWN" if not node.chapter else "BORROWED" if borrowed else "OWN"),
        server.concept_pb2.Placement.Name(concept.placement))
    for field in ("short_title", "billable", "order_number"):
        expect(what + "has " + field, node.row is not None, concept.HasField(field))
    if node.row is not None:
        expect(what + "short title", node.row.short, concept.short_title)
        expect(what + "billable", node.row.billable, concept.billable)
        expect(what + "order number", node.row.number, concept.order_number)


def check_children(server, release_id, nodes):
    """Children of everything that has any."""
    for node in nodes.values():
        # Leaves are told by child_count, which was compared for each.
        if node.children:
            found, _ = server.relatives(release_id, node.id, "CHILDREN")
            expect("children of %s in %s" % (node.id, release_id), node.children,
                   [concept.id for concept in found])


def streamed(server, release_id, id):
    return [concept.id
            for message in server.ask_terminology.StreamDescendants(
                server.terminology_pb2.StreamDescendantsRequest(
                    release=server.selector(release_id), id=id), timeout=120)
            for concept in message.concepts]


def naive_changes(old, new):
    """The changes of existence, flag and titles between two naive.Releases."""
    before, after = old.by_code(), new.by_code()
    changes = set()
    for code in set(before) | set(after):
        a, b, id = before.get(code), after.get(code), naive.dotted(code)
        if not a or not b:
            changes.add((id, "ADDED" if b else "DELETED"))
            continue
        if a.billable != b.billable:
            changes.add((id, "BECAME_BILLABLE" if b.billable else "BECAME_HEADER"))
        if a.long != b.long:
            changes.add((id, "TITLE_CHANGED"))
        if a.short != b.short:
            changes.add((id, "SHORT_TITLE_CHANGED"))
    return changes


def check_diff(server, old_id, new_id, old, new):
    """StreamDiff of order facts equals the naive one. Returns the number of changes."""
    facets = [getattr(server.releases_pb2, "FACET_" + name)
              for name in ("EXISTENCE", "BILLABLE", "TITLE", "SHORT_TITLE")]
    served = []
    for message in server.ask_releases.StreamDiff(server.releases_pb2.StreamDiffRequest(
            **{"from": server.selector(old_id), "to": server.selector(new_id)}, facets=facets),
            timeout=120):
        for change in message.changes:
            state = change.after if change.HasField("after") else change.before
            if state.HasField("billable"):  # Not a chapter or section.
                kind = server.releases_pb2.ChangeKind.Name(change.kind)
                served.append((change.id, kind[len("CHANGE_KIND_"):]))
    expected = naive_changes(old, new)
    what = "diff %s to %s: " % (old_id, new_id)
    expect(what + "missing", [], sorted(expected - set(served))[:5])
    expect(what + "too many", [], sorted(set(served) - expected)[:5])
    expect(what + "number of changes", len(expected), len(served))
    return len(served)


def check_refused_date(server, date, edition):
    """A date whose edition is not loaded is refused with the edition's name."""
    selector = server.selector_pb2.ReleaseSelector(date=date)
    try:
        server.ask_releases.ResolveRelease(
            server.releases_pb2.ResolveReleaseRequest(release=selector), timeout=30)
    except grpc.RpcError as error:
        expect("code for " + date, grpc.StatusCode.FAILED_PRECONDITION, error.code())
        info = server.error_of(error)
        expect("reason for " + date, "RELEASE_NOT_LOADED", info.reason)
        expect("edition for " + date, edition, info.metadata["edition"])
        return
    raise Mismatch("%s was answered, not refused" % date)
