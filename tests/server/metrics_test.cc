// What those who watch a server are told: metrics as a scraper reads them, and
// Monitoring.GetServerStatus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <string>
#include <vector>

#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/releases.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "rocksdb/write_batch.h"
#include "server/metrics_listener.h"
#include "storage/store/database.h"
#include "storage/store/database_stats.h"
#include "storage/store/keys.h"
#include "tests/server/watcher.h"

namespace codeset::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<std::string> kGetConcept = {"service=\"Terminology\"", "method=\"GetConcept\""};

std::vector<std::string> Of(std::vector<std::string> labels, const std::string& more) {
  labels.push_back(more);
  return labels;
}

TEST(MetricsTest, CountsCallsByHowTheyEnd) {
  ServerFixture fixture(Counting());
  fixture.Load("2025");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(GetConcept(fixture, "A00.0", "2025").ok());
  EXPECT_EQ(ReasonIn(GetConcept(fixture, "Z99.99", "2025")), "CONCEPT_NOT_FOUND");
  const std::string text = Get(fixture.server().metrics_address(), "/metrics");
  EXPECT_EQ(ValueIn(text, "codeset_calls_total", Of(kGetConcept, "code=\"OK\"")), 3);
  EXPECT_EQ(ValueIn(text, "codeset_calls_total", Of(kGetConcept, "code=\"NOT_FOUND\"")), 1);
  EXPECT_EQ(
      ValueIn(text, "codeset_call_errors_total", Of(kGetConcept, "reason=\"CONCEPT_NOT_FOUND\"")),
      1);
  EXPECT_EQ(ValueIn(text, "codeset_call_duration_seconds_count", kGetConcept), 4);
  EXPECT_EQ(ValueIn(text, "codeset_call_duration_seconds_bucket", Of(kGetConcept, "le=\"60\"")), 4);
  const std::optional<double> sum = ValueIn(text, "codeset_call_duration_seconds_sum", kGetConcept);
  ASSERT_TRUE(sum.has_value());
  EXPECT_GT(*sum, 0);
  EXPECT_LT(*sum, 60);
  // The calls are gone, or about to be: a client hears of the end before the server forgets.
  const std::optional<double> in_flight = ValueIn(text, "codeset_calls_in_flight", kGetConcept);
  ASSERT_TRUE(in_flight.has_value());
  EXPECT_GE(*in_flight, 0);
  EXPECT_LE(*in_flight, 4);
  // All methods are there before they are called.
  EXPECT_EQ(ValueIn(text, "codeset_calls_total",
                    {"service=\"Admin\"", "method=\"DeleteRelease\"", "code=\"OK\""}),
            0);
  EXPECT_THAT(Get(fixture.server().metrics_address(), "/"), HasSubstr("404"));
}

TEST(MetricsTest, CountsStreamsWhileTheyLast) {
  ServerFixture fixture(Counting());
  fixture.Load("2025");
  const std::vector<std::string> watch = {"service=\"Releases\"", "method=\"WatchReleases\""};
  const auto stub = v1::Releases::NewStub(fixture.server().InProcessChannel());
  grpc::ClientContext context;
  v1::WatchReleasesRequest request;
  request.set_from_beginning(true);
  const auto stream = stub->WatchReleases(&context, request);
  v1::WatchReleasesResponse event;
  ASSERT_TRUE(stream->Read(&event));
  std::string text = Get(fixture.server().metrics_address(), "/metrics");
  EXPECT_EQ(ValueIn(text, "codeset_calls_in_flight", watch), 1);
  EXPECT_EQ(ValueIn(text, "codeset_call_duration_seconds_count", watch), std::nullopt);
  context.TryCancel();
  while (stream->Read(&event)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  // The client's end of a call that is cancelled does not wait for the server's.
  for (int i = 0; i < 1000 && ValueIn(text, "codeset_calls_in_flight", watch) != 0; ++i) {
    absl::SleepFor(absl::Milliseconds(5));
    text = Get(fixture.server().metrics_address(), "/metrics");
  }
  EXPECT_EQ(ValueIn(text, "codeset_calls_in_flight", watch), 0);
  EXPECT_EQ(ValueIn(text, "codeset_call_duration_seconds_count", watch), 1);
}

// Whoever makes up methods and metadata makes no series.
TEST(MetricsTest, LabelsAreTheContractsAlone) {
  ServerFixture fixture(Counting());
  grpc::GenericStub stub(fixture.server().InProcessChannel());
  for (const char* const method : {"/codeset.v1.Terminology/MadeUp", "/made.up/Method"}) {
    grpc::ClientContext context;
    context.AddMetadata("x-request-id", "made-up");
    const grpc::ByteBuffer request(nullptr, 0);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, method, grpc::StubOptions(), &request, &response,
                   [&](grpc::Status status) { done.set_value(std::move(status)); });
    EXPECT_EQ(done.get_future().get().error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }
  const std::string text = Get(fixture.server().metrics_address(), "/metrics");
  EXPECT_THAT(text, HasSubstr("codeset_calls_total"));
  for (const char* const word : {"MadeUp", "made.up", "made-up"}) {
    EXPECT_THAT(text, Not(HasSubstr(word)));
  }
}

TEST(MetricsTest, TellsOfReleasesAndTheCalendar) {
  ServerFixture fixture(Counting());
  fixture.SetNow("2025-11-23T17:00:00Z");
  fixture.Load("2025");
  fixture.Load("2027");
  EXPECT_TRUE(fixture.store().SetActivation("2027", "never", "ann").ok());
  EXPECT_TRUE(fixture.store().SetLabel("prod", "2025", false, "ann").ok());
  EXPECT_TRUE(GetConcept(fixture, "A00.0", "2025").ok());
  std::string text = Get(fixture.server().metrics_address(), "/metrics");
  EXPECT_EQ(ValueIn(text, "codeset_releases_loaded"), 2);
  EXPECT_EQ(ValueIn(text, "codeset_releases_held_back"), 1);
  EXPECT_EQ(ValueIn(text, "codeset_labels"), 1);
  EXPECT_EQ(ValueIn(text, "codeset_current_release_info", {"release=\"2025\""}), 1);
  // 2025-04 and 2026 are in force, and not loaded.
  EXPECT_EQ(ValueIn(text, "codeset_current_overdue"), 1);
  EXPECT_EQ(ValueIn(text, "codeset_editions_overdue"), 2);
  EXPECT_EQ(ValueIn(text, "codeset_next_release_effective_timestamp_seconds"), std::nullopt);
  fixture.Load("2026");
  EXPECT_TRUE(fixture.store().SetActivation("2027", "", "ann").ok());
  text = Get(fixture.server().metrics_address(), "/metrics");
  EXPECT_EQ(ValueIn(text, "codeset_releases_held_back"), 0);
  EXPECT_EQ(ValueIn(text, "codeset_current_overdue"), 0);
  // 2026-10-01, midnight in New York.
  EXPECT_EQ(ValueIn(text, "codeset_next_release_effective_timestamp_seconds"), 1790827200);
  const std::optional<double> ready = ValueIn(text, "codeset_images_ready");
  const std::optional<double> pending = ValueIn(text, "codeset_images_pending");
  ASSERT_TRUE(ready.has_value() && pending.has_value());
  EXPECT_EQ(*ready + *pending, 3);
}

TEST(MetricsTest, TellsOfDiskMemoryAndProcess) {
  ServerFixture fixture(Counting());
  fixture.Load("2025");
  const v1::GetServerStatusResponse status = StatusOf(fixture);
  EXPECT_GT(status.disk().free_bytes(), 0u);
  EXPECT_GT(status.disk().size_bytes(), status.disk().free_bytes());
  EXPECT_GT(status.disk().table_bytes(), 1000u);
  EXPECT_FALSE(status.disk().writes_stopped());
  EXPECT_GT(status.generation(), 1u);
  EXPECT_GT(status.memory().resident_bytes(), 1'000'000u);
#ifndef ABSL_HAVE_ADDRESS_SANITIZER
  // Sanitizers have an allocator of their own.
  EXPECT_GT(status.memory().heap_bytes(), 100'000u);
#endif
  EXPECT_EQ(status.today(), "2026-11-23");
  EXPECT_EQ(status.time(), "2026-11-23T17:00:00Z");
  EXPECT_EQ(status.current_release_id(), "2025");
  ASSERT_EQ(status.releases_size(), 1);
  EXPECT_EQ(status.releases(0).release_id(), "2025");
  const std::string text = Get(fixture.server().metrics_address(), "/metrics");
  // The calendar may have written meanwhile.
  EXPECT_GE(ValueIn(text, "codeset_database_generation").value_or(0), status.generation());
  // And RocksDB may have made fewer and smaller files of those there were.
  EXPECT_GT(ValueIn(text, "codeset_database_table_bytes").value_or(0), 1000);
  const std::optional<double> files = ValueIn(text, "process_open_fds");
  ASSERT_TRUE(files.has_value());
  EXPECT_GT(*files, 3);
  EXPECT_GT(ValueIn(text, "process_cpu_seconds_total").value_or(0), 0);
  EXPECT_EQ(ValueIn(text, "codeset_build_info", {"version=\""}), 1);
  // What is closed is not asked any more.
  const std::string folder = fixture.folder();
  EXPECT_TRUE(store::StatsOf(folder).has_value());
  fixture.Change([&](const std::string&) { EXPECT_FALSE(store::StatsOf(folder).has_value()); });
  EXPECT_TRUE(store::StatsOf(folder).has_value());
}

// Damaged in the store: counted by reason, logged with release and request id, and told by a scrub.
TEST(MetricsTest, TellsOfDamage) {
  ServerFixture fixture(Counting());
  fixture.Load("2025");
  fixture.Load("2026");
  const auto root = fixture.store().catalog()->Find("2026")->Group(model::FacetGroup::kOrder);
  ASSERT_TRUE(root.has_value());
  fixture.Change([&](const std::string& folder) {
    const auto database = store::Database::Open(folder, false, "the test");
    ASSERT_TRUE(database.ok()) << database.status();
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(store::PageFamily(model::FacetGroup::kOrder)),
              store::ToSlice(root->view()), "other words");
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  });
  CapturedLog log;
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "claim-7");
  context.AddMetadata("authorization", absl::StrCat("Bearer ", kSecret));
  EXPECT_EQ(ReasonIn(GetConcept(fixture, "A00.0", "2026", context)), "DATA_DAMAGED");
  EXPECT_EQ(IdIn(context), "claim-7");
  // One that has none gets one to ask by.
  grpc::ClientContext nameless;
  EXPECT_EQ(ReasonIn(GetConcept(fixture, "A00.0", "2026", nameless)), "DATA_DAMAGED");
  EXPECT_EQ(IdIn(nameless).size(), 16u);
  // What callers do wrong is not the server's fault.
  EXPECT_FALSE(GetConcept(fixture, "Z99.99", "2025").ok());
  const std::string lines = log.Take();
  EXPECT_THAT(lines, AllOf(HasSubstr("\"severity\":\"error\",\"message\":\"a call failed\","
                                     "\"method\":\"Terminology/GetConcept\",\"code\":\"DATA_LOSS\","
                                     "\"reason\":\"DATA_DAMAGED\",\"releases\":\"2026\","
                                     "\"request_id\":\"claim-7\",\"peer\":\""),
                           HasSubstr(absl::StrCat("\"request_id\":\"", IdIn(nameless), "\"")),
                           Not(HasSubstr("CONCEPT_NOT_FOUND")), Not(HasSubstr("horse"))));
  const auto admin = v1::Admin::NewStub(fixture.server().InProcessAdminChannel());
  grpc::ClientContext scrub_context;
  const auto scrub = admin->ScrubReleases(&scrub_context, v1::ScrubReleasesRequest());
  v1::ScrubReleasesResponse progress;
  while (scrub->Read(&progress)) {
  }
  ASSERT_TRUE(scrub->Finish().ok());
  const std::string text = Get(fixture.server().metrics_address(), "/metrics");
  EXPECT_EQ(ValueIn(text, "codeset_call_errors_total", Of(kGetConcept, "reason=\"DATA_DAMAGED\"")),
            2);
  EXPECT_EQ(ValueIn(text, "codeset_releases_damaged"), 1);
  EXPECT_EQ(ValueIn(text, "codeset_release_damaged", {"release=\"2026\""}), 1);
  EXPECT_EQ(ValueIn(text, "codeset_release_damaged", {"release=\"2025\""}), 0);
  EXPECT_GE(ValueIn(text, "codeset_scrub_findings").value_or(0), 1);
  EXPECT_EQ(ValueIn(text, "codeset_scrub_in_progress"), 0);
  EXPECT_TRUE(ValueIn(text, "codeset_scrub_last_end_timestamp_seconds").has_value());
  EXPECT_GE(ValueIn(text, "codeset_log_lines_total", {"severity=\"error\""}).value_or(0), 2);
  EXPECT_EQ(ValueIn(text, "codeset_audit_records_total"), 1);
}

TEST(MetricsTest, RefusesAddressesThatCannotBe) {
  for (const char* const address : {"nowhere", "127.0.0.1", "unix:/tmp/metrics"}) {
    EXPECT_EQ(model::ReasonOf(CheckMetricsAddress(address)), model::Reason::kArgumentInvalid)
        << address;
  }
  ServerFixture fixture(Counting());
  // It is taken already.
  const auto taken = MetricsListener::Open(fixture.server().metrics_address(), {});
  EXPECT_EQ(model::ReasonOf(taken.status()), model::Reason::kStorageFailed);
  EXPECT_THAT(std::string(taken.status().message()), HasSubstr("cannot serve metrics on"));
}

}  // namespace
}  // namespace codeset::server
