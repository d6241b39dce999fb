#include "storage/source/text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "storage/model/text.h"

namespace codeset::source {
namespace {

constexpr absl::string_view kNotUtf8 = "not valid UTF-8";

// Whether the next kPlainStep bytes are ASCII without control characters but tab, CR and LF.
constexpr size_t kPlainStep = 32;
bool IsPlain(const char* bytes) {
  // Without a branch, so that the compiler makes it a few vector instructions.
  int other = 0;
  for (size_t i = 0; i < kPlainStep; ++i) {
    const uint8_t byte = static_cast<uint8_t>(bytes[i]);
    other |= static_cast<int>(byte >= 0x7F) |
             (static_cast<int>(byte < 0x20) & static_cast<int>(byte != '\t') &
              static_cast<int>(byte != '\r') & static_cast<int>(byte != '\n'));
  }
  return other == 0;
}

}  // namespace

std::optional<TextFault> FindTextFault(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    if (text.size() - i >= kPlainStep && IsPlain(text.data() + i)) {
      i += kPlainStep;
      continue;
    }
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
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  std::string clean(text);
  std::replace_if(clean.begin(), clean.end(), is_space, ' ');
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
