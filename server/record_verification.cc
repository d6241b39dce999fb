#include "server/record_verification.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/error.h"
#include "server/page_units.h"
#include "server/request.h"
#include "server/source_check.h"
#include "server/verification_status.h"
#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"
#include "storage/query/effective.h"

namespace codeset::server {
namespace {

using model::Reason;

constexpr size_t kMaxId = 128;
constexpr size_t kMaxName = 200;
constexpr size_t kMaxRemark = 4000;
constexpr size_t kMaxTitle = 500;
constexpr int kMaxSources = 100;

void CheckId(RequestCheck& check, absl::string_view field, absl::string_view id) {
  const auto fits = [](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("-_.:/", absl::string_view(&c, 1));
  };
  if (id.empty() || id.size() > kMaxId || !std::all_of(id.begin(), id.end(), fits)) {
    check.Fail(field, absl::StrCat("an id is 1 to ", kMaxId,
                                   " letters, digits, '-', '_', '.', ':' and '/'"));
  }
}

void CheckScope(RequestCheck& check, absl::string_view prefix, const v1::VerificationScope& scope) {
  std::set<int> sections;
  for (int i = 0; i < scope.sections_size(); ++i) {
    const int section = scope.sections(i);
    const std::string field = absl::StrCat(prefix, "scope.sections[", i, "]");
    if (section == 0 || !v1::ReferenceSection_IsValid(section)) {
      check.Fail(field, absl::StrCat(section, " is no section"));
    } else if (!sections.insert(section).second) {
      check.Fail(field, "the section is there already");
    }
  }
  std::set<std::string> items;
  for (int i = 0; i < scope.item_ids_size(); ++i) {
    if (!items.insert(scope.item_ids(i)).second) {
      check.Fail(absl::StrCat(prefix, "scope.item_ids[", i, "]"), "the item is there already");
    }
  }
}

void CheckOutcome(RequestCheck& check, absl::string_view prefix, const v1::NewVerification& event) {
  const std::string corrected = absl::StrCat(prefix, "corrected_revision");
  if (event.outcome() == v1::VERIFICATION_OUTCOME_UNSPECIFIED ||
      !v1::VerificationOutcome_IsValid(event.outcome())) {
    check.Fail(absl::StrCat(prefix, "outcome"), "it is required: CONFIRMED, CORRECTED or REJECTED");
  } else if (event.outcome() != v1::VERIFICATION_OUTCOME_CORRECTED) {
    if (event.corrected_revision() != 0) check.Fail(corrected, "only CORRECTED has one");
  } else if (event.corrected_revision() <= event.revision()) {
    check.Fail(corrected, "CORRECTED names the revision that it produced, later than `revision`");
  }
  if (!v1::VerificationMethod_IsValid(event.method())) {
    check.Fail(absl::StrCat(prefix, "method"),
               absl::StrCat(static_cast<int>(event.method()), " is no method"));
  }
}

// Everything that can be checked without looking at the ledger.
void CheckEvent(RequestCheck& check, absl::string_view prefix, const v1::NewVerification& event,
                const model::SourceEditions& editions, model::Date today) {
  const auto field = [&](absl::string_view name) { return absl::StrCat(prefix, name); };
  CheckId(check, field("id"), event.id());
  check.Code(field("code"), event.code());
  if (event.revision() < 1) check.Fail(field("revision"), "it is required: 1, 2, 3, …");
  CheckScope(check, prefix, event.scope());
  if (event.date().empty()) {
    check.Fail(field("date"), "it is required: the day of the verification, YYYY-MM-DD");
  } else {
    CheckPastDay(check, field("date"), event.date(), today);
  }
  CheckRequired(check, field("verifier"), event.verifier(), kMaxName);
  CheckLength(check, field("role"), event.role(), kMaxName);
  CheckLength(check, field("second_reviewer"), event.second_reviewer(), kMaxName);
  CheckLength(check, field("remark"), event.remark(), kMaxRemark, Lines::kMany);
  check.Selector(field("release"), event.release());
  CheckOutcome(check, prefix, event);
  if (!event.corrects_id().empty()) CheckId(check, field("corrects_id"), event.corrects_id());
  if (event.sources_size() > kMaxSources) {
    check.Fail(field("sources"), absl::StrCat("at most ", kMaxSources, " are taken"));
    return;
  }
  for (int i = 0; i < event.sources_size(); ++i) {
    const v1::ConsultedSource& source = event.sources(i);
    const std::string of = absl::StrCat(prefix, "sources[", i, "].");
    CheckEdition(check, of, source.kind(), source.series(), source.edition(), editions);
    CheckUrl(check, absl::StrCat(of, "url"), source.url());
    if (source.kind() != v1::SOURCE_KIND_TABULAR_LIST &&
        source.kind() != v1::SOURCE_KIND_GUIDELINES) {
      CheckRequired(check, absl::StrCat(of, "title"), source.title(), kMaxTitle);
    } else {
      CheckLength(check, absl::StrCat(of, "title"), source.title(), kMaxTitle);
    }
  }
}

// The releases that a request names, each resolved and opened once.
class Releases {
 public:
  explicit Releases(const Backend& backend) : backend_(backend) {}

  absl::StatusOr<const OpenRelease*> Get(const v1::ReleaseSelector& selector,
                                         absl::string_view field) {
    const std::string key = selector.SerializeAsString();
    const auto it = open_.find(key);
    if (it != open_.end()) return &it->second;
    ASSIGN_OR_RETURN(OpenRelease open, Open(backend_, selector, field));
    return &open_.emplace(key, std::move(open)).first->second;
  }

 private:
  const Backend& backend_;
  std::map<std::string, OpenRelease> open_;
};

absl::Status CheckDigest(const v1::NewVerification& event, const store::StoredPage& page) {
  if (event.revision_digest().empty() || event.revision_digest() == page.revision.digest()) {
    return absl::OkStatus();
  }
  return model::MakeError(Reason::kRevisionMismatch,
                          absl::StrCat("revision ", event.revision(), " of ", page.revision.code(),
                                       " is not what was verified: its digest is ",
                                       page.revision.digest(), "; look at it again"),
                          {{"code", page.revision.code()},
                           {"revision", absl::StrCat(event.revision())},
                           {"expected", event.revision_digest()},
                           {"actual", page.revision.digest()}});
}

// Every section and item of a scope must be in the revision: a misspelt one would verify nothing.
absl::Status CheckInRevision(absl::string_view prefix, const v1::NewVerification& event,
                             const v1::Reference& page) {
  if (IsWhole(event.scope())) return absl::OkStatus();
  const PageUnits units = UnitsOf(page);
  RequestCheck check;
  for (int i = 0; i < event.scope().sections_size(); ++i) {
    const auto section = static_cast<v1::ReferenceSection>(event.scope().sections(i));
    if (units.count({section, ""}) > 0) continue;
    check.Fail(absl::StrCat(prefix, "scope.sections[", i, "]"),
               absl::StrCat("revision ", event.revision(), " has no such section"));
  }
  for (int i = 0; i < event.scope().item_ids_size(); ++i) {
    const std::string& id = event.scope().item_ids(i);
    bool found = false;
    for (const auto& [unit, digest] : units) found |= !id.empty() && unit.second == id;
    if (found) continue;
    check.Fail(absl::StrCat(prefix, "scope.item_ids[", i, "]"),
               absl::StrCat("revision ", event.revision(), " has no item '", ShownText(id), "'"));
  }
  return check.status();
}

absl::StatusOr<v1::Verification> MakeEvent(const Backend& backend, Releases& releases,
                                           absl::string_view prefix,
                                           const v1::NewVerification& given) {
  v1::Verification event;
  *event.mutable_event() = given;
  v1::NewVerification& told = *event.mutable_event();
  ASSIGN_OR_RETURN(const std::string code, model::ParseCode(given.code()));
  told.set_code(model::DottedCode(code));
  const store::Ledger& ledger = backend.store.ledger();
  ASSIGN_OR_RETURN(const store::StoredPage page, ledger.Read(code, given.revision()));
  RETURN_IF_ERROR(CheckDigest(given, page));
  RETURN_IF_ERROR(CheckInRevision(prefix, given, page.reference));
  told.set_revision_digest(page.revision.digest());
  if (given.corrected_revision() != 0) {
    ASSIGN_OR_RETURN(const store::StoredPage corrected,
                     ledger.Read(code, given.corrected_revision()));
    event.set_corrected_revision_digest(corrected.revision.digest());
  }
  ASSIGN_OR_RETURN(const OpenRelease* const open,
                   releases.Get(given.release(), absl::StrCat(prefix, "release")));
  ASSIGN_OR_RETURN(const image::NodeIndex node, FindNode(*open, code));
  told.clear_release();
  told.mutable_release()->set_release(open->resolved.release_id());
  event.set_release_id(open->resolved.release_id());
  event.set_release_fingerprint(open->resolved.fingerprint());
  event.set_poa_from(open->resolved.poa_from());
  for (const auto& [group, digest] : query::EffectiveDigests(*open->image, node)) {
    v1::EffectiveDigest* const entry = event.add_effective_digests();
    entry->set_group(static_cast<v1::FacetGroup>(group));
    entry->set_digest(model::FormatDigest(digest));
  }
  return event;
}

}  // namespace

absl::StatusOr<v1::RecordVerificationResponse> RecordVerification(
    const Backend& backend, const v1::RecordVerificationRequest& request) {
  RequestCheck check;
  check.Count("verifications", request.verifications_size(), kMaxVerifications);
  RETURN_IF_ERROR(check.status());
  const model::Date today = model::DateInNewYork(backend.clock());
  const model::SourceEditions editions = EditionsOf(backend, *backend.store.catalog(), today);
  const auto prefix = [](int i) { return absl::StrCat("verifications[", i, "]."); };
  // What was recorded before is answered though labels, releases and registers have moved since:
  // whoever lost the answer asks again.
  std::vector<std::optional<v1::Verification>> recorded;
  for (const v1::NewVerification& given : request.verifications()) {
    ASSIGN_OR_RETURN(std::optional<v1::Verification> event,
                     backend.store.ledger().FindRecorded(given));
    recorded.push_back(std::move(event));
  }
  for (int i = 0; i < request.verifications_size(); ++i) {
    if (recorded[static_cast<size_t>(i)].has_value()) continue;
    CheckEvent(check, prefix(i), request.verifications(i), editions, today);
  }
  RETURN_IF_ERROR(check.status());
  Releases releases(backend);
  std::vector<v1::Verification> events;
  for (int i = 0; i < request.verifications_size(); ++i) {
    std::optional<v1::Verification>& event = recorded[static_cast<size_t>(i)];
    if (!event.has_value()) {
      ASSIGN_OR_RETURN(event, MakeEvent(backend, releases, prefix(i), request.verifications(i)));
    }
    events.push_back(*std::move(event));
  }
  ASSIGN_OR_RETURN(
      store::RecordOutcome outcome,
      backend.store.ledger().Record(
          std::move(events), {request.verifications().begin(), request.verifications().end()}));
  v1::RecordVerificationResponse response;
  for (v1::Verification& event : outcome.events) {
    *response.add_verifications() = std::move(event);
  }
  response.set_already_recorded(outcome.already_recorded);
  return response;
}

absl::StatusOr<v1::SetUsageCountsResponse> SetUsageCounts(
    const Backend& backend, const v1::SetUsageCountsRequest& request) {
  RequestCheck check;
  if (request.counts_size() > kMaxUsageCounts) {
    check.Fail("counts", absl::StrCat("at most ", kMaxUsageCounts, " are taken, not ",
                                      request.counts_size()));
    return check.status();
  }
  std::map<std::string, int64_t> counts;
  for (int i = 0; i < request.counts_size(); ++i) {
    const std::string prefix = absl::StrCat("counts[", i, "].");
    const std::string code = check.Code(absl::StrCat(prefix, "code"), request.counts(i).code());
    if (request.counts(i).count() < 0) {
      check.Fail(absl::StrCat(prefix, "count"), "it is negative");
    }
    if (!code.empty() && !counts.emplace(code, request.counts(i).count()).second) {
      check.Fail(absl::StrCat(prefix, "code"),
                 absl::StrCat(model::DottedCode(code), " is there already"));
    }
  }
  RETURN_IF_ERROR(check.status());
  v1::SetUsageCountsResponse response;
  response.set_codes(static_cast<int>(counts.size()));
  RETURN_IF_ERROR(backend.store.ledger().SetUsage(std::move(counts)));
  return response;
}

}  // namespace codeset::server
