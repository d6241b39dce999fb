// SHA-256 digests, under which content is stored and by which releases are told apart.
//
// Thread-safe: values and free functions.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace codeset::model {

// A SHA-256 digest.
struct Digest {
  std::array<uint8_t, 32> bytes{};

  // The 32 bytes as they are stored.
  absl::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  friend bool operator==(const Digest&, const Digest&) = default;
  friend auto operator<=>(const Digest&, const Digest&) = default;

  // A digest is uniform already: its first bytes are as good a hash as any.
  template <typename H>
  friend H AbslHashValue(H state, const Digest& digest) {
    uint64_t word = 0;
    std::memcpy(&word, digest.bytes.data(), sizeof(word));
    return H::combine(std::move(state), word);
  }
};

// The digest of some bytes. Ends the process, and says why, where libcrypto is configured not to
// compute any.
Digest DigestOf(absl::string_view bytes);

// 64 lower-case hexadecimal digits.
std::string FormatDigest(const Digest& digest);

// Reads 64 lower-case hexadecimal digits; DATA_DAMAGED for anything else.
absl::StatusOr<Digest> ParseDigest(absl::string_view hex);

// Reads the 32 bytes as they are stored; DATA_DAMAGED for another length.
absl::StatusOr<Digest> DigestFromBytes(absl::string_view bytes);

}  // namespace codeset::model
