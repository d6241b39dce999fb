// When a code was billable, over the releases of a timeline: what is told of a code that the
// release in question does not have.
//
//   const Validity validity(timeline, images);
//   const Validity::Life life = validity.Of("T814XXA", {image->effective(), 0});
//   if (life.before.has_value()) Show(life.before->day);  // 2018-10-01
//
// Days are those of the line of releases (storage/model/timeline.h), as histories have them.
// A question costs one look-up a release; the lives of codes that are told in full are
// storage/query/history.h's.
//
// Thread-safe because immutable.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/image/image.h"
#include "storage/model/date.h"
#include "storage/model/release_id.h"
#include "storage/model/timeline.h"

namespace codeset::query {

// See above.
class Validity {
 public:
  // `images` are those of the timeline's releases, index by index; those that model::LineOf
  // does not name may be null.
  Validity(const model::Timeline& timeline,
           const std::vector<std::shared_ptr<const image::Image>>& images);

  // A release in which a code is billable.
  struct Billable {
    std::shared_ptr<const image::Image> image;
    // Of `Life::before` the first day on which the code is billable no more, of `Life::after`
    // the first day on which it is.
    model::Date day;
    // False where an edition that is not loaded lies between, so that the day may be another.
    bool exact = true;
  };

  // A code seen from one release.
  struct Life {
    // The last earlier release that has the code as a billable one.
    std::optional<Billable> before;
    // The first later one.
    std::optional<Billable> after;
  };

  // The life of a code (undotted) seen from a release with the given place in the order of
  // releases, which need not be on the line; that release itself is not looked at.
  Life Of(absl::string_view code, const model::ReleaseOrder& from) const;

  // Whether any release of the line has the code, billable or as a header.
  bool IsCode(absl::string_view code) const;

 private:
  struct Span {
    std::shared_ptr<const image::Image> image;
    model::ReleaseOrder order;
    model::Date from;
    std::optional<model::Date> until;
  };

  std::vector<Span> spans_;
};

}  // namespace codeset::query
