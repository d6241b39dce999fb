// Builds the order facts of an edition from those of its base and order addenda, for an
// edition of which the publisher brought out addenda alone.
//
// Thread-safe: pure functions.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/model/addenda.h"
#include "storage/model/release.h"
#include "storage/source/order_addenda.h"

namespace codeset::source {

// Lays `addenda` over `base`, the order facts of release `base_id`. Rows of the base keep
// their order, and one that changes its flag its place. An added code stands among the codes
// under its parent after the last that precedes it in byte order, an added category so among
// the categories of its letter; of letters that the base does not have, U comes after all
// others (chapter 22 does), the rest in byte order.
//
// OVERLAY_DOES_NOT_FIT names file, line, code and what the base has where
// * an added code is in the base, unless the addenda delete it with the other flag,
// * a deleted or revised code is not in the base with that flag and those titles,
// * a code is changed twice,
// * an added code has no category or lies below a billable one, a deleted code leaves codes
//   below it, or a header is left without any,
// * rows of the base would have to change places,
// * the trailer, if there is one, counts other rows than base and result have.
absl::StatusOr<model::OrderFacts> LayOver(absl::string_view base_id, const model::OrderFacts& base,
                                          const NamedAddenda& addenda);

// The trailer that addenda of these lines have between `base` and `next`, without the names
// of files.
model::AddendaTrailer TrailerOf(const std::vector<model::AddendaLine>& lines,
                                const model::OrderFacts& base, const model::OrderFacts& next);

}  // namespace codeset::source
