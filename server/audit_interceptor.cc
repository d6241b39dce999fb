#include "server/audit_interceptor.h"

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "google/protobuf/message.h"
#include "server/error.h"
#include "server/request_id.h"

namespace codeset::server {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;

constexpr absl::string_view kAdminMethods = "/codeset.v1.Admin/";

// `OK`, the reason of an error, or gRPC's name of its code.
std::string ResultOf(const grpc::Status& status) {
  if (status.ok()) return "OK";
  std::string reason = ReasonNameIn(status);
  if (!reason.empty()) return reason;
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
}

// Whether a message of an answer is the report that ends the call.
bool IsReport(const google::protobuf::Message& message) {
  const auto* const field = message.GetDescriptor()->FindFieldByName("report");
  return field != nullptr && message.GetReflection()->HasField(message, field);
}

// One call. gRPC asks it for one batch of operations after another, save where a stream is read and
// written at a time.
class AuditInterceptor final : public grpc::experimental::Interceptor {
 public:
  AuditInterceptor(AuditLog& log, const AdminAccess& access, grpc::ServerContextBase& context,
                   absl::string_view method)
      : log_(log) {
    record_.time = absl::Now();
    record_.request_id = GivenRequestId(context);
    if (record_.request_id.empty()) record_.request_id = NewRequestId();
    record_.method = std::string(absl::StripPrefix(method, kAdminMethods));
    record_.caller = access.CallerOf(context);
    // So that whoever reads the log can be told which line it is.
    context.AddTrailingMetadata(kRequestIdMetadata, record_.request_id);
  }
  // A call that went away before the service had ended it.
  ~AuditInterceptor() override {
    const absl::MutexLock lock(&mutex_);
    Write(grpc::Status(grpc::StatusCode::CANCELLED, ""));
  }
  AuditInterceptor(const AuditInterceptor&) = delete;
  AuditInterceptor& operator=(const AuditInterceptor&) = delete;

  void Intercept(InterceptorBatchMethods* batch) override {
    Look(batch);
    batch->Proceed();
  }

 private:
  void Look(InterceptorBatchMethods* batch) {
    const absl::MutexLock lock(&mutex_);
    // Admin has no raw methods, so that messages are messages: their first base, which void
    // pointers to them can be taken for.
    using google::protobuf::Message;
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE)) {
      const auto* const message = static_cast<const Message*>(batch->GetRecvMessage());
      if (message != nullptr) record_.parameters.Add(*message);
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      const auto* const message = static_cast<const Message*>(batch->GetSendMessage());
      if (message != nullptr && IsReport(*message)) Write(grpc::Status::OK);
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      Write(batch->GetSendStatus());
    }
  }

  // Writes the line, once.
  void Write(const grpc::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (std::exchange(written_, true)) return;
    record_.result = ResultOf(status);
    record_.message = status.error_message();
    record_.duration = absl::Now() - record_.time;
    log_.Write(record_);
  }

  AuditLog& log_;
  absl::Mutex mutex_;
  AuditRecord record_ ABSL_GUARDED_BY(mutex_);
  bool written_ ABSL_GUARDED_BY(mutex_) = false;
};

class AuditInterceptorFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  AuditInterceptorFactory(AuditLog& log, const AdminAccess& access) : log_(log), access_(access) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    // Health checks and reflection change nothing.
    const absl::string_view method = info->method();
    if (!absl::StartsWith(method, kAdminMethods)) return nullptr;
    return new AuditInterceptor(log_, access_, *info->server_context(), method);
  }

 private:
  AuditLog& log_;
  const AdminAccess& access_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
AuditInterceptors(AuditLog& log, const AdminAccess& access) {
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> creators;
  creators.push_back(std::make_unique<AuditInterceptorFactory>(log, access));
  return creators;
}

}  // namespace codeset::server
