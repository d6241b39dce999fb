#include "tests/fuzz/fuzz.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "storage/model/text.h"
#include "storage/portable/canonical_check.h"
#include "storage/portable/pages.h"

namespace codeset::fuzz {
namespace {

// No message is longer: texts of the input are cut where they are quoted.
constexpr size_t kMaxMessageBytes = 4000;

class Silent final : public google::protobuf::io::ErrorCollector {
  void AddError(int /*line*/, int /*column*/, const std::string& /*message*/) override {}
};

}  // namespace

void Fail(absl::string_view what, absl::string_view detail) {
  std::fprintf(stderr, "FINDING: %s\n%s\n", std::string(what).c_str(), std::string(detail).c_str());
  std::abort();
}

void ExpectOk(const absl::Status& status, absl::string_view what) {
  if (!status.ok()) Fail(what, status.ToString());
}

int ExpectError(const absl::Status& status, std::initializer_list<model::Reason> reasons) {
  const std::optional<model::Reason> reason = model::ReasonOf(status);
  Expect(reason.has_value(), "an error has no reason", status.ToString());
  Expect(std::find(reasons.begin(), reasons.end(), *reason) != reasons.end(),
         "an error has a reason that is not declared", status.ToString());
  Expect(status.code() == model::ReasonCode(*reason), "an error has another code than its reason",
         status.ToString());
  const std::string message(status.message());
  Expect(!message.empty(), "an error says nothing");
  Expect(message.size() <= kMaxMessageBytes, "an error says too much", message);
  Expect(model::EscapeInvalidUtf8(message) == message, "an error's message is no UTF-8", message);
  for (const auto& [name, value] : model::FactsOf(status)) {
    Expect(model::EscapeInvalidUtf8(value) == value, "a fact of an error is no UTF-8", value);
  }
  return 0;
}

int ExpectFileError(const absl::Status& status, absl::string_view name, absl::string_view text,
                    std::initializer_list<model::Reason> reasons) {
  ExpectError(status, reasons);
  const model::ErrorFacts facts = model::FactsOf(status);
  const auto file = facts.find("file");
  Expect(file != facts.end() && file->second == name, "an error does not name the file",
         status.ToString());
  Expect(absl::StartsWith(status.message(), name), "an error does not begin with the file",
         status.message());
  const auto line = facts.find("line");
  if (line == facts.end()) return 0;
  int number = 0;
  Expect(absl::SimpleAtoi(line->second, &number), "a line is no number", line->second);
  Expect(number >= 0 && number <= 1 + std::count(text.begin(), text.end(), '\n'),
         "an error is on a line that the file does not have", status.ToString());
  return 0;
}

void ExpectCanonical(model::FacetGroup group, const model::PageSet& set) {
  portable::Pages pages;
  for (const model::Page& page : set.pages) {
    Expect(model::DigestOf(page.text) == page.digest, "a page has another digest", page.text);
    pages.Add(group, page.digest, std::make_shared<const std::string>(page.text));
  }
  ExpectOk(portable::CheckCanonical(pages, group, set.root()),
           absl::StrCat("what was read of group ", model::FacetGroupName(group),
                        " has no canonical form"));
}

std::vector<Part> SplitParts(absl::string_view input) {
  constexpr absl::string_view kMark = "%%";
  std::vector<Part> parts(1);
  size_t begin = 0;
  for (size_t at = 0; at < input.size();) {
    const size_t end = std::min(input.find('\n', at), input.size());
    const absl::string_view line = input.substr(at, end - at);
    const size_t next = std::min(end + 1, input.size());
    if (line == kMark || absl::StartsWith(line, absl::StrCat(kMark, " "))) {
      parts.back().text = input.substr(begin, at - begin);
      parts.push_back({std::string(line.substr(std::min(line.size(), kMark.size() + 1))), {}});
      begin = next;
    }
    at = next;
  }
  parts.back().text = input.substr(begin);
  return parts;
}

bool ReadTextFormat(absl::string_view text, google::protobuf::Message& message) {
  google::protobuf::TextFormat::Parser parser;
  Silent silent;
  parser.RecordErrorsTo(&silent);
  return parser.ParseFromString(std::string(text), &message);
}

}  // namespace codeset::fuzz
