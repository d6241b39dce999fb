// The lives of codes over the releases of a timeline (proto/codeset/v1/history.proto).
//
//   Histories histories(MakeTimeline(...), images);
//   for (absl::string_view code : histories.Codes("E11")) {
//     std::optional<v1::CodeHistory> life = histories.Of(code, {.notes = true});
//   }
//
// A life is told in spans of equal neighbours. Where the facet group is not known nothing is
// told, though it be the same before and after.
//
// Thread-safe because immutable.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "codeset/v1/history.pb.h"
#include "storage/image/image.h"
#include "storage/model/timeline.h"

namespace codeset::query {

// See above.
class Histories {
 public:
  // `images` are those of the timeline's releases, index by index; those that model::LineOf
  // does not name may be null.
  Histories(model::Timeline timeline, std::vector<std::shared_ptr<const image::Image>> images);

  const model::Timeline& timeline() const { return timeline_; }

  // Every code that any release of the line has and that begins with `prefix` (undotted), in
  // byte order. They point into the images.
  std::vector<absl::string_view> Codes(absl::string_view prefix) const;

  // What else a life is to tell.
  struct Options {
    // The words of notes, not only when they were the same.
    bool notes = false;
  };

  // The life of a code (undotted); nothing if no release of the line has it.
  std::optional<v1::CodeHistory> Of(absl::string_view code, const Options& options) const;

  // A period from the line's first release on, as lives are told.
  struct Time {
    // Into the timeline's releases; absent where order facts are not known.
    std::optional<size_t> release;
    bool tabular_known = false;
    bool poa_known = false;
    // Its first day and the first day after it, ISO 8601; `until` is empty for the last one.
    std::string from;
    std::string until;
    // Of `release`.
    std::string release_id;
  };

 private:
  model::Timeline timeline_;
  std::vector<std::shared_ptr<const image::Image>> images_;
  std::vector<Time> times_;
  // Whether editions are known from before the line's first release.
  bool gap_before_ = false;
};

}  // namespace codeset::query
