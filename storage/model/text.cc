#include "storage/model/text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace codeset::model {
namespace {

std::string EscapeByte(char byte) {
  return absl::StrCat("\\x", absl::AsciiStrToUpper(absl::BytesToHexString({&byte, 1})));
}

// `text` with bytes that are no UTF-8 escaped, and each ASCII character as `ascii` writes it.
template <typename Ascii>
std::string Escape(absl::string_view text, Ascii ascii) {
  std::string escaped;
  escaped.reserve(text.size());
  while (!text.empty()) {
    const size_t length = Utf8CharacterLength(text);
    if (length > 1) {
      absl::StrAppend(&escaped, text.substr(0, length));
    } else {
      absl::StrAppend(&escaped, length == 1 ? ascii(text[0]) : EscapeByte(text[0]));
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return escaped;
}

}  // namespace

size_t Utf8CharacterLength(absl::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  // The bounds of the second byte rule out overlong forms, surrogates and what lies past
  // U+10FFFF.
  const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

absl::string_view CutUtf8(absl::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  // A character has at most four bytes: one that the limit cuts begins at most three before.
  for (size_t back = 1; back <= std::min<size_t>(limit, 3); ++back) {
    const size_t length = Utf8CharacterLength(text.substr(limit - back));
    if (length > back) return text.substr(0, limit - back);
    if (length > 0) break;
  }
  return text.substr(0, limit);
}

std::string EscapeInvalidUtf8(absl::string_view text) {
  return Escape(text, [](char c) { return std::string(1, c); });
}

std::string CleanName(absl::string_view name) {
  return Escape(name, [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c)) ? EscapeByte(c) : std::string(1, c);
  });
}

std::string Quoted(absl::string_view text) {
  constexpr size_t kShown = 40;
  const absl::string_view shown = CutUtf8(text, kShown);
  return absl::StrCat("\"",
                      Escape(shown,
                             [](char c) {
                               return absl::CHexEscape({&c, 1});
                             }),
                      shown.size() < text.size() ? "…" : "", "\"");
}

}  // namespace codeset::model
