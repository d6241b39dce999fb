#include "server/call_observer.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/error.h"
#include "server/log.h"
#include "server/request_id.h"
#include "storage/model/error.h"

namespace codeset::server {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;

// So many calls are logged in a second of those that failed or were slow.
constexpr int kLinesPerSecond = 50;

// Whether an error is the server's fault, and no caller's.
bool IsFault(grpc::StatusCode code, absl::string_view reason) {
  return code == grpc::StatusCode::INTERNAL || code == grpc::StatusCode::DATA_LOSS ||
         code == grpc::StatusCode::UNKNOWN ||
         // By its code it would be of those who ask for too much.
         reason == model::ReasonName(model::Reason::kStorageFull);
}

// The request id that goes back with a call's status: the caller's own, or one that stands there
// already (audit_interceptor.h). Where `needed`, a new one if there is none yet.
std::string GiveBackRequestId(const grpc::ServerContextBase& context, bool needed,
                              std::multimap<std::string, std::string>& trailing) {
  const auto place = trailing.find(kRequestIdMetadata);
  if (place != trailing.end()) return place->second;
  std::string id = GivenRequestId(context);
  if (id.empty() && needed) id = NewRequestId();
  if (!id.empty()) trailing.emplace(kRequestIdMetadata, id);
  return id;
}

// The raw call that a thread handles.
struct RawCall {
  // Null for none.
  CallObserver* observer = nullptr;
  const CallMethod* method = nullptr;
  const grpc::ServerContextBase* context = nullptr;
  absl::Time began;
  // Null until it is read.
  const grpc::ByteBuffer* request = nullptr;
};
thread_local RawCall raw_call;

}  // namespace

void NoteRawRequest(const grpc::ByteBuffer& request) {
  if (raw_call.observer != nullptr && raw_call.request == nullptr) raw_call.request = &request;
}

void EndRawCall(grpc::CallbackServerContext& context, const grpc::Status& status) {
  if (raw_call.context != &context) return;
  const RawCall call = std::exchange(raw_call, {});
  std::multimap<std::string, std::string> trailing;
  call.observer->Ended(*call.method, context, call.request, call.began, status, trailing);
  for (const auto& [name, value] : trailing) context.AddTrailingMetadata(name, value);
  if (call.observer->metrics_ != nullptr) call.observer->metrics_->Gone(*call.method);
}

// One call. gRPC asks it for one batch of operations after another, save where a stream is read and
// written at a time; what is kept here changes before a stream's reads and writes begin, and when
// it ends.
class CallObserver::Call final : public grpc::experimental::Interceptor {
 public:
  Call(CallObserver& observer, const CallMethod& method, const grpc::ServerContextBase& context)
      : observer_(observer), method_(method), context_(context), began_(absl::Now()) {
    if (observer_.metrics_ != nullptr) observer_.metrics_->Began(method_);
  }
  ~Call() override {
    if (observer_.metrics_ == nullptr) return;
    // A call that went away before the service had ended it.
    if (!ended_) {
      observer_.metrics_->Ended(method_, grpc::StatusCode::CANCELLED, "", absl::Now() - began_);
    }
    observer_.metrics_->Gone(method_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void Intercept(InterceptorBatchMethods* batch) override {
    // The request of a method that takes one lasts as long as its call.
    if (!method_.client_streams &&
        batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE)) {
      request_ = batch->GetRecvMessage();
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      ended_ = true;
      observer_.Ended(method_, context_, request_, began_, batch->GetSendStatus(),
                      *batch->GetSendTrailingMetadata());
    }
    batch->Proceed();
  }

 private:
  CallObserver& observer_;
  const CallMethod& method_;
  const grpc::ServerContextBase& context_;
  const absl::Time began_;
  const void* request_ = nullptr;
  bool ended_ = false;
};

class CallObserver::Factory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(CallObserver& observer) : observer_(observer) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    // Health checks and reflection are not of the contract.
    const CallMethod* const method = observer_.methods_.Find(info->method());
    if (method == nullptr) return nullptr;
    if (method->raw && !method->streams()) {
      BeginRaw(*method, *info->server_context());
      return nullptr;
    }
    return new Call(observer_, *method, *info->server_context());
  }

 private:
  void BeginRaw(const CallMethod& method, const grpc::ServerContextBase& context) {
    CallMetrics* const metrics = observer_.metrics_;
    // One that gRPC ended itself, since it had no message, never came to its handler.
    if (metrics != nullptr && raw_call.observer == &observer_) {
      metrics->Ended(*raw_call.method, grpc::StatusCode::INTERNAL, "", absl::ZeroDuration());
      metrics->Gone(*raw_call.method);
    }
    if (metrics != nullptr) metrics->Began(method);
    raw_call = {&observer_, &method, &context, absl::Now(), nullptr};
  }

  CallObserver& observer_;
};

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> CallObserver::Interceptor() {
  return std::make_unique<Factory>(*this);
}

void CallObserver::Ended(const CallMethod& method, const grpc::ServerContextBase& context,
                         const void* request, absl::Time began, const grpc::Status& status,
                         std::multimap<std::string, std::string>& trailing) {
  const absl::Time now = absl::Now();
  const absl::Duration duration = now - began;
  const std::string reason = ReasonNameIn(status);
  if (metrics_ != nullptr) metrics_->Ended(method, status.error_code(), reason, duration);
  const bool fault = IsFault(status.error_code(), reason);
  // What Admin does takes as long as it takes, and is in the audit log.
  const bool slow = !method.streams() && method.service != "Admin" &&
                    slow_call_ > absl::ZeroDuration() && duration >= slow_call_;
  int64_t left_out = 0;
  const bool log = log_calls_ || ((fault || slow) && MayLog(now, left_out));
  const std::string id = GiveBackRequestId(context, log || !status.ok(), trailing);
  if (!log) return;
  const std::string path = absl::StrCat(method.service, "/", method.name);
  const std::string code =
      absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
  const std::string releases = ReleasesOf(method, request);
  std::vector<LogField> fields = {{"method", path}, {"code", code}};
  if (!reason.empty()) fields.emplace_back("reason", reason);
  if (!releases.empty()) fields.emplace_back("releases", releases);
  fields.emplace_back("request_id", id);
  fields.emplace_back("peer", context.peer());
  fields.emplace_back("milliseconds", absl::ToInt64Milliseconds(duration));
  // What a caller did wrong has its reason above; the message repeats what was asked.
  if (fault) fields.emplace_back("error", status.error_message());
  if (left_out > 0) fields.emplace_back("left_out", left_out);
  if (fault) {
    Log(Severity::kError, "a call failed", fields);
  } else if (slow) {
    Log(Severity::kWarning, "a call was slow", fields);
  } else {
    Log(Severity::kInfo, "a call ended", fields);
  }
}

bool CallObserver::MayLog(absl::Time now, int64_t& left_out) {
  const int64_t second = absl::ToUnixSeconds(now);
  const absl::MutexLock lock(&mutex_);
  if (second != second_) {
    second_ = second;
    lines_ = 0;
  }
  if (lines_ >= kLinesPerSecond) {
    ++left_out_;
    return false;
  }
  ++lines_;
  left_out = std::exchange(left_out_, 0);
  return true;
}

}  // namespace codeset::server
