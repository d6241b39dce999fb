// Files of pages in JSON: documents stand where they are said to, errors name the line, and what
// was read is read equal when it is written again.
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/codesetctl/json_documents.h"
#include "client/codesetctl/reference_document.h"
#include "storage/model/text.h"
#include "tests/fuzz/fuzz.h"

namespace codeset {
namespace {

constexpr char kName[] = "pages.jsonl";

// `pages.jsonl:12: …`, of a line that the file has.
void CheckError(const absl::Status& status, absl::string_view text) {
  absl::string_view message = status.message();
  fuzz::Expect(status.code() == absl::StatusCode::kInvalidArgument &&
                   absl::ConsumePrefix(&message, absl::StrCat(kName, ":")),
               "an error does not say where", status.ToString());
  int line = 0;
  fuzz::Expect(absl::SimpleAtoi(message.substr(0, message.find(':')), &line) && line >= 1 &&
                   line <= 1 + std::count(text.begin(), text.end(), '\n'),
               "an error is on a line that the file does not have", status.ToString());
  const std::string said(status.message());
  fuzz::Expect(model::EscapeInvalidUtf8(said) == said, "an error is no UTF-8", said);
}

void CheckPage(const ctl::JsonDocument& document, absl::string_view text) {
  fuzz::Expect(
      document.offset >= 0 &&
          absl::StartsWith(text.substr(static_cast<size_t>(document.offset)), document.text),
      "a document does not stand where it is said to", document.text);
  fuzz::Expect(document.line == 1 + std::count(text.begin(), text.begin() + document.offset, '\n'),
               "a document is on another line", absl::StrCat(document.line));
  // Any path: it is walked through text that may be broken.
  ctl::LineOfField(document.text, document.text.substr(0, 20));
  const absl::StatusOr<v1::Reference> page = ctl::ReadReference(document, kName);
  if (!page.ok()) {
    CheckError(page.status(), text);
    return;
  }
  std::string json;
  fuzz::Expect(google::protobuf::util::MessageToJsonString(*page, &json).ok(),
               "a page that was read cannot be written");
  std::istringstream in(json);
  ctl::JsonDocuments documents(in, kName);
  const auto again = documents.Next();
  fuzz::Expect(again.ok() && again->has_value(), "a page that was written is no document", json);
  const absl::StatusOr<v1::Reference> read = ctl::ReadReference(**again, kName);
  fuzz::ExpectOk(read.status(), "a page that was written is refused");
  fuzz::Expect(read->SerializeAsString() == page->SerializeAsString(),
               "a page is read otherwise when written again", json);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = fuzz::TextOf(data, size);
  std::istringstream in{std::string(text)};
  ctl::JsonDocuments documents(in, kName);
  for (int64_t number = 1;; ++number) {
    const absl::StatusOr<std::optional<ctl::JsonDocument>> document = documents.Next();
    if (!document.ok()) {
      CheckError(document.status(), text);
      break;
    }
    if (!document->has_value()) break;
    fuzz::Expect((*document)->number == number, "documents are not numbered one by one");
    CheckPage(**document, text);
  }
  return 0;
}

}  // namespace codeset
