"""Calls that fill a server's ledger and read it whole, over gRPC from Python."""

import importlib
import os

import grpc

from server_check import Mismatch, expect

# So many pages, or verifications, a message: what RecordVerification takes at most.
BATCH = 1000
CHUNK = 1 << 20
TIMEOUT = 300
BATCH_OF_CONCEPTS = 10000


class Ledger:
    """A server's references and admin services."""

    def __init__(self, server, data_dir):
        self.server = server
        self.pb2 = server.references_pb2
        self.admin = importlib.import_module("codeset.v1.admin_pb2_grpc").AdminStub(
            grpc.insecure_channel("unix:%s/admin.sock" % data_dir,
                                  options=[("grpc.max_receive_message_length", 64 << 20)]))

    def load(self, id, folder):
        """Loads a release; gives the report."""
        pb2 = self.server.admin_pb2

        def messages():
            yield pb2.LoadReleaseRequest(options=pb2.LoadOptions(release_id=id))
            names, sent = sorted(os.listdir(folder)), 0
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    data = file.read()
                sent += len(data)
                for start in range(0, len(data), CHUNK):
                    yield pb2.LoadReleaseRequest(chunk=pb2.FileChunk(
                        name=name, data=data[start:start + CHUNK]))
            yield pb2.LoadReleaseRequest(end=pb2.LoadEnd(files=len(names), bytes=sent))

        return self.report_of(self.admin.LoadRelease(messages(), timeout=TIMEOUT))[0]

    def import_pages(self, release, pages):
        """Imports pages; gives the report, after it has seen the progress that precedes it."""
        pb2 = self.server.admin_pb2

        def messages():
            yield pb2.ImportReferencesRequest(options=pb2.ImportOptions(
                release=self.server.selector(release), by="the oracle"))
            for start in range(0, len(pages), BATCH):
                yield pb2.ImportReferencesRequest(documents=pb2.ImportDocuments(
                    references=pages[start:start + BATCH]))
            yield pb2.ImportReferencesRequest(end=pb2.ImportEnd(documents=len(pages)))

        report, progress = self.report_of(self.admin.ImportReferences(messages(), timeout=TIMEOUT))
        told = [one.documents for one in progress]
        # One for each message of pages, and one more when all have been sent.
        steps = [min(start + BATCH, len(pages)) for start in range(0, len(pages), BATCH)]
        expect("progress of the import", steps + [len(pages)], told)
        return report

    def report_of(self, call):
        progress = []
        for message in call:
            if message.HasField("report"):
                return message.report, progress
            progress.append(message.progress)
        raise Mismatch("the call ended without a report")

    def record(self, events):
        """Records verifications; gives them as they stand in the ledger."""
        pb2, found = self.server.admin_pb2, []
        for start in range(0, len(events), BATCH):
            answer = self.admin.RecordVerification(pb2.RecordVerificationRequest(
                verifications=events[start:start + BATCH]), timeout=TIMEOUT)
            expect("already_recorded", 0, answer.already_recorded)
            found += answer.verifications
        return found

    def set_usage(self, usage):
        pb2 = self.server.admin_pb2
        answer = self.admin.SetUsageCounts(pb2.SetUsageCountsRequest(
            counts=[pb2.UsageCount(code=code, count=count) for code, count in usage.items()]),
            timeout=TIMEOUT)
        expect("codes with a usage count", len(usage), answer.codes)

    def pages(self):
        """All pages with their revisions."""
        for message in self.server.ask_references.StreamReferences(
                self.pb2.StreamReferencesRequest(), timeout=TIMEOUT):
            expect("revisions of a message", len(message.references), len(message.revisions))
            yield from zip(message.references, message.revisions)

    def page_of(self, release, code):
        return self.server.ask_references.GetReference(self.pb2.GetReferenceRequest(
            code=code, release=self.server.selector(release)), timeout=TIMEOUT)

    def queue(self, release, statuses):
        """The whole queue: groups and the last answer."""
        groups, token = [], ""
        while True:
            answer = self.server.ask_references.ListVerificationQueue(
                self.pb2.ListVerificationQueueRequest(
                    release=self.server.selector(release), statuses=statuses, page_size=1000,
                    page_token=token), timeout=TIMEOUT)
            groups += answer.groups
            token = answer.next_page_token
            if not token:
                expect("total_groups", len(groups), answer.total_groups)
                return groups, answer

    def codes_of(self, release, group_id):
        """All codes of a group."""
        codes, token = [], ""
        while True:
            answer = self.server.ask_references.ListQueueCodes(
                self.pb2.ListQueueCodesRequest(
                    release=self.server.selector(release), group_id=group_id, page_size=1000,
                    page_token=token), timeout=TIMEOUT)
            codes += answer.codes
            token = answer.next_page_token
            if not token:
                expect("total_size of a group", len(codes), answer.total_size)
                return codes

    def concepts(self, release, ids):
        """What came of each id, with what its verification is worth."""
        terminology = self.server.terminology_pb2
        for start in range(0, len(ids), BATCH_OF_CONCEPTS):
            part = ids[start:start + BATCH_OF_CONCEPTS]
            answer = self.server.ask_terminology.BatchGetConcepts(
                terminology.BatchGetConceptsRequest(
                    release=self.server.selector(release), ids=part, include_verification=True),
                timeout=TIMEOUT)
            expect("number of results", len(part), len(answer.results))
            yield from zip(part, answer.results)
