// Page tokens: where a list goes on, and of which release and which request it is.
//
// A token is opaque to clients. It pins the release by id and by what its answers depend
// on, so that pages fit together while `current` moves or releases come and go; and it
// holds a digest of the request's other parameters, so that it cannot be used with others.
// It is no secret and no permission: a checksum tells damage, nothing guards against
// forgery.
//
// Thread-safe: values and free functions.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/selector.pb.h"

namespace codeset::server {

// What a token says.
struct PageToken {
  std::string release_id;
  // Digest of what the answers depend on: the release's content and its structure.
  std::string pin;
  // Digest of the request but for page size and token.
  std::string parameters;
  // How many items the pages before hold.
  uint32_t offset = 0;
  // The coverage that the first page was answered with.
  v1::Coverage coverage;
};

// A digest for `pin` and `parameters`.
std::string TokenDigest(absl::string_view bytes);

// The token's text, of the letters, digits, `-` and `_`.
std::string EncodePageToken(const PageToken& token);

// Reads a token. PAGE_TOKEN_INVALID if it is none or damaged.
absl::StatusOr<PageToken> DecodePageToken(absl::string_view text);

}  // namespace codeset::server
