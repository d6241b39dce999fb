#include "client/codesetctl/consulted_source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace codeset::ctl {
namespace {

bool IsAddress(absl::string_view text) {
  return absl::StartsWithIgnoreCase(text, "http://") ||
         absl::StartsWithIgnoreCase(text, "https://");
}

// Whether a text can be the name of a series: a title has white space or capitals.
bool IsSeries(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '-' || c == '_' ||
           c == '.';
  });
}

}  // namespace

v1::ConsultedSource ReadConsulted(const std::string& word) {
  v1::ConsultedSource source;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(word, absl::MaxSplits('|', 1));
  const std::pair<absl::string_view, absl::string_view> edition =
      absl::StrSplit(parts.first, absl::MaxSplits('@', 1));
  if (IsSeries(edition.first) && !edition.second.empty()) {
    source.set_edition(std::string(edition.second));
    source.set_title(std::string(parts.second));
    if (edition.first == "tabular-list" || edition.first == "tabular") {
      source.set_kind(v1::SOURCE_KIND_TABULAR_LIST);
    } else if (edition.first == "guidelines") {
      source.set_kind(v1::SOURCE_KIND_GUIDELINES);
    } else {
      source.set_kind(v1::SOURCE_KIND_PUBLICATION);
      source.set_series(std::string(edition.first));
      // A publication has a title; that of its series where none is given.
      if (parts.second.empty()) source.set_title(source.series());
    }
    return source;
  }
  const bool address = IsAddress(parts.first);
  source.set_title(std::string(parts.first));
  source.set_url(std::string(address ? parts.first : parts.second));
  source.set_kind(source.url().empty() ? v1::SOURCE_KIND_OTHER : v1::SOURCE_KIND_WEB_PAGE);
  if (address && !parts.second.empty()) source.set_title(std::string(parts.second));
  return source;
}

}  // namespace codeset::ctl
