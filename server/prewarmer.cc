#include "server/prewarmer.h"

#include <algorithm>
#include <utility>

namespace codeset::server {

bool Prewarmer::Ask(const std::shared_ptr<const store::Catalog>& catalog, const std::string& id,
                    model::Date day, v1::ConceptView view) {
  const bool with_notes = view != v1::CONCEPT_VIEW_BASIC;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (Asked& asked : asked_) {
      if (asked.catalog != catalog || asked.id != id || asked.day != day) continue;
      asked.with_notes |= with_notes;
      return !asked.failed;
    }
    asked_.push_back({catalog, id, day, with_notes, false, nullptr});
  }
  // It may be busy with images that nobody asked for: then it looks here after each.
  worker_.Run([this] { MakeAsked(); });
  return true;
}

void Prewarmer::MakeAsked() {
  while (!stopping_ && MakeNext()) {
  }
}

bool Prewarmer::MakeNext() {
  std::list<Asked>::iterator next;
  Asked work;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    // Of what is past nobody asks again, and it would hold on to what was deleted.
    const std::shared_ptr<const store::Catalog> now = backend_.store.catalog();
    asked_.remove_if([&](const Asked& asked) { return asked.catalog != now; });
    next = std::find_if(asked_.begin(), asked_.end(),
                        [](const Asked& asked) { return !asked.failed && asked.image == nullptr; });
    if (next == asked_.end()) {
      next = std::find_if(asked_.begin(), asked_.end(),
                          [](const Asked& asked) { return !asked.failed; });
    }
    if (next == asked_.end()) return false;
    work = *next;
  }
  absl::StatusOr<std::shared_ptr<const image::Image>> image = work.image;
  if (work.image == nullptr) {
    image = backend_.store.GetImage(*work.catalog, work.id, work.day);
  } else {
    work.image->tabular_wire();
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!image.ok()) {
    next->failed = true;
  } else if (work.image == nullptr && next->with_notes && !(*image)->tabular_wire_ready()) {
    next->image = *std::move(image);
  } else {
    asked_.erase(next);
  }
  return true;
}

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
      MakeAsked();
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
      MakeAsked();
      if (IsStale(catalog)) return;
      backend_.store.GetImage(*catalog, release->id.ToString()).status().IgnoreError();
    }
    MakeAsked();
    WarmQueue(catalog);
  });
}

}  // namespace codeset::server
