#include "storage/store/scrub.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/labels.h"
#include "storage/store/scrub_pass.h"
#include "storage/store/store.h"

namespace codeset::store {
namespace {

// Longer than this it does not wait without asking whether to give up.
constexpr absl::Duration kLongestWait = absl::Milliseconds(100);

constexpr absl::string_view kRestore =
    "restore the data directory from a backup (`codesetd restore`)";

}  // namespace

ScrubPass::ScrubPass(Database& database, const Catalog& catalog, const SnapshotReader& reader,
                     const ScrubOptions& options)
    : database_(database),
      catalog_(catalog),
      reader_(reader),
      options_(options),
      start_(absl::Now()) {
  progress_.set_releases_total(static_cast<int>(catalog.releases().size()));
}

void ScrubPass::Tell() {
  progress_.set_bytes_read(report_.bytes_read());
  progress_.set_findings(report_.findings_size() + report_.findings_left_out());
  if (options_.progress) options_.progress(progress_);
}

void ScrubPass::Begin(absl::string_view step) {
  progress_.set_step(std::string(step));
  Tell();
}

void ScrubPass::EndRelease() {
  report_.set_releases(report_.releases() + 1);
  progress_.set_releases_done(report_.releases());
  Tell();
}

absl::Status ScrubPass::Count(size_t bytes) {
  report_.set_bytes_read(report_.bytes_read() + static_cast<int64_t>(bytes));
  Tell();
  while (true) {
    if (options_.cancelled && options_.cancelled()) {
      return model::MakeError(model::Reason::kCancelled, "the scrub was given up");
    }
    if (options_.bytes_per_second <= 0) return absl::OkStatus();
    const absl::Duration due = absl::Seconds(static_cast<double>(report_.bytes_read()) /
                                             static_cast<double>(options_.bytes_per_second));
    const absl::Duration early = due - (absl::Now() - start_);
    if (early <= absl::ZeroDuration()) return absl::OkStatus();
    absl::SleepFor(std::min(early, kLongestWait));
  }
}

v1::ScrubFinding* ScrubPass::Found(v1::ScrubSubject subject, absl::string_view message,
                                   absl::string_view remedy) {
  if (report_.findings_size() >= kMostScrubFindings) {
    report_.set_findings_left_out(report_.findings_left_out() + 1);
    return nullptr;
  }
  v1::ScrubFinding* finding = report_.add_findings();
  finding->set_subject(subject);
  finding->set_message(std::string(message));
  finding->set_remedy(std::string(remedy));
  return finding;
}

absl::StatusOr<std::string> ScrubPass::Get(Family family, absl::string_view key) const {
  rocksdb::ReadOptions options;
  options.snapshot = reader_.snapshot();
  options.fill_cache = false;
  std::string value;
  const rocksdb::Status status =
      database_.db().Get(options, database_.family(family), ToSlice(key), &value);
  if (status.IsNotFound()) return absl::NotFoundError("no such key");
  RETURN_IF_ERROR(FromRocksDb(status, absl::StrCat("reading ", FamilyName(family))));
  return value;
}

absl::Status ScrubPass::ForEach(
    Family family, v1::ScrubSubject subject,
    absl::FunctionRef<absl::Status(absl::string_view, absl::string_view)> visit) {
  rocksdb::ReadOptions options;
  options.snapshot = reader_.snapshot();
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(
      database_.db().NewIterator(options, database_.family(family)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    RETURN_IF_ERROR(visit(ToView(it->key()), ToView(it->value())));
    RETURN_IF_ERROR(Count(it->key().size() + it->value().size()));
  }
  if (!it->status().ok()) {
    Found(subject,
          absl::StrCat(FamilyName(family), " cannot be read to its end: ", it->status().ToString()),
          kRestore);
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ScrubReport> Store::Scrub(const ScrubOptions& options) {
  const absl::Time start = clock_();
  std::shared_ptr<const Catalog> now;
  std::unique_ptr<const SnapshotReader> reader;
  absl::Status generation;
  {
    // So that catalog and snapshot are of one instant.
    const std::lock_guard<std::mutex> lock(write_mutex_);
    now = catalog();
    reader = std::make_unique<const SnapshotReader>(*database_, /*fill_cache=*/false);
    generation = database_->CheckGenerationFile();
  }
  ScrubPass pass(*database_, *now, *reader, options);
  if (!generation.ok()) {
    pass.Found(v1::SCRUB_SUBJECT_GENERATION, generation.message(),
               "have it written afresh by any change, moving a label for instance, while the "
               "server runs");
  }
  RETURN_IF_ERROR(ScrubReleases(pass));
  RETURN_IF_ERROR(ScrubRecords(pass));
  RETURN_IF_ERROR(ScrubFiles(pass));
  v1::ScrubReport report = std::move(pass.report());
  report.set_started_at(FormatInstant(start));
  report.set_ended_at(FormatInstant(clock_()));
  return report;
}

}  // namespace codeset::store
