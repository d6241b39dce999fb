// Releases, pages and verifications typed by hand, over a store in a temporary folder, and what
// the server makes of them.
//
//   ReferenceFixture fixture;
//   fixture.Publish("2025", Burns());
//   fixture.Import({Page("T25.01")}, "2025");
//   fixture.Verify("T25.01", "2025", "2025-03-01");
//   EXPECT_EQ(fixture.Shown("T25.01", "2026", "2025-12-01"), "CARRIED_FORWARD");
//
// Not thread-safe.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/record_verification.h"
#include "server/reference_import.h"
#include "server/references.h"
#include "server/verification_queue.h"
#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"
#include "tests/query/effective_editions.h"
#include "tests/server/fixture.h"
#include "tests/server/selectors.h"
#include "tests/server/upload_messages.h"

namespace codeset::server {

// An enum value's name without what it begins with.
inline std::string Short(const std::string& name, const std::string& prefix) {
  return name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : name;
}

// A page with a summary and two tips.
inline v1::Reference Page(const std::string& code) {
  v1::Reference page;
  page.set_code(code);
  page.set_state(v1::REFERENCE_STATE_PUBLISHED);
  page.mutable_summary()->set_text("What the code is about.");
  for (const char* id : {"tip-1", "tip-2"}) {
    v1::TextItem* tip = page.mutable_documentation_tips()->add_items();
    tip->set_id(id);
    tip->set_text(absl::StrCat("Say ", id, "."));
  }
  return page;
}

// A source with an edition.
inline v1::Source SourceOf(v1::SourceKind kind, const std::string& edition) {
  v1::Source source;
  source.set_number(1);
  source.set_title("A source");
  source.set_kind(kind);
  source.set_edition(edition);
  return source;
}

// A reason in one line: `STALE_CONTENT tabular NOTES inherited T20-T32 since 2026`.
inline std::string ShownReason(const v1::StatusReason& reason) {
  std::string line = Short(v1::VerificationStatus_Name(reason.status()), "VERIFICATION_STATUS_");
  if (reason.has_content()) {
    const v1::ContentChange& change = reason.content();
    absl::StrAppend(&line, " ", Short(v1::FacetGroup_Name(change.group()), "FACET_GROUP_"), " ",
                    Short(v1::Facet_Name(change.facet()), "FACET_"), " ",
                    Short(v1::ChangeLevel_Name(change.level()), "CHANGE_LEVEL_"), " ",
                    change.origin_id());
    if (!change.since_release_id().empty()) {
      absl::StrAppend(&line, change.since_at_the_latest() ? " at the latest since " : " since ",
                      change.since_release_id());
    }
  }
  if (reason.has_source()) {
    const v1::SourceChange& change = reason.source();
    absl::StrAppend(&line, " ", Short(v1::SourceKind_Name(change.kind()), "SOURCE_KIND_"), " ",
                    change.edition(), " by ", change.superseded_by(), " on ",
                    change.superseded_on(), change.already_at_verification() ? " already" : "",
                    " [", absl::StrJoin(change.source_numbers(), ","), "]");
  }
  if (reason.has_text()) {
    for (const int section : reason.text().sections()) {
      absl::StrAppend(&line, " ",
                      Short(v1::ReferenceSection_Name(static_cast<v1::ReferenceSection>(section)),
                            "REFERENCE_SECTION_"));
    }
    for (const std::string& id : reason.text().item_ids()) absl::StrAppend(&line, " ", id);
  }
  if (reason.has_not_compared()) {
    absl::StrAppend(&line, " ",
                    Short(v1::FacetGroup_Name(reason.not_compared().group()), "FACET_GROUP_"),
                    " missing in ", absl::StrJoin(reason.not_compared().missing_in(), ","));
  }
  if (!reason.expired_on().empty()) absl::StrAppend(&line, " on ", reason.expired_on());
  if (reason.has_replacements()) {
    for (const v1::Replacement& one : reason.replacements().replacements()) {
      absl::StrAppend(&line, " -> ", one.id());
    }
  }
  return line;
}

// See above.
class ReferenceFixture {
 public:
  ReferenceFixture() : backend_(fixture_.backend()) {}

  Backend& backend() { return backend_; }
  store::Store& store() { return fixture_.store(); }
  Server& server() { return fixture_.server(); }
  const std::string& folder() const { return fixture_.folder(); }
  void SetNow(const std::string& rfc3339) { fixture_.SetNow(rfc3339); }

  // Publishes an edition, or adds the groups that it has and the loaded one lacks.
  void Publish(const std::string& id, const query::Edition& edition) {
    store::Publication publication{
        *model::ReleaseId::Parse(id), {}, {}, {}, {}, {}, {}, {}, {}, {}};
    publication.effective = publication.id.DefaultEffectiveDate();
    if (!edition.order.rows.empty()) publication.order = model::EncodeOrder(edition.order);
    if (edition.tabular.has_value()) publication.tabular = model::EncodeTabular(*edition.tabular);
    if (edition.poa.has_value()) publication.poa = model::EncodePoa({*edition.poa});
    if (edition.conversion.has_value()) {
      publication.conversion = model::EncodeConversion({*edition.conversion});
    }
    const auto catalog = store().catalog();
    const store::CatalogRelease* known = catalog->Find(id);
    if (known != nullptr) publication.based_on = known->entry.release().fingerprint();
    const auto outcome = store().Publish(publication);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
  }

  absl::StatusOr<v1::ImportReport> TryImport(std::vector<v1::Reference> pages,
                                             const std::string& release, bool dry_run = false) {
    ImportSession session(backend_);
    v1::ImportReferencesRequest options;
    *options.mutable_options()->mutable_release() = ByName(release);
    options.mutable_options()->set_by("alex");
    options.mutable_options()->set_dry_run(dry_run);
    RETURN_IF_ERROR(session.Take(options));
    for (v1::Reference& page : pages) {
      v1::ImportReferencesRequest request;
      *request.mutable_documents()->add_references() = std::move(page);
      RETURN_IF_ERROR(session.Take(request));
    }
    v1::ImportReferencesRequest end = EndOfImport(session.documents());
    RETURN_IF_ERROR(session.Take(end));
    return session.Commit();
  }

  void Import(std::vector<v1::Reference> pages, const std::string& release) {
    const auto report = TryImport(std::move(pages), release);
    ASSERT_TRUE(report.ok()) << report.status();
  }

  // A confirmation of the whole of a page's newest revision.
  v1::NewVerification Confirmation(const std::string& code, const std::string& release,
                                   const std::string& date) {
    v1::NewVerification event;
    event.set_id(absl::StrCat("v", ++ids_));
    event.set_code(code);
    const auto page = store().ledger().Find(*model::ParseCode(code));
    event.set_revision(page == nullptr ? 1 : page->revision);
    event.set_date(date);
    event.set_verifier("Robin");
    *event.mutable_release() = ByName(release);
    event.set_outcome(v1::VERIFICATION_OUTCOME_CONFIRMED);
    return event;
  }

  absl::StatusOr<v1::RecordVerificationResponse> TryRecord(
      std::vector<v1::NewVerification> events) {
    v1::RecordVerificationRequest request;
    for (v1::NewVerification& event : events) *request.add_verifications() = std::move(event);
    return RecordVerification(backend_, request);
  }

  void Record(const v1::NewVerification& event) {
    const auto response = TryRecord({event});
    ASSERT_TRUE(response.ok()) << response.status();
  }

  void Verify(const std::string& code, const std::string& release, const std::string& date) {
    Record(Confirmation(code, release, date));
  }

  v1::VerificationState State(const std::string& code, const std::string& release,
                              const std::string& as_of) {
    v1::GetReferenceRequest request;
    request.set_code(code);
    *request.mutable_release() = ByName(release);
    request.set_as_of(as_of);
    const auto response = GetReference(backend_, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->verification() : v1::VerificationState();
  }

  // The status, or where there are reasons those, one a line.
  std::string Shown(const std::string& code, const std::string& release, const std::string& as_of) {
    const v1::VerificationState state = State(code, release, as_of);
    if (state.reasons().empty()) {
      return Short(v1::VerificationStatus_Name(state.status()), "VERIFICATION_STATUS_");
    }
    EXPECT_EQ(state.status(), state.reasons(0).status());
    std::vector<std::string> lines;
    for (const v1::StatusReason& reason : state.reasons()) lines.push_back(ShownReason(reason));
    return absl::StrJoin(lines, "\n");
  }

  // The codes of every group of the queue, by the group's id, asked for two at a time.
  std::map<std::string, std::set<std::string>> Queue(const std::string& release,
                                                     const std::string& as_of) {
    v1::ListVerificationQueueRequest request;
    *request.mutable_release() = ByName(release);
    request.set_as_of(as_of);
    request.set_page_size(2);
    for (int status = 1; status < v1::VERIFICATION_STATUS_CARRIED_FORWARD; ++status) {
      request.add_statuses(static_cast<v1::VerificationStatus>(status));
    }
    std::map<std::string, std::set<std::string>> codes;
    do {
      const auto response = ListVerificationQueue(backend_, request);
      EXPECT_TRUE(response.ok()) << response.status();
      if (!response.ok()) break;
      for (const v1::QueueGroup& group : response->groups()) {
        EXPECT_EQ(codes.count(group.id()), 0U) << group.id();
        codes[group.id()] = Codes(release, as_of, group.id());
        EXPECT_EQ(group.code_count(), static_cast<int64_t>(codes[group.id()].size()));
      }
      request.set_page_token(response->next_page_token());
    } while (!request.page_token().empty());
    return codes;
  }

  std::set<std::string> Codes(const std::string& release, const std::string& as_of,
                              const std::string& group) {
    v1::ListQueueCodesRequest request;
    *request.mutable_release() = ByName(release);
    request.set_as_of(as_of);
    request.set_group_id(group);
    request.set_page_size(2);
    std::set<std::string> codes;
    do {
      const auto response = ListQueueCodes(backend_, request);
      EXPECT_TRUE(response.ok()) << response.status();
      if (!response.ok()) break;
      for (const v1::QueueCode& code : response->codes()) codes.insert(code.code());
      request.set_page_token(response->next_page_token());
    } while (!request.page_token().empty());
    return codes;
  }

 private:
  ServerFixture fixture_;
  Backend backend_;
  int ids_ = 0;
};

}  // namespace codeset::server
