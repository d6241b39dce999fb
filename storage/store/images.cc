// The images of a store: the whole ones, each built once, and parts of those that are not there.
#include <memory>
#include <mutex>
#include <string>

#include "absl/types/span.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/category_rows.h"
#include "storage/store/labels.h"
#include "storage/store/store.h"

namespace codeset::store {

using image::Image;

absl::StatusOr<std::shared_ptr<const Image>> Store::FindImage(const image::ImageSpec& spec) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto it = images_.find(spec.release_id);
  // An image serves as long as it is built from what the catalog names: a release that has
  // gained a group, or another lender, needs a new one.
  if (it != images_.end() && it->second->spec() == spec) return it->second;
  const auto damaged = damaged_.find(spec.release_id);
  if (damaged != damaged_.end() && damaged->second.spec == spec) return damaged->second.status;
  return nullptr;
}

absl::StatusOr<std::shared_ptr<const Image>> Store::GetImage(const Catalog& catalog,
                                                             absl::string_view id,
                                                             model::Date day) {
  const CatalogRelease* release = catalog.Find(id);
  if (release == nullptr) return ReleaseNotFound(id);
  const image::ImageSpec spec = catalog.SpecOf(*release, day);
  ASSIGN_OR_RETURN(std::shared_ptr<const Image> image, FindImage(spec));
  if (image != nullptr) return image;
  std::mutex* building = nullptr;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    building = &building_[std::string(id)];
  }
  const std::lock_guard<std::mutex> build_lock(*building);
  ASSIGN_OR_RETURN(image, FindImage(spec));
  if (image != nullptr) return image;
  absl::StatusOr<std::shared_ptr<const Image>> built = Image::Build(spec, catalog.pages(), pages_);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!built.ok()) {
    // What a reader of an older catalog found may have been made whole since.
    if (model::ReasonOf(built.status()) == model::Reason::kDataDamaged &&
        catalog_.get() == &catalog) {
      damaged_.insert_or_assign(std::string(id), Damage{spec, built.status()});
    }
    return built.status();
  }
  image = *std::move(built);
  // One built for a reader of an older catalog serves that reader alone.
  const CatalogRelease* now = catalog_->Find(id);
  if (now != nullptr && catalog_->SpecOf(*now, day) == spec) images_[id] = image;
  return image;
}

absl::StatusOr<std::shared_ptr<const Image>> Store::ImageIfReady(const Catalog& catalog,
                                                                 absl::string_view id,
                                                                 model::Date day) const {
  const CatalogRelease* release = catalog.Find(id);
  if (release == nullptr) return ReleaseNotFound(id);
  return FindImage(catalog.SpecOf(*release, day));
}

absl::StatusOr<std::shared_ptr<const Image>> Store::GetPart(const Catalog& catalog,
                                                            absl::string_view id, model::Date day,
                                                            absl::string_view code) {
  const CatalogRelease* release = catalog.Find(id);
  if (release == nullptr) return ReleaseNotFound(id);
  if (!HasParts(catalog, *release, day)) return nullptr;
  const auto& rows = release->entry.category_rows();
  return Image::BuildPart(catalog.SpecOf(*release, day), catalog.pages(), pages_,
                          model::CategoryOf(code),
                          absl::MakeConstSpan(rows.data(), static_cast<size_t>(rows.size())));
}

}  // namespace codeset::store
