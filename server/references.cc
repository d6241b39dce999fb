#include "server/references.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/page_token.h"
#include "server/paging.h"
#include "server/request.h"
#include "server/verification_status.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/query/concept_view.h"

namespace codeset::server {
namespace {

// A message of pages ends with the one that makes it at least so large, which keeps it below what
// clients take by default (4 MiB).
constexpr size_t kMessageBytes = size_t{1} << 20;

// A required code, undotted; chapters and sections have no pages.
std::string RequiredCode(RequestCheck& check, absl::string_view field, absl::string_view text) {
  if (text.empty()) {
    check.Fail(field, "it is required");
    return "";
  }
  return check.Code(field, text);
}

}  // namespace

absl::StatusOr<v1::GetReferenceResponse> GetReference(const Backend& backend,
                                                      const v1::GetReferenceRequest& request) {
  RequestCheck check;
  const std::string code = RequiredCode(check, "code", request.code());
  check.Selector("release", request.release());
  const model::Date as_of =
      CheckAsOf(check, "as_of", request.as_of(), model::DateInNewYork(backend.clock()));
  if (request.revision() < 0) check.Fail("revision", "it goes from 1; 0 is the newest");
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(OpenRelease open, Open(backend, request.release()));
  const store::Ledger& ledger = backend.store.ledger();
  // Summary and text are of one instant: a revision that comes between the two is not told.
  const std::shared_ptr<const store::PageSummary> page = ledger.Find(code);
  if (page == nullptr) {
    // In the words of whoever knows that there is none.
    return ledger.Read(code, request.revision()).status();
  }
  ASSIGN_OR_RETURN(store::StoredPage newest, ledger.Read(code, page->revision));
  StatusScope scope(backend, open, as_of);
  v1::GetReferenceResponse response;
  ASSIGN_OR_RETURN(*response.mutable_verification(), scope.StateOf(*page, &newest.reference));
  if (const std::optional<image::NodeIndex> node = open.image->Find(code)) {
    *response.mutable_found() = query::ViewConcept(*open.image, *node, v1::CONCEPT_VIEW_EFFECTIVE);
  }
  store::StoredPage asked = std::move(newest);
  if (request.revision() != 0 && request.revision() != page->revision) {
    ASSIGN_OR_RETURN(asked, ledger.Read(code, request.revision()));
  }
  *response.mutable_reference() = std::move(asked.reference);
  *response.mutable_revision() = std::move(asked.revision);
  *response.mutable_release() = std::move(open.resolved);
  return response;
}

absl::StatusOr<v1::ListReferenceRevisionsResponse> ListReferenceRevisions(
    const Backend& backend, const v1::ListReferenceRevisionsRequest& request) {
  RequestCheck check;
  const std::string code = RequiredCode(check, "code", request.code());
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(std::vector<v1::ReferenceRevision> revisions,
                   backend.store.ledger().Revisions(code));
  v1::ListReferenceRevisionsResponse response;
  for (v1::ReferenceRevision& revision : revisions) {
    *response.add_revisions() = std::move(revision);
  }
  return response;
}

absl::StatusOr<FallibleSource<v1::StreamReferencesResponse>> StreamReferences(
    const Backend& backend, const v1::StreamReferencesRequest& request) {
  RequestCheck check;
  if (request.codes_size() > kMaxReferenceCodes)
    check.Count("codes", request.codes_size(), kMaxReferenceCodes);
  std::vector<std::string> codes;
  for (int i = 0; i < std::min(request.codes_size(), kMaxReferenceCodes); ++i) {
    codes.push_back(RequiredCode(check, absl::StrCat("codes[", i, "]"), request.codes(i)));
  }
  std::vector<v1::ReferenceState> states;
  for (int i = 0; i < request.states_size(); ++i) {
    if (request.states(i) == v1::REFERENCE_STATE_UNSPECIFIED ||
        !v1::ReferenceState_IsValid(request.states(i))) {
      check.Fail(absl::StrCat("states[", i, "]"),
                 absl::StrCat(static_cast<int>(request.states(i)), " is no state"));
    }
    states.push_back(static_cast<v1::ReferenceState>(request.states(i)));
  }
  RETURN_IF_ERROR(check.status());
  const store::Ledger& ledger = backend.store.ledger();
  std::vector<std::shared_ptr<const store::PageSummary>> pages;
  if (codes.empty()) {
    pages = ledger.pages().pages;
  } else {
    std::sort(codes.begin(), codes.end());
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
    for (const std::string& code : codes) {
      std::shared_ptr<const store::PageSummary> page = ledger.Find(code);
      if (page == nullptr) return ledger.Read(code, 0).status();
      pages.push_back(std::move(page));
    }
  }
  if (!states.empty()) {
    std::erase_if(pages, [&](const auto& page) {
      return std::find(states.begin(), states.end(), page->state) == states.end();
    });
  }
  ASSIGN_OR_RETURN(auto held, Hold(backend.calls, pages.capacity() * sizeof(pages.front())));
  return
      [&ledger, pages = std::move(pages), held = std::move(held),
       next = size_t{0}]() mutable -> absl::StatusOr<std::optional<v1::StreamReferencesResponse>> {
        v1::StreamReferencesResponse response;
        size_t bytes = 0;
        while (next < pages.size() && bytes < kMessageBytes) {
          ASSIGN_OR_RETURN(store::StoredPage page,
                           ledger.Read(pages[next]->code, pages[next]->revision));
          ++next;
          bytes += page.reference.ByteSizeLong();
          *response.add_references() = std::move(page.reference);
          *response.add_revisions() = std::move(page.revision);
        }
        if (response.references().empty()) return std::nullopt;
        return response;
      };
}

absl::StatusOr<v1::ListVerificationsResponse> ListVerifications(
    const Backend& backend, const v1::ListVerificationsRequest& request) {
  RequestCheck check;
  const std::string code = RequiredCode(check, "code", request.code());
  const int page_size = check.PageSize("page_size", request.page_size());
  const std::string parameters = ParametersOf(request);
  const std::optional<PageToken> token = CheckPageToken(check, request.page_token(), parameters);
  RETURN_IF_ERROR(check.status());
  // Events are numbered and never go away, so that the number of the last one is the place.
  const int after = token.has_value() ? static_cast<int>(token->offset) : 0;
  ASSIGN_OR_RETURN(
      std::vector<v1::Verification> events,
      backend.store.ledger().Verifications(code, after, static_cast<size_t>(page_size) + 1));
  v1::ListVerificationsResponse response;
  size_t bytes = 0;
  bool more = false;
  for (v1::Verification& event : events) {
    more = response.verifications_size() == page_size || bytes >= kMessageBytes;
    if (more) break;
    bytes += event.ByteSizeLong();
    *response.add_verifications() = std::move(event);
  }
  if (more) {
    PageToken next;
    next.pin = TokenDigest(code);
    next.parameters = parameters;
    next.offset = static_cast<uint32_t>(response.verifications().rbegin()->number());
    response.set_next_page_token(EncodePageToken(next));
  }
  return response;
}

absl::StatusOr<v1::ListSourceEditionsResponse> ListSourceEditions(
    const Backend& backend, const v1::ListSourceEditionsRequest&) {
  v1::ListSourceEditionsResponse response;
  const model::SourceEditions editions =
      EditionsOf(backend, *backend.store.catalog(), model::DateInNewYork(backend.clock()));
  std::vector<v1::SourceEdition> found;
  for (const model::SourceEdition& edition : editions.editions()) {
    v1::SourceEdition message;
    message.set_kind(KindOfSeries(edition.ref.series));
    if (message.kind() == v1::SOURCE_KIND_PUBLICATION) message.set_series(edition.ref.series);
    message.set_edition(edition.ref.edition);
    message.set_effective_date(model::FormatDate(edition.effective));
    if (edition.superseded_on.has_value()) {
      message.set_superseded_on(model::FormatDate(*edition.superseded_on));
    }
    message.set_superseded_by(edition.superseded_by.value_or(""));
    found.push_back(std::move(message));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.kind() < b.kind(); });
  for (v1::SourceEdition& edition : found) *response.add_editions() = std::move(edition);
  return response;
}

}  // namespace codeset::server
