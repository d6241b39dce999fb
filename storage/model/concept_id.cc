#include "storage/model/concept_id.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "storage/model/text.h"

namespace codeset::model {
namespace {

bool IsUpperAlnum(char c) { return absl::ascii_isdigit(c) || absl::ascii_isupper(c); }

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  return MakeError(Reason::kConceptIdInvalid,
                   absl::StrCat(Quoted(text), " is no concept id: ", why));
}

}  // namespace

bool IsCode(absl::string_view text) {
  return text.size() >= kCategoryLength && text.size() <= kMaxCodeLength &&
         absl::ascii_isupper(text[0]) && std::all_of(text.begin(), text.end(), IsUpperAlnum);
}

std::string DottedCode(absl::string_view code) {
  if (code.size() <= kCategoryLength) return std::string(code);
  return absl::StrCat(code.substr(0, kCategoryLength), ".", code.substr(kCategoryLength));
}

absl::string_view CategoryOf(absl::string_view code) { return code.substr(0, kCategoryLength); }

absl::StatusOr<std::string> ParseCode(absl::string_view text) {
  if (text.size() > kMaxIdTextLength) {
    return Invalid(text, absl::StrCat("it is ", text.size(), " bytes long and at most ",
                                      kMaxIdTextLength, " are read"));
  }
  std::string code = absl::AsciiStrToUpper(absl::StripAsciiWhitespace(text));
  if (code.empty()) return Invalid(text, "it is empty");
  if (const size_t dot = code.find('.'); dot != std::string::npos) {
    if (dot != kCategoryLength) return Invalid(text, "a dot stands after the third character only");
    code.erase(dot, 1);
    if (code.size() == kCategoryLength) return Invalid(text, "nothing follows the dot");
  }
  for (const char c : code) {
    if (!IsUpperAlnum(c)) {
      return Invalid(text, absl::StrCat("a code has letters and digits, not ",
                                        Quoted(absl::string_view(&c, 1))));
    }
  }
  if (!absl::ascii_isupper(code[0])) return Invalid(text, "a code begins with a letter");
  if (code.size() < kCategoryLength) return Invalid(text, "a code has at least three characters");
  if (code.size() > kMaxCodeLength) return Invalid(text, "a code has at most seven characters");
  return code;
}

absl::StatusOr<std::string> ParseConceptKey(absl::string_view text) {
  if (text.size() > kMaxIdTextLength) return ParseCode(text).status();
  const std::string key = absl::AsciiStrToUpper(absl::StripAsciiWhitespace(text));
  if (!key.empty() && std::all_of(key.begin(), key.end(), absl::ascii_isdigit)) {
    // A chapter: 1 to 22 today, without leading zero.
    if (key.size() > 2 || key[0] == '0') return Invalid(text, "a chapter is a number from 1 to 99");
    return key;
  }
  if (const size_t dash = key.find('-'); dash != std::string::npos) {
    const absl::string_view first = absl::string_view(key).substr(0, dash);
    const absl::string_view last = absl::string_view(key).substr(dash + 1);
    if (first.size() != kCategoryLength || last.size() != kCategoryLength || !IsCode(first) ||
        !IsCode(last)) {
      return Invalid(text, "a section is written first-last with two categories, as M99-M99");
    }
    return key;
  }
  return ParseCode(text);
}

std::string FormatConceptKey(absl::string_view key) {
  return IsCode(key) ? DottedCode(key) : std::string(key);
}

std::string SectionId(absl::string_view xml_id) {
  if (xml_id.find('-') != absl::string_view::npos) return std::string(xml_id);
  return absl::StrCat(xml_id, "-", xml_id);
}

}  // namespace codeset::model
