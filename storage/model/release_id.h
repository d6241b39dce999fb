// The ids of releases: `YYYY[-MM][.N]`.
//
// `2026` is the edition of fiscal year 2026, in force from 2025-10-01; `2026-04` the
// edition in force from 2026-04-01; `2026.1` the first re-issued correction of `2026`.
// Releases are ordered by (effective date, N), never by comparing ids as text.
//
// Thread-safe: values.
#pragma once

#include <compare>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/model/date.h"

namespace codeset::model {

// A release's id.
class ReleaseId {
 public:
  // Reads an id. Years go from 2000 to 2999, months from 01 to 12 save 10 (the
  // edition of 1 October is the fiscal year's own), N from 1 to 999 without leading
  // zero. RELEASE_ID_INVALID says what is wrong.
  static absl::StatusOr<ReleaseId> Parse(absl::string_view text);

  // True if `text` begins as an id does: four digits. A label may not.
  static bool LooksLikeId(absl::string_view text);

  int year() const { return year_; }
  // The calendar month of an edition within a year; 0 for the fiscal year's own.
  int month() const { return month_; }
  // Which correction of the edition; 0 for the edition itself.
  int correction() const { return correction_; }

  // The first day in force, as the id says it. A correction takes effect with the
  // edition it corrects unless the load says otherwise.
  Date DefaultEffectiveDate() const;

  std::string ToString() const;

  friend bool operator==(const ReleaseId&, const ReleaseId&) = default;

 private:
  ReleaseId(int year, int month, int correction)
      : year_(year), month_(month), correction_(correction) {}

  int year_;
  int month_;
  int correction_;
};

// Where a release stands among others: by effective date, then by correction.
struct ReleaseOrder {
  Date effective;
  int correction = 0;

  friend bool operator==(const ReleaseOrder&, const ReleaseOrder&) = default;
  friend bool operator<(const ReleaseOrder& a, const ReleaseOrder& b) {
    return a.effective != b.effective ? a.effective < b.effective : a.correction < b.correction;
  }
};

}  // namespace codeset::model
