#include "client/codesetctl/code_list_file.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::ctl {
namespace {

// What the server takes.
constexpr std::size_t kMaxEntryBytes = 64;

// The first field of a line; empty where there is nothing to read.
absl::string_view FirstField(absl::string_view line) {
  line = absl::StripLeadingAsciiWhitespace(line);
  if (absl::StartsWith(line, "#")) return "";
  if (absl::ConsumePrefix(&line, "\"")) {
    return absl::StripAsciiWhitespace(line.substr(0, line.find('"')));
  }
  return line.substr(0, line.find_first_of(",; \t\r\n\v\f"));
}

absl::Status CheckEntry(absl::string_view entry, const std::string& name, int line) {
  if (entry.size() > kMaxEntryBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, ":", line, ": the entry is longer than 64 bytes: ", model::CutUtf8(entry, 40), "…"));
  }
  if (model::EscapeInvalidUtf8(entry) != entry) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, ":", line, ": the entry is not UTF-8: ", model::EscapeInvalidUtf8(entry)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ListedEntry>> ReadCodeList(std::istream& in, const std::string& name) {
  std::vector<ListedEntry> entries;
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    absl::string_view rest = text;
    if (line == 1) absl::ConsumePrefix(&rest, "\xEF\xBB\xBF");
    const absl::string_view entry = FirstField(rest);
    if (entry.empty() || (entries.empty() && absl::EqualsIgnoreCase(entry, "code"))) continue;
    RETURN_IF_ERROR(CheckEntry(entry, name, line));
    entries.push_back({std::string(entry), line});
  }
  if (in.bad()) return absl::InvalidArgumentError(absl::StrCat("cannot read ", name));
  if (entries.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": there is no code in it"));
  }
  return entries;
}

}  // namespace codeset::ctl
