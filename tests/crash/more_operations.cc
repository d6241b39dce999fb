// The operations on pages of codes and their verifications, and backups.
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/model/digest.h"
#include "storage/model/status_macros.h"
#include "storage/store/ledger.h"
#include "tests/crash/operations.h"

namespace codeset::crash {
namespace {

// Three such pages are more than is laid aside at once (2 MiB).
constexpr int kLargeItems = 15;
constexpr size_t kLargeText = 60'000;

v1::Reference PageOf(const std::string& code, const std::string& words, bool large) {
  v1::Reference page;
  page.set_code(code);
  page.set_state(v1::REFERENCE_STATE_PUBLISHED);
  page.mutable_summary()->set_text(words);
  for (int i = 0; large && i < kLargeItems; ++i) {
    v1::TextItem& tip = *page.mutable_documentation_tips()->add_items();
    tip.set_id(absl::StrCat("tip-", i));
    tip.set_text(absl::StrCat(words, " ", std::string(kLargeText, static_cast<char>('a' + i))));
  }
  return page;
}

}  // namespace

std::optional<Operation> Operations::Import(const Told& told) {
  if (told.releases.empty()) return std::nullopt;
  const bool large = OneIn(8);
  std::vector<v1::Reference> pages;
  Operation operation;
  operation.name = absl::StrCat("import pages, words ", number_);
  operation.method = "ImportReferences";
  operation.after = told;
  for (const char* const code : kCodes) {
    const bool is_last = code == kCodes[std::size(kCodes) - 1];
    if (!large && !(is_last && pages.empty()) && OneIn(2)) continue;
    pages.push_back(PageOf(code, absl::StrCat("words ", number_), large));
    operation.after.pages[code].push_back(model::FormatDigest(store::DigestOfPage(pages.back())));
  }
  v1::ImportOptions options;
  options.mutable_release()->set_release(OneOf(told.releases).first);
  options.set_by("bea");
  operation.make = [options, pages](const ServerProcess& server) -> absl::Status {
    auto page = pages.begin();
    const auto next = [&]() -> absl::StatusOr<std::optional<v1::Reference>> {
      if (page == pages.end()) return std::nullopt;
      return std::optional<v1::Reference>(*page++);
    };
    ASSIGN_OR_RETURN(const v1::ImportReport report,
                     server.admin().ImportReferences(options, next, {}));
    const int count = report.created() + report.revised() + report.unchanged();
    if (count == static_cast<int>(pages.size())) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(count, " pages were imported"));
  };
  return operation;
}

std::optional<Operation> Operations::Record(const Told& told) {
  if (told.releases.empty() || told.pages.empty()) return std::nullopt;
  // Verifications name releases for ever: the others can be deleted.
  std::string release_id = told.releases.rbegin()->first;
  for (const auto& [code, lines] : told.verifications) {
    for (const auto& [id, release] : told.releases) {
      if (lines.front().find(absl::StrCat(" against ", id, " ")) != std::string::npos) {
        release_id = id;
      }
    }
  }
  const v1::Release& release = ReleaseOf(contents_, release_id, told.releases.at(release_id).parts);
  Operation operation;
  operation.name = absl::StrCat("record verifications ", number_);
  operation.method = "RecordVerification";
  operation.after = told;
  v1::RecordVerificationRequest request;
  for (const auto& [code, digests] : told.pages) {
    v1::Verification expected;
    v1::NewVerification& event = *expected.mutable_event();
    event.set_id(absl::StrCat("v", number_, "-", code));
    event.set_code(code);
    event.set_revision(1 + static_cast<int>(random_() % digests.size()));
    event.set_date("2020-01-05");
    event.set_verifier("Robin");
    event.mutable_release()->set_release(release_id);
    event.set_outcome(v1::VERIFICATION_OUTCOME_CONFIRMED);
    *request.add_verifications() = event;
    std::vector<std::string>& lines = operation.after.verifications[code];
    expected.set_number(static_cast<int>(lines.size()) + 1);
    expected.set_release_id(release_id);
    expected.set_release_fingerprint(release.fingerprint());
    lines.push_back(VerificationLine(expected));
  }
  operation.make = [request](const ServerProcess& server) {
    return server.admin().RecordVerification(request).status();
  };
  return operation;
}

std::optional<Operation> Operations::SetUsage(const Told& told) {
  Operation operation;
  operation.name = absl::StrCat("set usage counts ", number_);
  operation.method = "SetUsageCounts";
  operation.after = told;
  operation.after.usage.clear();
  v1::SetUsageCountsRequest request;
  for (const char* const code : kCodes) {
    const bool is_last = code == kCodes[std::size(kCodes) - 1];
    if (!(is_last && request.counts().empty()) && OneIn(3)) continue;
    v1::UsageCount& count = *request.add_counts();
    count.set_code(code);
    count.set_count(number_);
    operation.after.usage[code] = number_;
  }
  operation.make = [request](const ServerProcess& server) {
    return server.admin().SetUsageCounts(request).status();
  };
  return operation;
}

std::optional<Operation> Operations::Backup(const Told& told, bool deletes) {
  if (deletes && told.backups.empty()) return std::nullopt;
  const size_t keep = deletes ? 1 : random_() % 4;
  Operation operation;
  operation.name = absl::StrCat("back up, keeping ", keep);
  operation.method = "CreateBackup";
  operation.after = told;
  auto copied = std::make_shared<Told>(told);
  copied->backups.clear();
  std::vector<std::shared_ptr<const Told>>& backups = operation.after.backups;
  backups.push_back(std::move(copied));
  // Older ones go one after another, when the new one is there.
  while (keep > 0 && backups.size() > keep) {
    operation.between.push_back(operation.after);
    backups.erase(backups.begin());
  }
  operation.make = [folder = folder_, keep](const ServerProcess& server) {
    return server.admin().CreateBackup(folder, static_cast<uint32_t>(keep)).status();
  };
  // That would be a further one.
  operation.repeatable = false;
  return operation;
}

}  // namespace codeset::crash
