// What is handed to Store::Publish.
//
// Plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codeset/v1/releases.pb.h"
#include "storage/model/canonical.h"
#include "storage/model/date.h"
#include "storage/model/release_id.h"

namespace codeset::store {

// A file by name.
struct NamedBytes {
  std::string name;
  std::string bytes;
};

// One or more facet groups of one release, ready to be stored.
struct Publication {
  model::ReleaseId id;
  model::Date effective;
  // The groups' pages; at least one group.
  std::optional<model::PageSet> order;
  std::optional<model::PageSet> tabular;
  std::optional<model::PageSet> poa;
  std::optional<model::PageSet> conversion;
  // What is told of the release beside its content: counts, source files, addenda check,
  // disagreements. Id, date, fingerprints and time are set by the store. Of a group that
  // is added to a loaded release, the parts are added to what is there.
  v1::Release description;
  // The publisher's order addenda as they were read, to be compared again later.
  std::vector<NamedBytes> addenda;
  // The source files to keep; none to keep none.
  std::vector<NamedBytes> sources;
  // The fingerprint of the loaded release that `description`, `addenda` and `sources` add
  // to; empty for one that was not loaded. If that is no longer so, nothing is published.
  std::string based_on;
};

}  // namespace codeset::store
