// Which conversion table tells what happened between two releases.
//
// Tables are cumulative, and later ones correct earlier ones. A release without one of its own
// is covered by the table of an earlier release where no edition since has changed it, else by
// that of a later one, whose later rows are left aside. One that is held back lends its table to no
// other.
//
// Thread-safe: values and free functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "storage/model/date.h"
#include "storage/model/edition_register.h"
#include "storage/model/timeline.h"

namespace codeset::query {

// The first day that a conversion table tells of: the code set's codes were frozen until then,
// and no table tells what changed before.
model::Date FirstConversionDay();

// See above.
struct ConversionSource {
  // The release whose own table is to be read, as its place among the releases; absent where
  // none is loaded.
  std::optional<size_t> release;
  // The editions in force after the older release and up to the newer one, loaded or not, of
  // which the table does not tell, oldest first: they are known to have changed codes or
  // replacements, or what they changed is not known.
  std::vector<std::string> uncovered;
};

// `releases` are those that are loaded, by (effective date, correction), oldest first; `older`
// comes before `newer` or is it, both being places among them.
ConversionSource FindConversionSource(const std::vector<model::TimelineRelease>& releases,
                                      const model::EditionRegister& editions, size_t older,
                                      size_t newer);

}  // namespace codeset::query
