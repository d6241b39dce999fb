// What the measurements in process work on: a data directory opened, the image of one release, and
// questions drawn at random beforehand.
//
// Immutable once opened, and so thread-safe, but for what the store does.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/backend.h"
#include "storage/image/image.h"
#include "storage/store/store.h"

namespace codeset::bench {

// See above.
struct BenchmarkData {
  // Opens a data directory, which no server may have open, and draws the questions about a
  // release. Errors are the store's; RELEASE_NOT_FOUND.
  static absl::StatusOr<std::unique_ptr<BenchmarkData>> Open(const std::string& data_dir,
                                                             const std::string& release);

  std::unique_ptr<store::Store> store;
  std::unique_ptr<server::Backend> backend;
  std::shared_ptr<const store::Catalog> catalog;
  std::shared_ptr<const image::Image> image;

  // Codes at random, as the image knows them; one in twenty does not exist.
  std::vector<std::string> keys;
  // Existing concepts at random, codes and headers.
  std::vector<image::NodeIndex> nodes;
  // Two concepts at random, every other time one that lies above the other.
  std::vector<std::pair<image::NodeIndex, image::NodeIndex>> pairs;
  // Rows to be validated, in the official spelling: billable codes, and any existing code, header
  // or not, of which one in twenty does not exist.
  std::vector<std::string> billable_rows;
  std::vector<std::string> mixed_rows;
};

}  // namespace codeset::bench
