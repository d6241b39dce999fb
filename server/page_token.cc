#include "server/page_token.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/model/digest.h"
#include "storage/model/error.h"

namespace codeset::server {
namespace {

// Body: version, offset (4 bytes, little-endian), pin, parameters, length of the release id
// (1 byte), release id, coverage as a serialised message; then the checksum of the body.
constexpr char kVersion = 1;
constexpr size_t kDigestLength = 16;
constexpr size_t kChecksumLength = 4;
constexpr size_t kOffsetLength = 4;
constexpr size_t kFixedLength = 1 + kOffsetLength + 2 * kDigestLength + 1;
// Far longer than any token made here.
constexpr size_t kMaxTextLength = 4096;

std::string Checksum(absl::string_view body) {
  return std::string(model::DigestOf(body).view().substr(0, kChecksumLength));
}

absl::Status Invalid(absl::string_view why) {
  return model::MakeError(model::Reason::kPageTokenInvalid,
                          absl::StrCat("the page token ", why,
                                       "; pass next_page_token of the previous page as it is, "
                                       "or none for the first page"));
}

}  // namespace

std::string TokenDigest(absl::string_view bytes) {
  return std::string(model::DigestOf(bytes).view().substr(0, kDigestLength));
}

std::string EncodePageToken(const PageToken& token) {
  std::string body(1, kVersion);
  for (size_t i = 0; i < kOffsetLength; ++i) {
    body.push_back(static_cast<char>((token.offset >> (8 * i)) & 0xFF));
  }
  absl::StrAppend(&body, token.pin, token.parameters);
  body.push_back(static_cast<char>(token.release_id.size()));
  absl::StrAppend(&body, token.release_id, token.coverage.SerializeAsString());
  return absl::WebSafeBase64Escape(absl::StrCat(body, Checksum(body)));
}

absl::StatusOr<PageToken> DecodePageToken(absl::string_view text) {
  std::string bytes;
  if (text.size() > kMaxTextLength || !absl::WebSafeBase64Unescape(text, &bytes) ||
      bytes.size() < kFixedLength + kChecksumLength) {
    return Invalid("is not one of this server's");
  }
  const absl::string_view body = absl::string_view(bytes).substr(0, bytes.size() - kChecksumLength);
  if (absl::string_view(bytes).substr(body.size()) != Checksum(body)) return Invalid("is damaged");
  if (body[0] != kVersion) return Invalid("is of another version of this server");
  PageToken token;
  for (size_t i = 0; i < kOffsetLength; ++i) {
    token.offset |= uint32_t{static_cast<unsigned char>(body[1 + i])} << (8 * i);
  }
  token.pin = std::string(body.substr(1 + kOffsetLength, kDigestLength));
  token.parameters = std::string(body.substr(1 + kOffsetLength + kDigestLength, kDigestLength));
  const size_t id_length = static_cast<unsigned char>(body[kFixedLength - 1]);
  if (body.size() < kFixedLength + id_length) return Invalid("is damaged");
  token.release_id = std::string(body.substr(kFixedLength, id_length));
  if (!token.coverage.ParseFromString(std::string(body.substr(kFixedLength + id_length)))) {
    return Invalid("is damaged");
  }
  return token;
}

}  // namespace codeset::server
