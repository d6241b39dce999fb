#!/usr/bin/python3
"""Runs a program confined as deploy/systemd/codesetd.service confines codesetd, without systemd.

  confine.py --write DIR [--write DIR]... -- PROGRAM ARGUMENT...

Every file system is read-only but the folders named, which should be the user's; /proc shows
processes alone; the user is nobody in particular, without a capability or a way back to one; and
system calls are those that the unit allows, by `systemd-analyze syscall-filter` (said on standard
error where that or python3-seccomp is missing). As another user than root, root is that user and
/proc stays.
"""

import argparse
import errno
import mmap
import os
import re
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
UNIT = os.path.join(HERE, "..", "..", "deploy", "systemd", "codesetd.service")
USER = 65532
# linux/sched.h: all that makes a namespace of its own. linux/shm.h.
CLONE_NEW = 0x7E020080
SHM_EXEC = 0o100000


def namespace():
    return "-m" if os.geteuid() == 0 else "-rm"


def left_out():
    """Why nothing can be confined here; empty if it can."""
    try:
        done = subprocess.run(["unshare", namespace(), "true"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError as error:
        return str(error)
    return "" if done.returncode == 0 else "no mount namespace: " + done.stderr.strip()


def mount(*arguments, check=True):
    done = subprocess.run(["mount", *arguments], stderr=subprocess.PIPE, text=True)
    if check and done.returncode:
        sys.exit("confine: mount %s: %s" % (" ".join(arguments), done.stderr.strip()))


def is_read_only(folder):
    try:
        os.close(os.open(os.path.join(folder, "confine.probe"), os.O_CREAT | os.O_WRONLY))
    except OSError as error:
        return error.errno == errno.EROFS
    os.remove(os.path.join(folder, "confine.probe"))
    return False


def confine_files(folders, root):
    mount("--make-rprivate", "/")
    for folder in folders:
        mount("--bind", folder, folder)
    if root:
        mount("-t", "proc", "-o", "subset=pid,hidepid=invisible", "proc", "/proc")
    with open("/proc/self/mountinfo") as file:
        points = [line.split()[4] for line in file]
    for point in points:
        if point not in folders:
            # Some are none of ours; what matters is asked below.
            mount("-o", "remount,bind,ro", point, check=False)
    for folder in ("/", "/tmp", "/var", *map(os.path.dirname, folders)):
        if not is_read_only(folder):
            sys.exit("confine: %s can be written" % folder)
    for folder in folders:
        if is_read_only(folder):
            sys.exit("confine: %s cannot be written" % folder)


def unit_values(key):
    with open(UNIT) as file:
        return re.findall(r"^%s=(.*)$" % key, file.read(), re.MULTILINE)


def expand(name):
    """The system calls of a set of systemd's, or the one of this name."""
    if not name.startswith("@"):
        return {name}
    text = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    members = [line.strip() for line in text.splitlines()[1:]]
    return set().union(*(expand(one) for one in members if one and not one.startswith("#")))


def allowed_calls():
    """What the unit's SystemCallFilter lines come to."""
    allowed = expand("@default")
    for line in unit_values("SystemCallFilter"):
        named = set().union(*(expand(name) for name in line.lstrip("~").split()))
        allowed = allowed - named if line.startswith("~") else allowed | named
    return allowed


def filter_calls():
    """From here on nothing but what the unit allows, conditions on arguments included."""
    try:
        import seccomp
        allowed = allowed_calls()
    except (ImportError, FileNotFoundError) as error:
        print("confine: without the filter of system calls: %s" % error, file=sys.stderr)
        return
    denied = {"unshare", "setns", "clone3"}  # RestrictNamespaces
    families = [getattr(socket, name)
                for name in unit_values("RestrictAddressFamilies")[0].split()]
    masked = seccomp.MASKED_EQ
    executable = mmap.PROT_WRITE | mmap.PROT_EXEC
    conditions = {
        "socket": [[seccomp.Arg(0, seccomp.EQ, family)] for family in families],
        # MemoryDenyWriteExecute
        "mmap": [[seccomp.Arg(2, masked, executable, bits)]
                 for bits in (0, mmap.PROT_WRITE, mmap.PROT_EXEC)],
        "mprotect": [[seccomp.Arg(2, masked, mmap.PROT_EXEC, 0)]],
        "pkey_mprotect": [[seccomp.Arg(2, masked, mmap.PROT_EXEC, 0)]],
        "shmat": [[seccomp.Arg(2, masked, SHM_EXEC, 0)]],
        "clone": [[seccomp.Arg(0, masked, CLONE_NEW, 0)]],
    }
    calls = seccomp.SyscallFilter(defaction=seccomp.ERRNO(errno.EPERM))
    calls.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    for name in sorted(allowed - denied):
        if seccomp.resolve_syscall(seccomp.Arch(), name) >= 0:  # Others are other machines'.
            for condition in conditions.get(name, [[]]):
                calls.add_rule(seccomp.ALLOW, name, *condition)
    calls.load()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="append", default=[])
    parser.add_argument("--stage", choices=("mounts", "calls"))
    parser.add_argument("--root", action="store_true", help="begun as root")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    folders = [os.path.realpath(folder) for folder in options.write]
    again = [sys.executable, os.path.abspath(__file__),
             *(word for folder in folders for word in ("--write", folder))]
    if options.stage is None:
        root = ["--root"] if os.geteuid() == 0 else []
        os.execvp("unshare", ["unshare", namespace(), *again, *root, "--stage", "mounts", "--",
                              *options.command])
    if options.stage == "mounts":
        confine_files(folders, options.root)
        ids = ["--reuid=%d" % USER, "--regid=%d" % USER, "--clear-groups"] if options.root else []
        os.execvp("setpriv", ["setpriv", *ids, "--no-new-privs", "--inh-caps=-all",
                              "--bounding-set=-all", *again, "--stage", "calls", "--",
                              *options.command])
    os.environ["TMPDIR"] = "/nonexistent"
    # Looking for leaks needs ptrace, which is not allowed.
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    filter_calls()
    os.execv(options.command[0], options.command)


if __name__ == "__main__":
    main()
