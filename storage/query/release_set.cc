#include "storage/query/release_set.h"

#include <utility>

#include "storage/model/status_macros.h"
#include "storage/query/conversion_source.h"

namespace codeset::query {

absl::StatusOr<ReplacementScope> OpenReplacements(const ReleaseSet& set, size_t from, size_t to) {
  const std::vector<model::TimelineRelease>& releases = set.releases;
  const bool backward = releases[to].order() < releases[from].order();
  const size_t older = backward ? to : from;
  const size_t newer = backward ? from : to;
  std::vector<Replacements::ImagePtr> images;
  for (size_t i = 0; i < releases.size(); ++i) {
    if (releases[i].order() < releases[older].order()) continue;
    if (releases[newer].order() < releases[i].order()) continue;
    if (i != older && i != newer && releases[i].held_back) continue;
    ASSIGN_OR_RETURN(std::shared_ptr<const image::Image> image, set.image(i));
    images.push_back(std::move(image));
  }
  ConversionSource source = FindConversionSource(releases, *set.editions, older, newer);
  std::shared_ptr<const image::Image> table;
  if (source.release.has_value()) {
    ASSIGN_OR_RETURN(table, set.image(*source.release));
  }
  std::string table_from = table == nullptr ? "" : table->release_id();
  return ReplacementScope{Replacements(std::move(images), std::move(table)), backward,
                          std::move(table_from), std::move(source.uncovered)};
}

}  // namespace codeset::query
