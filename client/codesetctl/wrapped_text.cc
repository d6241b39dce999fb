#include "client/codesetctl/wrapped_text.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/codesetctl/table.h"

namespace codeset::ctl {
namespace {

constexpr int kNarrowest = 30;

}  // namespace

void WrappedText::Add(int indent, absl::string_view text, int hang) {
  if (!columns_.has_value() || *columns_ - indent < kNarrowest) {
    absl::StrAppend(&out_, std::string(static_cast<std::size_t>(indent), ' '), text, "\n");
    return;
  }
  std::string line(static_cast<std::size_t>(indent), ' ');
  int width = indent;
  bool empty = true;
  for (const absl::string_view word : absl::StrSplit(text, ' ')) {
    const int needed = DisplayWidth(word) + (empty ? 0 : 1);
    if (!empty && width + needed > *columns_) {
      absl::StrAppend(&out_, line, "\n");
      line.assign(static_cast<std::size_t>(indent) + static_cast<std::size_t>(hang), ' ');
      width = indent + hang;
      empty = true;
    }
    absl::StrAppend(&line, empty ? "" : " ", word);
    width += DisplayWidth(word) + (empty ? 0 : 1);
    empty = false;
  }
  absl::StrAppend(&out_, line, "\n");
}

}  // namespace codeset::ctl
