// What a fuzz target of requests gives to request_mutator.cc, and the data that it answers from.
//
// Not thread-safe.
#pragma once

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "server/backend.h"
#include "storage/store/store.h"

namespace codeset::fuzz {

// The service whose requests the target takes; each target defines it.
const google::protobuf::ServiceDescriptor& FuzzedService();

// 2026-11-23, noon in New York: the only time there is.
absl::Time Now();

// A folder that is removed at the end, in memory where the system has such files.
class WorkFolder {
 public:
  WorkFolder();
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Opens a data directory.
std::unique_ptr<store::Store> OpenStore(const std::string& folder);

// What handlers answer from.
server::Backend BackendOf(store::Store& store);

// Loads releases of the miniature into an empty store.
void LoadMiniature(store::Store& store, const std::vector<std::string>& ids);

// Imports the sample pages against 2026, verifies one, counts uses, and sets the labels `prod` and
// `trial`.
void AddPagesAndLabels(store::Store& store);

}  // namespace codeset::fuzz
