// Which conversion table tells what happened between two releases.
//
// Tables are cumulative, and later ones correct earlier ones. A release without one of its own
// is covered by the table of an earlier release where no edition since has changed it, else by
// that of a later one, whose later rows are left aside. One that is held back today lends its
// table to no other.
//
// Thread-safe: values and free functions.
#pragma once

#include <string>
#include <vector>

#include "storage/model/date.h"
#include "storage/model/edition_register.h"
#include "storage/store/catalog.h"

namespace codeset::store {

// The first day that a conversion table tells of: the code set's codes were frozen until then,
// and no table tells what changed before.
model::Date FirstConversionDay();

// See above.
struct ConversionSource {
  // The release whose own table is to be read; null where none is loaded.
  const CatalogRelease* release = nullptr;
  // The editions in force after the older release and up to the newer one, loaded or not, of
  // which the table does not tell, oldest first: they are known to have changed codes or
  // replacements, or what they changed is not known.
  std::vector<std::string> uncovered;
};

// `older` comes before `newer` or is it; both are of `catalog`.
ConversionSource FindConversionSource(const Catalog& catalog,
                                      const model::EditionRegister& editions,
                                      const CatalogRelease& older, const CatalogRelease& newer,
                                      model::Date today);

}  // namespace codeset::store
