// Catalogs and selectors typed by hand, for tests of resolving.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "codeset/v1/selector.pb.h"
#include "storage/model/date.h"
#include "storage/model/release_id.h"
#include "storage/store/catalog.h"

namespace codeset::server {

// A release typed as an id, perhaps with `@date` for its first day in force and then `!date` or
// `!never` where it is held back: `2026.1@2025-12-01!never`.
inline store::CatalogRelease ReleaseOf(const std::string& text) {
  const std::vector<std::string> held = absl::StrSplit(text, '!');
  const std::vector<std::string> parts = absl::StrSplit(held[0], '@');
  const model::ReleaseId id = *model::ReleaseId::Parse(parts[0]);
  const model::Date effective =
      parts.size() > 1 ? *model::ParseDate(parts[1]) : id.DefaultEffectiveDate();
  store::CatalogRelease release{id, effective, {}, {}, {}, {}};
  release.entry.mutable_release()->set_id(parts[0]);
  if (held.size() > 1) {
    release.entry.mutable_release()->set_activate_on(held[1]);
    store::CatalogRelease::Activation activation;
    activation.never = held[1] == store::kNever;
    if (!activation.never) activation.day = *model::ParseDate(held[1]);
    release.activation = activation;
  }
  return release;
}

// A label typed as `prod=2026`, or `prod=2026!` where it is exact.
inline store::LabelEntry LabelOf(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::ByAnyChar("=!"));
  store::LabelEntry label;
  label.set_name(parts[0]);
  label.set_release_id(parts[1]);
  label.set_exact(parts.size() > 2);
  return label;
}

// A catalog of releases and labels.
inline store::Catalog CatalogOf(const std::vector<std::string>& releases,
                                const std::vector<std::string>& labels = {}) {
  std::vector<store::CatalogRelease> all;
  for (const std::string& text : releases) all.push_back(ReleaseOf(text));
  std::vector<store::LabelEntry> entries;
  for (const std::string& text : labels) entries.push_back(LabelOf(text));
  return store::Catalog(std::move(all), std::move(entries));
}

inline v1::ReleaseSelector ByName(const std::string& name) {
  v1::ReleaseSelector selector;
  selector.set_release(name);
  return selector;
}

inline v1::ReleaseSelector ByDate(const std::string& date, bool allow_stale = false) {
  v1::ReleaseSelector selector;
  selector.set_date(date);
  selector.set_allow_stale(allow_stale);
  return selector;
}

// The 17 releases that are published with files.
inline const std::vector<std::string> kPublished = {
    "2013",    "2014", "2016", "2017",    "2019", "2020",    "2021", "2021-01", "2022",
    "2022-04", "2023", "2024", "2024-04", "2025", "2025-04", "2026", "2027"};

}  // namespace codeset::server
