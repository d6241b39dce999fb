#!/usr/bin/python3
"""Fails when the contract loses, renumbers or retypes anything.

  descriptor_test.py PROTO_DIR GOLDEN [--update_golden]

Lists every message field, enum value and rpc of codeset.v1 and compares the list with the
checked-in one. What the golden names must still be there, word for word. Something new
fails too, until the golden is written again with --update_golden: review its difference
like the proto's. --update_golden refuses to drop or change a line; to break the contract
knowingly, edit the golden by hand.
"""

import argparse
import glob
import os
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2

FIELD = descriptor_pb2.FieldDescriptorProto


def name_of_type(field):
    base = field.type_name.lstrip(".") or FIELD.Type.Name(field.type)[len("TYPE_"):].lower()
    if field.label == FIELD.LABEL_REPEATED:
        return "repeated " + base
    return "optional " + base if field.proto3_optional else base


def message_lines(prefix, message):
    name = prefix + "." + message.name
    yield "message %s" % name
    for field in message.field:
        oneof = ""
        if field.HasField("oneof_index") and not field.proto3_optional:
            oneof = " oneof " + message.oneof_decl[field.oneof_index].name
        yield "field %s.%s = %d %s%s" % (name, field.name, field.number, name_of_type(field), oneof)
    for nested in message.nested_type:
        yield from message_lines(name, nested)
    for enum in message.enum_type:
        yield from enum_lines(name, enum)


def enum_lines(prefix, enum):
    yield "enum %s.%s" % (prefix, enum.name)
    for value in enum.value:
        yield "value %s.%s.%s = %d" % (prefix, enum.name, value.name, value.number)


def service_lines(prefix, service):
    yield "service %s.%s" % (prefix, service.name)
    for method in service.method:
        yield "rpc %s.%s.%s(%s%s) returns (%s%s)" % (
            prefix, service.name, method.name,
            "stream " if method.client_streaming else "", method.input_type.lstrip("."),
            "stream " if method.server_streaming else "", method.output_type.lstrip("."))


def contract(protos):
    """One line for each element of the contract, sorted."""
    names = sorted(os.path.relpath(path, protos) for path in
                   glob.glob(os.path.join(protos, "**", "*.proto"), recursive=True))
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "set")
        subprocess.run(["protoc", "-I" + protos, "--descriptor_set_out=" + out] + names,
                       check=True)
        with open(out, "rb") as file:
            files = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    lines = []
    for file in files.file:
        for message in file.message_type:
            lines += message_lines(file.package, message)
        for enum in file.enum_type:
            lines += enum_lines(file.package, enum)
        for service in file.service:
            lines += service_lines(file.package, service)
    return sorted(lines)


def main():
    parser = argparse.ArgumentParser(description="Compares the contract with its golden.")
    parser.add_argument("protos")
    parser.add_argument("golden")
    parser.add_argument("--update_golden", action="store_true")
    options = parser.parse_args()
    current = contract(options.protos)
    golden = []
    if os.path.exists(options.golden):
        with open(options.golden) as file:
            golden = file.read().splitlines()
    broken = [line for line in golden if line not in set(current)]
    added = [line for line in current if line not in set(golden)]
    for line in broken:
        print("removed, renumbered or retyped: " + line)
    if broken:
        return 1
    if options.update_golden:
        with open(options.golden, "w") as file:
            file.write("".join(line + "\n" for line in current))
        return 0
    for line in added:
        print("not in the golden (see --update_golden): " + line)
    print("%d elements" % len(current))
    return 1 if added else 0


if __name__ == "__main__":
    sys.exit(main())
