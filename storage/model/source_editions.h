// The register of source editions: which editions of the works that pages cite have been
// published, and from which day each applies. An edition is superseded on the first day of the
// next one of its series, whatever that changed.
//
// Editions of the tabular list are the releases: those of the edition register (edition_register.h)
// and those that are loaded. The guidelines' ship with the project. An operator adds others, and
// other series, by a text with one edition a line: series, edition, first day; `#` begins a
// comment. Series and edition have at most 64 bytes and no spaces. `guidelines` is the series of
// the guidelines:
//
//   guidelines   2028  2027-10-01
//   coding-book  12    2026-03-15
//
// Thread-safe because immutable.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/model/date.h"
#include "storage/model/edition_register.h"
#include "storage/model/release_id.h"

namespace codeset::model {

// Names an edition of a series.
struct SourceEditionRef {
  // `tabular-list`, `guidelines`, or a series that an operator has added.
  std::string series;
  std::string edition;

  friend bool operator==(const SourceEditionRef& a, const SourceEditionRef& b) {
    return std::tie(a.series, a.edition) == std::tie(b.series, b.edition);
  }
  friend bool operator<(const SourceEditionRef& a, const SourceEditionRef& b) {
    return std::tie(a.series, a.edition) < std::tie(b.series, b.edition);
  }
};

inline constexpr absl::string_view kTabularListSeries = "tabular-list";
inline constexpr absl::string_view kGuidelinesSeries = "guidelines";

// An edition of a series.
struct SourceEdition {
  SourceEditionRef ref;
  // The first day on which it applies.
  Date effective;
  // The next edition of the series that applies from a later day, or, of the tabular list and of
  // the same day, has a higher correction number; and the first day of that.
  std::optional<std::string> superseded_by;
  std::optional<Date> superseded_on;
};

// See above.
class SourceEditions {
 public:
  // What ships with the project, and the tabular list's editions of `editions`.
  static SourceEditions BuiltIn(const EditionRegister& editions);

  // The register with the editions of `text` added; one that it has already is replaced.
  // ARGUMENT_INVALID names file and line of what cannot be read, stands twice in `text`, or is of
  // the series `tabular-list`.
  absl::StatusOr<SourceEditions> Extend(absl::string_view text, absl::string_view file) const;

  // The register with further editions of the tabular list: id and first day in force. Those that
  // it has already are left.
  SourceEditions WithReleases(const std::vector<std::pair<ReleaseId, Date>>& releases) const;

  // An edition; null if it is not known. `edition` as published: the tabular list's by release id.
  const SourceEdition* Find(const SourceEditionRef& ref) const;

  // Whether any edition of the series is known.
  bool HasSeries(absl::string_view series) const;

  // By series and first day.
  const std::vector<SourceEdition>& editions() const { return editions_; }

 private:
  // Sorts the editions and finds what supersedes each, whatever they said of that.
  explicit SourceEditions(std::vector<SourceEdition> editions);

  std::vector<SourceEdition> editions_;
  // Where each stands in editions_.
  std::map<SourceEditionRef, size_t> places_;
};

}  // namespace codeset::model
