// The releases that dates and labels may resolve to on a day: those that are loaded and not
// held back.
//
//   const ReleaseView view(catalog, editions, today);
//   const store::CatalogRelease* newest = view.NewestInForce(date);
//
// Thread-safe because immutable; refers to what it was made of, which must outlive it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/model/date.h"
#include "storage/model/edition_register.h"
#include "storage/store/catalog.h"

namespace codeset::server {

// See above.
class ReleaseView {
 public:
  ReleaseView(const store::Catalog& catalog, const model::EditionRegister& editions,
              model::Date today)
      : catalog_(catalog), editions_(editions), today_(today) {}

  // The same as if nothing were held back.
  ReleaseView WithHeldBack() const;

  const store::Catalog& catalog() const { return catalog_; }
  const model::EditionRegister& editions() const { return editions_; }
  model::Date today() const { return today_; }

  // Whether dates may resolve to a loaded release.
  bool Has(const store::CatalogRelease& release) const {
    return with_held_back_ || !release.HeldBackOn(today_);
  }

  // The newest release in force on a day, of whatever fiscal year; null if there is none.
  const store::CatalogRelease* NewestInForce(model::Date date) const;

  // The releases that come into force on the first day after `date` on which any does: the
  // newest correction of them. Null if there is none.
  const store::CatalogRelease* FirstAfter(model::Date date) const;

  // The editions in force on a day that are not among the releases and are newer than
  // `release` (null: all), oldest first; with `fiscal_year`, of that year only.
  std::vector<const model::Edition*> MissingAfter(const store::CatalogRelease* release,
                                                  model::Date date,
                                                  std::optional<int> fiscal_year) const;

  // What is loaded, for an error's text: `loaded are 2025, 2026 (held back)`.
  std::string Describe() const;

 private:
  const store::Catalog& catalog_;
  const model::EditionRegister& editions_;
  model::Date today_;
  bool with_held_back_ = false;
};

}  // namespace codeset::server
