#include "storage/query/validity.h"

#include <algorithm>

#include "storage/query/replacement_rows.h"

namespace codeset::query {
Validity::Validity(const model::Timeline& timeline,
                   const std::vector<std::shared_ptr<const image::Image>>& images) {
  for (const model::LineSpan& span : model::LineOf(timeline)) {
    spans_.push_back(
        {images[span.release], timeline.releases[span.release].order(), span.from, span.until});
  }
}

Validity::Life Validity::Of(absl::string_view code, const model::ReleaseOrder& from) const {
  Life life;
  for (size_t i = 0; i < spans_.size() && !life.after.has_value(); ++i) {
    const Span& span = spans_[i];
    const bool earlier = span.order < from;
    if ((!earlier && !(from < span.order)) || !IsBillable(*span.image, code)) continue;
    if (earlier) {
      // The release asked about ends its time too, be it held back or not: it lacks the code.
      const model::Date day = std::min(span.until.value_or(from.effective), from.effective);
      const bool followed = i + 1 < spans_.size() && spans_[i + 1].from == day;
      life.before = {span.image, day, followed || day == from.effective};
    } else {
      life.after = {span.image, span.from, i > 0 && spans_[i - 1].until == span.from};
    }
  }
  return life;
}

bool Validity::IsCode(absl::string_view code) const {
  return std::any_of(spans_.begin(), spans_.end(),
                     [&](const Span& span) { return span.image->Find(code).has_value(); });
}

}  // namespace codeset::query
