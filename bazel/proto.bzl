"""C++ from protos with the system's protoc."""

def cpp_protos(name, protos, include, services = [], imports = []):
    """Generates `name`.srcs and `name`.hdrs.

    Args:
      name: prefix of the targets.
      protos: proto files relative to the package, without `.proto`.
      include: the folder below which the generated files' names begin.
      services: those of `protos` that hold services.
      imports: labels of protos that are imported from elsewhere.
    """
    files = [proto + ".proto" for proto in protos]
    outs = [proto + kind for proto in protos for kind in [".pb.cc", ".pb.h"]]
    outs += [proto + kind for proto in services for kind in [".grpc.pb.cc", ".grpc.pb.h"]]
    out = "$(RULEDIR)" + ("" if include == native.package_name() else "/" + "/".join(
        [".." for _ in native.package_name().split("/")],
    ))
    command = "protoc -I%s -Iproto --cpp_out=%s " % (include, out)
    commands = [command + " ".join(["$(location %s)" % file for file in files])]
    if services:
        commands.append(
            ("protoc -I%s -Iproto --grpc_out=generate_mock_code=true:%s " +
             "--plugin=protoc-gen-grpc=$$(command -v grpc_cpp_plugin) ") % (include, out) +
            " ".join(["$(location %s.proto)" % service for service in services]),
        )
        outs += [service + "_mock.grpc.pb.h" for service in services]
    native.genrule(
        name = name + ".generate",
        srcs = files + imports,
        outs = outs,
        cmd = " && ".join(commands),
    )
    native.filegroup(name = name + ".srcs", srcs = [f for f in outs if f.endswith(".cc")])
    native.filegroup(name = name + ".hdrs", srcs = [f for f in outs if f.endswith(".h")])
