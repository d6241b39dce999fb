#include "server/export.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/model/digest.h"
#include "storage/portable/receiver.h"
#include "tests/server/calls.h"
#include "tests/server/fixture.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;

class ExportTest : public ::testing::Test {
 protected:
  ExportTest() {
    for (const char* id : {"2025", "2026", "2027"}) fixture_.Load(id);
  }

  static v1::ExportReleaseRequest Ask(const std::string& release) {
    v1::ExportReleaseRequest request;
    request.mutable_release()->set_release(release);
    return request;
  }

  // All messages of a call.
  std::vector<v1::ExportReleaseResponse> Export(const v1::ExportReleaseRequest& request) {
    std::vector<v1::ExportReleaseResponse> messages;
    auto source = ExportRelease(fixture_.backend(), request);
    EXPECT_TRUE(source.ok()) << source.status();
    if (!source.ok()) return messages;
    while (true) {
      auto message = (*source)();
      EXPECT_TRUE(message.ok()) << message.status();
      if (!message.ok() || !message->has_value()) return messages;
      messages.push_back(**std::move(message));
    }
  }

  // The pages of a call, as their groups and texts; none comes twice.
  static std::set<std::string> PagesOf(const std::vector<v1::ExportReleaseResponse>& messages) {
    std::set<std::string> pages;
    for (const auto& message : messages) {
      for (const v1::ExportedPage& page : message.pages()) {
        EXPECT_TRUE(pages.insert(absl::StrCat(page.group(), " ", page.text())).second);
      }
    }
    return pages;
  }

  static void AddHeld(const v1::ExportReleaseResponse& head, v1::ExportReleaseRequest* request) {
    for (const auto& group : head.release().facet_groups()) *request->add_held() = group;
  }

  static std::set<std::string> Without(std::set<std::string> pages,
                                       const std::set<std::string>& others) {
    for (const std::string& other : others) pages.erase(other);
    return pages;
  }

  ServerFixture fixture_;
};

TEST_F(ExportTest, TellsTheReleaseFirstAndThenItsPages) {
  const auto messages = Export(Ask("2026"));
  ASSERT_GE(messages.size(), 2);
  const v1::ExportReleaseResponse& head = messages[0];
  EXPECT_EQ(head.release().release_id(), "2026");
  EXPECT_EQ(head.release().facet_groups_size(), 4);
  EXPECT_GT(head.description().sources_size(), 0);
  EXPECT_EQ(head.structure_fingerprint(), "");
  EXPECT_EQ(head.release().poa_from(), "2026");
  EXPECT_EQ(head.poa_fingerprint(), head.release().facet_groups(2).fingerprint());
  EXPECT_EQ(head.pages_size(), 0);

  portable::ReleaseReceiver receiver{portable::Pages()};
  for (const auto& message : messages) {
    EXPECT_LE(message.ByteSizeLong(), kMaxExportBytes + 64 * 1024);
    ASSERT_TRUE(receiver.Take(message).ok());
  }
  const auto received = receiver.Finish();
  ASSERT_TRUE(received.ok()) << received.status();
  // What the server counted when it loaded the files, counted again from the pages.
  EXPECT_EQ(received->release.counts.ShortDebugString(),
            head.description().counts().ShortDebugString());
}

TEST_F(ExportTest, SendsWhatIsOnLoanToo) {
  const auto messages = Export(Ask("2027"));
  const v1::ExportReleaseResponse& head = messages.at(0);
  EXPECT_EQ(head.release().structure_from(), "2026");
  EXPECT_EQ(head.structure_fingerprint(),
            Export(Ask("2026")).at(0).release().facet_groups(1).fingerprint());
  bool sections = false;
  for (const std::string& page : PagesOf(messages)) {
    EXPECT_FALSE(absl::StrContains(page, "codeset/1 tabular category")) << page;
    sections |= absl::StrContains(page, "codeset/1 tabular section");
  }
  EXPECT_TRUE(sections);
}

TEST_F(ExportTest, LeavesOutWhatIsHeld) {
  const auto old = Export(Ask("2025"));
  const auto whole = Export(Ask("2026"));
  v1::ExportReleaseRequest request = Ask("2026");
  AddHeld(old.at(0), &request);
  const std::set<std::string> lacking = Without(PagesOf(whole), PagesOf(old));
  EXPECT_LT(lacking.size(), PagesOf(whole).size());
  EXPECT_EQ(PagesOf(Export(request)), lacking);

  AddHeld(whole.at(0), &request);
  EXPECT_EQ(Export(request).size(), 1);
  // What the server does not know is passed over.
  v1::ExportReleaseRequest strange = Ask("2026");
  v1::FacetGroupFingerprint* held = strange.add_held();
  held->set_group(v1::FACET_GROUP_ORDER);
  held->set_fingerprint(std::string(64, 'a'));
  // Nor is it a group of its own under another's name.
  held = strange.add_held();
  held->set_group(v1::FACET_GROUP_TABULAR);
  held->set_fingerprint(whole.at(0).release().facet_groups(0).fingerprint());
  EXPECT_EQ(PagesOf(Export(strange)), PagesOf(whole));
}

TEST_F(ExportTest, SendsTheCategoriesOfAHeldStructure) {
  const auto borrower = Export(Ask("2027"));
  const auto lender = Export(Ask("2026"));
  v1::ExportReleaseRequest request = Ask("2026");
  AddHeld(borrower.at(0), &request);
  request.add_held_structures(borrower.at(0).structure_fingerprint());
  EXPECT_EQ(PagesOf(Export(request)), Without(PagesOf(lender), PagesOf(borrower)));
  // The borrower itself is then there whole.
  request.mutable_release()->set_release("2027");
  EXPECT_EQ(Export(request).size(), 1);
}

TEST_F(ExportTest, HoldsTheReleaseAgainstWhatIsAsserted) {
  v1::ExportReleaseRequest request = Ask("2026");
  request.mutable_release()->set_fingerprint(std::string(64, '0'));
  EXPECT_TRUE(testing::FailsWith(ExportRelease(fixture_.backend(), request).status(),
                                 Reason::kFingerprintMismatch, "release 2026", "as asserted"));
}

TEST_F(ExportTest, RefusesWhatIsWrong) {
  const auto refused = [&](const v1::ExportReleaseRequest& request, Reason reason,
                           const char* begins, const char* holds) {
    EXPECT_TRUE(testing::FailsWith(ExportRelease(fixture_.backend(), request).status(), reason,
                                   begins, holds));
  };
  refused(Ask("2020"), Reason::kReleaseNotFound, "release 2020", "not loaded");
  refused(Ask("2020.x"), Reason::kReleaseIdInvalid, "release.release", "");
  v1::ExportReleaseRequest request = Ask("2026");
  request.add_held()->set_fingerprint(std::string(64, 'a'));
  request.add_held()->set_group(v1::FACET_GROUP_POA);
  request.add_held_structures("x");
  refused(request, Reason::kArgumentInvalid, "held[0].group", "held[1].fingerprint");
  refused(request, Reason::kArgumentInvalid, "held[0].group", "held_structures[0]");
  request = Ask("2026");
  for (int i = 0; i <= kMaxHeldGroups; ++i) request.add_held_structures(std::string(64, 'a'));
  refused(request, Reason::kArgumentInvalid, "held_structures", "at most 1000");
}

TEST_F(ExportTest, GoesOnWhileItsReleaseIsDeleted) {
  auto source = ExportRelease(fixture_.backend(), Ask("2027"));
  ASSERT_TRUE(source.ok());
  portable::ReleaseReceiver receiver{portable::Pages()};
  ASSERT_TRUE(receiver.Take(*(*source)().value()).ok());
  ASSERT_TRUE(fixture_.store().Delete("2027").ok());
  ASSERT_TRUE(fixture_.store().Delete("2026").ok());
  for (auto message = (*source)(); message.ok() && message->has_value(); message = (*source)()) {
    ASSERT_TRUE(receiver.Take(**message).ok());
  }
  EXPECT_TRUE(receiver.Finish().ok());
}

TEST_F(ExportTest, IsServed) {
  Calls calls(fixture_.server());
  grpc::ClientContext context;
  auto reader = calls.releases().ExportRelease(&context, Ask("2027"));
  std::vector<v1::ExportReleaseResponse> messages;
  for (v1::ExportReleaseResponse message; reader->Read(&message);) messages.push_back(message);
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(PagesOf(messages), PagesOf(Export(Ask("2027"))));
}

}  // namespace
}  // namespace codeset::server
