// The typed client of a server's admin listener: loads, proves, labels and deletes releases,
// imports pages and records their verification.
//
//   client::AdminClient admin(client::MakeAdminConnection("unix:data/admin.sock"));
//   v1::LoadOptions options;
//   options.set_release_id("2026");
//   absl::StatusOr<v1::LoadReport> report = admin.LoadPaths(options, {"downloads/2026"}, {});
//
// A value: copies share the connection. Thread-safe. Errors are those that admin.proto
// lists. Nothing is ever tried twice.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cpp/connection.h"
#include "client/cpp/options.h"

namespace codeset::client {

// A file to upload.
struct LocalFile {
  // The name that the server is told.
  std::string name;
  // Where it is.
  std::string path;

  friend bool operator==(const LocalFile&, const LocalFile&) = default;
};

// Is told, in a few words, what is being done; on the thread of the call.
using ProgressCallback = std::function<void(absl::string_view step)>;

// Gives the next page of an import; nothing at its end, after which it is not called again. On the
// thread of the call. An error ends the import, which then leaves nothing.
using NextReference = std::function<absl::StatusOr<std::optional<v1::Reference>>()>;
// Is told how many pages of an import the server has laid aside; on the thread of the call.
using ImportCallback = std::function<void(int documents)>;
// Is told how far a scrub has come; on the thread of the call.
using ScrubCallback = std::function<void(const v1::ScrubProgress& progress)>;

// The files that `paths` name: a file itself, under its last name; a directory's regular
// files at any depth, sorted, under their names relative to it. Links to files are
// followed, links to directories below a given one are not. NOT_FOUND if a path does not
// exist, INVALID_ARGUMENT if there is no file at all or two would have the same name.
absl::StatusOr<std::vector<LocalFile>> FindFiles(const std::vector<std::string>& paths);

class AdminClient {
 public:
  explicit AdminClient(std::shared_ptr<AdminConnection> connection, ClientOptions options = {})
      : connection_(std::move(connection)), options_(std::move(options)) {}

  // Uploads `files` in chunks, never holding a whole file, and has them loaded. Their names differ,
  // since chunks of one name are one file (ARGUMENT_INVALID, end.files). Nothing is
  // published unless all could be read. Beyond the server's errors: the local one if a
  // file cannot be read (NOT_FOUND, PERMISSION_DENIED, …).
  absl::StatusOr<v1::LoadReport> LoadRelease(const v1::LoadOptions& load,
                                             const std::vector<LocalFile>& files,
                                             const ProgressCallback& progress,
                                             const CallOverrides& overrides = {}) const;

  // FindFiles, then LoadRelease.
  absl::StatusOr<v1::LoadReport> LoadPaths(const v1::LoadOptions& load,
                                           const std::vector<std::string>& paths,
                                           const ProgressCallback& progress,
                                           const CallOverrides& overrides = {}) const;

  // Reads a release back and checks it. DATA_LOSS (DATA_DAMAGED) if it does not match.
  absl::StatusOr<v1::VerifyReleaseResponse> VerifyRelease(
      absl::string_view release_id, const CallOverrides& overrides = {}) const;

  // Deletes a release.
  absl::StatusOr<v1::DeleteReleaseResponse> DeleteRelease(
      absl::string_view release_id, const CallOverrides& overrides = {}) const;

  // Holds a release back from dates and labels until `activate_on`, `YYYY-MM-DD` or `never`, or
  // lets it go where that is empty. `by` says who does it, for the record.
  absl::StatusOr<v1::SetActivationResponse> SetActivation(
      absl::string_view release_id, absl::string_view activate_on, absl::string_view by,
      const CallOverrides& overrides = {}) const;

  // Sets a label or moves it; `exact` keeps it on that very release even where a correction of
  // it is loaded.
  absl::StatusOr<v1::SetLabelResponse> SetLabel(absl::string_view label,
                                                absl::string_view release_id, bool exact,
                                                absl::string_view by,
                                                const CallOverrides& overrides = {}) const;

  // Moves a label back to what it named before; from `from_release_id`, unless that is empty, so
  // that the call can be repeated where its answer was lost.
  absl::StatusOr<v1::RollbackLabelResponse> RollbackLabel(
      absl::string_view label, absl::string_view by, absl::string_view from_release_id = "",
      const CallOverrides& overrides = {}) const;

  // Removes a label.
  absl::StatusOr<v1::RemoveLabelResponse> RemoveLabel(absl::string_view label, absl::string_view by,
                                                      const CallOverrides& overrides = {}) const;

  // Imports pages, all or nothing, in messages of about 1 MiB: the next is made while the server
  // lays the one before aside, so that memory holds two of them however many pages there are. A
  // release that the options do not name is the pin's. Beyond the server's errors: those of
  // `next`, INVALID_ARGUMENT for a page of more than 1 MiB, and FINGERPRINT_MISMATCH as in
  // client.h.
  absl::StatusOr<v1::ImportReport> ImportReferences(const v1::ImportOptions& import,
                                                    const NextReference& next,
                                                    const ImportCallback& progress,
                                                    const CallOverrides& overrides = {}) const;

  // Adds verifications to the ledger, all or none; 1 to 1,000. Those that name no release are
  // against the pin's.
  absl::StatusOr<v1::RecordVerificationResponse> RecordVerification(
      v1::RecordVerificationRequest request, const CallOverrides& overrides = {}) const;

  // Replaces all usage counts; at most 100,000.
  absl::StatusOr<v1::SetUsageCountsResponse> SetUsageCounts(
      const v1::SetUsageCountsRequest& request, const CallOverrides& overrides = {}) const;

  // Proves everything that the server has stored, as fast as it may: so many bytes in a second, 0
  // for the server's own limit, -1 for none. Damage is told in the report and is no error.
  absl::StatusOr<v1::ScrubReport> ScrubReleases(int64_t bytes_per_second,
                                                const ScrubCallback& progress,
                                                const CallOverrides& overrides = {}) const;

  // What the last scrub came to, whoever began it.
  absl::StatusOr<v1::GetScrubReportResponse> GetScrubReport(
      const CallOverrides& overrides = {}) const;

  // Backs the server's data directory up into a folder on its machine, named by its absolute
  // path, and then deletes all but the `keep` newest backups there, none for 0.
  absl::StatusOr<v1::CreateBackupResponse> CreateBackup(absl::string_view folder, uint32_t keep,
                                                        const CallOverrides& overrides = {}) const;

  // The backups of such a folder.
  absl::StatusOr<v1::ListBackupsResponse> ListBackups(absl::string_view folder,
                                                      const CallOverrides& overrides = {}) const;

  // Reads all files of a backup, the newest for 0. DATA_LOSS (DATA_DAMAGED) if one is damaged.
  absl::StatusOr<v1::VerifyBackupResponse> VerifyBackup(absl::string_view folder, uint32_t number,
                                                        const CallOverrides& overrides = {}) const;

 private:
  std::shared_ptr<AdminConnection> connection_;
  ClientOptions options_;
};

}  // namespace codeset::client
