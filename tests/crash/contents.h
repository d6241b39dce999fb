// The releases that a server under test is told to load: their files, and what a run that nothing
// interrupts makes of them.
//
// Immutable once made.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/releases.pb.h"

namespace codeset::crash {

// A release in the parts in which it is loaded, each adding facet groups.
struct Content {
  std::string id;
  // What is to be loaded for each part: a file or a folder.
  std::vector<std::string> paths;
  // The release after each part, as a server tells it.
  std::vector<v1::Release> releases;
  // From which of the others its addenda start; empty where it has none.
  std::string addenda_base;
  // What is told of its addenda depends on more than the base being loaded.
  bool addenda_vary = false;
};

// See above.
class Contents {
 public:
  // Writes files into `folder`, an empty one, and loads everything once into a data directory
  // there. With `published`, a folder of published releases, two of those are among them.
  static absl::StatusOr<Contents> Make(const std::string& folder, const std::string& published);

  const std::vector<Content>& all() const { return contents_; }
  const Content& Get(absl::string_view id) const;

 private:
  std::vector<Content> contents_;
};

// Codes that all of them have.
inline constexpr const char* kCodes[] = {"A00.0", "A00.1", "A00.9"};

}  // namespace codeset::crash
