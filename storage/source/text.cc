#include "storage/source/text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "storage/model/text.h"

namespace codeset::source {
namespace {

constexpr absl::string_view kNotUtf8 = "not valid UTF-8";

}  // namespace

std::optional<TextFault> FindTextFault(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const uint8_t byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x80) {
      if ((byte < 0x20 && byte != '\t' && byte != '\r' && byte != '\n') || byte == 0x7F) {
        return TextFault{i, "a control character"};
      }
      ++i;
      continue;
    }
    const size_t length = model::Utf8CharacterLength(text.substr(i));
    if (length == 0) return TextFault{i, kNotUtf8};
    i += length;
  }
  return std::nullopt;
}

int LineOf(absl::string_view text, size_t offset) {
  return 1 + static_cast<int>(
                 std::count(text.begin(), text.begin() + std::min(offset, text.size()), '\n'));
}

absl::string_view WithoutByteOrderMark(absl::string_view text) {
  return absl::StripPrefix(text, "\xEF\xBB\xBF");
}

std::string CleanText(absl::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return c == '\t' || c == '\r' || c == '\n'; }, ' ');
  const size_t first = clean.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  clean.erase(clean.find_last_not_of(' ') + 1);
  clean.erase(0, first);
  return clean;
}

bool LineReader::Next() {
  if (rest_.empty()) return false;
  const size_t end = rest_.find('\n');
  line_ = rest_.substr(0, end);
  rest_.remove_prefix(end == absl::string_view::npos ? rest_.size() : end + 1);
  if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
  ++number_;
  return true;
}

}  // namespace codeset::source
