#include "server/prewarmer.h"

#include <memory>

namespace codeset::server {

void Prewarmer::Start() {
  worker_.Run([this] {
    const std::shared_ptr<const store::Catalog> catalog = store_.catalog();
    for (auto release = catalog->releases().rbegin(); release != catalog->releases().rend();
         ++release) {
      if (stopping_ || store_.catalog() != catalog) return;
      store_.GetImage(*catalog, release->id.ToString()).status().IgnoreError();
    }
  });
}

}  // namespace codeset::server
