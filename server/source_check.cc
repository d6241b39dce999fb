#include "server/source_check.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/verification_status.h"

namespace codeset::server {
namespace {

constexpr size_t kMaxUrl = 2000;
constexpr size_t kMaxEdition = 64;
// So many editions an error names: the newest.
constexpr size_t kShownEditions = 8;

// Whether the text after `//` begins with a host that can be one.
bool HasHost(absl::string_view rest) {
  absl::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (const size_t port = host.rfind(':'); port != absl::string_view::npos) {
    const absl::string_view digits = host.substr(port + 1);
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit)) {
      return false;
    }
    host = host.substr(0, port);
  }
  if (host.empty() || host.front() == '.' || host.back() == '.' || host.front() == '-' ||
      absl::StrContains(host, "..")) {
    return false;
  }
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '.' || c == '-'; });
}

bool IsAddress(absl::string_view url) {
  absl::string_view rest = url;
  const size_t colon = url.find("://");
  if (colon == absl::string_view::npos) return false;
  const std::string scheme = absl::AsciiStrToLower(url.substr(0, colon));
  if (scheme != "http" && scheme != "https") return false;
  rest.remove_prefix(colon + 3);
  // What is neither printable ASCII nor part of an address has to be percent-encoded.
  const bool printable = std::all_of(url.begin(), url.end(), [](char c) {
    return absl::ascii_isgraph(c) && c != '"' && c != '<' && c != '>' && c != '\\' && c != '^' &&
           c != '`' && c != '{' && c != '|' && c != '}';
  });
  return printable && HasHost(rest);
}

std::string KnownEditions(absl::string_view series, const model::SourceEditions& editions) {
  std::vector<std::string> known;
  for (const model::SourceEdition& edition : editions.editions()) {
    if (edition.ref.series == series) known.push_back(edition.ref.edition);
  }
  const bool more = known.size() > kShownEditions;
  if (more) known.erase(known.begin(), known.end() - kShownEditions);
  return absl::StrCat(more ? "…, " : "", absl::StrJoin(known, ", "));
}

}  // namespace

void CheckLength(RequestCheck& check, absl::string_view field, absl::string_view text, size_t most,
                 Lines lines) {
  if (text.size() > most) {
    check.Fail(field, absl::StrCat("it has ", text.size(), " bytes; ", most, " are taken at most"));
    return;
  }
  const auto steers = [&](char c) {
    const bool breaks = c == '\n' || c == '\t' || c == '\r';
    return absl::ascii_iscntrl(static_cast<unsigned char>(c)) && !(breaks && lines == Lines::kMany);
  };
  const auto found = std::find_if(text.begin(), text.end(), steers);
  if (found != text.end()) {
    check.Fail(field,
               absl::StrCat("byte ", found - text.begin() + 1, " is the control character 0x",
                            absl::Hex(static_cast<unsigned char>(*found), absl::kZeroPad2)));
  }
}

void CheckRequired(RequestCheck& check, absl::string_view field, absl::string_view text,
                   size_t most, Lines lines) {
  if (absl::StripAsciiWhitespace(text).empty()) {
    check.Fail(field, "it is required");
    return;
  }
  CheckLength(check, field, text, most, lines);
}

void CheckUrl(RequestCheck& check, absl::string_view field, absl::string_view url) {
  if (url.empty()) return;
  if (url.size() > kMaxUrl) {
    CheckLength(check, field, url, kMaxUrl);
  } else if (!IsAddress(url)) {
    check.Fail(field, absl::StrCat("'", ShownText(url),
                                   "' is no http or https address; an example: "
                                   "https://www.cdc.gov/nchs/icd/"));
  }
}

void CheckPastDay(RequestCheck& check, absl::string_view field, absl::string_view text,
                  model::Date today) {
  if (text.empty()) return;
  const absl::StatusOr<model::Date> day = model::ParseDate(text);
  if (!day.ok()) {
    check.Fail(field, day.status());
  } else if (*day > today) {
    check.Fail(field, absl::StrCat(text, " lies in the future; today is ", model::FormatDate(today),
                                   " in New York"));
  }
}

const model::SourceEdition* CheckEdition(RequestCheck& check, absl::string_view prefix,
                                         v1::SourceKind kind, absl::string_view series,
                                         absl::string_view edition,
                                         const model::SourceEditions& editions) {
  const std::string edition_field = absl::StrCat(prefix, "edition");
  if (kind == v1::SOURCE_KIND_UNSPECIFIED || !v1::SourceKind_IsValid(kind)) {
    check.Fail(absl::StrCat(prefix, "kind"), "it is required: TABULAR_LIST, GUIDELINES, …");
    return nullptr;
  }
  CheckLength(check, edition_field, edition, kMaxEdition);
  if (!series.empty() && kind != v1::SOURCE_KIND_PUBLICATION) {
    check.Fail(absl::StrCat(prefix, "series"), "only a PUBLICATION has one");
    return nullptr;
  }
  const std::string of = SeriesOf(kind, series);
  if (of.empty()) return nullptr;
  if (!editions.HasSeries(of)) {
    check.Fail(absl::StrCat(prefix, "series"),
               absl::StrCat("the register of source editions has no series '", ShownText(of),
                            "'; codesetd serve --source-editions FILE adds one"));
    return nullptr;
  }
  const model::SourceEdition* const found = editions.Find({of, std::string(edition)});
  if (found == nullptr) {
    check.Fail(edition_field,
               absl::StrCat(edition.empty()
                                ? "it is required"
                                : absl::StrCat("'", ShownText(edition), "' is no known edition"),
                            " of ", of, "; known are ", KnownEditions(of, editions)));
  }
  return found;
}

}  // namespace codeset::server
