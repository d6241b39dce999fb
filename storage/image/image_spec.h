// What an image is built from, by digests alone.
//
// A value.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/model/date.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"

namespace codeset::image {

// What an image is built from.
struct ImageSpec {
  std::string release_id;
  model::Date effective;
  // The facet groups with their root digests, in the order of kFacetGroups.
  std::vector<std::pair<model::FacetGroup, model::Digest>> groups;
  // The release that lends chapters and sections where this one has no tabular group.
  struct Lender {
    std::string release_id;
    model::Digest tabular_root;

    friend bool operator==(const Lender&, const Lender&) = default;
  };
  std::optional<Lender> lender;
  // The release whose list of POA-exempt codes is in force here, itself or another.
  struct PoaList {
    std::string release_id;
    model::Digest root;

    friend bool operator==(const PoaList&, const PoaList&) = default;
  };
  std::optional<PoaList> poa;

  friend bool operator==(const ImageSpec&, const ImageSpec&) = default;
};

}  // namespace codeset::image
