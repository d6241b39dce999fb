#!/usr/bin/python3
"""Asks a running server from Python, with stubs generated from the protos.

  grpc_check.py --server ADDR --stubs DIR --release ID                 GetConcept M99.86
  grpc_check.py … --release ID --all FOLDER [--structure ID=FOLDER]…   every concept
  grpc_check.py … --release NEW --all FOLDER --diff OLD=FOLDER         and a diff

The stubs are generated into --stubs from --protos. Exit status 1 and the first difference
where the server disagrees with the published files.
"""

import argparse
import os
import sys

import naive
import server_check

PROTOS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "proto")


def main():
    parser = argparse.ArgumentParser(description="Checks a running server from Python.")
    parser.add_argument("--server", required=True)
    parser.add_argument("--stubs", required=True, help="folder to generate stubs into")
    parser.add_argument("--protos", default=PROTOS, help="folder of the protos")
    parser.add_argument("--release", required=True)
    parser.add_argument("--all", metavar="FOLDER", help="the release as published")
    parser.add_argument("--structure", action="append", default=[], metavar="ID=FOLDER")
    parser.add_argument("--diff", action="append", default=[], metavar="OLD=FOLDER")
    options = parser.parse_args()
    server_check.generate_stubs(os.path.abspath(options.protos), os.path.abspath(options.stubs))
    server = server_check.Server(options.server, os.path.abspath(options.stubs))
    structures = dict(pair.split("=", 1) for pair in options.structure)
    try:
        concept = server_check.check_get_concept(server, options.release)
        print("ok GetConcept %s: %s" % (concept.id, concept.title))
        if options.all:
            release = naive.Release(options.all)
            loaded = server_check.check_fingerprints(server, options.release, release)
            print("ok counts and fingerprints of %s" % options.release)
            count = server_check.check_all(server, options.release, release, loaded,
                                           lambda id: naive.Release(structures[id]))
            print("ok %d concepts of %s" % (count, options.release))
            for pair in options.diff:
                old, folder = pair.split("=", 1)
                count = server_check.check_diff(server, old, options.release,
                                                naive.Release(folder), release)
                print("ok %d changes from %s to %s" % (count, old, options.release))
    except server_check.Mismatch as mismatch:
        print("FAILED %s" % mismatch, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
