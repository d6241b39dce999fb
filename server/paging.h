// Pages of a list: opens the release that a page token pins, and cuts the page.
//
//   ASSIGN_OR_RETURN(PageOpen page, OpenPage(backend, request, token));
//   FillPageWith(page, items, page_size, response, add);
//
// Thread-safe: free functions; PageOpen is a value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/backend.h"
#include "server/page_token.h"
#include "server/request.h"
#include "storage/model/status_macros.h"

namespace codeset::server {

// The release of a page and where in the list the page begins.
struct PageOpen {
  OpenRelease open;
  uint32_t offset = 0;
  // Digest of the request, for the next token.
  std::string parameters;
};

// The request's parameters as a token holds them: all but page size and token.
template <typename Request>
std::string ParametersOf(Request request) {
  request.clear_page_size();
  request.clear_page_token();
  return TokenDigest(
      absl::StrCat(Request::descriptor()->full_name(), "\n", request.SerializeAsString()));
}

// Reads the token of a request into `check`; nothing if it has none or a bad one.
std::optional<PageToken> CheckPageToken(RequestCheck& check, absl::string_view text,
                                        absl::string_view parameters);

// Opens the release that the token pins, or without one the release of the selector.
// PAGE_TOKEN_INVALID where the pinned release answers otherwise by now; RELEASE_NOT_FOUND
// where it is gone.
absl::StatusOr<PageOpen> OpenPage(const Backend& backend, const v1::ReleaseSelector& selector,
                                  const std::optional<PageToken>& token, std::string parameters);

// The token of the page that begins at `offset`.
std::string NextPageToken(const PageOpen& page, uint32_t offset);

// Fills a response with the page of `items` that is due; `add` adds one of them to it.
template <typename Item, typename Response, typename Add>
void FillPageWith(const PageOpen& page, const std::vector<Item>& items, int page_size,
                  Response& response, Add add) {
  *response.mutable_release() = page.open.resolved;
  const size_t first = std::min<size_t>(page.offset, items.size());
  const size_t end = std::min(first + static_cast<size_t>(page_size), items.size());
  for (size_t i = first; i < end; ++i) add(items[i]);
  if (end < items.size()) {
    response.set_next_page_token(NextPageToken(page, static_cast<uint32_t>(end)));
  }
  response.set_total_size(static_cast<int>(items.size()));
}

}  // namespace codeset::server
