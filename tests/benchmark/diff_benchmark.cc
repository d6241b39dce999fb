// Diffs of every ordered pair of the releases of a data directory, in process.
//
//   diff_benchmark --data-dir DIR [--repeats 5]
//
// Prints a line a pair: `from,to,changes,compare_us,answer_us`. `compare_us`: finding the changes;
// `answer_us`: all that the server does for StreamDiff but the transport, to the last message
// serialised. The least of the repeats, which are spread over the run, since what else the machine
// does only ever adds. Equal releases are those with 0 changes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "codeset/v1/releases.pb.h"
#include "server/backend.h"
#include "server/diff.h"
#include "storage/image/image.h"
#include "storage/model/status_macros.h"
#include "storage/query/diff.h"
#include "storage/store/store.h"
#include "tests/benchmark/transport.h"

namespace codeset::bench {
namespace {

// What came of one pair.
struct Pair {
  std::shared_ptr<const image::Image> from;
  std::shared_ptr<const image::Image> to;
  size_t changes = 0;
  double compare_us = std::numeric_limits<double>::infinity();
  double answer_us = std::numeric_limits<double>::infinity();
};

double MicrosecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

absl::Status Measure(const server::Backend& backend, Pair& pair) {
  const Clock::time_point begin = Clock::now();
  pair.changes = query::Diff(*pair.from, *pair.to, {}).size();
  pair.compare_us = std::min(pair.compare_us, MicrosecondsSince(begin));

  v1::StreamDiffRequest request;
  request.mutable_from()->set_release(pair.from->release_id());
  request.mutable_to()->set_release(pair.to->release_id());
  const Clock::time_point asked = Clock::now();
  ASSIGN_OR_RETURN(const auto next, server::StreamDiffBytes(backend, request));
  size_t bytes = 0;
  while (const auto message = next()) bytes += message->size();
  pair.answer_us = std::min(pair.answer_us, MicrosecondsSince(asked));
  return bytes > 0 ? absl::OkStatus() : absl::InternalError("an answer without bytes");
}

absl::Status Run(const std::string& data_dir, int repeats) {
  store::StoreOptions options;
  options.create_if_missing = false;
  options.owner = "a benchmark";
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store,
                   store::Store::Open(data_dir, options));
  const server::Backend backend{*store};
  const std::shared_ptr<const store::Catalog> catalog = store->catalog();
  std::vector<std::shared_ptr<const image::Image>> images;
  for (const store::CatalogRelease& release : catalog->releases()) {
    ASSIGN_OR_RETURN(images.emplace_back(), store->GetImage(*catalog, release.id.ToString()));
  }
  std::vector<Pair> pairs;
  for (const auto& from : images) {
    for (const auto& to : images) {
      if (from != to) pairs.push_back({from, to});
    }
  }
  for (int i = 0; i < repeats; ++i) {
    for (Pair& pair : pairs) RETURN_IF_ERROR(Measure(backend, pair));
  }
  std::cout << "from,to,changes,compare_us,answer_us\n";
  for (const Pair& pair : pairs) {
    std::cout << absl::StreamFormat("%s,%s,%d,%.2f,%.2f\n", pair.from->release_id(),
                                    pair.to->release_id(), pair.changes, pair.compare_us,
                                    pair.answer_us);
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app("Diffs of every pair of releases", "diff_benchmark");
  std::string data_dir;
  int repeats = 5;
  app.add_option("--data-dir", data_dir, "A data directory that no server has open")->required();
  app.add_option("--repeats", repeats, "How often each is measured")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (const absl::Status status = Run(data_dir, repeats); !status.ok()) {
    std::cerr << "diff_benchmark: " << status << std::endl;
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace codeset::bench

int main(int argc, char** argv) { return codeset::bench::Main(argc, argv); }
