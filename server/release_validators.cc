#include "server/release_validators.h"

#include <utility>

#include "server/history.h"
#include "storage/model/status_macros.h"

namespace codeset::server {

absl::StatusOr<std::shared_ptr<ReleaseValidator>> ReleaseValidators::Open(const OpenRelease& open) {
  if (!validators_.has_value()) {
    validators_.emplace([this, catalog = open.catalog, today = open.today] {
      return ReleaseSetOf(backend_, catalog, today, cancelled_);
    });
  }
  ASSIGN_OR_RETURN(std::shared_ptr<const image::Image> image,
                   backend_.store.GetImage(*open.catalog, open.release->id.ToString(), open.today));
  return validators_->Open(std::move(image), open.release->order());
}

}  // namespace codeset::server
