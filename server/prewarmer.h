// Makes what answers need before it is needed, in the background: the images of all releases,
// newest first, and then a comparison of those that pages were verified against with `current` and
// the newest; at start and whenever what is loaded has changed. What somebody waits for comes
// before that: the image of the release that was asked for and, where notes were, what answers
// repeat of its tabular list (image::TabularWire), which is made of no others.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "codeset/v1/concept.pb.h"
#include "server/backend.h"
#include "server/worker.h"
#include "storage/model/date.h"
#include "storage/store/catalog.h"

namespace codeset::server {

// See above.
class Prewarmer {
 public:
  // `backend` must outlive the prewarmer.
  explicit Prewarmer(const Backend& backend) : backend_(backend) {}
  // Waits for the image that is being built or compared, and leaves the rest.
  ~Prewarmer() { stopping_ = true; }

  // Begins to build what is missing; returns at once. Errors are left to the requests that
  // need the image: they meet the same ones, and can tell somebody.
  void Start();

  // Has made next what answers in a view need of a release of a catalog, as it is on a day; returns
  // at once. False if that has failed: then requests find out why.
  bool Ask(const std::shared_ptr<const store::Catalog>& catalog, const std::string& id,
           model::Date day, v1::ConceptView view);

 private:
  // What was asked for and is not all made.
  struct Asked {
    std::shared_ptr<const store::Catalog> catalog;
    std::string id;
    model::Date day;
    // What answers repeat of the tabular list is to be made too.
    bool with_notes = false;
    bool failed = false;
    // Null until it is built.
    std::shared_ptr<const image::Image> image;
  };

  // Makes all that is asked for: images before the rest.
  void MakeAsked();
  // Makes one thing that is asked for; false if there is none.
  bool MakeNext();
  // Compares what the verification queues of `current` and the newest release need.
  void WarmQueue(const std::shared_ptr<const store::Catalog>& catalog);
  // Whether the work is not wanted any more.
  bool IsStale(const std::shared_ptr<const store::Catalog>& catalog) const {
    return stopping_ || backend_.store.catalog() != catalog;
  }

  const Backend& backend_;
  std::atomic<bool> stopping_ = false;
  // Held for moments only; guards `asked_`. (The standard's mutex, see storage/image/page.h.)
  std::mutex mutex_;
  // What has failed stays, so that it is not tried again and again; all of it until another catalog
  // is asked for. A list, since what the worker makes must stay where it is meanwhile.
  std::list<Asked> asked_;
  // Whoever needs an image that nobody builds yet does so on gRPC's thread; one that is being built
  // is waited for, with a smaller share of busy processors, so that answers from other releases
  // come in time while one is loaded.
  Worker worker_{Priority::kBackground};
};

}  // namespace codeset::server
