#!/usr/bin/python3
"""SIGTERM under full load loses no call that was accepted.

  drain.py --codesetd PATH --codesetctl PATH --stubs DIR [--rounds N]

Clients of every kind keep the server busy, each with calls under way; then it is told to stop.
Every call ends with its whole answer, or with UNAVAILABLE before anything of it was begun: streams
that have begun are brought to their end, and what the audit log tells as done is what callers were
told. The channels do not ask again by themselves, so that nothing is hidden.
"""

import collections
import importlib
import json
import os
import signal
import sys
import threading
import time

import grpc

import programs
import server_check
from programs import BASE, Mismatch, expect

ROUNDS = 2
WARM_UP = 0.7  # Seconds of load before the signal.
GOES_ON = 0.5  # So long streams that the client holds open go on after it.
DRAIN = 30  # Seconds; a server that needs them has waited for somebody who never ends.
NO_RETRIES = [("grpc.enable_retries", 0), ("grpc.max_receive_message_length", 64 << 20),
              ("grpc.use_local_subchannel_pool", 1)]
BATCH = 2000
OPEN_STREAMS = 2


class Load:
    """Clients, and what became of their calls."""

    def __init__(self, world, server):
        self.world, self.server = world, server
        self.address = world.daemon.address
        self.admin_pb2 = importlib.import_module("codeset.v1.admin_pb2")
        self.stubs = {name: importlib.import_module("codeset.v1.%s_pb2_grpc" % name)
                      for name in ("terminology", "releases", "admin")}
        self.stopping = threading.Event()
        self.open = threading.Semaphore(0)  # Counts streams both ways that have begun.
        self.lock = threading.Lock()
        self.ends = collections.Counter()  # By kind of call and how it ended.
        self.problems = []
        self.labels = {}  # Request id to whether the caller was told that it is done.
        self.threads = []

    def channel(self, address=None):
        return grpc.insecure_channel(address or self.address, options=NO_RETRIES)

    def end(self, kind, code, details=""):
        with self.lock:
            self.ends[kind, code.name] += 1
            if code not in (grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE):
                self.problems.append("%s ended with %s: %s" % (kind, code.name, details))

    def problem(self, text):
        with self.lock:
            self.problems.append(text)

    def keep_in_flight(self, kind, call, request, right, count):
        """So many calls of one answer at a time, until the server takes no more."""
        semaphore = threading.Semaphore(count)
        refused = threading.Event()

        def done(future):
            code = future.code()
            if code == grpc.StatusCode.OK:
                if not right(future.result()):
                    self.problem(kind + " was answered in part")
            else:
                refused.set()
            self.end(kind, code, future.details())
            semaphore.release()

        while not refused.is_set():
            semaphore.acquire()
            call.future(request, timeout=programs.TIMEOUT).add_done_callback(done)
        for _ in range(count):
            semaphore.acquire()

    def look_up(self):
        pb2 = self.server.terminology_pb2
        request = pb2.GetConceptRequest(release=self.server.selector(BASE), id="A00.0")
        with self.channel() as channel:
            self.keep_in_flight("look-up", self.stubs["terminology"].TerminologyStub(
                channel).GetConcept, request, lambda answer: answer.found.id == "A00.0", 16)

    def batch(self):
        pb2 = self.server.terminology_pb2
        request = pb2.BatchGetConceptsRequest(
            release=self.server.selector(BASE), ids=["A00.0"] * BATCH,
            view=importlib.import_module("codeset.v1.concept_pb2").CONCEPT_VIEW_EFFECTIVE)
        with self.channel() as channel:
            self.keep_in_flight("batch", self.stubs["terminology"].TerminologyStub(
                channel).BatchGetConcepts, request, lambda answer: len(answer.results) == BATCH, 4)

    def export(self):
        """Streams, one after another; what each has, the first one tells."""
        pb2 = importlib.import_module("codeset.v1.releases_pb2")
        request = pb2.ExportReleaseRequest(release=self.server.selector(BASE))
        whole = None
        with self.channel() as channel:
            stub = self.stubs["releases"].ReleasesStub(channel)
            while True:
                pages, begun = 0, False
                try:
                    for message in stub.ExportRelease(request, timeout=programs.TIMEOUT):
                        begun = True
                        pages += len(message.pages)
                        time.sleep(0.002)  # A reader that takes its time.
                except grpc.RpcError as error:
                    self.end("stream", error.code(), error.details())
                    if begun:
                        self.problem("a stream was broken off: " + error.details())
                    return
                self.end("stream", grpc.StatusCode.OK)
                whole = whole or pages
                if pages != whole:
                    self.problem("a stream had %d pages of %d" % (pages, whole))

    def validate(self):
        """A stream both ways that is open when the signal comes, and goes on after it."""
        pb2 = importlib.import_module("codeset.v1.validation_pb2")
        sent, answered = [0], 0

        def rows():
            yield pb2.StreamValidateCodesRequest(release=self.server.selector(BASE))
            end = None
            while end is None or time.monotonic() < end:
                if end is None and self.stopping.is_set():
                    end = time.monotonic() + GOES_ON
                sent[0] += 1
                yield pb2.StreamValidateCodesRequest(rows=[pb2.CodeToValidate(code="A00.0")])
                time.sleep(0.001)

        with self.channel() as channel:
            stub = self.stubs["terminology"].TerminologyStub(channel)
            try:
                for message in stub.StreamValidateCodes(rows(), timeout=programs.TIMEOUT):
                    if not answered:
                        self.open.release()
                    answered += len(message.results)
            except grpc.RpcError as error:
                self.end("stream both ways", error.code(), error.details())
                self.problem("a stream both ways was broken off: " + error.details())
                return
            self.end("stream both ways", grpc.StatusCode.OK)
            if answered != sent[0]:
                self.problem("of %d rows %d were answered" % (sent[0], answered))

    def set_label(self, label):
        with self.channel("unix:%s/admin.sock" % self.world.data_dir) as channel:
            stub = self.stubs["admin"].AdminStub(channel)
            number = 0
            while True:
                number += 1
                id = "%s-%d" % (label, number)
                request = self.admin_pb2.SetLabelRequest(label=label, release_id=BASE,
                                                         exact=number % 2 == 0, by=id)
                try:
                    stub.SetLabel(request, timeout=programs.TIMEOUT,
                                  metadata=[("x-request-id", id)])
                    self.labels[id] = True
                    self.end("change", grpc.StatusCode.OK)
                except grpc.RpcError as error:
                    self.labels[id] = False
                    self.end("change", error.code(), error.details())
                    return

    def start(self):
        kinds = [self.look_up] * 2 + [self.batch] * 2 + [self.export] * 2
        kinds += [self.validate] * OPEN_STREAMS
        calls = [(kind, ()) for kind in kinds]
        calls += [(self.set_label, (label,)) for label in ("one", "two")]
        for kind, arguments in calls:
            self.threads.append(threading.Thread(target=kind, args=arguments, daemon=True))
            self.threads[-1].start()

    def join(self):
        for thread in self.threads:
            thread.join(timeout=programs.TIMEOUT)
            if thread.is_alive():
                raise Mismatch("a client still waits for an answer")


def check_drain(world, options, audit):
    world.start("127.0.0.1:0", "--audit-log", audit, "--drain-seconds", str(DRAIN))
    load = Load(world, server_check.Server(world.daemon.address, options.stubs))
    load.start()
    time.sleep(WARM_UP)
    for _ in range(OPEN_STREAMS):
        if not load.open.acquire(timeout=programs.TIMEOUT):
            raise Mismatch("a stream both ways has not begun")
    begin = time.monotonic()
    world.daemon.process.send_signal(signal.SIGTERM)
    load.stopping.set()
    load.join()
    expect("codesetd's exit status", 0, world.stop())
    seconds = time.monotonic() - begin
    if load.problems:
        raise Mismatch("%d problems: %s" % (len(load.problems), "; ".join(load.problems[:5])))
    if seconds > DRAIN - 5:
        raise Mismatch("it took %.0f s to stop" % seconds)
    for kind in ("look-up", "batch", "stream", "stream both ways", "change"):
        if not load.ends[kind, "OK"]:
            raise Mismatch("no %s was answered: the load was none" % kind)
    with open(audit, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    done = {line["request_id"] for line in lines if line["result"] == "OK"}
    told = {id for id, ok in load.labels.items() if ok}
    expect("changes that were made and whose callers do not know", set(), done - told)
    expect("changes that callers were told of and that were not made", set(), told - done)
    return ", ".join("%s %s %d" % (kind, code, count)
                     for (kind, code), count in sorted(load.ends.items())) + ", %.1f s" % seconds


def main():
    options = programs.options_of(
        "SIGTERM under full load.",
        lambda parser: parser.add_argument("--rounds", type=int, default=ROUNDS))
    server_check.generate_stubs(options.protos, options.stubs)
    run = programs.Run()
    with programs.World(options) as world:
        for number in range(options.rounds):
            run.check("SIGTERM under full load, round %d" % (number + 1), check_drain, world,
                      options, os.path.join(world.root, "audit.%d" % number))
            world.stop()
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
