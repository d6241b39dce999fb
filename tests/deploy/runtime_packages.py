#!/usr/bin/python3
"""deploy/runtime-packages.txt against what the programs are linked with.

  runtime_packages.py PROGRAM...

Debian's dpkg-shlibdeps names the packages that a program needs itself. tzdata, which is read and
not linked, comes on top: without it there is no calendar of New York.
"""

import os
import re
import subprocess
import sys
import tempfile

LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../deploy/runtime-packages.txt")
NOT_LINKED = {"tzdata"}


def listed():
    with open(LIST) as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


def needed(programs):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "debian"))
        with open(os.path.join(folder, "debian", "control"), "w") as file:
            file.write("Source: codeset\n\nPackage: codeset\nArchitecture: any\n")
        done = subprocess.run(["dpkg-shlibdeps", "-O", *map(os.path.abspath, programs)], cwd=folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    line = re.search(r"^shlibs:Depends=(.*)$", done.stdout, re.MULTILINE).group(1)
    return {package.split()[0] for package in line.split(", ")} | NOT_LINKED


def main():
    packages = listed()
    failures = [] if packages == sorted(packages) else ["the list is not sorted"]
    needs = needed(sys.argv[1:])
    failures += ["%s is needed and not in the list" % name for name in sorted(needs - set(packages))]
    failures += ["%s is in the list and not needed" % name for name in sorted(set(packages) - needs)]
    for failure in failures:
        print("FAILED", failure)
    print("%d packages needed, %d differ" % (len(needs), len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
