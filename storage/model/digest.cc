#include "storage/model/digest.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "storage/model/stand_back.h"

namespace codeset::model {
namespace {

// Bytes, some tenth of a millisecond.
constexpr size_t kStep = 64 << 10;

}  // namespace

Digest DigestOf(absl::string_view bytes) {
  // What a load does goes through here at every step of it.
  GiveWay();
  Digest digest;
  // Fails for want of memory, or where the system's OpenSSL is set up to have no SHA-256.
  if (bytes.size() <= kStep) {
    const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
    if (SHA256(data, bytes.size(), digest.bytes.data()) == nullptr) std::abort();
    return digest;
  }
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state(EVP_MD_CTX_new(),
                                                                      &EVP_MD_CTX_free);
  bool done = state != nullptr && EVP_DigestInit_ex(state.get(), EVP_sha256(), nullptr) == 1;
  for (; done && !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kStep))) {
    done = EVP_DigestUpdate(state.get(), bytes.data(), std::min(bytes.size(), kStep)) == 1;
    GiveWay();
  }
  if (!done || EVP_DigestFinal_ex(state.get(), digest.bytes.data(), nullptr) != 1) std::abort();
  return digest;
}

std::string FormatDigest(const Digest& digest) { return absl::BytesToHexString(digest.view()); }

absl::StatusOr<Digest> ParseDigest(absl::string_view hex) {
  const auto nibble = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  Digest digest;
  if (hex.size() != 2 * digest.bytes.size()) {
    return MakeError(Reason::kDataDamaged, "a digest has 64 hexadecimal digits");
  }
  for (size_t i = 0; i < digest.bytes.size(); ++i) {
    const int high = nibble(hex[2 * i]);
    const int low = nibble(hex[2 * i + 1]);
    if (high < 0 || low < 0) {
      return MakeError(Reason::kDataDamaged, "a digest has lower-case hexadecimal digits");
    }
    digest.bytes[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return digest;
}

absl::StatusOr<Digest> DigestFromBytes(absl::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.bytes.size()) {
    return MakeError(Reason::kDataDamaged,
                     absl::StrCat("a stored digest has ", bytes.size(), " bytes, not 32"));
  }
  std::memcpy(digest.bytes.data(), bytes.data(), bytes.size());
  return digest;
}

}  // namespace codeset::model
