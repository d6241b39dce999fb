#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cpp/admin_client.h"
#include "client/cpp/client.h"
#include "client/cpp/error.h"
#include "tests/client/fake_import_stream.h"
#include "tests/client/mock_connection.h"

namespace codeset::client {
namespace {

using ::testing::ElementsAre;
using ::testing::Return;

const std::string kPinned(64, 'a');
const std::string kOther(64, 'b');

ClientOptions PinnedOptions() {
  ClientOptions options;
  options.pin.emplace().set_release_id("2026");
  options.pin->set_fingerprint(kPinned);
  return options;
}

class ClientReferencesTest : public ::testing::Test {
 protected:
  std::shared_ptr<MockConnection> connection_ = std::make_shared<MockConnection>();
};

TEST_F(ClientReferencesTest, APageIsAskedOfThePinAndMustComeFromIt) {
  const Client client(connection_, PinnedOptions());
  v1::GetReferenceResponse answer;
  answer.mutable_release()->set_release_id("2026");
  answer.mutable_release()->set_fingerprint(kPinned);
  EXPECT_CALL(*connection_, GetReference)
      .WillOnce([&](const CallOptions&, const v1::GetReferenceRequest& request) {
        EXPECT_EQ(request.release().release(), "2026");
        EXPECT_EQ(request.release().fingerprint(), kPinned);
        EXPECT_EQ(request.code(), "M99.86");
        return answer;
      });
  v1::GetReferenceRequest request;
  request.set_code("M99.86");
  EXPECT_TRUE(client.GetReference(request).ok());
  answer.mutable_release()->set_fingerprint(kOther);
  EXPECT_CALL(*connection_, GetReference).WillOnce(Return(answer));
  EXPECT_EQ(ErrorReasonOf(client.GetReference(request).status()),
            v1::ERROR_REASON_FINGERPRINT_MISMATCH);
}

TEST_F(ClientReferencesTest, TheQueueIsWalkedOverItsPages) {
  const Client client(connection_, PinnedOptions());
  std::vector<std::string> tokens;
  EXPECT_CALL(*connection_, ListVerificationQueue)
      .Times(2)
      .WillRepeatedly([&](const CallOptions&, const v1::ListVerificationQueueRequest& request) {
        tokens.push_back(request.page_token());
        EXPECT_EQ(request.release().fingerprint(), kPinned);
        EXPECT_EQ(request.page_size(), 1000);
        EXPECT_EQ(request.under(), "M99");
        v1::ListVerificationQueueResponse page;
        page.mutable_release()->set_release_id("2026");
        page.mutable_release()->set_fingerprint(kPinned);
        page.set_total_groups(2);
        page.set_pages(5);
        page.set_as_of("2026-05-08");
        page.add_groups()->set_id(tokens.size() == 1 ? "g1" : "g2");
        if (tokens.size() == 1) page.set_next_page_token("t");
        return page;
      });
  v1::ListVerificationQueueRequest request;
  request.set_under("M99");
  QueueRange range = client.ListVerificationQueue(request);
  ASSERT_TRUE(range.header().ok());
  EXPECT_EQ(range.header()->total_groups, 2);
  EXPECT_EQ(range.header()->pages, 5);
  EXPECT_EQ(range.header()->as_of, "2026-05-08");
  std::vector<std::string> ids;
  for (const auto& group : range) ids.push_back(group.ok() ? group->id() : "error");
  EXPECT_THAT(ids, ElementsAre("g1", "g2"));
  EXPECT_THAT(tokens, ElementsAre("", "t"));
}

TEST_F(ClientReferencesTest, VerificationsAndCodesComePageAfterPage) {
  const Client client(connection_);
  EXPECT_CALL(*connection_, ListVerifications)
      .WillOnce([](const CallOptions&, const v1::ListVerificationsRequest& request) {
        EXPECT_EQ(request.code(), "M99.86");
        v1::ListVerificationsResponse page;
        page.add_verifications()->set_number(1);
        page.set_next_page_token("more");
        return page;
      })
      .WillOnce([](const CallOptions&, const v1::ListVerificationsRequest& request) {
        EXPECT_EQ(request.page_token(), "more");
        v1::ListVerificationsResponse page;
        page.add_verifications()->set_number(2);
        return page;
      });
  std::vector<int> numbers;
  VerificationRange verifications = client.ListVerifications("M99.86");
  for (const auto& item : verifications) numbers.push_back(item.ok() ? item->number() : -1);
  EXPECT_THAT(numbers, ElementsAre(1, 2));

  v1::ListQueueCodesResponse codes;
  codes.mutable_release()->set_release_id("2026");
  codes.set_total_size(1);
  codes.add_codes()->set_code("M99.86");
  EXPECT_CALL(*connection_, ListQueueCodes).WillOnce(Return(codes));
  v1::ListQueueCodesRequest request;
  request.set_group_id("g1");
  QueueCodeRange range = client.ListQueueCodes(request);
  EXPECT_EQ(range.header()->total_size, 1);
  EXPECT_EQ((*range.begin())->code(), "M99.86");
}

TEST_F(ClientReferencesTest, ExportedPagesComeWithTheirRevisions) {
  const Client client(connection_);
  v1::StreamReferencesResponse message;
  message.add_references()->set_code("M99.86");
  message.add_revisions()->set_number(3);
  EXPECT_CALL(*connection_, StreamReferences)
      .WillOnce([&](const CallOptions&, const v1::StreamReferencesRequest&) {
        return std::make_unique<ListedStream<v1::StreamReferencesResponse>>(std::vector{message});
      });
  ReferenceRange range = client.StreamReferences({});
  const absl::StatusOr<StoredReference>& first = *range.begin();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->reference.code(), "M99.86");
  EXPECT_EQ(first->revision.number(), 3);
}

TEST_F(ClientReferencesTest, LookUpsTellOfVerificationWhereAsked) {
  const Client client(connection_);
  std::vector<bool> asked;
  EXPECT_CALL(*connection_, GetConcept)
      .Times(2)
      .WillRepeatedly([&](const CallOptions&, const v1::GetConceptRequest& request) {
        asked.push_back(request.include_verification());
        return v1::GetConceptResponse();
      });
  EXPECT_TRUE(client.GetConcept(Current(), "I10").ok());
  EXPECT_TRUE(
      client.GetConcept(Current(), "I10", v1::CONCEPT_VIEW_BASIC, {}, TellVerification::kYes).ok());
  EXPECT_THAT(asked, ElementsAre(false, true));
}

// Pages of these sizes in bytes of text.
NextReference PagesOf(std::vector<std::size_t> sizes) {
  return [sizes = std::move(sizes), next = std::size_t{0}]() mutable {
    std::optional<v1::Reference> page;
    if (next < sizes.size()) {
      page.emplace().mutable_summary()->set_text(std::string(sizes[next++], 'x'));
    }
    return absl::StatusOr<std::optional<v1::Reference>>(std::move(page));
  };
}

class AdminReferencesTest : public ::testing::Test {
 protected:
  AdminClient Make(const absl::Status& end = absl::OkStatus(),
                   std::optional<std::size_t> fail_at = std::nullopt) {
    EXPECT_CALL(*connection_, ImportReferences).WillOnce([=, this](const CallOptions&) {
      return std::make_unique<FakeImportStream>(record_, end, fail_at);
    });
    return AdminClient(connection_, options_);
  }
  std::vector<std::size_t> BatchSizes() const {
    std::vector<std::size_t> sizes;
    for (const auto& batch : record_->batches) sizes.push_back(batch.size());
    return sizes;
  }

  ClientOptions options_;
  std::shared_ptr<MockAdminConnection> connection_ = std::make_shared<MockAdminConnection>();
  std::shared_ptr<ImportRecord> record_ = std::make_shared<ImportRecord>();
};

TEST_F(AdminReferencesTest, PagesAreGatheredToAboutAMebibyteAMessage) {
  // 400,000 + 400,000 fit into 1,048,576; a third does not. The last is alone by its size.
  std::vector<int> progress;
  const auto report =
      Make().ImportReferences({}, PagesOf({400000, 400000, 400000, 10, 1000000}),
                              [&](int documents) { progress.push_back(documents); });
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->created(), 5);
  EXPECT_THAT(BatchSizes(), ElementsAre(2, 2, 1));
  EXPECT_THAT(progress, ElementsAre(2, 4, 5));
  EXPECT_EQ(record_->stated, 5);
  EXPECT_TRUE(record_->done);
}

TEST_F(AdminReferencesTest, AnImportWithoutPagesSendsItsOptionsAndEndAlone) {
  ASSERT_TRUE(Make().ImportReferences({}, PagesOf({}), nullptr).ok());
  EXPECT_TRUE(record_->batches.empty());
  EXPECT_EQ(record_->stated, 0);
  EXPECT_TRUE(record_->done);
}

TEST_F(AdminReferencesTest, AnErrorOfTheSourceOrATooLargePageLeavesNothing) {
  EXPECT_EQ(Make()
                .ImportReferences(
                    {}, [] { return absl::DataLossError("unreadable"); }, nullptr)
                .status()
                .code(),
            absl::StatusCode::kDataLoss);
  EXPECT_TRUE(record_->cancelled);
  EXPECT_EQ(record_->stated, std::nullopt);
  EXPECT_FALSE(record_->done);
  const absl::Status large =
      Make().ImportReferences({}, PagesOf({std::size_t{1} << 20}), nullptr).status();
  EXPECT_EQ(large.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(record_->done);
}

TEST_F(AdminReferencesTest, TheServersErrorEndsAnImportWhereverItComes) {
  EXPECT_EQ(Make(absl::UnavailableError("busy"), 0)
                .ImportReferences({}, PagesOf({900000, 900000, 900000}), nullptr)
                .status()
                .code(),
            absl::StatusCode::kUnavailable);
  EXPECT_THAT(BatchSizes(), ElementsAre(1));
  EXPECT_FALSE(record_->done);
  EXPECT_EQ(
      Make(absl::InternalError("disk")).ImportReferences({}, PagesOf({1}), nullptr).status().code(),
      absl::StatusCode::kInternal);
}

TEST_F(AdminReferencesTest, ImportsAndVerificationsAskThePin) {
  options_ = PinnedOptions();
  // The answer is from another release than the pin's: told, though it is late.
  EXPECT_EQ(ErrorReasonOf(Make().ImportReferences({}, PagesOf({1}), nullptr).status()),
            v1::ERROR_REASON_FINGERPRINT_MISMATCH);
  EXPECT_EQ(record_->options.release().fingerprint(), kPinned);
  EXPECT_CALL(*connection_, RecordVerification)
      .WillOnce([](const CallOptions&, const v1::RecordVerificationRequest& request) {
        EXPECT_EQ(request.verifications(0).release().release(), "2026");
        EXPECT_EQ(request.verifications(0).release().fingerprint(), kPinned);
        v1::RecordVerificationResponse answer;
        answer.add_verifications();
        return answer;
      });
  v1::RecordVerificationRequest request;
  request.add_verifications();
  EXPECT_TRUE(AdminClient(connection_, options_).RecordVerification(request).ok());
}

}  // namespace
}  // namespace codeset::client
