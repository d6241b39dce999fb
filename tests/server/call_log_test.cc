// What the server logs of calls, and the request ids that it gives back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "codeset/v1/releases.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "server/call_methods.h"
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
  EXPECT_EQ(fixture.server().metrics_address(), "");
}

// Requests that come as bytes are read as what they are: a method that is raw and not known to be,
// or the other way round, would crash here.
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
