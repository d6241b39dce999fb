// Page tokens and resume tokens. An input that begins with `=` is what a token says, to which the
// checksum is added here; any other is a token as a client sends it.
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/page_token.h"
#include "server/resume_token.h"
#include "storage/model/digest.h"
#include "tests/fuzz/fuzz.h"

namespace codeset {
namespace {

using model::Reason;

constexpr char kJournal[] = "0123456789abcdef";
constexpr uint64_t kJournalEnd = 1000;
constexpr size_t kChecksumLength = 4;

void CheckPage(const std::string& text) {
  const absl::StatusOr<server::PageToken> token = server::DecodePageToken(text);
  if (!token.ok()) {
    fuzz::ExpectError(token.status(), {Reason::kPageTokenInvalid});
    return;
  }
  const std::string written = server::EncodePageToken(*token);
  const absl::StatusOr<server::PageToken> again = server::DecodePageToken(written);
  fuzz::ExpectOk(again.status(), "a token that was written again is refused");
  fuzz::Expect(again->release_id == token->release_id && again->pin == token->pin &&
                   again->parameters == token->parameters && again->offset == token->offset &&
                   again->coverage.SerializeAsString() == token->coverage.SerializeAsString(),
               "a token is read otherwise when written again");
  fuzz::Expect(server::EncodePageToken(*again) == written, "a token has two spellings");
}

void CheckResume(const std::string& text) {
  const absl::StatusOr<uint64_t> number = server::DecodeResumeToken(text, kJournal, kJournalEnd);
  if (!number.ok()) {
    fuzz::ExpectError(number.status(), {Reason::kResumeTokenInvalid});
    return;
  }
  fuzz::Expect(*number <= kJournalEnd, "a token is of an event that is not there");
  const absl::StatusOr<uint64_t> again = server::DecodeResumeToken(
      server::EncodeResumeToken(kJournal, *number), kJournal, kJournalEnd);
  fuzz::Expect(again.ok() && *again == *number, "a token is read otherwise when written again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view input = fuzz::TextOf(data, size);
  std::string text(input);
  if (absl::ConsumePrefix(&input, "=")) {
    text = absl::WebSafeBase64Escape(
        absl::StrCat(input, model::DigestOf(input).view().substr(0, kChecksumLength)));
  }
  CheckPage(text);
  CheckResume(text);
  return 0;
}

}  // namespace codeset
