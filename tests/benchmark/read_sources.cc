// The floor of a load: reads and parses the published files of one release, and nothing else. No
// comparison, no canonical form, no digest of pages, no database.
//
//   read_sources [--list] PATH…
//
// --list prints a line for each file that was read: its role, a tab, its name (`a.zip/b.txt` within
// an archive).
#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "storage/model/status_macros.h"
#include "storage/source/input.h"
#include "storage/source/source.h"

namespace codeset::bench {
namespace {

absl::Status Run(const std::vector<std::string>& paths, bool list) {
  ASSIGN_OR_RETURN(std::vector<source::InputFile> inputs, source::ReadInputFiles(paths));
  ASSIGN_OR_RETURN(const source::SourceFiles files, source::ReadSources(std::move(inputs)));
  if (!list) return absl::OkStatus();
  for (const source::ReadFile& file : files.read) {
    std::cout << file.role << '\t' << file.name << '\n';
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app("Reads and parses published files", "read_sources");
  std::vector<std::string> paths;
  bool list = false;
  app.add_flag("--list", list, "Print what was read");
  app.add_option("path", paths, "Published files: zips, folders or loose files")->required();
  CLI11_PARSE(app, argc, argv);
  if (const absl::Status status = Run(paths, list); !status.ok()) {
    std::cerr << "read_sources: " << status << std::endl;
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace codeset::bench

int main(int argc, char** argv) { return codeset::bench::Main(argc, argv); }
