// Serves WatchReleases: tells each watcher the events of the journal, one after another, as
// they are recorded.
//
//   WatchHub hub(store);
//   store.SetJournalListener([&] { hub.Notify(); });
//   return hub.Watch(context, *request, streams, std::move(place));   // the reactor of one call
//
// A watcher holds one message and a short batch of events; what it has not read yet stays in
// the journal. An event is told when the change that it tells of is served, never before.
//
// Thread-safe. Each reactor belongs to gRPC and deletes itself; the hub knows it from Watch to
// its OnDone and touches it under the hub's lock only.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "codeset/v1/label.pb.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/support/server_callback.h"
#include "server/call_gate.h"
#include "server/stream_watch.h"
#include "server/worker.h"
#include "storage/store/store.h"

namespace codeset::server {

// See above.
class WatchHub {
 public:
  // `store` must outlive the hub, and the hub the server whose calls it answers.
  explicit WatchHub(store::Store& store);
  ~WatchHub();
  WatchHub(const WatchHub&) = delete;
  WatchHub& operator=(const WatchHub&) = delete;

  // The reactor of one call, which keeps its place until it ends. A watcher that does not take a
  // message within the time of `streams` is cancelled.
  grpc::ServerWriteReactor<v1::WatchReleasesResponse>* Watch(
      grpc::CallbackServerContext* context, const v1::WatchReleasesRequest& request,
      std::shared_ptr<StreamWatch> streams, std::unique_ptr<CallGate::WatcherPlace> place);

  // To be called when events have been recorded and what they tell of is served. Quick: the
  // watchers are told on a thread of the hub's own.
  void Notify();

  // Ends all watchers, and those yet to come, with SHUTTING_DOWN. Returns when all are gone,
  // or have been cancelled since they had not taken their last message within `grace`.
  void Stop(absl::Duration grace);

 private:
  class Watcher;

  void Remove(Watcher* watcher);

  store::Store& store_;
  // The newest event that may be told.
  std::atomic<uint64_t> end_ = 0;
  std::atomic<bool> waking_ = false;
  absl::Mutex mutex_;
  absl::flat_hash_set<Watcher*> watchers_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Last, so that its work is done before the rest is gone.
  Worker worker_;
};

}  // namespace codeset::server
