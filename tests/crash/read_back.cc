#include "tests/crash/read_back.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cpp/error.h"
#include "storage/model/date.h"
#include "storage/model/status_macros.h"
#include "storage/store/ledger.h"
#include "tests/crash/told.h"

namespace codeset::crash {
namespace {

using Watch = client::MessageStream<v1::WatchReleasesResponse>;

constexpr absl::Duration kLongestWait = absl::Seconds(30);

std::unique_ptr<Watch> BeginWatch(const ServerProcess& server, bool from_beginning) {
  v1::WatchReleasesRequest request;
  request.set_from_beginning(from_beginning);
  return server.connection()->WatchReleases({absl::Now() + kLongestWait}, request);
}

absl::StatusOr<v1::WatchReleasesResponse> NextOf(Watch& watch) {
  ASSIGN_OR_RETURN(std::optional<v1::WatchReleasesResponse> message, watch.Next());
  if (!message.has_value()) return absl::InternalError("the watch ended");
  return *std::move(message);
}

// Which releases have been told to be active.
class Activations {
 public:
  absl::Status Add(const v1::ReleaseEvent& event) {
    const std::string& id = event.release_id();
    switch (event.kind()) {
      case v1::RELEASE_EVENT_KIND_ACTIVATED:
        if (told_.insert(id).second) return absl::OkStatus();
        return absl::InternalError(absl::StrCat("release ", id, " is told to be active twice"));
      case v1::RELEASE_EVENT_KIND_LOADED:
        told_.erase(id);
        break;
      case v1::RELEASE_EVENT_KIND_ACTIVATION_SET:
        if (!event.activate_on().empty()) told_.erase(id);
        break;
      default:
        break;
    }
    return absl::OkStatus();
  }

  bool HasAll(const std::set<std::string>& active) const {
    return std::includes(told_.begin(), told_.end(), active.begin(), active.end());
  }

 private:
  std::set<std::string> told_;
};

// The journal from its beginning to what it has now, and on until all active releases were told.
absl::Status ReadEvents(const ServerProcess& server, const std::set<std::string>& active,
                        std::vector<std::string>& lines) {
  // The first message has no event, but the place of the newest.
  ASSIGN_OR_RETURN(const v1::WatchReleasesResponse now,
                   NextOf(*BeginWatch(server, /*from_beginning=*/false)));
  const std::unique_ptr<Watch> watch = BeginWatch(server, /*from_beginning=*/true);
  Activations activations;
  for (bool all = false; !all || !activations.HasAll(active);) {
    ASSIGN_OR_RETURN(const v1::WatchReleasesResponse message, NextOf(*watch));
    all |= message.resume_token() == now.resume_token();
    if (!message.has_event()) continue;
    RETURN_IF_ERROR(activations.Add(message.event()));
    const std::string line = EventLine(message.event());
    if (!line.empty()) lines.push_back(line);
  }
  return absl::OkStatus();
}

absl::Status ReadPages(const client::Client& client, std::vector<std::string>& lines) {
  std::vector<std::string> codes;
  for (const absl::StatusOr<client::StoredReference>& page : client.StreamReferences({})) {
    RETURN_IF_ERROR(page.status());
    codes.push_back(page->reference.code());
    ASSIGN_OR_RETURN(const v1::ListReferenceRevisionsResponse listed,
                     client.ListReferenceRevisions(codes.back()));
    for (const v1::ReferenceRevision& revision : listed.revisions()) {
      lines.push_back(absl::StrCat("page ", codes.back(), " revision ", revision.number(), " is ",
                                   revision.digest()));
    }
    lines.push_back(absl::StrCat("page ", codes.back(), " has the words of ",
                                 model::FormatDigest(store::DigestOfPage(page->reference))));
  }
  for (const std::string& code : codes) {
    for (const absl::StatusOr<v1::Verification>& event : client.ListVerifications(code)) {
      RETURN_IF_ERROR(event.status());
      lines.push_back(VerificationLine(*event));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadLines(const ServerProcess& server,
                                                   const Contents& contents) {
  const client::Client client = server.client();
  const model::Date today = model::DateInNewYork(absl::Now());
  std::vector<std::string> lines;
  std::set<std::string> active;
  ASSIGN_OR_RETURN(const v1::ListReleasesResponse releases, client.ListReleases());
  lines.reserve(static_cast<size_t>(releases.releases_size()));
  for (const v1::Release& listed : releases.releases()) {
    v1::ReleaseSelector selector;
    selector.set_release(listed.id());
    selector.set_fingerprint(listed.fingerprint());
    ASSIGN_OR_RETURN(const v1::GetReleaseResponse answer, client.GetRelease(selector));
    const v1::Release& release = answer.release();
    lines.push_back(ReleaseLine(release, release.activate_on(),
                                contents.Get(release.id()).addenda_vary
                                    ? v1::ADDENDA_OUTCOME_UNSPECIFIED
                                    : release.addenda().outcome()));
    ASSIGN_OR_RETURN(const model::Date effective, model::ParseDate(release.effective_date()));
    if (effective <= today && release.activate_on().empty()) active.insert(release.id());
  }
  // By id, as they are told.
  std::sort(lines.begin(), lines.end());
  ASSIGN_OR_RETURN(const v1::ListLabelsResponse labels, client.ListLabels());
  for (const v1::Label& label : labels.labels()) {
    lines.push_back(
        absl::StrCat("label ", label.name(), " is ", label.release_id(),
                     label.exact() ? " exact" : "", ", was '", label.previous_release_id(),
                     label.previous_exact() ? " exact" : "", "', by ", label.moved_by()));
  }
  RETURN_IF_ERROR(ReadEvents(server, active, lines));
  RETURN_IF_ERROR(ReadPages(client, lines));
  return lines;
}

absl::StatusOr<std::vector<std::string>> ReadBackupLines(const ServerProcess& server,
                                                         const std::string& folder) {
  const client::AdminClient admin = server.admin();
  const absl::StatusOr<v1::ListBackupsResponse> list = admin.ListBackups(folder);
  // It is no folder of backups before the first.
  if (client::ErrorReasonOf(list.status()) == v1::ERROR_REASON_ARGUMENT_INVALID) {
    return std::vector<std::string>();
  }
  RETURN_IF_ERROR(list.status());
  if (!list->damaged().empty()) {
    return absl::InternalError(absl::StrCat("backup ", list->damaged(0), " is damaged"));
  }
  std::vector<std::string> lines;
  uint32_t number = 0;
  for (const v1::Backup& backup : list->backups()) {
    if (backup.number() <= number) return absl::InternalError("backups are out of order");
    number = backup.number();
    std::vector<std::string> fingerprints;
    for (const v1::BackedUpRelease& release : backup.releases()) {
      fingerprints.push_back(absl::StrCat(release.id(), " ", release.fingerprint()));
    }
    std::sort(fingerprints.begin(), fingerprints.end());
    lines.push_back(
        BackupLine(fingerprints, backup.labels(), backup.pages(), backup.verifications()));
  }
  if (!lines.empty()) RETURN_IF_ERROR(admin.VerifyBackup(folder, 0).status());
  return lines;
}

absl::Status ProveAll(const ServerProcess& server) {
  ASSIGN_OR_RETURN(const v1::ListReleasesResponse releases, server.client().ListReleases());
  const client::AdminClient admin = server.admin();
  for (const v1::Release& release : releases.releases()) {
    RETURN_IF_ERROR(admin.VerifyRelease(release.id()).status());
  }
  ASSIGN_OR_RETURN(const v1::ScrubReport report, admin.ScrubReleases(-1, {}));
  if (report.findings().empty()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("a scrub finds: ", report.findings(0).message()));
}

}  // namespace codeset::crash
