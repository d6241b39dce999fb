// Handlers stop when nobody waits for them any more: counted in how often they look, not timed.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/releases.grpc.pb.h"
#include "server/cancelled.h"
#include "server/code_list.h"
#include "server/concept_answers.h"
#include "server/diff.h"
#include "server/export.h"
#include "server/history.h"
#include "server/reactor.h"
#include "server/replacements.h"
#include "server/validation.h"
#include "server/verification_queue.h"
#include "tests/server/fixture.h"
#include "tests/server/generic_call.h"
#include "tests/server/reference_fixture.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using testing::FailsWith;

// A caller that goes when it has been looked for so many times.
class Asker {
 public:
  explicit Asker(int stays) : stays_(stays) {}
  Cancelled Gone() {
    return [this] { return ++looks_ > stays_; };
  }
  int looks() const { return looks_; }

 private:
  const int stays_;
  int looks_ = 0;
};

// A handler as a function of who asks.
using Handler = std::function<absl::Status(const Cancelled&)>;

// It looks at least so often while it works, and ends at the look that finds nobody.
void ExpectStops(const Handler& handler, int looks) {
  Asker stays(1 << 30);
  EXPECT_TRUE(handler(stays.Gone()).ok());
  EXPECT_GE(stays.looks(), looks);
  EXPECT_TRUE(handler({}).ok());
  for (int i = 0; i < looks; ++i) {
    Asker goes(i);
    EXPECT_TRUE(FailsWith(handler(goes.Gone()), Reason::kCancelled, "", "deadline")) << i;
    EXPECT_EQ(goes.looks(), i + 1);
  }
}

class CancellationTest : public ::testing::Test {
 protected:
  CancellationTest() {
    for (const char* id : {"2025", "2026", "2027"}) fixture_.Load(id);
  }

  static void Select(const std::string& id, v1::ReleaseSelector* selector) {
    selector->set_release(id);
  }

  ServerFixture fixture_;
  Backend backend_ = fixture_.backend();
};

TEST_F(CancellationTest, Batches) {
  v1::BatchGetConceptsRequest concepts;
  Select("2026", concepts.mutable_release());
  v1::ValidateCodesRequest codes;
  Select("2026", codes.mutable_release());
  for (int i = 0; i < 1000; ++i) {
    concepts.add_ids("A00.0");
    codes.add_codes("A00.0");
  }
  ConceptAnswers answers(backend_);
  ExpectStops(
      [&](const Cancelled& cancelled) {
        return answers.BatchGetConcepts(concepts, cancelled).status();
      },
      1000 / 100);
  ExpectStops(
      [&](const Cancelled& cancelled) {
        return ValidateCodesBytes(backend_, codes, cancelled).status();
      },
      1000 / 100);
}

TEST_F(CancellationTest, Differences) {
  v1::GetDiffSummaryRequest summary;
  v1::StreamDiffRequest stream;
  Select("2025", summary.mutable_from());
  Select("2026", summary.mutable_to());
  Select("2025", stream.mutable_from());
  Select("2026", stream.mutable_to());
  ExpectStops(
      [&](const Cancelled& cancelled) {
        return GetDiffSummary(backend_, summary, cancelled).status();
      },
      2);
  ExpectStops(
      [&](const Cancelled& cancelled) {
        return StreamDiffBytes(backend_, stream, cancelled).status();
      },
      2);
}

TEST_F(CancellationTest, Histories) {
  v1::GetHistoryRequest one;
  one.set_id("G35");
  ExpectStops(
      [&](const Cancelled& cancelled) { return GetHistory(backend_, one, cancelled).status(); }, 3);
  ExpectStops(
      [&](const Cancelled& cancelled) { return StreamHistories(backend_, {}, cancelled).status(); },
      3);
}

TEST_F(CancellationTest, ReleasesThatAreOpenedOneByOne) {
  v1::GetReplacementsRequest request;
  request.set_id("A00.0");
  Select("2025", request.mutable_from());
  Select("2027", request.mutable_to());
  ExpectStops(
      [&](const Cancelled& cancelled) {
        return GetReplacements(backend_, request, cancelled).status();
      },
      3);
  v1::CheckCodeListRequest list;
  Select("2025", list.mutable_pins()->mutable_from());
  Select("2027", list.mutable_pins()->mutable_to());
  ExpectStops(
      [&](const Cancelled& cancelled) { return CodeListSession(backend_, cancelled).Take(list); },
      3);
  // A code that no release has is looked for in all of them.
  v1::ValidateCodesRequest codes;
  Select("2026", codes.mutable_release());
  codes.add_codes("Z99.9");
  ExpectStops(
      [&](const Cancelled& cancelled) {
        return ValidateCodesBytes(backend_, codes, cancelled).status();
      },
      3);
}

TEST_F(CancellationTest, Exports) {
  v1::ExportReleaseRequest request;
  Select("2026", request.mutable_release());
  const auto catalog = fixture_.store().catalog();
  for (const auto& [group, digest] : catalog->Find("2025")->groups) {
    v1::FacetGroupFingerprint* held = request.add_held();
    held->set_group(static_cast<v1::FacetGroup>(group));
    held->set_fingerprint(model::FormatDigest(digest));
  }
  ExpectStops(
      [&](const Cancelled& cancelled) -> absl::Status {
        auto source = ExportRelease(backend_, request, cancelled);
        if (!source.ok()) return source.status();
        while (true) {
          const auto message = (*source)();
          if (!message.ok()) return message.status();
          if (!message->has_value()) return absl::OkStatus();
        }
      },
      4);
}

// A stream that never ends by itself, from a service of this test.
class Endless final : public v1::Releases::CallbackService {
 public:
  explicit Endless(const Backend& backend) : backend_(backend) {}

  grpc::ServerWriteReactor<v1::ExportReleaseResponse>* ExportRelease(
      grpc::CallbackServerContext* context, const v1::ExportReleaseRequest*) override {
    using Source = MessageSource<v1::ExportReleaseResponse>;
    return AnswerStream<v1::ExportReleaseResponse>(
        context, backend_, absl::StatusOr<Source>(Source([this, alive = alive] {
          ++messages;
          return v1::ExportReleaseResponse();
        })));
  }

  // As many as there are sources and one more.
  std::shared_ptr<int> alive = std::make_shared<int>();
  std::atomic<int64_t> messages = 0;

 private:
  const Backend& backend_;
};

TEST_F(CancellationTest, StreamsEndWithTheirCallOrItsDeadline) {
  Endless service(backend_);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  const auto stub = v1::Releases::NewStub(
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  for (const bool deadline : {false, true}) {
    grpc::ClientContext context;
    if (deadline) {
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(100));
    }
    const auto stream = stub->ExportRelease(&context, {});
    v1::ExportReleaseResponse response;
    ASSERT_TRUE(stream->Read(&response));
    if (!deadline) context.TryCancel();
    while (stream->Read(&response)) {
    }
    EXPECT_EQ(stream->Finish().error_code(),
              deadline ? grpc::StatusCode::DEADLINE_EXCEEDED : grpc::StatusCode::CANCELLED);
    for (int i = 0; i < 3000 && service.alive.use_count() > 1; ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    EXPECT_EQ(service.alive.use_count(), 1) << "the stream goes on without anybody";
    const int64_t messages = service.messages;
    absl::SleepFor(absl::Milliseconds(20));
    EXPECT_EQ(service.messages, messages);
  }
}

// Changes have one thread, and those who wait for it can go meanwhile.
TEST_F(CancellationTest, WhatWaitsForItsTurnIsNotBegun) {
  const auto channel = fixture_.server().InProcessAdminChannel();
  v1::VerifyReleaseRequest verify;
  verify.set_release_id("2026");
  std::vector<std::unique_ptr<GenericCall>> queue(100);
  for (auto& call : queue) {
    call = std::make_unique<GenericCall>(channel, "/codeset.v1.Admin/VerifyRelease",
                                         verify.SerializeAsString());
  }
  ASSERT_TRUE(queue.front()->Read().has_value());
  v1::DeleteReleaseRequest request;
  request.set_release_id("2025");
  GenericCall deletion(channel, "/codeset.v1.Admin/DeleteRelease", request.SerializeAsString());
  deletion.context().TryCancel();
  EXPECT_EQ(deletion.Finish().error_code(), grpc::StatusCode::CANCELLED);
  for (auto& call : queue) EXPECT_TRUE(call->Finish().ok());
  // Behind it on the same thread.
  GenericCall last(channel, "/codeset.v1.Admin/VerifyRelease", verify.SerializeAsString());
  EXPECT_TRUE(last.Finish().ok());
  EXPECT_NE(fixture_.store().catalog()->Find("2025"), nullptr);
}

TEST(QueueCancellationTest, Queues) {
  ReferenceFixture fixture;
  fixture.Publish("2025", query::Burns());
  fixture.Publish("2026", query::Burns());
  fixture.Import({Page("T25.01"), Page("T31")}, "2025");
  fixture.Verify("T25.01", "2025", "2025-03-01");
  fixture.Verify("T31", "2026", "2025-11-01");
  v1::ListVerificationQueueRequest groups;
  *groups.mutable_release() = ByName("2026");
  groups.set_as_of("2025-12-01");
  v1::ListQueueCodesRequest codes;
  *codes.mutable_release() = ByName("2026");
  codes.set_as_of("2025-12-01");
  codes.set_group_id("stale_content");
  // Each of two releases is looked at twice.
  ExpectStops(
      [&](const Cancelled& cancelled) {
        return ListVerificationQueue(fixture.backend(), groups, cancelled).status();
      },
      4);
  ExpectStops(
      [&](const Cancelled& cancelled) {
        return ListQueueCodes(fixture.backend(), codes, cancelled).status();
      },
      4);
}

}  // namespace
}  // namespace codeset::server
