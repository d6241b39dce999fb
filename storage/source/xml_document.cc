#include "storage/source/xml_document.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"
#include "storage/source/text.h"

namespace codeset::source {
namespace {

constexpr absl::string_view kEntities[] = {"amp", "lt", "gt", "quot", "apos"};

// Whether a character reference (`#10`, `#x1F`) names a character that XML allows.
bool IsCharacter(absl::string_view reference) {
  if (!absl::ConsumePrefix(&reference, "#")) return false;
  uint32_t value = 0;
  if (absl::ConsumePrefix(&reference, "x")) {
    constexpr size_t kMaxDigits = 6;
    if (reference.empty() || reference.size() > kMaxDigits ||
        !std::all_of(reference.begin(), reference.end(), absl::ascii_isxdigit) ||
        !absl::SimpleHexAtoi(reference, &value)) {
      return false;
    }
  } else if (!std::all_of(reference.begin(), reference.end(), absl::ascii_isdigit) ||
             !absl::SimpleAtoi(reference, &value)) {
    return false;
  }
  const bool control = value < 0x20 && value != '\t' && value != '\r' && value != '\n';
  return !control && !(value >= 0xD800 && value < 0xE000) && value <= 0x10FFFF;
}

// The encoding that the XML declaration names; empty if it names none.
absl::string_view DeclaredEncoding(absl::string_view text) {
  if (!absl::StartsWith(text, "<?xml")) return {};
  const absl::string_view declaration = text.substr(0, text.find("?>"));
  const size_t place = declaration.find("encoding");
  if (place == absl::string_view::npos) return {};
  const size_t quote = declaration.find_first_of("\"'", place);
  if (quote == absl::string_view::npos) return {};
  const size_t end = declaration.find(declaration[quote], quote + 1);
  return declaration.substr(quote + 1, end - quote - 1);
}

}  // namespace

absl::StatusOr<std::unique_ptr<XmlDocument>> XmlDocument::Parse(std::string name,
                                                                std::string bytes) {
  std::unique_ptr<XmlDocument> document(new XmlDocument(std::move(name), std::move(bytes)));
  RETURN_IF_ERROR(document->CheckText());
  RETURN_IF_ERROR(document->Build());
  return document;
}

XmlDocument::XmlDocument(std::string name, std::string bytes)
    : name_(std::move(name)), bytes_(std::move(bytes)) {
  for (size_t end = bytes_.find('\n'); end != std::string::npos; end = bytes_.find('\n', end + 1)) {
    line_ends_.push_back(static_cast<uint32_t>(end));
  }
}

int XmlDocument::LineOf(pugi::xml_node node) const { return LineAt(node.offset_debug()); }

absl::Status XmlDocument::Malformed(pugi::xml_node node, absl::string_view why) const {
  return MalformedAt(node.offset_debug(), why);
}

int XmlDocument::LineAt(int64_t offset) const {
  const auto place = std::lower_bound(line_ends_.begin(), line_ends_.end(),
                                      static_cast<uint32_t>(std::max<int64_t>(offset, 0)));
  return 1 + static_cast<int>(place - line_ends_.begin());
}

absl::Status XmlDocument::MalformedAt(int64_t offset, absl::string_view why) const {
  return model::MakeFileError(model::Reason::kSourceMalformed, name_, LineAt(offset), why);
}

absl::Status XmlDocument::CheckText() const {
  const absl::string_view text = bytes_;
  if (const std::optional<TextFault> fault = FindTextFault(text)) {
    return MalformedAt(fault->offset, absl::StrCat("the text is ", fault->what));
  }
  const absl::string_view encoding = DeclaredEncoding(WithoutByteOrderMark(text));
  if (!encoding.empty() && !absl::EqualsIgnoreCase(encoding, "utf-8") &&
      !absl::EqualsIgnoreCase(encoding, "us-ascii")) {
    return MalformedAt(0, absl::StrCat("the file declares encoding ", model::Quoted(encoding),
                                       ", and only UTF-8 is read"));
  }
  if (!absl::EndsWith(absl::StripTrailingAsciiWhitespace(text), ">")) {
    return MalformedAt(text.size() - 1, "the file does not end in an end tag: it may be cut off");
  }
  const auto parts =
      std::count_if(text.begin(), text.end(), [](char c) { return c == '<' || c == '='; });
  if (parts > kMaxXmlParts) {
    return MalformedAt(0, absl::StrCat("the file has ", parts, " tags and attributes, and at most ",
                                       kMaxXmlParts, " are read"));
  }
  // Comments and CDATA may hold what looks like an entity. A bang is rare, and looked for in the
  // place of the many that open an element.
  size_t reference = text.find('&');
  size_t bang = text.find('!');
  while (reference != absl::string_view::npos || bang != absl::string_view::npos) {
    if (reference < bang) {
      RETURN_IF_ERROR(CheckReference(reference));
      reference = text.find('&', reference + 1);
      continue;
    }
    if (bang == 0 || text[bang - 1] != '<') {
      bang = text.find('!', bang + 1);
      continue;
    }
    const size_t i = bang - 1;
    const absl::string_view rest = text.substr(i);
    absl::string_view end;
    if (absl::StartsWith(rest, "<!--")) end = "-->";
    if (absl::StartsWith(rest, "<![CDATA[")) end = "]]>";
    if (end.empty()) {
      return MalformedAt(i, "document type and entity declarations are not accepted");
    }
    const size_t close = text.find(end, i);
    if (close == absl::string_view::npos) break;  // The parser says so better.
    reference = text.find('&', close + 1);
    bang = text.find('!', close + 1);
  }
  return absl::OkStatus();
}

absl::Status XmlDocument::CheckReference(size_t offset) const {
  constexpr size_t kMaxReference = 12;
  const absl::string_view rest = absl::string_view(bytes_).substr(offset + 1, kMaxReference);
  const size_t end = rest.find(';');
  const absl::string_view reference = rest.substr(0, end);
  if (end != absl::string_view::npos &&
      (std::find(std::begin(kEntities), std::end(kEntities), reference) != std::end(kEntities) ||
       IsCharacter(reference))) {
    return absl::OkStatus();
  }
  return MalformedAt(offset,
                     absl::StrCat("unknown entity ", model::Quoted(absl::StrCat("&", reference))));
}

absl::Status XmlDocument::Build() {
  const pugi::xml_parse_result result = tree_.load_buffer_inplace(
      bytes_.data(), bytes_.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!result) {
    return MalformedAt(result.offset,
                       absl::StrCat("the XML is not well-formed: ", result.description()));
  }
  int roots = 0;
  for (const pugi::xml_node node : tree_.children()) {
    if (node.type() != pugi::node_element) continue;
    if (++roots > 1) return Malformed(node, "a second root element");
  }
  return absl::OkStatus();
}

}  // namespace codeset::source
