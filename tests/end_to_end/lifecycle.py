#!/usr/bin/python3
"""How the programs start, end and answer for themselves.

  lifecycle.py --codesetd PATH --codesetctl PATH --stubs DIR

Exit statuses of codesetctl; health and reflection; SIGTERM; cancelled uploads; kill -9.
"""

import importlib
import os
import queue
import signal
import subprocess
import sys

import grpc

import programs
import server_check
from programs import BASE, Mismatch, contains, expect, wait_until

HEALTH = "/grpc.health.v1.Health/Check"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
NEW = "2026"
FILLER_BYTES = 200 << 20  # So much that a load is under way while it is being sent.

EXITS = [
    ("done", 0, ["lookup", "A00.0", "--release", BASE]),
    ("subsumed", 0, ["subsumes", "A00", "A00.0", "--release", BASE]),
    ("help", 0, ["lookup", "--help"]),
    ("a code not found", 1, ["lookup", "A00.0", "Z99.99", "--release", BASE]),
    ("children of what is not found", 1, ["children", "Z99.99", "--release", BASE]),
    ("not subsumed", 1, ["subsumes", "A00.0", "A00", "--release", BASE]),
    ("no common ancestor", 1, ["common-ancestor", "A00.0", "M99", "--release", BASE]),
    ("no command", 2, []),
    ("unknown command", 2, ["frobnicate"]),
    ("unknown flag", 2, ["lookup", "A00.0", "--frobnicate"]),
    ("unknown output", 2, ["lookup", "A00.0", "--output", "xml"]),
    ("release and date at once", 2,
     ["lookup", "A00.0", "--release", BASE, "--date", "2024-11-01"]),
    ("a refused date", 3, ["lookup", "A00.0", "--date", "2017-11-15"]),
    ("unreachable admin socket", 3,
     ["--admin-server", "unix:/nonexistent/admin.sock", "release", "verify", BASE]),
]


def raw(channel, kind, method):
    """A call whose messages are bytes encoded by hand: no stubs of it are at hand."""
    return getattr(channel, kind)(method, request_serializer=None, response_deserializer=None)


def check_exit(world, status, arguments):
    done = world.ctl(*arguments)
    expect("exit status of %s: %s" % (arguments, done.stderr[-500:]), status, done.returncode)
    if status >= 2:
        expect("standard output", "", done.stdout)
        contains("standard error", done.stderr, "codesetctl: ")


def check_unreachable(world):
    """Nobody listens: told with the address and what to do."""
    done = world.run([world.options.codesetctl, "--server", "127.0.0.1:1", "lookup", "A00.0"])
    expect("exit status: " + done.stderr, 3, done.returncode)
    expect("standard output", "", done.stdout)
    contains("standard error", done.stderr, "127.0.0.1:1", "codesetd serve")


def check_closed_pipe(world):
    """A reader that stops early, such as head, is no failure to speak of."""
    process = subprocess.Popen(
        world.ctl_command("list", "--release", BASE, "--output", "json"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=programs.TIMEOUT)
    expect("standard error", "", "".join(
        line for line in error.splitlines() if line.startswith("codesetctl")))


def check_health(address):
    with grpc.insecure_channel(address) as channel:
        # HealthCheckRequest{} and HealthCheckResponse{status: SERVING = 1}.
        answer = raw(channel, "unary_unary", HEALTH)(b"", timeout=programs.TIMEOUT)
        expect("health", b"\x08\x01", answer)


def check_reflection(address, *services):
    """Reflection lists the services of a listener, and them alone."""
    with grpc.insecure_channel(address) as channel:
        # ServerReflectionRequest{list_services: "*"}, field 7.
        answers = raw(channel, "stream_stream", REFLECTION)(
            iter([b"\x3a\x01*"]), timeout=programs.TIMEOUT)
        answer = b"".join(answers)
    for name in ("Terminology", "Releases", "Admin"):
        expect("reflection of " + name, name in services,
               b"codeset.v1." + name.encode() in answer)


class Upload:
    """A LoadRelease call whose messages are sent one by one."""

    def __init__(self, world, server):
        self.pb2 = server.admin_pb2
        self.channel = grpc.insecure_channel("unix:%s/admin.sock" % world.data_dir)
        stub = importlib.import_module("codeset.v1.admin_pb2_grpc").AdminStub(self.channel)
        self.requests = queue.Queue()
        self.sent = self.pb2.LoadEnd()
        self.call = stub.LoadRelease(iter(self.requests.get, None), timeout=programs.TIMEOUT)
        self.send(options=self.pb2.LoadOptions(release_id=NEW))

    def send(self, **part):
        self.requests.put(self.pb2.LoadReleaseRequest(**part))

    def send_release(self, folder):
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as file:
                data = file.read()
            self.send(chunk=self.pb2.FileChunk(name=name, data=data))
            self.sent.files += 1
            self.sent.bytes += len(data)

    def finish(self):
        """Ends the upload; returns the outcome that the report tells."""
        self.send(end=self.sent)
        self.requests.put(None)
        for message in self.call:
            if message.HasField("report"):
                return self.pb2.LoadOutcome.Name(message.report.outcome)
        raise Mismatch("the call ended without a report")

    def close(self):
        self.requests.put(None)
        self.channel.close()


def wait_until_loading(world):
    """Until the server has taken up a load, seen from another."""
    wait_until("LOAD_IN_PROGRESS", lambda: "LOAD_IN_PROGRESS" in world.load(
        BASE, world.published(BASE)).stderr)


def wait_until_free(world):
    wait_until("the end of the load that was cancelled", lambda: world.load(
        BASE, world.published(BASE)).returncode == 0)


def check_broken_upload(world, server, cancel):
    """An upload that ends before its half-close, with all of its files sent, leaves nothing."""
    before = world.state()
    upload = Upload(world, server)
    try:
        wait_until_loading(world)
        upload.send_release(world.published(NEW))
        upload.send(end=upload.sent)
        if cancel:
            upload.call.cancel()
    finally:
        # Without cancel the connection itself goes.
        upload.channel.close()
        upload.requests.put(None)
    wait_until_free(world)
    expect("what is in the data directory", before, world.state())
    world.expect_serving()


def check_killed_client(world, signal_number):
    """codesetctl is killed while it sends."""
    before = world.state()
    filler = os.path.join(world.root, "zz_filler.pdf")
    with open(filler, "wb") as file:
        file.truncate(FILLER_BYTES)
    process = subprocess.Popen(
        world.ctl_command("--verbose", "release", "load", NEW, world.published(NEW), filler),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("sending zz_filler.pdf"):
            process.send_signal(signal_number)
            break
    process.stderr.close()
    expect("end of codesetctl", -signal_number, process.wait(timeout=programs.TIMEOUT))
    wait_until_free(world)
    expect("what is in the data directory", before, world.state())
    world.expect_serving()


def check_drain(world, server):
    """SIGTERM: new calls are refused, the one under way is brought to its end."""
    upload = Upload(world, server)
    try:
        wait_until_loading(world)
        world.daemon.process.send_signal(signal.SIGTERM)
        wait_until("new calls are refused",
                   lambda: world.ctl("lookup", "A00.0", "--release", BASE).returncode == 3)
        upload.send_release(world.published(NEW))
        expect("outcome", "LOAD_OUTCOME_LOADED", upload.finish())
    finally:
        upload.close()
    expect("codesetd's exit status", 0, world.stop())
    world.start()
    world.expect_verified(NEW)


def check_watch(world):
    """A watch outlives a server that stops and comes back, and misses nothing."""
    watch = subprocess.Popen(world.ctl_command("watch", "--output", "json", "--count", "2"),
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    try:
        while "watching" not in watch.stderr.readline():
            expect("exit status of the watch", None, watch.poll())
        for label in ("one", "two"):
            done = world.ctl("label", "set", label, BASE)
            expect("exit status of label set: " + done.stderr, 0, done.returncode)
            contains("the event", watch.stdout.readline(), '"label":"%s"' % label)
            if label == "one":
                address = world.daemon.address
                expect("codesetd's exit status", 0, world.stop())
                world.start(address)
        expect("exit status of the watch", 0, watch.wait(timeout=programs.TIMEOUT))
    finally:
        watch.kill()
        watch.communicate()
        for label in ("one", "two"):
            world.ctl("label", "remove", label)


def check_kill(world):
    """A release that was reported as loaded survives kill -9 and verifies."""
    done = world.load("2027", world.published("2027"))
    expect("exit status of the load: " + done.stderr, 0, done.returncode)
    before = world.state()
    world.daemon.process.kill()
    world.daemon.process.wait(timeout=programs.TIMEOUT)
    world.stop()
    world.start()
    expect("what is in the data directory", before, world.state())
    world.expect_verified("2027")
    world.expect_serving()


def check_dry_run(world):
    """A dry run into a data directory that is not there reports, and makes none."""
    folder = os.path.join(world.folder("dry"), "data")
    done = world.run([world.options.codesetd, "load", "--dry-run", "--data-dir", folder, "2026",
                      world.published("2026")])
    expect("exit status of the dry run: " + done.stderr, 0, done.returncode)
    programs.contains("the report", done.stdout, "dry run: nothing was written")
    if os.path.exists(folder):
        raise Mismatch("the dry run made " + folder)


def check_stop(world):
    expect("codesetd's exit status", 0, world.stop())
    if os.path.exists(os.path.join(world.data_dir, "admin.sock")):
        raise Mismatch("admin.sock is left")


def main():
    options = programs.options_of("How the programs start, end and answer for themselves.")
    server_check.generate_stubs(options.protos, options.stubs)
    run = programs.Run()
    with programs.World(options) as world:
        world.start()
        admin = "unix:%s/admin.sock" % world.data_dir
        for what, status, arguments in EXITS:
            run.check("exit status %d: %s" % (status, what), check_exit, world, status,
                      arguments)
        run.check("exit status 3: unreachable server", check_unreachable, world)
        run.check("closed pipe", check_closed_pipe, world)
        run.check("health", check_health, world.daemon.address)
        run.check("health of the admin listener", check_health, admin)
        run.check("reflection", check_reflection, world.daemon.address, "Terminology",
                  "Releases")
        run.check("reflection of the admin listener", check_reflection, admin, "Admin")
        server = server_check.Server(world.daemon.address, options.stubs)
        run.check("cancelled upload", check_broken_upload, world, server, True)
        run.check("lost connection", check_broken_upload, world, server, False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            run.check("codesetctl ended by %s while it sends" % number.name,
                      check_killed_client, world, number)
        run.check("a watch over SIGTERM and restart", check_watch, world)
        server = server_check.Server(world.daemon.address, options.stubs)
        run.check("SIGTERM drains", check_drain, world, server)
        run.check("kill -9", check_kill, world)
        run.check("dry run", check_dry_run, world)
        run.check("SIGTERM ends with exit status 0", check_stop, world)
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
