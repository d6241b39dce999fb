#include "server/resume_token.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/error.h"
#include "storage/model/digest.h"
#include "storage/model/error.h"

namespace codeset::server {
namespace {

// Body: version, number (8 bytes, little-endian), the journal's identity; then the checksum of
// the body.
constexpr char kVersion = 1;
constexpr size_t kNumberLength = 8;
constexpr size_t kChecksumLength = 4;
// Far longer than any token made here.
constexpr size_t kMaxTextLength = 512;

std::string Checksum(absl::string_view body) {
  return std::string(model::DigestOf(body).view().substr(0, kChecksumLength));
}

absl::Status Invalid(absl::string_view why) {
  return InvalidFields(
      model::Reason::kResumeTokenInvalid,
      {{"resume_token",
        absl::StrCat("it ", why,
                     "; pass the last resume_token that was received as it is, or none "
                     "with from_beginning to be told everything")}});
}

}  // namespace

std::string EncodeResumeToken(absl::string_view journal_id, uint64_t number) {
  std::string body(1, kVersion);
  for (size_t i = 0; i < kNumberLength; ++i) {
    body.push_back(static_cast<char>((number >> (8 * i)) & 0xFF));
  }
  absl::StrAppend(&body, journal_id);
  return absl::WebSafeBase64Escape(absl::StrCat(body, Checksum(body)));
}

absl::StatusOr<uint64_t> DecodeResumeToken(absl::string_view text, absl::string_view journal_id,
                                           uint64_t end) {
  std::string bytes;
  if (text.size() > kMaxTextLength || !absl::WebSafeBase64Unescape(text, &bytes) ||
      bytes.size() < 1 + kNumberLength + kChecksumLength) {
    return Invalid("is not one of this server's");
  }
  const absl::string_view body = absl::string_view(bytes).substr(0, bytes.size() - kChecksumLength);
  if (absl::string_view(bytes).substr(body.size()) != Checksum(body)) return Invalid("is damaged");
  if (body[0] != kVersion) return Invalid("is of another version of this server");
  if (body.substr(1 + kNumberLength) != journal_id) return Invalid("is of another data directory");
  uint64_t number = 0;
  for (size_t i = 0; i < kNumberLength; ++i) {
    number |= uint64_t{static_cast<unsigned char>(body[1 + i])} << (8 * i);
  }
  if (number > end) return Invalid("is of an event that this data directory does not have");
  return number;
}

}  // namespace codeset::server
