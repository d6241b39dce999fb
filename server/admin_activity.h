// What the service Admin is doing and has done, for whoever watches the server.
//
// Thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "codeset/v1/backup.pb.h"
#include "codeset/v1/monitoring.pb.h"

namespace codeset::server {

// See above.
class AdminActivity {
 public:
  // A load's call came; so many bytes of its files are there; what is being done with them, for
  // people, once all are; the load has ended. One load at a time.
  void LoadBegan();
  void LoadReceived(const std::string& release_id, size_t bytes);
  void LoadStep(absl::string_view step);
  void LoadEnded();

  // A backup was made.
  void BackedUp(const v1::Backup& backup);

  // The load that is under way; nothing if there is none.
  std::optional<v1::LoadStatus> load() const;
  // When the newest backup was made, ISO 8601 in UTC; empty if none was.
  std::string last_backup_at() const;

 private:
  mutable absl::Mutex mutex_;
  std::optional<v1::LoadStatus> load_ ABSL_GUARDED_BY(mutex_);
  std::string last_backup_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace codeset::server
