#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>

#include "absl/strings/str_cat.h"
#include "client/cpp/client.h"
#include "client/cpp/code_list.h"
#include "client/cpp/error.h"
#include "client/cpp/grpc_connection.h"
#include "codeset/v1/releases.grpc.pb.h"
#include "tests/client/fake_check_stream.h"

namespace codeset::client {
namespace {

// Rows of an entry `CODE` or, for `CODE*n`, n of them.
std::vector<v1::CodeListRow> RowsOf(const std::string& entry) {
  const std::size_t star = entry.find('*');
  const int count = star == std::string::npos ? 1 : std::stoi(entry.substr(star + 1));
  std::vector<v1::CodeListRow> rows(static_cast<std::size_t>(count));
  for (v1::CodeListRow& row : rows) row.set_id(entry.substr(0, star));
  return rows;
}

CheckRange Check(FakeCheckStream** stream, std::vector<std::string> entries) {
  return CheckEntries(
      [stream] {
        v1::CheckCodeListResponse first;
        first.mutable_from()->set_release_id("2024");
        first.mutable_to()->set_release_id("2027");
        first.set_notes_compared(true);
        auto fake = std::make_unique<FakeCheckStream>(first, /*room=*/2, RowsOf);
        *stream = fake.get();
        return fake;
      },
      v1::CodeListPins(), EntriesOf(std::move(entries)));
}

TEST(CodeListTest, ReadsWhileItWrites) {
  // More rows than the stream holds, of the last entry of a message and of entries within.
  std::vector<std::string> entries;
  for (int i = 0; i < 2500; ++i) entries.push_back(absl::StrCat("C", i));
  entries[999] = "C999*50";
  entries[1500] = "C1500*7";
  FakeCheckStream* stream = nullptr;
  CheckRange range = Check(&stream, entries);
  EXPECT_EQ(stream, nullptr);
  const absl::StatusOr<CheckHeader> header = range.header();
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->from.release_id(), "2024");
  EXPECT_EQ(header->to.release_id(), "2027");
  EXPECT_TRUE(header->notes_compared);
  std::int64_t last = -1;
  int rows = 0;
  for (absl::StatusOr<v1::CodeListRow>& row : range) {
    ASSERT_TRUE(row.ok());
    EXPECT_GE(row->entry_index(), last);
    last = row->entry_index();
    EXPECT_EQ(row->entry(), entries[static_cast<std::size_t>(last)]);
    ++rows;
  }
  EXPECT_EQ(last, 2499);
  EXPECT_EQ(rows, 2500 + 49 + 6);
}

TEST(CodeListTest, SendsFullMessagesAndNoEmptyOne) {
  for (const int size : {1, 999, 1000, 1001, 2000}) {
    FakeCheckStream* stream = nullptr;
    int rows = 0;
    int largest = 0;
    CheckRange range =
        Check(&stream, std::vector<std::string>(static_cast<std::size_t>(size), "M99"));
    for (absl::StatusOr<v1::CodeListRow>& row : range) {
      ASSERT_TRUE(row.ok());
      if (++rows == size) largest = stream->largest_message();
    }
    EXPECT_EQ(rows, size);
    EXPECT_EQ(largest, std::min(size, 1000));
  }
}

TEST(CodeListTest, LeavingARangeEndsItsWriter) {
  std::vector<std::string> entries(100000, "M99");
  FakeCheckStream* stream = nullptr;
  CheckRange range = Check(&stream, std::move(entries));
  ASSERT_TRUE((*range.begin()).ok());
  // The destructor joins the writer, which waits for a reader: the test would hang.
}

class FakeReleases : public v1::Releases::Service {
 public:
  grpc::Status CheckCodeList(grpc::ServerContext*,
                             grpc::ServerReaderWriter<v1::CheckCodeListResponse,
                                                      v1::CheckCodeListRequest>* stream) override {
    v1::CheckCodeListRequest request;
    if (!stream->Read(&request) || !request.has_pins()) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "no pins"};
    }
    if (refuses) return {grpc::StatusCode::NOT_FOUND, "no such release"};
    v1::CheckCodeListResponse answer;
    answer.mutable_from()->set_release_id(request.pins().from().release());
    answer.mutable_from()->set_fingerprint(std::string(64, 'f'));
    if (!stream->Write(answer)) return grpc::Status::CANCELLED;
    answer.Clear();
    // 200 KB an entry: far beyond what the transport holds.
    for (int i = 0; i < 200; ++i) {
      v1::CodeListRow* row = answer.add_rows();
      row->set_title_before(std::string(1000, 't'));
    }
    while (stream->Read(&request)) {
      for (int i = 0; i < request.entries().entries_size(); ++i, ++entries) {
        if (i % 100 == 0 && !stream->Write(answer)) return grpc::Status::CANCELLED;
      }
    }
    return grpc::Status::OK;
  }
  std::atomic<bool> refuses = false;
  std::atomic<int> entries = 0;
};

class CodeListOverGrpcTest : public ::testing::Test {
 protected:
  CodeListOverGrpcTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&releases_);
    server_ = builder.BuildAndStart();
    client_.emplace(MakeConnection(absl::StrCat("127.0.0.1:", port)));
    *pins_.mutable_from() = ById("2024");
    *pins_.mutable_to() = ById("2027");
  }

  FakeReleases releases_;
  std::unique_ptr<grpc::Server> server_;
  std::optional<Client> client_;
  v1::CodeListPins pins_;
};

TEST_F(CodeListOverGrpcTest, DoesNotStandStillWhereBothSidesHaveMuchToSay) {
  CheckRange range = client_->CheckCodeList(
      pins_, EntriesOf(std::vector<std::string>(20000, std::string(64, 'M'))));
  int rows = 0;
  for (absl::StatusOr<v1::CodeListRow>& row : range) {
    ASSERT_TRUE(row.ok()) << row.status();
    ++rows;
  }
  EXPECT_EQ(releases_.entries, 20000);
  EXPECT_EQ(rows, 200 * 200);
}

TEST_F(CodeListOverGrpcTest, EndsWithTheErrorOfTheCall) {
  releases_.refuses = true;
  CheckRange range =
      client_->CheckCodeList(pins_, EntriesOf(std::vector<std::string>(20000, "M99")));
  EXPECT_EQ(range.header().status().code(), absl::StatusCode::kNotFound);
}

TEST_F(CodeListOverGrpcTest, HoldsBothReleasesAgainstWhatWasAsserted) {
  *pins_.mutable_from() = WithFingerprint(ById("2024"), std::string(64, 'e'));
  CheckRange range = client_->CheckCodeList(pins_, EntriesOf({"M99"}));
  EXPECT_EQ(ErrorReasonOf(range.header().status()), v1::ERROR_REASON_FINGERPRINT_MISMATCH);
}

}  // namespace
}  // namespace codeset::client
