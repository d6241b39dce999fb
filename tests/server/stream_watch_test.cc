// Clients that stop halfway: what they send, or what they take.
#include "server/stream_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/releases.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "tests/server/fixture.h"
#include "tests/server/raw_client.h"
#include "tests/server/upload_messages.h"

namespace codeset::server {
namespace {

// What a test waits for at most; none should come near it.
constexpr absl::Duration kPatience = absl::Seconds(30);

TEST(StreamTimerTest, RunsOnceAndOnlyWhileItWaits) {
  const auto watch = std::make_shared<StreamWatch>(absl::Milliseconds(40));
  std::atomic<int> runs = 0;
  StreamTimer timer(watch, [&] { ++runs; });
  absl::SleepFor(absl::Milliseconds(80));
  EXPECT_TRUE(timer.Stop());
  for (int i = 0; i < 20; ++i) {
    timer.Start();
    absl::SleepFor(absl::Milliseconds(5));
    EXPECT_TRUE(timer.Stop());
  }
  EXPECT_EQ(runs, 0);
  timer.Start();
  while (runs == 0) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_FALSE(timer.Stop());
  timer.Start();
  absl::SleepFor(absl::Milliseconds(80));
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(timer.Stop());
}

TEST(StreamTimerTest, IsGoneOnlyWhenItsFunctionIsDone) {
  const auto watch = std::make_shared<StreamWatch>(absl::Milliseconds(8));
  absl::Notification runs, go_on;
  std::atomic<bool> done = false;
  auto timer = std::make_unique<StreamTimer>(watch, [&] {
    runs.Notify();
    go_on.WaitForNotification();
    done = true;
  });
  timer->Start();
  runs.WaitForNotification();
  std::thread other([&] {
    absl::SleepFor(absl::Milliseconds(20));
    go_on.Notify();
  });
  timer.reset();
  EXPECT_TRUE(done);
  other.join();
}

TEST(StreamTimerTest, ItsFunctionMayEndItsStream) {
  const auto watch = std::make_shared<StreamWatch>(absl::Milliseconds(8));
  absl::Notification done;
  std::unique_ptr<StreamTimer> timer;
  timer = std::make_unique<StreamTimer>(watch, [&] {
    timer.reset();
    done.Notify();
  });
  timer->Start();
  done.WaitForNotification();
}

TEST(StreamTimerTest, OneWhoseTurnIsNextMayGoBeforeIt) {
  constexpr absl::Duration kLimit = absl::Milliseconds(8);
  const auto watch = std::make_shared<StreamWatch>(kLimit);
  absl::Notification holds, go_on, done;
  std::unique_ptr<StreamTimer> first, second;
  std::atomic<int> runs = 0;
  const auto end_both = [&] {
    ++runs;
    first.reset();
    second.reset();
    done.Notify();
  };
  // Holds the watch up until both have waited for too long, so that they expire in one pass.
  StreamTimer blocker(watch, [&] {
    holds.Notify();
    go_on.WaitForNotification();
  });
  blocker.Start();
  holds.WaitForNotification();
  first = std::make_unique<StreamTimer>(watch, end_both);
  second = std::make_unique<StreamTimer>(watch, end_both);
  first->Start();
  second->Start();
  absl::SleepFor(3 * kLimit);
  go_on.Notify();
  done.WaitForNotification();
  // A pass that begins after that one.
  absl::Notification later;
  StreamTimer last(watch, [&] { later.Notify(); });
  last.Start();
  later.WaitForNotification();
  EXPECT_EQ(runs, 1);
}

// A server that waits for a short time.
class IdleStreamTest : public ::testing::Test {
 protected:
  void Start(absl::Duration limit) {
    fixture_.Load("2025");
    Backend backend = fixture_.backend();
    backend.streams = std::make_shared<StreamWatch>(limit);
    auto server =
        Server::Start(std::move(backend), {"127.0.0.1:0", "unix:" + fixture_.folder() + "/2"});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    admin_ = v1::Admin::NewStub(Connect(server_->admin_address()));
    ASSERT_TRUE(
        absl::SimpleAtoi(server_->address().substr(server_->address().rfind(':') + 1), &port_));
  }

  static std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
    return grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  }

  // Loads 2026, with a pause before each file.
  grpc::Status Load(absl::Duration pause) {
    grpc::ClientContext context;
    const auto call = admin_->LoadRelease(&context);
    call->Write(OptionsFor("2026"));
    for (const source::InputFile& file : MiniatureFiles("2026")) {
      absl::SleepFor(pause);
      call->Write(Chunk(file.name, file.bytes));
    }
    call->Write(EndOf(MiniatureFiles("2026")));
    call->WritesDone();
    v1::LoadReleaseResponse response;
    while (call->Read(&response)) {
    }
    return call->Finish();
  }

  static void SetPatience(grpc::ClientContext& context) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  }

  ServerFixture fixture_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::Admin::Stub> admin_;
  int port_ = 0;
};

TEST_F(IdleStreamTest, AHalfOpenUploadGivesItsPlaceBack) {
  Start(absl::Milliseconds(200));
  grpc::ClientContext context;
  SetPatience(context);
  const auto call = admin_->LoadRelease(&context);
  ASSERT_TRUE(call->Write(OptionsFor("2026")));
  // All of it: were the pause taken for the half-close, it would be loaded.
  for (const source::InputFile& file : MiniatureFiles("2026")) {
    call->Write(Chunk(file.name, file.bytes));
  }
  call->Write(EndOf(MiniatureFiles("2026")));
  v1::LoadReleaseResponse response;
  EXPECT_FALSE(call->Read(&response));
  const grpc::Status status = call->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(ReasonIn(status), "STREAM_IDLE") << status.error_message();
  EXPECT_EQ(fixture_.store().catalog()->Find("2026"), nullptr);
  const grpc::Status next = Load(absl::ZeroDuration());
  EXPECT_TRUE(next.ok()) << next.error_message();
}

TEST_F(IdleStreamTest, ASlowUploadIsNoHalfOpenOne) {
  Start(absl::Milliseconds(400));
  const grpc::Status status = Load(absl::Milliseconds(150));
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(IdleStreamTest, AHalfOpenImportGivesItsPlaceBack) {
  Start(absl::Milliseconds(200));
  for (int i = 0; i < 2; ++i) {
    grpc::ClientContext context;
    SetPatience(context);
    const auto call = admin_->ImportReferences(&context);
    v1::ImportReferencesRequest request;
    request.mutable_options()->mutable_release()->set_release("2025");
    ASSERT_TRUE(call->Write(request));
    v1::ImportReferencesResponse response;
    EXPECT_FALSE(call->Read(&response));
    const grpc::Status status = call->Finish();
    // The second is not told that the first is still under way.
    EXPECT_EQ(ReasonIn(status), "STREAM_IDLE") << status.error_message();
  }
}

TEST_F(IdleStreamTest, AStreamThatIsSentNothingMoreIsEnded) {
  Start(absl::Milliseconds(200));
  const auto channel = Connect(server_->address());
  grpc::ClientContext context;
  SetPatience(context);
  const auto call = v1::Terminology::NewStub(channel)->StreamValidateCodes(&context);
  v1::StreamValidateCodesResponse response;
  EXPECT_FALSE(call->Read(&response));
  EXPECT_EQ(ReasonIn(call->Finish()), "STREAM_IDLE");
  grpc::ClientContext list_context;
  SetPatience(list_context);
  const auto list = v1::Releases::NewStub(channel)->CheckCodeList(&list_context);
  v1::CheckCodeListResponse list_response;
  EXPECT_FALSE(list->Read(&list_response));
  EXPECT_EQ(ReasonIn(list->Finish()), "STREAM_IDLE");
}

// gRPC's clients always take something; this one takes nothing.
TEST_F(IdleStreamTest, AReaderThatTakesNothingIsBrokenOff) {
  Start(absl::Milliseconds(200));
  v1::BatchGetConceptsRequest batch;
  v1::GetConceptRequest one;
  v1::ListReleasesRequest message;
  v1::ExportReleaseRequest stream;
  v1::WatchReleasesRequest watch;
  for (auto* release : {batch.mutable_release(), one.mutable_release(), stream.mutable_release()}) {
    release->set_release("2025");
  }
  for (int i = 0; i < 200; ++i) batch.add_ids("A00.0");
  one.set_id("A00.0");
  const std::pair<const char*, std::string> calls[] = {
      {"/codeset.v1.Terminology/BatchGetConcepts", batch.SerializeAsString()},
      {"/codeset.v1.Terminology/GetConcept", one.SerializeAsString()},
      {"/codeset.v1.Releases/ListReleases", message.SerializeAsString()},
      {"/codeset.v1.Releases/ExportRelease", stream.SerializeAsString()},
      {"/codeset.v1.Releases/WatchReleases", watch.SerializeAsString()}};
  for (const auto& [method, request] : calls) {
    RawClient client(port_);
    client.Ask(method, request);
    EXPECT_TRUE(client.IsReset(kPatience)) << method;
  }
}

}  // namespace
}  // namespace codeset::server
