#!/usr/bin/python3
"""Who may call codesetd, and what it needs of the machine that it runs on.

  confined.py --codesetd PATH --codesetctl PATH --stubs DIR

Admin over TCP without proof is refused at start; tokens by `codesetd hash-token`, told to nobody;
a whole life (load, ask, prove, back up, restore, delete) as another user on a read-only root file
system with the system calls that deploy/systemd/codesetd.service allows (confine.py), which is
left out where the system gives no mount namespaces.
"""

import json
import os
import stat
import subprocess
import sys

import confine
import programs
from programs import BASE, contains, expect

NEW = "2026"
# Tries what the unit takes away, and what it leaves; prints what it got of each.
PROBE = """
import ctypes, errno, mmap, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "")
def tried(name, action):
    try:
        action()
        print(name, "done")
    except OSError as error:
        print(name, errno.errorcode[error.errno])
tried("root", lambda: open("/confine.written", "w"))
tried("data", lambda: open(sys.argv[1] + "/confine.written", "w"))
tried("setuid", lambda: os.setuid(0))
tried("internet", lambda: socket.socket(socket.AF_INET))
tried("packet", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
tried("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))
tried("unshare", lambda: call(272, 0x10000000))
tried("executable", lambda: mmap.mmap(-1, 4096, prot=7))
os.remove(sys.argv[1] + "/confine.written")
for line in open("/proc/self/status"):
    if line.startswith(("Uid", "CapEff", "CapBnd", "NoNewPrivs")):
        print(line.split(":")[0], line.split()[1])
"""
PROBED = {"root": "EROFS", "data": "done", "setuid": "EPERM", "internet": "done",
          "packet": "EPERM", "netlink": "EPERM", "unshare": "EPERM", "executable": "EPERM",
          "Uid": str(confine.USER), "CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1"}
# Without root those are of a user namespace; without the filter they go through.
NEED_ROOT = {"setuid", "Uid"}
NEED_FILTER = {"netlink", "unshare", "executable"}


def serve(world, *arguments):
    """Runs codesetd with arguments that it should refuse."""
    return world.run([world.options.codesetd, "serve", "--data-dir", world.data_dir,
                      "--listen", "127.0.0.1:0", *arguments])


def check_refused(world, says, *arguments):
    done = serve(world, *arguments)
    expect("exit status: " + done.stderr, 2, done.returncode)
    contains("standard error", done.stderr, says)


def check_token(world):
    """A token goes from its file to the server, and nowhere else."""
    token_file = os.path.join(world.root, "token")
    done = world.run([world.options.codesetd, "hash-token", "robot", "--generate", token_file])
    expect("exit status of hash-token: " + done.stderr, 0, done.returncode)
    expect("the mode of the token's file", 0o600, stat.S_IMODE(os.stat(token_file).st_mode))
    with open(token_file) as file:
        token = file.read().strip()
    again = subprocess.run([world.options.codesetd, "hash-token", "robot"], input=token + "\n",
                           stdout=subprocess.PIPE, text=True, timeout=programs.TIMEOUT)
    expect("the line for the same token from standard input", done.stdout, again.stdout)
    tokens = os.path.join(world.root, "tokens")
    with open(tokens, "w") as file:
        file.write(done.stdout)
    process = subprocess.Popen(
        [world.options.codesetd, "serve", "--data-dir", world.data_dir, "--listen", "127.0.0.1:0",
         "--admin-listen", "127.0.0.1:0", "--admin-token-file", tokens],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    told = ""
    try:
        while not told.endswith("serving\n"):
            told += process.stderr.readline()
        address = next(line.split()[-1] for line in told.splitlines() if "admin on" in line)
        ctl = [world.options.codesetctl, "--admin-server", address]
        done = world.run([*ctl, "--token-file", token_file, "release", "verify", BASE])
        expect("exit status with the token: " + done.stderr, 0, done.returncode)
        done = world.run([*ctl, "release", "verify", BASE])
        expect("exit status without", 3, done.returncode)
        contains("standard error", done.stderr, "UNAUTHENTICATED", "--token-file")
        wrong = os.path.join(world.root, "wrong")
        with open(wrong, "w") as file:
            file.write("mistyped-" + token)
        done = world.run([*ctl, "--token-file", wrong, "release", "verify", BASE])
        expect("exit status with a wrong token", 3, done.returncode)
        told += done.stderr
    finally:
        process.terminate()
        told += process.stderr.read()
        process.wait(timeout=programs.TIMEOUT)
    records = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    expect("results in the log", ["OK", "UNAUTHENTICATED", "UNAUTHENTICATED"],
           [one["result"] for one in records])
    expect("who", ["robot", "", ""], [one["token"] for one in records])
    expect("the token in the log", False, token in told)


def confined(*folders):
    """The command that runs what follows with no other folder to write to."""
    return [confine.__file__, *(word for folder in folders for word in ("--write", folder)), "--"]


def check_confinement(world):
    """Else what comes next would prove nothing."""
    folder = world.folder("probe")
    own(folder)
    done = world.run([*confined(folder), sys.executable, "-c", PROBE, folder])
    expect("exit status of the probe: " + done.stderr, 0, done.returncode)
    left_out = set() if os.geteuid() == 0 else NEED_ROOT
    if "without the filter" in done.stderr:
        left_out |= NEED_FILTER
    told = dict(line.split() for line in done.stdout.splitlines())
    for name in sorted(PROBED.keys() - left_out):
        expect(name, PROBED[name], told[name])
    return "but for " + " ".join(sorted(left_out)) if left_out else None


def own(folder):
    """Gives a folder and what is in it to the user of confine.py."""
    if os.geteuid() != 0:
        return
    for top, _, names in os.walk(folder):
        for name in [top, *(os.path.join(top, name) for name in names)]:
            os.chown(name, confine.USER, confine.USER)


def niceness(pid):
    """Of the threads of a process; see proc(5)."""
    folder = "/proc/%d/task" % pid
    for thread in os.listdir(folder):
        with open(os.path.join(folder, thread, "stat")) as file:
            yield int(file.read().rpartition(")")[2].split()[16])


def check_confined(world):
    """Load, ask, prove, back up, delete, stop; then restore, likewise confined."""
    backups = world.folder("backups")
    restored = world.folder("restored")
    for folder in (world.data_dir, backups, restored):
        own(folder)
    wrapper = os.path.join(world.root, "confined")
    with open(wrapper, "w") as file:
        file.write("#!/bin/sh\nexec %s %s \"$@\" --audit-log %s/audit.jsonl\n" % (
            " ".join(confined(world.data_dir, backups)),
            os.path.abspath(world.options.codesetd), world.data_dir))
    os.chmod(wrapper, 0o755)
    world.daemon = programs.end_to_end.Daemon(wrapper, world.data_dir)
    try:
        with open("/proc/%d/status" % world.daemon.process.pid) as file:
            ids = next(line.split()[1:] for line in file if line.startswith("Uid:"))
        expect("the user", {str(confine.USER if os.geteuid() == 0 else os.geteuid())}, set(ids))
        world.expect_serving()
        expect("whether threads give way to others", True,
               len(set(niceness(world.daemon.process.pid))) > 1)
        done = world.load(NEW, world.published(NEW))
        expect("exit status of a load: " + done.stderr, 0, done.returncode)
        world.expect_verified(NEW)
        for words in (["scrub", "--mib-per-second", "0"], ["backup", "create", backups],
                      ["release", "delete", NEW]):
            done = world.ctl(*words)
            expect("exit status of %s: %s" % (words, done.stderr), 0, done.returncode)
        expect("codesetd's exit status", 0, world.stop())
    finally:
        world.stop()
    with open(os.path.join(world.data_dir, "audit.jsonl")) as file:
        methods = [json.loads(line)["method"] for line in file]
    expect("the audit log", ["LoadRelease", "VerifyRelease", "ScrubReleases", "CreateBackup",
                             "DeleteRelease"], methods)
    done = world.run([*confined(restored), os.path.abspath(world.options.codesetd), "restore",
                      "--from", backups, "--data-dir", os.path.join(restored, "data")])
    expect("exit status of a restore: " + done.stderr, 0, done.returncode)
    contains("the restored", done.stdout, "release " + BASE, "release " + NEW)


def main():
    options = programs.options_of("Who may call codesetd, and what it needs of its machine.")
    run = programs.Run()
    with programs.World(options) as world:
        run.check("admin over TCP without proof", check_refused, world, "--admin-token-file",
                  "--admin-listen", "127.0.0.1:0")
        missing = os.path.join(world.root, "missing.pem")
        run.check("a certificate that is not there", check_refused, world,
                  "the certificate %s cannot be read" % missing,
                  "--tls-cert", missing, "--tls-key", missing)
        run.check("a certificate without its key", check_refused, world, "name --tls-key",
                  "--tls-cert", missing)
        run.check("tokens", check_token, world)
        left_out = confine.left_out()
        if left_out:
            print("left out: confined as by systemd: %s" % left_out)
        else:
            os.chmod(world.root, 0o755)
            run.check("what is confined cannot do", check_confinement, world)
            run.check("confined as by systemd", check_confined, world)
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
