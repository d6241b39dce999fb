#include "storage/query/validity.h"

namespace codeset::query {
namespace {

bool IsBillable(const image::Image& image, absl::string_view code) {
  const std::optional<image::NodeIndex> node = image.Find(code);
  return node.has_value() && image.node(*node).billable;
}

}  // namespace

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
      // Where nothing ends its time, the release asked about does.
      const model::Date day = span.until.value_or(from.effective);
      const bool followed = i + 1 < spans_.size() && spans_[i + 1].from == day;
      life.before = {span.image, day, followed || day == from.effective};
    } else {
      life.after = {span.image, span.from, i > 0 && spans_[i - 1].until == span.from};
    }
  }
  return life;
}

}  // namespace codeset::query
