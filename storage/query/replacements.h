// What the codes of one release are coded as in another, by the publisher's conversion table
// and, where that is silent, by what became of a code.
//
// The releases in between matter: whether a code is still billable after a change, what a
// range in the table takes in, and where a code became a header, is read from the loaded
// release next to the change. A way of several hops follows the dates: each hop is later
// than the one before (earlier, for a way back).
//
//   const Replacements replacements(images, table);         // oldest first; table may be null
//   for (const v1::Replacement& item : replacements.Forward("G35")) Use(item.id());
//
// Neighbours: storage/model/conversion.h reads the cells of previous codes; which table it is
// that covers two releases, storage/store/conversion_source.h tells.
//
// Thread-safe because immutable; it shares the images.
#pragma once

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "codeset/v1/replacement.pb.h"
#include "storage/image/image.h"

namespace codeset::query {

// See above.
class Replacements {
 public:
  using ImagePtr = std::shared_ptr<const image::Image>;

  // `releases` are those that are loaded from the older to the newer of the two, both
  // included, oldest first; never empty. `table` is the release whose own conversion table is
  // read, null where none is known.
  Replacements(std::vector<ImagePtr> releases, ImagePtr table);

  const image::Image& older() const { return *releases_.front(); }
  const image::Image& newer() const { return *releases_.back(); }

  // The codes billable in the newer release that stand for a code of the older one, or were
  // carved out of it, in tabular order, each once, by its shortest way. `key` is undotted.
  std::vector<v1::Replacement> Forward(absl::string_view key) const;

  // The codes billable in the older release that a code of the newer one was coded as.
  std::vector<v1::Replacement> Backward(absl::string_view key) const;

 private:
  std::vector<ImagePtr> releases_;
  ImagePtr table_;
};

// What has become of a code, given what was found: `to` is the release to be used now.
v1::ReplacementOutcome OutcomeOf(const image::Image& to, absl::string_view key,
                                 const std::vector<v1::Replacement>& found);

}  // namespace codeset::query
