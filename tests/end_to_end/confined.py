#!/usr/bin/python3
"""Who may call codesetd, and what it needs of the machine that it runs on.

  confined.py --codesetd PATH --codesetctl PATH --stubs DIR

Admin over TCP without proof is refused at start; tokens by `codesetd hash-token`, told to nobody;
a whole life (load, ask, delete) as another user on a read-only root file system, which is left out
where the system gives no mount namespaces.
"""

import json
import os
import stat
import subprocess
import sys

import programs
from programs import BASE, contains, expect

NEW = "2026"
NOBODY = 65534
# Makes every file system read-only but the one of the data directory, and ends in codesetd as
# nobody, without a way back; where root is only root of a user namespace, as that.
CONFINED = """#!/bin/sh
exec unshare {namespace} sh -c '
  mount --make-rprivate / && mount --bind {data} {data} || exit 77
  while read -r _ _ _ _ point _; do
    [ "$point" = {data} ] || mount -o remount,bind,ro "$point" 2>/dev/null
  done < /proc/self/mountinfo
  touch {root}/written 2>/dev/null && exit 77
  touch {data}/written && rm {data}/written || exit 77
  TMPDIR=/nonexistent exec {drop} {codesetd} "$@" --audit-log {data}/audit.jsonl
' sh "$@"
"""
DROP = ("setpriv --reuid=%d --regid=%d --clear-groups --no-new-privs --inh-caps=-all "
        "--bounding-set=-all" % (NOBODY, NOBODY))


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
    finally:
        process.terminate()
        told += process.stderr.read()
        process.wait(timeout=programs.TIMEOUT)
    records = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    expect("results in the log", ["OK", "UNAUTHENTICATED"], [one["result"] for one in records])
    expect("who", ["robot", ""], [one["token"] for one in records])
    expect("the token in the log", False, token in told)


def check_confined(world):
    """Load, ask, delete, stop; as nobody where we are root."""
    root = os.geteuid() == 0
    wrapper = os.path.join(world.root, "confined")
    with open(wrapper, "w") as file:
        file.write(CONFINED.format(namespace="-m" if root else "-rm", data=world.data_dir,
                                   root=world.root, drop=DROP if root else "",
                                   codesetd=os.path.abspath(world.options.codesetd)))
    os.chmod(wrapper, 0o755)
    os.chmod(world.root, 0o755)
    if root:
        for folder, _, names in os.walk(world.data_dir):
            for name in [folder, *(os.path.join(folder, name) for name in names)]:
                os.chown(name, NOBODY, NOBODY)
    probe = subprocess.run([wrapper, "serve", "--help"], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, timeout=programs.TIMEOUT)
    if probe.returncode:
        return "left out: no mount namespace: %s" % probe.stderr.strip()
    world.daemon = programs.end_to_end.Daemon(wrapper, world.data_dir)
    try:
        with open("/proc/%d/status" % world.daemon.process.pid) as file:
            ids = next(line.split()[1:] for line in file if line.startswith("Uid:"))
        expect("the user", {str(NOBODY if root else os.geteuid())}, set(ids))
        world.expect_serving()
        done = world.load(NEW, world.published(NEW))
        expect("exit status of a load: " + done.stderr, 0, done.returncode)
        world.expect_verified(NEW)
        done = world.ctl("release", "delete", NEW)
        expect("exit status of a deletion: " + done.stderr, 0, done.returncode)
        expect("codesetd's exit status", 0, world.stop())
    finally:
        world.stop()
    with open(os.path.join(world.data_dir, "audit.jsonl")) as file:
        methods = [json.loads(line)["method"] for line in file]
    expect("the audit log", ["LoadRelease", "VerifyRelease", "DeleteRelease"], methods)
    return None


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
        run.check("another user, a read-only root file system", check_confined, world)
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
