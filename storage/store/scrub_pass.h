// One scrub under way: what its parts share. Used by Store::Scrub alone.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "codeset/v1/scrub.pb.h"
#include "storage/store/catalog.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"
#include "storage/store/scrub.h"

namespace codeset::store {

// See above.
class ScrubPass {
 public:
  // All must outlive the pass. `catalog` is what was served when `reader` was made.
  ScrubPass(Database& database, const Catalog& catalog, const SnapshotReader& reader,
            const ScrubOptions& options);

  Database& database() { return database_; }
  const Catalog& catalog() const { return catalog_; }
  const SnapshotReader& reader() const { return reader_; }
  v1::ScrubReport& report() { return report_; }

  // Says what comes next.
  void Begin(absl::string_view step);
  // Counts a release that is done with.
  void EndRelease();

  // Counts bytes that were proved, and waits where they were read faster than is allowed.
  // CANCELLED.
  absl::Status Count(size_t bytes);

  // Adds a finding; null where there are too many. It is good until the next one.
  v1::ScrubFinding* Found(v1::ScrubSubject subject, absl::string_view message,
                          absl::string_view remedy);

  // The value of a key in the snapshot; NOT_FOUND (without a reason) if it is not there.
  absl::StatusOr<std::string> Get(Family family, absl::string_view key) const;

  // Calls `visit` with every key and value of a family, by key. Where it cannot be read to its end,
  // that is a finding about `subject`. CANCELLED, or what `visit` returns.
  absl::Status ForEach(Family family, v1::ScrubSubject subject,
                       absl::FunctionRef<absl::Status(absl::string_view, absl::string_view)> visit);

 private:
  void Tell();

  Database& database_;
  const Catalog& catalog_;
  const SnapshotReader& reader_;
  const ScrubOptions& options_;
  const absl::Time start_;
  v1::ScrubProgress progress_;
  v1::ScrubReport report_;
};

// The parts of a scrub, one after another. Each returns CANCELLED where it was given up; what is
// damaged goes to the report.
//
// Catalog, index, content pages, kept sources and addenda.
absl::Status ScrubReleases(ScrubPass& pass);
// Labels, journal, pages of codes, verifications, usage counts.
absl::Status ScrubRecords(ScrubPass& pass);
// Every block of the database's files.
absl::Status ScrubFiles(ScrubPass& pass);

}  // namespace codeset::store
