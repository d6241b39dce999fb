#include "server/paging.h"

#include <utility>

#include "server/error.h"
#include "server/fingerprint.h"
#include "storage/model/digest.h"
#include "storage/model/error.h"

namespace codeset::server {
namespace {

// What the answers depend on: the release's own content, and the structure and the list of
// POA-exempt codes that it has on loan, which another load may change.
std::string PinOf(const OpenRelease& open) {
  std::string text = open.resolved.fingerprint();
  if (const store::CatalogRelease* lender = open.catalog->LenderFor(*open.release, open.today)) {
    if (const auto root = lender->Group(model::FacetGroup::kTabular)) {
      absl::StrAppend(&text, "\n", model::FormatDigest(*root));
    }
  }
  if (const store::CatalogRelease* source = open.catalog->PoaSourceFor(*open.release, open.today)) {
    absl::StrAppend(&text, "\n", model::FormatDigest(*source->Group(model::FacetGroup::kPoa)));
  }
  return TokenDigest(text);
}

}  // namespace

std::optional<PageToken> CheckPageToken(RequestCheck& check, absl::string_view text,
                                        absl::string_view parameters) {
  if (text.empty()) return std::nullopt;
  absl::StatusOr<PageToken> token = DecodePageToken(text);
  if (!token.ok()) {
    check.Fail("page_token", token.status());
    return std::nullopt;
  }
  if (token->parameters != parameters) {
    check.Fail("page_token", "it belongs to a request with other fields",
               model::Reason::kPageTokenInvalid);
    return std::nullopt;
  }
  return *std::move(token);
}

absl::StatusOr<PageOpen> OpenPage(const Backend& backend, const v1::ReleaseSelector& selector,
                                  const std::optional<PageToken>& token, std::string parameters) {
  PageOpen page;
  page.parameters = std::move(parameters);
  if (!token.has_value()) {
    ASSIGN_OR_RETURN(page.open, Open(backend, selector));
    return page;
  }
  page.open.catalog = backend.store.catalog();
  page.open.release = page.open.catalog->Find(token->release_id);
  if (page.open.release == nullptr) {
    return NotFound(model::Reason::kReleaseNotFound, "release", token->release_id,
                    absl::StrCat("release ", token->release_id,
                                 ", which the page token pins, is no longer loaded"));
  }
  page.open.today = model::DateInNewYork(backend.clock());
  page.open.resolved =
      ToResolved(*page.open.catalog, *page.open.release, page.open.today, token->coverage);
  RETURN_IF_ERROR(AssertFingerprints(selector, page.open.resolved));
  if (PinOf(page.open) != token->pin) {
    return InvalidFields(
        model::Reason::kPageTokenInvalid,
        {{"page_token",
          absl::StrCat(
              "release ", token->release_id,
              " gained a facet group, another structure or another list "
              "of POA-exempt codes since the page before; begin again with the first page")}});
  }
  RETURN_IF_ERROR(OpenImage(backend, page.open));
  page.offset = token->offset;
  return page;
}

std::string NextPageToken(const PageOpen& page, uint32_t offset) {
  PageToken token;
  token.release_id = page.open.resolved.release_id();
  token.pin = PinOf(page.open);
  token.parameters = page.parameters;
  token.offset = offset;
  token.coverage = page.open.resolved.coverage();
  return EncodePageToken(token);
}

}  // namespace codeset::server
