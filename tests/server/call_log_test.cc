// What the server logs of calls, and the request ids that it gives back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/releases.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "server/call_methods.h"
#include "server/call_observer.h"
#include "server/error.h"
#include "storage/model/error.h"
#include "tests/server/generic_call.h"
#include "tests/server/watcher.h"

namespace codeset::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The lines of one second are bounded: a damaged release fails as often as it is asked for.
TEST(CallLogTest, LogsNoMoreFailuresThanAnybodyReads) {
  CallMethods methods;
  ASSERT_NE(methods.Find("/codeset.v1.Terminology/GetConcept"), nullptr);
  EXPECT_EQ(methods.Find("/codeset.v1.Terminology/MadeUp"), nullptr);
  TelemetryOptions options;
  options.slow_call = absl::Nanoseconds(1);
  ServerFixture fixture(options);
  fixture.Load("2025");
  CapturedLog log(LogFormat::kText);
  for (int i = 0; i < 300; ++i) EXPECT_TRUE(GetConcept(fixture, "A00.0", "2025").ok());
  const std::string lines = log.Take();
  const std::vector<std::string> slow = absl::StrSplit(lines, "a call was slow");
  EXPECT_GE(slow.size(), 51u);
  // Should the calls have taken several seconds, so many each.
  EXPECT_LT(slow.size(), 300u);
  EXPECT_THAT(lines, HasSubstr("warning a call was slow method=Terminology/GetConcept code=OK "
                               "releases=2025 request_id="));
}

TEST(CallLogTest, LogsAllCallsWhereItIsTold) {
  ServerFixture fixture(Talkative());
  fixture.Load("2025");
  CapturedLog log(LogFormat::kText);
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "one");
  context.AddMetadata("authorization", absl::StrCat("Bearer ", kSecret));
  context.AddMetadata("x-secret", kSecret);
  EXPECT_FALSE(GetConcept(fixture, "Z99.99", "nobody", context).ok());
  EXPECT_EQ(IdIn(context), "one");
  // Neither an id that would break a line, nor one of any length.
  for (const std::string& bad : {std::string("a b"), std::string(129, 'x')}) {
    grpc::ClientContext other;
    other.AddMetadata("x-request-id", bad);
    GetConcept(fixture, "A00.0", "2025", other).error_code();
    EXPECT_EQ(IdIn(other).size(), 16u) << bad;
  }
  const std::string lines = log.Take();
  EXPECT_THAT(lines, AllOf(HasSubstr("info a call ended method=Terminology/GetConcept "
                                     "code=NOT_FOUND reason=RELEASE_NOT_FOUND releases=nobody "
                                     "request_id=one peer="),
                           Not(HasSubstr("horse")), Not(HasSubstr("xxxx")), Not(HasSubstr("a b"))));
}

// A message says what is wrong with the request, and so what it was.
TEST(CallLogTest, LogsNothingThatWasAskedFor) {
  ServerFixture fixture(Talkative());
  fixture.Load("2025");
  CapturedLog log(LogFormat::kText);
  const grpc::Status status = GetConcept(fixture, "Z99.99", "2025");
  EXPECT_THAT(status.error_message(), HasSubstr("Z99.99"));
  EXPECT_THAT(log.Take(), AllOf(HasSubstr("reason=CONCEPT_NOT_FOUND releases=2025 "),
                                Not(HasSubstr("Z99.99")), Not(HasSubstr("error="))));
}

// Finds no room on the disk.
class FullDisk final : public v1::Admin::CallbackService {
  grpc::ServerUnaryReactor* SetLabel(grpc::CallbackServerContext* context,
                                     const v1::SetLabelRequest*, v1::SetLabelResponse*) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(ToGrpcStatus(model::MakeError(model::Reason::kStorageFull, "no room left")));
    return reactor;
  }
};

// Its code is that of calls which ask for too much.
TEST(CallLogTest, LogsThatTheDiskIsFull) {
  const CallMethods methods;
  CallObserver observer(methods, nullptr, /*log_calls=*/false, absl::ZeroDuration());
  FullDisk service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> creators;
  creators.push_back(observer.Interceptor());
  builder.experimental().SetInterceptorCreators(std::move(creators));
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  CapturedLog log(LogFormat::kText);
  grpc::ClientContext context;
  v1::SetLabelRequest request;
  request.set_release_id("2025");
  v1::SetLabelResponse response;
  EXPECT_FALSE(v1::Admin::NewStub(server->InProcessChannel(grpc::ChannelArguments()))
                   ->SetLabel(&context, request, &response)
                   .ok());
  EXPECT_THAT(log.Take(),
              AllOf(HasSubstr("error a call failed method=Admin/SetLabel code=RESOURCE_EXHAUSTED "
                              "reason=STORAGE_FULL releases=2025 request_id="),
                    HasSubstr("error=\"no room left\"")));
}

TEST(CallLogTest, GivesBackRequestIdsWithoutLogging) {
  ServerFixture fixture;
  fixture.Load("2025");
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "mine");
  EXPECT_TRUE(GetConcept(fixture, "A00.0", "2025", context).ok());
  EXPECT_EQ(IdIn(context), "mine");
  grpc::ClientContext none;
  EXPECT_TRUE(GetConcept(fixture, "A00.0", "2025", none).ok());
  EXPECT_EQ(IdIn(none), "");
  // Who reports a failure has something to name it by; of a raw method, and of one that is not.
  grpc::ClientContext failed;
  EXPECT_FALSE(GetConcept(fixture, "Z99.99", "2025", failed).ok());
  EXPECT_EQ(IdIn(failed).size(), 16u);
  grpc::ClientContext other;
  v1::GetReleaseRequest request;
  request.mutable_release()->set_release("nobody");
  v1::GetReleaseResponse response;
  EXPECT_FALSE(v1::Releases::NewStub(fixture.server().InProcessChannel())
                   ->GetRelease(&other, request, &response)
                   .ok());
  EXPECT_EQ(IdIn(other).size(), 16u);
  EXPECT_EQ(fixture.server().metrics_address(), "");
}

// Requests come as bytes or as messages, both by a pointer to void: one of a method that is raw and
// not known to be, or the other way round, would be read as what it is not, and crash here.
TEST(CallLogTest, ReadsTheRequestOfEveryPublicMethod) {
  ServerFixture fixture(Talkative());
  const auto channel = fixture.server().InProcessChannel();
  // Ends at once, and not with its caller.
  v1::WatchReleasesRequest watch;
  watch.set_resume_token("of no data directory");
  const CallMethods methods;
  int called = 0;
  for (const CallMethod& method : methods.all()) {
    if (method.service == "Admin" || method.service == "Monitoring") continue;
    ++called;
    CapturedLog log(LogFormat::kText);
    GenericCall call(channel, method.path,
                     method.name == "WatchReleases" ? watch.SerializeAsString() : "");
    while (call.Read().has_value()) {
    }
    const grpc::StatusCode code = call.Finish().error_code();
    EXPECT_NE(code, grpc::StatusCode::DEADLINE_EXCEEDED) << method.path;
    EXPECT_NE(code, grpc::StatusCode::UNIMPLEMENTED) << method.path;
    EXPECT_THAT(log.Take(),
                HasSubstr(absl::StrCat("method=", method.service, "/", method.name, " ")));
  }
  EXPECT_GT(called, 25);
}

TEST(CallLogTest, NamesTheReleasesOfEveryRequestThatHasThem) {
  ServerFixture fixture(Talkative());
  grpc::GenericStub stub(fixture.server().InProcessChannel());
  const CallMethods methods;
  int named = 0;
  for (const CallMethod& method : methods.all()) {
    if (method.streams() || method.service == "Admin" || method.service == "Monitoring") continue;
    const auto* const field = method.request->FindFieldByName("release");
    if (field == nullptr || field->message_type() == nullptr) continue;
    ++named;
    CapturedLog log(LogFormat::kText);
    const std::unique_ptr<google::protobuf::Message> message(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.request)->New());
    static_cast<v1::ReleaseSelector*>(
        message->GetReflection()->MutableMessage(message.get(), field))
        ->set_release("nobody");
    const std::string bytes = message->SerializeAsString();
    const grpc::Slice slice(bytes);
    grpc::ByteBuffer request(&slice, 1), response;
    grpc::ClientContext context;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, method.path, grpc::StubOptions(), &request, &response,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    done.get_future().wait();
    EXPECT_THAT(log.Take(),
                AllOf(HasSubstr(absl::StrCat("method=", method.service, "/", method.name)),
                      HasSubstr(" releases=nobody ")))
        << method.path;
  }
  EXPECT_GT(named, 8);

  CapturedLog log(LogFormat::kText);
  grpc::ClientContext descendants_context;
  v1::StreamDescendantsRequest descendants;
  descendants.mutable_release()->set_release("nobody");
  EXPECT_FALSE(v1::Terminology::NewStub(fixture.server().InProcessChannel())
                   ->StreamDescendants(&descendants_context, descendants)
                   ->Finish()
                   .ok());
  grpc::ClientContext diff_context;
  v1::StreamDiffRequest diff;
  diff.mutable_from()->set_release("nobody");
  diff.mutable_to()->set_date("2026-10-01");
  EXPECT_FALSE(v1::Releases::NewStub(fixture.server().InProcessChannel())
                   ->StreamDiff(&diff_context, diff)
                   ->Finish()
                   .ok());
  EXPECT_THAT(log.Take(),
              AllOf(HasSubstr(" releases=nobody "), HasSubstr(" releases=\"nobody 2026-10-01\" ")));
}

}  // namespace
}  // namespace codeset::server
