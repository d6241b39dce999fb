#!/usr/bin/python3
"""Backups as an operator makes, checks and restores them, and migration.

  backups.py --codesetd PATH --codesetctl PATH --stubs DIR
"""

import json
import os
import signal
import subprocess
import sys

import programs
from programs import BASE, contains, expect

NEW = "2026"


def done_with(world, *arguments):
    """A command of codesetctl that succeeds; what it printed."""
    done = world.ctl(*arguments)
    expect("exit status of %s: %s" % (arguments, done.stderr), 0, done.returncode)
    return done.stdout


def daemon(world, *arguments):
    return world.run([world.options.codesetd, *arguments])


def restored_state(world, directory):
    """What a data directory holds, asked of a server that is started for it."""
    other = programs.World.__new__(programs.World)
    other.options, other.root, other.data_dir, other.daemon = (
        world.options, world.root, directory, None)
    return other.state()


def check_backup_and_restore(world, folder):
    """The server serves all the while; two backups, and each restores to its instant."""
    contains("the first", done_with(world, "backup", "create", folder), "backup 1 made")
    before = world.state()
    done = world.load(NEW, world.published(NEW))
    expect("exit status of the load: " + done.stderr, 0, done.returncode)
    done_with(world, "label", "set", "prod", NEW)
    after = world.state()
    made = json.loads(done_with(world, "backup", "create", folder, "--output", "json"))
    expect("releases", [BASE, NEW], [release["id"] for release in made["backup"]["releases"]])
    contains("the list", done_with(world, "backup", "list", folder), BASE + " " + NEW)
    contains("verify", done_with(world, "backup", "verify", folder), "backup 2 of", "is whole")
    for number, state in ((1, before), (2, after)):
        directory = os.path.join(world.root, "restored%d" % number)
        done = daemon(world, "restore", "--from", folder, "--data-dir", directory,
                      "--backup", str(number))
        expect("exit status of the restore: " + done.stderr, 0, done.returncode)
        contains("the report", done.stdout, "restored backup %d of" % number, "release " + BASE)
        expect("whether it is finished", (True, False),
               ("db" in os.listdir(directory), "unfinished" in os.listdir(directory)))
        expect("what backup %d restores to" % number, state, restored_state(world, directory))
    world.expect_serving()


def check_refusals(world, folder):
    """Each with its exit status, and nothing is made."""
    target = os.path.join(world.root, "refused")
    inside = os.path.join(world.data_dir, "backups")
    for status, words, command in (
            (2, "absolute path", ["backup", "create", "relative"]),
            (2, "mount the disk", ["backup", "create", os.path.join(world.root, "missing")]),
            (2, "lies in the data directory", ["backup", "create", world.data_dir]),
            (2, "no backups of Codeset in it", ["backup", "create", world.root]),
            (2, "there is no folder", ["backup", "list", inside]),
            (3, "BACKUP_NOT_FOUND", ["backup", "verify", folder, "--backup", "9"])):
        done = world.ctl(*command)
        expect("exit status of %s: %s" % (command, done.stderr), status, done.returncode)
        contains("standard error", done.stderr, words)
    for status, words, arguments in (
            (2, "is not empty", ["--from", folder, "--data-dir", world.data_dir]),
            (3, "BACKUP_NOT_FOUND", ["--from", folder, "--data-dir", target, "--backup", "9"]),
            (2, "has no backups", ["--from", world.folder("empty"), "--data-dir", target])):
        done = daemon(world, "restore", *arguments)
        expect("exit status of %s: %s" % (arguments, done.stderr), status, done.returncode)
        contains("standard error", done.stderr, words)
    expect("whether anything was made", False, os.path.exists(target))


def check_dry_run(world, folder):
    target = os.path.join(world.root, "dry")
    done = daemon(world, "restore", "--from", folder, "--data-dir", target, "--dry-run")
    expect("exit status: " + done.stderr, 0, done.returncode)
    contains("the report", done.stdout, "verified backup 2 of", "nothing was kept", "proved: ")
    expect("whether anything was made", False, os.path.exists(target))


def interrupted_restore(world, folder, target):
    """Sends SIGTERM to a restore that has begun; its exit status and what it told."""
    process = subprocess.Popen(
        [world.options.codesetd, "restore", "--from", folder, "--data-dir", target],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    contains("the first step", process.stderr.readline(), "copying backup 2")
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=programs.TIMEOUT)
    return process.returncode, error


def check_interrupted(world, folder):
    """SIGTERM during a restore: it ends, and nothing is left."""
    for attempt in range(5):  # The signal may be late where the machine is busy.
        target = os.path.join(world.root, "interrupted%d" % attempt)
        status, error = interrupted_restore(world, folder, target)
        if status != 0:
            break
    expect("exit status: " + error, 3, status)
    contains("standard error", error, "CANCELLED")
    expect("whether anything is left", False, os.path.exists(target))


def check_damage(world, folder):
    """A flipped byte in the largest file is found by verify and by restore."""
    paths = [os.path.join(root, name) for root, _, names in os.walk(folder) for name in names]
    path = max(paths, key=os.path.getsize)
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    done = world.ctl("backup", "verify", folder)
    expect("exit status of verify", 3, done.returncode)
    contains("standard error", done.stderr, "DATA_DAMAGED", "make another backup")
    target = os.path.join(world.root, "damaged")
    done = daemon(world, "restore", "--from", folder, "--data-dir", target)
    expect("exit status of restore", 3, done.returncode)
    contains("standard error", done.stderr, "DATA_DAMAGED")
    expect("whether anything was made", False, os.path.exists(target))


def check_migration(world):
    """Offline; what is rebuilt holds what was there."""
    before = world.state()
    target = os.path.join(world.root, "migrated")
    arguments = ["migrate", "--data-dir", world.data_dir, "--to", target]
    done = daemon(world, *arguments)
    expect("exit status while a server has it", 3, done.returncode)
    contains("standard error", done.stderr, "DATA_DIRECTORY_LOCKED")
    expect("codesetd's exit status", 0, world.stop())
    done = daemon(world, *arguments)
    expect("exit status: " + done.stderr, 0, done.returncode)
    contains("the report", done.stdout, "release %s rebuilt from its sources; same" % NEW)
    expect("what it holds", before, restored_state(world, target))


def main():
    options = programs.options_of("Backups as an operator makes, checks and restores them.")
    run = programs.Run()
    with programs.World(options) as world:
        world.start()
        folder = world.folder("backups")
        run.check("backup and restore", check_backup_and_restore, world, folder)
        run.check("refusals", check_refusals, world, folder)
        run.check("dry run", check_dry_run, world, folder)
        run.check("SIGTERM during a restore", check_interrupted, world, folder)
        run.check("a flipped byte", check_damage, world, folder)
        run.check("migration", check_migration, world)
    print("%d checks passed, %d failed" % (run.passed, run.failed))
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
