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

// A catalog of ids, each perhaps with `@date` for its first day in force.
inline store::Catalog CatalogOf(const std::vector<std::string>& texts) {
  std::vector<store::CatalogRelease> releases;
  for (const std::string& text : texts) {
    const std::vector<std::string> parts = absl::StrSplit(text, '@');
    const model::ReleaseId id = *model::ReleaseId::Parse(parts[0]);
    const model::Date effective =
        parts.size() > 1 ? *model::ParseDate(parts[1]) : id.DefaultEffectiveDate();
    store::CatalogRelease release{id, effective, {}, {}, {}};
    release.entry.mutable_release()->set_id(parts[0]);
    releases.push_back(std::move(release));
  }
  return store::Catalog(std::move(releases));
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
