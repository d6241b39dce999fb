"""C++ from protos with the system's protoc."""

def cpp_protos(name, protos, include, services = [], imports = []):
    """Generates `name`.srcs and `name`.hdrs, and of services `name`.grpc.srcs and .hdrs.

    Args:
      name: prefix of the targets.
      protos: proto files relative to the package, without `.proto`.
      include: the folder below which the generated files' names begin: the package's or `.`.
      services: those of `protos` that hold services.
      imports: labels of protos that are imported from elsewhere.
    """
    out = "$(RULEDIR)"
    if include != native.package_name():
        out += "/.." * len(native.package_name().split("/"))
    protoc = "protoc -I%s -Iproto " % include
    _generate(
        name = name,
        protos = protos,
        command = protoc + "--cpp_out=%s " % out,
        imports = imports,
    )
    if services:
        _generate(
            name = name + ".grpc",
            protos = services,
            command = protoc + "--grpc_out=%s " % out +
                      "--plugin=protoc-gen-grpc=$$(command -v grpc_cpp_plugin) ",
            # protoc reads what a service imports, any of its neighbours.
            imports = imports + [p + ".proto" for p in protos if p not in services],
            infix = ".grpc",
        )

def _generate(name, protos, command, imports, infix = ""):
    srcs = [proto + infix + ".pb.cc" for proto in protos]
    hdrs = [proto + infix + ".pb.h" for proto in protos]
    files = [proto + ".proto" for proto in protos]
    native.genrule(
        name = name + ".generate",
        srcs = files + imports,
        outs = srcs + hdrs,
        cmd = command + " ".join(["$(location %s)" % file for file in files]),
    )
    native.filegroup(name = name + ".srcs", srcs = srcs)
    native.filegroup(name = name + ".hdrs", srcs = hdrs)
