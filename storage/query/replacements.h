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
// that covers two releases, storage/query/conversion_source.h tells.
//
// Thread-safe because immutable; it shares the images.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "codeset/v1/replacement.pb.h"
#include "storage/image/image.h"
#include "storage/model/date.h"
#include "storage/query/replacement_rows.h"

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
  // A code that was reached, and how.
  struct Step {
    std::string key;
    // The day of the hop that led here.
    model::Date date;
    // The place of the step before; -1 at the code asked about.
    int from = -1;
    v1::ReplacementHop hop;
  };

  // Follows the hops that `next` gives of each step, level by level; a code again only where
  // it is reached so early (so late, going back) that more may follow.
  template <typename Next>
  std::vector<v1::Replacement> Follow(absl::string_view key, bool backward, Next next) const;

  std::vector<Step> StepsForward(const Step& step) const;
  std::vector<Step> StepsBackward(const Step& step) const;
  // Hops of which the table says nothing.
  void DeriveForward(const Step& step, std::vector<Step>& steps) const;
  void DeriveBackward(const Step& step, std::vector<Step>& steps) const;
  v1::ReplacementHop DerivedHop(absl::string_view previous, absl::string_view current,
                                size_t after) const;
  // Whether the table tells where a code that became a header between two releases was coded
  // before, or what of it went where: a row of the days in between has the code as current, and
  // some row leads from the header to a code below it. Tables have slips (`Q25.12` for Q52.12),
  // and a row that leads from no code must not hide what became of one.
  bool IsTold(absl::string_view header, absl::string_view current, model::Date after,
              model::Date until) const;

  std::vector<ImagePtr> releases_;
  ImagePtr table_;
  ReplacementRows rows_;
};

// What has become of a code, given what was found: `from` is the release in which it was used,
// `to` that to be used now.
v1::ReplacementOutcome OutcomeOf(const image::Image& from, const image::Image& to,
                                 absl::string_view key, const std::vector<v1::Replacement>& found);

}  // namespace codeset::query
