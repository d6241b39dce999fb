#!/usr/bin/python3
"""What deploy/kubernetes tells a cluster to run, run here: by the very commands of the manifests.

  replicas.py --codesetd PATH --codesetctl PATH --stubs DIR

A writer is loaded through its admin socket and backed up by its sidecar; two replicas start at a
time from the backup, which they cannot write to, and one from a portable file; all are asked by
gRPC's health service as a kubelet does it, and for the same code; a container that is started anew
fills its directory again; SIGTERM ends all. Everything runs confined as in a pod (confine.py) where
the system gives mount namespaces. Paths of the pods are replaced by ones of a temporary folder.
"""

import concurrent.futures
import contextlib
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading

import grpc
import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
MANIFESTS = os.path.join(HERE, "..", "..", "deploy", "kubernetes")
sys.path.insert(0, os.path.join(HERE, "..", "end_to_end"))

import confine  # noqa: E402
import programs  # noqa: E402
from programs import BASE, TIMEOUT, contains, expect  # noqa: E402

NEW = "2026"
SERVING = b"\x08\x01"  # grpc.health.v1.HealthCheckResponse, status 1.
LEFT_OUT = confine.left_out()


def pod(file, kind):
    """The pod's specification in a manifest."""
    with open(os.path.join(MANIFESTS, file)) as text:
        for document in yaml.safe_load_all(text):
            if document["kind"] == kind:
                return document["spec"]["template"]["spec"]
    raise AssertionError("no %s in %s" % (kind, file))


def container(spec, name):
    return next(one for one in [*spec.get("initContainers", []), *spec.get("containers", [])]
                if one["name"] == name)


class Pod:
    """Runs containers of a pod, each path of it under a folder of its own."""

    def __init__(self, world, name, spec, shared=None):
        self.world, self.name, self.spec = world, name, spec
        self.paths = {"/var/lib/codeset": world.folder(name + "/var"),
                      "/run/codeset": world.folder(name + "/run"), **(shared or {})}
        self.bin = world.folder("bin")
        for program in (world.options.codesetd, world.options.codesetctl):
            target = os.path.join(self.bin, os.path.basename(program))
            if not os.path.exists(target):
                os.symlink(os.path.abspath(program), target)

    def words(self, words):
        """A container's words with the pod's paths and ports replaced."""
        result = []
        for word in words:
            for inside, outside in self.paths.items():
                word = word.replace(inside, outside)
            result.append(re.sub(r"0\.0\.0\.0:\d+", "127.0.0.1:0", word))
        return result

    def command(self, name):
        """A container's command line, and its environment."""
        one = container(self.spec, name)
        words = self.words(one.get("command") or ["codesetd", *one["args"]])
        words[0] = shutil.which(words[0], path=self.bin + ":/usr/bin:/bin")
        writable = [self.paths[mount["mountPath"]] for mount in one.get("volumeMounts", [])
                    if not mount.get("readOnly") and os.path.isdir(self.paths[mount["mountPath"]])]
        if not LEFT_OUT:
            words = [confine.__file__, *(word for path in writable for word in ("--write", path)),
                     "--", *words]
            for path in writable:
                if os.geteuid() == 0:
                    os.chown(path, confine.USER, confine.USER)
        environment = {"PATH": self.bin + ":/usr/bin:/bin"}
        for variable in one.get("env", []):
            environment[variable["name"]] = self.words([variable["value"]])[0]
        return words, environment

    def run(self, name):
        words, environment = self.command(name)
        return subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT)

    @contextlib.contextmanager
    def background(self, name):
        """A container that goes on; ends it by SIGTERM, upon which it has to end well."""
        words, environment = self.command(name)
        process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        lines = queue.Queue()

        def read():
            for line in process.stdout:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        try:
            yield lines
            process.send_signal(signal.SIGTERM)
            expect("exit status of %s of %s" % (name, self.name), 0, process.wait(TIMEOUT))
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    @contextlib.contextmanager
    def serving(self):
        """Its codesetd; the public address, once health says that it serves."""
        with self.background("codesetd") as lines:
            address = until(lines, r"listening on (127\.0\.0\.1:\d+)").group(1)
            until(lines, r"serving$")
            expect("health of " + self.name, SERVING, health(address))
            yield address


def until(lines, pattern):
    """The first line that has the pattern."""
    told = []
    while True:
        line = lines.get(timeout=TIMEOUT)
        if line is None:
            raise AssertionError("ended before %r: %s" % (pattern, "".join(told)))
        told.append(line)
        match = re.search(pattern, line.rstrip("\n"))
        if match:
            return match


def health(address):
    """What a kubelet asks: the whole server's status."""
    with grpc.insecure_channel(address) as channel:
        return channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=TIMEOUT)


def ask(world, address):
    """A look-up in the newest release; its answer."""
    done = world.run([world.options.codesetctl, "--server", address, "--release", NEW, "lookup",
                      "M99.86"])
    expect("exit status of a look-up: " + done.stderr, 0, done.returncode)
    contains("the release", done.stderr, "release " + NEW)
    return done.stdout


def check_writer(world, writer):
    """Load, label, back up; the pod's own codesetctl needs no flag."""
    admin = "unix:" + os.path.join(writer.paths["/run/codeset"], "admin.sock")
    with writer.serving() as address:
        for id in (BASE, NEW):
            done = world.run([world.options.codesetctl, "--admin-server", admin, "--server", address,
                              "release", "load", id, world.published(id)])
            expect("exit status of a load: " + done.stderr, 0, done.returncode)
        with writer.background("backup") as lines:
            until(lines, r"backup 1 made")
        done = world.run([world.options.codesetctl, "--server", address, "release", "export", BASE,
                          NEW, os.path.join(world.root, "codes.codeset")])
        expect("exit status of the export: " + done.stderr, 0, done.returncode)
        world.answer = ask(world, address)


def fill(replica):
    done = replica.run("fill")
    expect("exit status of the init container: " + done.stderr, 0, done.returncode)


def check_replicas(world, replicas):
    """All at a time, as a deployment starts them."""
    with concurrent.futures.ThreadPoolExecutor() as executor:
        list(executor.map(fill, replicas))
    with contextlib.ExitStack() as stack:
        for address in [stack.enter_context(replica.serving()) for replica in replicas]:
            expect("the answer", world.answer, ask(world, address))


def check_filled_again(world, replica):
    """A node that starts anew runs the init container again, over what the first left."""
    fill(replica)
    with replica.serving() as address:
        expect("the answer", world.answer, ask(world, address))


def main():
    options = programs.options_of("What deploy/kubernetes runs, run here.")
    run = programs.Run()
    if LEFT_OUT:
        print("not confined: %s" % LEFT_OUT)
    with programs.World(options) as world:
        os.chmod(world.root, 0o755)
        backup = {"/backup": world.folder("backup")}
        writer = Pod(world, "writer", pod("with-writer/writer.yaml", "StatefulSet"), backup)
        run.check("a writer, loaded and backed up", check_writer, world, writer)
        spec = pod("replicas/replicas.yaml", "Deployment")
        replicas = [Pod(world, "replica%d" % number, spec, backup) for number in (1, 2)]
        run.check("two replicas from the backup", check_replicas, world, replicas)
        run.check("one of them once more", check_filled_again, world, replicas[0])
        patch = container(pod("portable/fill.yaml", "Deployment"), "fill")
        portable = Pod(world, "portable", {**spec, "initContainers": [
            {**container(spec, "fill"), "command": patch["command"],
             "volumeMounts": container(spec, "codesetd")["volumeMounts"]}]},
            {"/usr/local/share/codeset": world.root})
        run.check("one from a portable file", check_replicas, world, [portable])
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
