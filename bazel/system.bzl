"""Libraries that Debian packages, as targets of one external repository.

Its version.bzl holds the project's VERSION, which CMakeLists.txt states.
"""

def _system_libraries_impl(repository_ctx):
    text = "package(default_visibility = [\"//visibility:public\"])\n"
    for name, modules in repository_ctx.attr.packages.items():
        found = repository_ctx.execute(["pkg-config", "--libs"] + modules.split(" "))
        if found.return_code:
            fail("pkg-config knows no %s: %s" % (modules, found.stderr))
        options = [option for option in found.stdout.strip().split(" ") if option]
        text += "cc_library(name = %r, linkopts = %r)\n" % (name, options)
    repository_ctx.file("BUILD.bazel", text)

    cmake = repository_ctx.read(Label("//:CMakeLists.txt"))
    version = cmake.split("project(codeset VERSION ")[1].split(" ")[0]
    repository_ctx.file("version.bzl", "VERSION = %r\n" % version)

# `packages` gives a target's name and the pkg-config modules that it links. Headers are
# those of the system's include path.
system_libraries = repository_rule(
    implementation = _system_libraries_impl,
    attrs = {"packages": attr.string_dict(mandatory = True)},
    local = True,
)
