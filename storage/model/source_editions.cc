#include "storage/model/source_editions.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/model/error.h"
#include "storage/model/source_editions_data.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::model {
namespace {

// As pages may write them (reference.proto).
constexpr size_t kMaxNameBytes = 64;

// Where an edition stands in its series. Corrections are the tabular list's alone: of another
// series nothing says which of two editions of one day corrects the other.
ReleaseOrder OrderOf(const SourceEdition& edition) {
  ReleaseOrder order{edition.effective, 0};
  if (edition.ref.series != kTabularListSeries) return order;
  const absl::StatusOr<ReleaseId> id = ReleaseId::Parse(edition.ref.edition);
  if (id.ok()) order.correction = id->correction();
  return order;
}

absl::Status CheckName(absl::string_view what, absl::string_view name) {
  if (name.size() > kMaxNameBytes) {
    return MakeError(
        Reason::kArgumentInvalid,
        absl::StrCat(what, " ", Quoted(name), " has more than ", kMaxNameBytes, " bytes"));
  }
  if (EscapeInvalidUtf8(name) != name) {
    return MakeError(Reason::kArgumentInvalid,
                     absl::StrCat(what, " ", Quoted(name), " is not valid UTF-8"));
  }
  return absl::OkStatus();
}

absl::StatusOr<SourceEdition> ParseSourceEdition(absl::string_view line) {
  const std::vector<absl::string_view> fields =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (fields.size() != 3) {
    return MakeError(Reason::kArgumentInvalid,
                     "an edition of a source is written as series, edition and first day");
  }
  if (fields[0] == kTabularListSeries) {
    return MakeError(Reason::kArgumentInvalid,
                     absl::StrCat("the editions of ", kTabularListSeries,
                                  " are the releases; those that are not loaded stand in the "
                                  "edition register"));
  }
  RETURN_IF_ERROR(CheckName("series", fields[0]));
  RETURN_IF_ERROR(CheckName("edition", fields[1]));
  ASSIGN_OR_RETURN(const Date effective, ParseDate(fields[2]));
  return SourceEdition{{std::string(fields[0]), std::string(fields[1])}, effective, {}, {}};
}

}  // namespace

SourceEditions::SourceEditions(std::vector<SourceEdition> editions)
    : editions_(std::move(editions)) {
  const auto before = [](const SourceEdition& a, const SourceEdition& b) {
    if (a.ref.series != b.ref.series) return a.ref.series < b.ref.series;
    const ReleaseOrder order_a = OrderOf(a);
    const ReleaseOrder order_b = OrderOf(b);
    if (order_a != order_b) return order_a < order_b;
    return a.ref.edition < b.ref.edition;
  };
  std::sort(editions_.begin(), editions_.end(), before);
  for (size_t i = 0; i < editions_.size(); ++i) {
    SourceEdition& edition = editions_[i];
    places_[edition.ref] = i;
    edition.superseded_by.reset();
    edition.superseded_on.reset();
    const ReleaseOrder order = OrderOf(edition);
    for (size_t next = i + 1;
         next < editions_.size() && editions_[next].ref.series == edition.ref.series; ++next) {
      if (!(order < OrderOf(editions_[next]))) continue;
      edition.superseded_by = editions_[next].ref.edition;
      edition.superseded_on = editions_[next].effective;
      break;
    }
  }
}

SourceEditions SourceEditions::BuiltIn(const EditionRegister& editions) {
  absl::StatusOr<SourceEditions> built_in =
      SourceEditions({}).Extend(kBuiltInSourceEditions, "the built-in source editions");
  if (!built_in.ok()) {
    // The text is compiled in, and a test reads it: this is a defect of the build.
    std::cerr << built_in.status() << "\n";
    std::abort();
  }
  std::vector<std::pair<ReleaseId, Date>> releases;
  for (const Edition& edition : editions.editions()) {
    releases.emplace_back(edition.id, edition.effective);
  }
  return built_in->WithReleases(releases);
}

absl::StatusOr<SourceEditions> SourceEditions::Extend(absl::string_view text,
                                                      absl::string_view file) const {
  std::vector<SourceEdition> all;
  std::set<SourceEditionRef> added;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    absl::StatusOr<SourceEdition> edition = ParseSourceEdition(line);
    if (!edition.ok()) {
      return MakeFileError(Reason::kArgumentInvalid, file, number, edition.status().message());
    }
    if (!added.insert(edition->ref).second) {
      return MakeFileError(Reason::kArgumentInvalid, file, number,
                           absl::StrCat("edition ", edition->ref.edition, " of ",
                                        edition->ref.series, " stands twice"));
    }
    all.push_back(*std::move(edition));
  }
  for (const SourceEdition& edition : editions_) {
    if (!added.contains(edition.ref)) all.push_back(edition);
  }
  return SourceEditions(std::move(all));
}

SourceEditions SourceEditions::WithReleases(
    const std::vector<std::pair<ReleaseId, Date>>& releases) const {
  std::vector<SourceEdition> all = editions_;
  std::set<SourceEditionRef> added;
  for (const auto& [id, effective] : releases) {
    SourceEditionRef ref{std::string(kTabularListSeries), id.ToString()};
    if (Find(ref) != nullptr || !added.insert(ref).second) continue;
    all.push_back({std::move(ref), effective, {}, {}});
  }
  return SourceEditions(std::move(all));
}

const SourceEdition* SourceEditions::Find(const SourceEditionRef& ref) const {
  const auto it = places_.find(ref);
  return it == places_.end() ? nullptr : &editions_[it->second];
}

bool SourceEditions::HasSeries(absl::string_view series) const {
  return std::any_of(editions_.begin(), editions_.end(),
                     [&](const SourceEdition& edition) { return edition.ref.series == series; });
}

}  // namespace codeset::model
