// Uploads that break off: nothing of them is published, however they end; and what follows the end
// of one that did not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/monitoring.grpc.pb.h"
#include "tests/server/raw_client.h"
#include "tests/server/reference_fixture.h"
#include "tests/server/upload_messages.h"

namespace codeset::server {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(20);

class BrokenUploadTest : public ::testing::Test {
 protected:
  BrokenUploadTest() {
    fixture_.Publish("2026", query::Burns());
    const auto channel =
        grpc::CreateChannel(fixture_.server().admin_address(), grpc::InsecureChannelCredentials());
    stub_ = v1::Admin::NewStub(channel);
    monitoring_ = v1::Monitoring::NewStub(channel);
  }

  std::string socket() {
    return std::string(absl::StripPrefix(fixture_.server().admin_address(), "unix:"));
  }

  // Half-closes, and waits for the end.
  template <typename Stream, typename Response>
  static grpc::Status End(Stream& stream, Response response) {
    stream.WritesDone();
    while (stream.Read(&response)) {
    }
    return stream.Finish();
  }

  // Waits until this holds of the load that is under way, if any.
  void WaitFor(const std::function<bool(const v1::GetServerStatusResponse&)>& holds) {
    const absl::Time end = absl::Now() + kPatience;
    while (true) {
      grpc::ClientContext context;
      v1::GetServerStatusResponse now;
      ASSERT_TRUE(monitoring_->GetServerStatus(&context, {}, &now).ok());
      if (holds(now)) return;
      ASSERT_LT(absl::Now(), end) << now.ShortDebugString();
      absl::SleepFor(absl::Milliseconds(2));
    }
  }

  ReferenceFixture fixture_;
  std::unique_ptr<v1::Admin::Stub> stub_;
  std::unique_ptr<v1::Monitoring::Stub> monitoring_;
};

// gRPC ends the reading alone of a stream whose frames break the protocol, as when they are more
// than flow control allows, and answers still go out: to the server it looks as though the client
// had half-closed.
TEST_F(BrokenUploadTest, ALoadWhoseStreamIsResetIsNotPublished) {
  RawClient client(socket());
  client.Begin("/codeset.v1.Admin/LoadRelease");
  client.Stream(OptionsFor("2025").SerializeAsString());
  int64_t sent = 0;
  for (const source::InputFile& file : MiniatureFiles("2025")) {
    // By itself a release.
    if (!absl::StrContains(file.name, "order_2025")) continue;
    for (size_t at = 0; at < file.bytes.size(); at += 10000) {
      client.Stream(Chunk(file.name, file.bytes.substr(at, 10000)).SerializeAsString());
    }
    sent += static_cast<int64_t>(file.bytes.size());
  }
  ASSERT_GT(sent, 0);
  WaitFor([&](const auto& status) { return status.load().received_bytes() == sent; });
  client.BreakProtocol();
  EXPECT_TRUE(client.IsReset(kPatience, RawClient::kProtocolError));
  WaitFor([](const auto& status) { return !status.has_load(); });
  EXPECT_EQ(fixture_.store().catalog()->Find("2025"), nullptr);
}

TEST_F(BrokenUploadTest, AnImportWhoseStreamIsResetIsNotPublished) {
  RawClient client(socket());
  client.Begin("/codeset.v1.Admin/ImportReferences");
  v1::ImportReferencesRequest options, pages;
  *options.mutable_options()->mutable_release() = ByName("2026");
  client.Stream(options.SerializeAsString());
  *pages.mutable_documents()->add_references() = Page("T20");
  client.Stream(pages.SerializeAsString());
  ASSERT_TRUE(client.AreAnswered(1, kPatience));
  client.BreakProtocol();
  EXPECT_TRUE(client.IsReset(kPatience, RawClient::kProtocolError));
  // A dry run publishes nothing itself.
  const absl::Time end = absl::Now() + kPatience;
  while (!fixture_.TryImport({Page("T31")}, "2026", true).ok()) {
    ASSERT_LT(absl::Now(), end);
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(fixture_.store().ledger().Find("T20"), nullptr);
}

// A call of the public services that is streamed needs no end of its own, since its client sees
// that it was broken off.
TEST_F(BrokenUploadTest, AValidationThatIsResetDoesNotEndWell) {
  int port = 0;
  const std::string& address = fixture_.server().address();
  ASSERT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  RawClient client(port);
  client.Begin("/codeset.v1.Terminology/StreamValidateCodes");
  client.BreakProtocol();
  EXPECT_TRUE(client.IsReset(kPatience, RawClient::kProtocolError));
}

TEST_F(BrokenUploadTest, WithoutItsEndNothingIsPublished) {
  grpc::ClientContext context;
  const auto load = stub_->LoadRelease(&context);
  load->Write(OptionsFor("2025"));
  for (const source::InputFile& file : MiniatureFiles("2025")) {
    load->Write(Chunk(file.name, file.bytes));
  }
  const grpc::Status status = End(*load, v1::LoadReleaseResponse());
  EXPECT_EQ(ReasonIn(status), "ARGUMENT_INVALID");
  EXPECT_THAT(status.error_message(), HasSubstr("end: it is required, after the last chunk"));
  EXPECT_EQ(fixture_.store().catalog()->Find("2025"), nullptr);

  grpc::ClientContext import_context;
  const auto import = stub_->ImportReferences(&import_context);
  v1::ImportReferencesRequest request;
  *request.mutable_options()->mutable_release() = ByName("2026");
  import->Write(request);
  *request.mutable_documents()->add_references() = Page("T20");
  import->Write(request);
  const grpc::Status imported = End(*import, v1::ImportReferencesResponse());
  EXPECT_EQ(ReasonIn(imported), "ARGUMENT_INVALID");
  EXPECT_THAT(imported.error_message(), HasSubstr("end: it is required, after the last documents"));
  EXPECT_EQ(fixture_.store().ledger().Find("T20"), nullptr);
}

// One load and one import at a time: who has a report is not told that it is under way.
TEST_F(BrokenUploadTest, WithItsReportTheNextMayBegin) {
  // Calls that have their reports, and are ended by their clients later.
  struct Calls {
    grpc::ClientContext load_context, import_context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::LoadReleaseRequest, v1::LoadReleaseResponse>> load;
    std::unique_ptr<
        grpc::ClientReaderWriter<v1::ImportReferencesRequest, v1::ImportReferencesResponse>>
        import;
  };
  std::vector<std::unique_ptr<Calls>> all;
  for (int i = 0; i < 100; ++i) {
    Calls& calls = *all.emplace_back(std::make_unique<Calls>());
    calls.load = stub_->LoadRelease(&calls.load_context);
    v1::LoadReleaseRequest options = OptionsFor("2025");
    options.mutable_options()->set_dry_run(true);
    calls.load->Write(options);
    for (const source::InputFile& file : MiniatureFiles("2025")) {
      calls.load->Write(Chunk(file.name, file.bytes));
    }
    calls.load->Write(EndOf(MiniatureFiles("2025")));
    calls.load->WritesDone();
    v1::LoadReleaseResponse loaded;
    while (calls.load->Read(&loaded) && !loaded.has_report()) {
    }
    ASSERT_TRUE(loaded.has_report()) << i << calls.load->Finish().error_message();
    calls.import = stub_->ImportReferences(&calls.import_context);
    v1::ImportReferencesRequest request;
    *request.mutable_options()->mutable_release() = ByName("2026");
    request.mutable_options()->set_dry_run(true);
    calls.import->Write(request);
    *request.mutable_documents()->add_references() = Page("T20");
    calls.import->Write(request);
    calls.import->Write(EndOfImport(1));
    calls.import->WritesDone();
    v1::ImportReferencesResponse imported;
    while (calls.import->Read(&imported) && !imported.has_report()) {
    }
    ASSERT_TRUE(imported.has_report()) << i << calls.import->Finish().error_message();
  }
  for (const std::unique_ptr<Calls>& calls : all) {
    EXPECT_TRUE(calls->load->Finish().ok());
    EXPECT_TRUE(calls->import->Finish().ok());
  }
}

}  // namespace
}  // namespace codeset::server
