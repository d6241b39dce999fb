// What the public listener takes on at a time, so that what it has taken on is answered in time and
// its memory stays bounded. Beyond that calls are refused with OVERLOADED, as soon as their turn
// comes, which costs less than an answer.
//
//   builder.SetContextAllocator(CallGate::Counter(gate));
//   creators.push_back(CallGate::Interceptor(gate));
//   …
//   RETURN_IF_ERROR(gate->Enter(*context, request.size()));   // a handler may begin
//   AnswerCharge charge;
//   RETURN_IF_ERROR(charge.Take(gate, bytes.size()));         // its answer is ready
//
// A call has a place from when it comes in: while it waits for a thread, is worked on, or streams.
// Once the answer of a call with one answer is ready its place is free, and what counts are the
// bytes that the client has not taken: else a client that takes nothing could hold all places.
// Long requests, and what streams keep between their messages, count with them, until the call is
// over. Watchers have places of their own, since they stay for ever, and so have calls of what gRPC
// serves beside the contract: a watch on a server's health does not end either.
//
// When a server stops, its gate is closed: new calls are refused with SHUTTING_DOWN, and who closed
// it can wait until those that had entered are over, answers and all.
//
// Thread-safe, but an AnswerCharge is of one call.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_interceptor.h"

namespace codeset::server {

// How much at a time. The defaults are what the server takes unless it is told otherwise.
struct CallLimits {
  // Some 0.2 s of single look-ups on two cores.
  int calls = 4096;
  // Calls of WatchReleases.
  int watchers = 1024;
  // Calls of what is not of the contract.
  int others = 1024;
  // Bytes of answers, and of messages of streams, that clients have not taken yet; and of requests,
  // and what streams keep, from kLeastAnswerBytes on.
  int64_t answer_bytes = int64_t{256} << 20;
};

// An answer counts as so many bytes at least: about what gRPC has of a call beside it.
inline constexpr int64_t kLeastAnswerBytes = 4096;
// After so long a client that was refused may ask again.
inline constexpr absl::Duration kRetryDelay = absl::Seconds(1);

// See above.
class CallGate {
 public:
  // A call that knows whether it has entered.
  class Context : public grpc::CallbackServerContext {
   private:
    friend class CallGate;
    // What its request counts as.
    int64_t request_bytes_ = 0;
    // Of a call that is not of the contract.
    bool exempt_ = false;
    // The gate's list of those that have; guarded by its mutex.
    bool entered_ = false;
    Context* previous_ = nullptr;
    Context* next_ = nullptr;
  };
  using NewContext = Context* (*)();
  static Context* NewPlainContext();

  explicit CallGate(CallLimits limits = {}) : limits_(limits) {}

  // Has gRPC count the calls of a server from when they come in to their end. `make` makes a
  // context that knows more.
  static std::unique_ptr<grpc::ContextAllocator> Counter(std::shared_ptr<CallGate> gate,
                                                         NewContext make = &NewPlainContext);

  // Whether a call may go on, whose request has so many bytes; asked once for each. OVERLOADED
  // where there are too many, or too much of what was answered has not been taken; its details tell
  // when to try again. SHUTTING_DOWN once the gate is closed. CANCELLED where the caller has gone,
  // or its deadline passed, before its turn came.
  absl::Status Enter(grpc::CallbackServerContext& context, size_t request_bytes = 0);

  // What a listener is built with so that calls of services that are not of the contract (gRPC's
  // health service) are counted apart from others, and cancelled where there are too many.
  static std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> Interceptor(
      std::shared_ptr<CallGate> gate);

  // Lets nobody in any more.
  void Close();
  // Waits until all who have entered are over. False where they are not by `deadline`.
  bool AwaitDrained(absl::Time deadline);
  // Where those who have entered and are not over come from, as gRPC names it.
  std::vector<std::string> Peers();

  // A watcher's place; gives it back when it is destroyed.
  class WatcherPlace {
   public:
    explicit WatcherPlace(CallGate* gate) : gate_(gate) {}
    ~WatcherPlace();
    WatcherPlace(const WatcherPlace&) = delete;
    WatcherPlace& operator=(const WatcherPlace&) = delete;

   private:
    CallGate* const gate_;
  };

  // The same as Enter for a watcher. The gate outlives the place.
  absl::StatusOr<std::unique_ptr<WatcherPlace>> EnterWatcher(grpc::CallbackServerContext& context);

 private:
  friend class AnswerCharge;
  friend class KeptCharge;
  class CountingAllocator;
  class ExemptingFactory;

  // A call begins that is not of the contract.
  void Exempt(grpc::ServerContextBase& context);
  // Calls that have a place.
  int UnderWay() const;
  // Counts what is kept for an answer. OVERLOADED where something else is counted, and it is too
  // much with it.
  absl::Status Keep(int64_t bytes);
  bool TooMany(int64_t answer_bytes, int64_t kept_bytes) const {
    return answer_bytes + kept_bytes > limits_.answer_bytes;
  }
  // A call is over.
  void Leave(grpc::CallbackServerContext* context);

  const CallLimits limits_;
  // All that gRPC has, and of those the ones that have been answered, watchers, and those that are
  // not of the contract.
  std::atomic<int> calls_ = 0;
  std::atomic<int> answered_ = 0;
  std::atomic<int> watchers_ = 0;
  std::atomic<int> exempt_ = 0;
  // Of answers; and of what is kept for some: requests, and what streams keep. Apart, since an
  // answer may have any number of bytes where no other waits, whatever it took to make it.
  std::atomic<int64_t> answer_bytes_ = 0;
  std::atomic<int64_t> kept_bytes_ = 0;
  absl::Mutex mutex_;
  // Written with the lock.
  std::atomic<bool> closed_ = false;
  // The first of those who have entered.
  Context* entered_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

// Has gRPC's own clients, too, learn when to try again where a call ends with OVERLOADED; to be
// called before it ends.
void TellRetryDelay(grpc::CallbackServerContext& context, const absl::Status& status);

// The bytes of an answer, or of a message of a stream, from when they are ready until they have
// gone out.
class AnswerCharge {
 public:
  AnswerCharge() = default;
  AnswerCharge(AnswerCharge&& other) noexcept;
  ~AnswerCharge() { Release(); }
  AnswerCharge& operator=(AnswerCharge&&) = delete;

  // Counts bytes. OVERLOADED where too many bytes wait already; one answer alone may have any
  // number. Nothing may be counted yet.
  absl::Status Take(const std::shared_ptr<CallGate>& gate, size_t bytes);
  // Counts the bytes of an error, which are few, whatever waits.
  void TakeError(const std::shared_ptr<CallGate>& gate);
  // Gives the call's place back: its answer is on its way, and nothing follows it. Something is
  // counted.
  void LeavePlace();
  // They have gone out.
  void Release();

 private:
  // Null where nothing is counted.
  std::shared_ptr<CallGate> gate_;
  int64_t bytes_ = 0;
  bool left_place_ = false;
};

// The bytes of what a stream keeps between its messages, until it is over.
class KeptCharge {
 public:
  explicit KeptCharge(std::shared_ptr<CallGate> gate) : gate_(std::move(gate)) {}
  ~KeptCharge();
  KeptCharge(const KeptCharge&) = delete;
  KeptCharge& operator=(const KeptCharge&) = delete;

  // Counts so many bytes instead of what was counted, in whole kLeastAnswerBytes; none below that.
  // OVERLOADED where it is too much with what others have; what was counted stays so then.
  absl::Status Resize(size_t bytes);

 private:
  const std::shared_ptr<CallGate> gate_;
  int64_t bytes_ = 0;
};

// Counts what a stream keeps, until the last copy of what this gives is gone. OVERLOADED as from
// KeptCharge::Resize.
absl::StatusOr<std::shared_ptr<const KeptCharge>> Hold(const std::shared_ptr<CallGate>& gate,
                                                       size_t bytes);

}  // namespace codeset::server
