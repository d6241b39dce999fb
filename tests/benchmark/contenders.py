"""The servers that are measured, and the load generator that measures them.

All listen on loopback, on ports that were free, with their data in a temporary folder; all are
stopped when their `with` ends, however it ends.
"""

import contextlib
import ctypes
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

HOST = "127.0.0.1"
TIMEOUT = 120
POSTGRES = "/usr/lib/postgresql/15/bin"
# What is served from memory needs no disk; no query is worth compiling or running in parallel; a
# statement is planned once; nothing is counted or shown that nobody looks at.
POSTGRES_SETTINGS = ("shared_buffers=256MB", "max_connections=120", "fsync=off", "jit=off",
                     "max_parallel_workers_per_gather=0", "plan_cache_mode=force_generic_plan",
                     "autovacuum=off", "track_counts=off", "track_activities=off",
                     "update_process_title=off", "ssl=off")
# Everything in memory, nothing saved; one thread, since with two cores a second would take the
# client's.
REDIS_SETTINGS = ("--save", "", "--appendonly", "no", "--io-threads", "1")
PR_SET_PDEATHSIG = 1


def free_port():
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return taken.getsockname()[1]


def die_with_parent():
    """In a child: it gets SIGTERM if this program is killed, so that nothing is left behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def wait_until(what, process, condition):
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        if process.poll() is not None:
            raise RuntimeError("%s ended with status %d" % (what, process.returncode))
        if time.monotonic() > deadline:
            raise RuntimeError("%s does not serve after %d s" % (what, TIMEOUT))
        time.sleep(0.02)


@contextlib.contextmanager
def running(what, command, stop=signal.SIGTERM, **options):
    """A process, which is stopped in the end."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent,
                               **options)
    try:
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise RuntimeError("%s did not stop" % what) from None


class Server:
    """A running server: where it listens, and the process whose CPU time counts."""

    def __init__(self, name, address, pid):
        self.name, self.address, self.pid = name, address, pid

    def memory_mb(self):
        """What is resident now, in millions of bytes."""
        with open("/proc/%d/status" % self.pid, encoding="ascii") as file:
            kibibytes = re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)
        return int(kibibytes) * 1024 / 1e6


@contextlib.contextmanager
def grpc_server(name, command):
    """codesetd or the echo server, which say where they listen on standard error."""
    with running(name, command, stderr=subprocess.PIPE, text=True) as process:
        address = None
        for line in process.stderr:
            match = re.search(r"listening on (127\.0\.0\.1:\d+)", line)
            address = match.group(1) if match else address
            if address and (name == "echo" or line.strip().endswith("serving")):
                break
        if address is None:
            raise RuntimeError("%s ended before it served" % name)
        # Else it would block once the pipe is full.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield Server(name, address, process.pid)


def codesetd(binary, data_dir):
    return grpc_server("codeset", [binary, "serve", "--data-dir", data_dir, "--listen",
                                   HOST + ":0"])


def echo(binary, answers, batch):
    return grpc_server("echo", [binary, "--get", os.path.join(answers, "get.bin"), "--batch",
                                os.path.join(answers, "batch-%d.bin" % batch)])


@contextlib.contextmanager
def redis(folder):
    port = free_port()
    with running("redis", ["redis-server", "--bind", HOST, "--port", str(port), "--dir", folder,
                           *REDIS_SETTINGS], stdout=subprocess.DEVNULL) as process:
        def listens():
            with socket.socket() as probe:
                return probe.connect_ex((HOST, port)) == 0
        wait_until("redis", process, listens)
        yield Server("redis", "%s:%d" % (HOST, port), process.pid)


@contextlib.contextmanager
def postgres(folder):
    """PostgreSQL, which refuses to run as root: then it runs as its own user."""
    user = {}
    home = os.path.join(folder, "postgres")
    os.makedirs(home)
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        # What it has to pass through.
        os.chmod(folder, 0o755)
        os.chown(home, owner.pw_uid, owner.pw_gid)
        user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    data, port = os.path.join(home, "data"), free_port()
    made = subprocess.run([POSTGRES + "/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E",
                           "UTF8", "--locale=C", "--no-sync"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=home,
                          **user)
    if made.returncode:
        raise RuntimeError("initdb: " + made.stdout[-2000:])
    command = [POSTGRES + "/postgres", "-D", data, "-h", HOST, "-p", str(port), "-k", home]
    for setting in POSTGRES_SETTINGS:
        command += ["-c", setting]
    # SIGINT: it ends without waiting for its clients.
    with running("postgres", command, stop=signal.SIGINT, stderr=subprocess.DEVNULL, cwd=home,
                 **user) as process:
        def ready():
            return subprocess.run([POSTGRES + "/pg_isready", "-q", "-h", HOST, "-p", str(port)],
                                  check=False).returncode == 0
        wait_until("postgres", process, ready)
        yield Server("postgres", "%s:%d" % (HOST, port), process.pid)


class Client:
    """A load generator that is told what to measure, line by line."""

    def __init__(self, process, name):
        self.process, self.name = process, name

    def measure(self, line):
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise RuntimeError("the load generator of %s failed at: %s" % (self.name, line))
        result = json.loads(answer)
        if not result["calls"]:
            raise RuntimeError("%s answered nothing in time: %s" % (self.name, line))
        return result


@contextlib.contextmanager
def client(binary, kind, server, values, release=None):
    command = [binary, kind, "--address", server.address, "--server-pid", str(server.pid),
               "--values", values]
    if release:
        command += ["--release", release]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               preexec_fn=die_with_parent)
    try:
        yield Client(process, server.name)
    finally:
        # It ends when there are no more lines.
        process.stdin.close()
        try:
            process.wait(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def fetch_values(binary, server, release, folder):
    """Writes the concepts of a release, and the answers to be echoed, to a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    subprocess.run([binary, "values", "--address", server.address, "--release", release, "--out",
                    folder], stdin=subprocess.DEVNULL, check=True)
