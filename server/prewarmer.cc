#include "server/prewarmer.h"

#include <string>

namespace codeset::server {

void Prewarmer::WarmQueue(const std::shared_ptr<const store::Catalog>& catalog) {
  const absl::StatusOr<OpenRelease> current =
      ResolveIn(backend_, catalog, v1::ReleaseSelector(), "release");
  if (!current.ok()) return;
  const auto index = backend_.pages->Get(backend_.store.ledger(), current->today);
  if (!index.ok()) return;
  // The newest release is what is looked at before it comes into force.
  for (const std::string& judged :
       {current->release->id.ToString(), catalog->releases().back().id.ToString()}) {
    const auto to = backend_.store.GetImage(*catalog, judged, current->today);
    for (const auto& [release_id, pages] : (*index)->by_release) {
      if (IsStale(catalog)) return;
      const auto base = backend_.store.GetImage(*catalog, release_id, current->today);
      if (base.ok() && to.ok() && *base != *to) backend_.effective->Get(*base, *to);
    }
  }
}

void Prewarmer::Start() {
  worker_.Run([this] {
    const std::shared_ptr<const store::Catalog> catalog = backend_.store.catalog();
    for (auto release = catalog->releases().rbegin(); release != catalog->releases().rend();
         ++release) {
      if (IsStale(catalog)) return;
      backend_.store.GetImage(*catalog, release->id.ToString()).status().IgnoreError();
    }
    WarmQueue(catalog);
  });
}

}  // namespace codeset::server
