// The published releases as images, built in memory from their files.
//
//   CODESET_NEED_OFFICIAL_RELEASES(releases);
//   const OfficialImages images(releases);
//
// As in a server that has all of them, a release without a tabular list has the nearest one's
// chapters and sections on loan, and an edition without a list of POA-exempt codes has that of
// its fiscal year. One with a conversion table has that table.
//
// Thread-safe because immutable once built.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/image/image.h"
#include "storage/source/input.h"
#include "storage/source/source.h"
#include "tests/support/hand_made.h"
#include "tests/support/official_releases.h"

namespace codeset::query {

// See above.
class OfficialImages {
 public:
  // Of the releases named `only`, as though there were no others; all if it is empty.
  explicit OfficialImages(const std::filesystem::path& releases,
                          const std::vector<std::string>& only = {}) {
    for (const testing::OfficialRelease& known : testing::kOfficialReleases) {
      if (!only.empty() && std::find(only.begin(), only.end(), known.id) == only.end()) continue;
      auto inputs = source::ReadInputFiles({(releases / known.id).string()});
      EXPECT_TRUE(inputs.ok()) << inputs.status();
      const auto files = source::ReadSources(*std::move(inputs));
      EXPECT_TRUE(files.ok()) << known.id << ": " << files.status();
      Add(known.id, *files);
    }
    for (size_t i = 0; i < specs_.size(); ++i) {
      if (!tabular_[i].has_value()) specs_[i].lender = NearestTabular(i);
      auto image = image::Image::Build(specs_[i], pages_, cache_);
      EXPECT_TRUE(image.ok()) << specs_[i].release_id << ": " << image.status();
      images_.push_back(*std::move(image));
    }
  }

  // Oldest first.
  const std::vector<std::shared_ptr<const image::Image>>& images() const { return images_; }

  // What they are built from.
  const testing::MemoryPages& pages() const { return pages_; }
  image::PageCache& cache() { return cache_; }

 private:
  void Add(const std::string& id, const source::SourceFiles& files) {
    image::ImageSpec spec;
    spec.release_id = id;
    spec.groups.emplace_back(model::FacetGroup::kOrder,
                             pages_.Add(model::EncodeOrder(*files.order)));
    tabular_.emplace_back();
    if (files.tabular.has_value()) {
      tabular_.back() = pages_.Add(model::EncodeTabular(*files.tabular));
      spec.groups.emplace_back(model::FacetGroup::kTabular, *tabular_.back());
    }
    if (files.poa.has_value()) {
      const model::Digest root = pages_.Add(model::EncodePoa(source::CodesOf(*files.poa)));
      spec.groups.emplace_back(model::FacetGroup::kPoa, root);
      spec.poa = {id, root};
    } else if (!specs_.empty() && specs_.back().release_id.substr(0, 4) == id.substr(0, 4)) {
      spec.poa = specs_.back().poa;
    }
    if (files.conversion.has_value()) {
      spec.groups.emplace_back(model::FacetGroup::kConversion,
                               pages_.Add(model::EncodeConversion(*files.conversion)));
    }
    specs_.push_back(std::move(spec));
  }

  // The nearest release with a tabular list, the older one of two.
  std::optional<image::ImageSpec::Lender> NearestTabular(size_t place) const {
    for (size_t distance = 1; distance < specs_.size(); ++distance) {
      for (const size_t i : {place - distance, place + distance}) {
        // A place before the first wraps round to a great one.
        if (i < specs_.size() && tabular_[i].has_value()) {
          return image::ImageSpec::Lender{specs_[i].release_id, *tabular_[i]};
        }
      }
    }
    return std::nullopt;
  }

  testing::MemoryPages pages_;
  image::PageCache cache_;
  std::vector<image::ImageSpec> specs_;
  // The root of each release's own tabular list.
  std::vector<std::optional<model::Digest>> tabular_;
  std::vector<std::shared_ptr<const image::Image>> images_;
};

}  // namespace codeset::query
