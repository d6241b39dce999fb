#include "storage/model/digest.h"

#include <openssl/sha.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/model/error.h"

namespace codeset::model {

Digest DigestOf(absl::string_view bytes) {
  Digest digest;
  if (SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
             digest.bytes.data()) == nullptr) {
    // With any digest but the right one different contents would become one, for good.
    std::fputs(
        "codeset: libcrypto computes no SHA-256; OPENSSL_CONF, or the system's openssl.cnf, may "
        "name providers without it\n",
        stderr);
    std::abort();
  }
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
