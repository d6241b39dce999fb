// Loading over the Admin service: what it publishes, and all that must leave nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "tests/server/fixture.h"
#include "tests/server/parsed_answers.h"
#include "tests/server/upload_messages.h"
#include "tests/support/source_text.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using model::ReasonOf;
using source::InputFile;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::OrderLine;
using ::testing::SizeIs;

// The smallest order file that is one.
std::string SmallOrder(const std::string& title = "Cholera, unspecified") {
  return absl::StrCat(OrderLine(1, "A00", false, "Cholera"), OrderLine(2, "A009", true, title));
}

class LoadTest : public ::testing::Test {
 protected:
  LoadTest() : stub_(v1::Admin::NewStub(fixture_.server().InProcessAdminChannel())) {}

  using Call = grpc::ClientReaderWriter<v1::LoadReleaseRequest, v1::LoadReleaseResponse>;

  // Sends what it is given, half-closes, and reads to the end. The report is kept.
  grpc::Status Send(const std::vector<v1::LoadReleaseRequest>& messages) {
    grpc::ClientContext context;
    const std::unique_ptr<Call> call = stub_->LoadRelease(&context);
    for (const v1::LoadReleaseRequest& message : messages) {
      if (!call->Write(message)) break;
    }
    call->WritesDone();
    v1::LoadReleaseResponse response;
    steps_.clear();
    while (call->Read(&response)) {
      if (response.has_progress()) steps_.push_back(response.progress().step());
      if (response.has_report()) report_ = response.report();
    }
    return call->Finish();
  }

  grpc::Status SendFiles(const v1::LoadReleaseRequest& options, const std::vector<InputFile>& files,
                         size_t chunk = 1000) {
    std::vector<v1::LoadReleaseRequest> messages = {options};
    for (const InputFile& file : files) {
      for (size_t at = 0; at < std::max<size_t>(file.bytes.size(), 1); at += chunk) {
        messages.push_back(Chunk(file.name, file.bytes.substr(at, chunk)));
      }
    }
    messages.push_back(EndOf(files));
    return Send(messages);
  }

  grpc::Status Delete(const std::string& id) {
    grpc::ClientContext context;
    v1::DeleteReleaseRequest request;
    request.set_release_id(id);
    v1::DeleteReleaseResponse response;
    return stub_->DeleteRelease(&context, request, &response);
  }

  bool IsLoaded(const std::string& id) { return fixture_.store().catalog()->Find(id) != nullptr; }

  ServerFixture fixture_;
  std::unique_ptr<v1::Admin::Stub> stub_;
  v1::LoadReport report_;
  std::vector<std::string> steps_;
};

TEST_F(LoadTest, PublishesWhatItReports) {
  ASSERT_TRUE(SendFiles(OptionsFor("2025"), MiniatureFiles("2025")).ok());
  const grpc::Status status = SendFiles(OptionsFor("2026"), MiniatureFiles("2026"));
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(report_.outcome(), v1::LOAD_OUTCOME_LOADED);
  EXPECT_THAT(steps_, Contains("publishing"));
  // The list of additions is not needed.
  EXPECT_THAT(report_.release().sources(), SizeIs(5));
  EXPECT_EQ(report_.release().addenda().outcome(), v1::ADDENDA_OUTCOME_REPRODUCED);
  EXPECT_EQ(report_.release().addenda().base_release_id(), "2025");
  EXPECT_GT(report_.release().counts().diags(), 0);
  EXPECT_TRUE(IsLoaded("2026"));
  EXPECT_THAT(*fixture_.store().Sources("2026"), SizeIs(5));
}

TEST_F(LoadTest, ASecondLoadOfTheSameIsUnchanged) {
  ASSERT_TRUE(SendFiles(OptionsFor("2025"), MiniatureFiles("2025")).ok());
  ASSERT_TRUE(SendFiles(OptionsFor("2025"), MiniatureFiles("2025")).ok());
  EXPECT_EQ(report_.outcome(), v1::LOAD_OUTCOME_UNCHANGED);
  EXPECT_THAT(report_.release().sources(), SizeIs(3));
}

TEST_F(LoadTest, AddsTheTabularListThatAReleaseLacked) {
  std::vector<InputFile> order, tabular;
  for (InputFile& file : MiniatureFiles("2025")) {
    if (absl::StrContains(file.name, "order")) order.push_back(file);
    if (absl::StrContains(file.name, "tabular")) tabular.push_back(file);
  }
  ASSERT_TRUE(SendFiles(OptionsFor("2025"), order).ok());
  EXPECT_THAT(report_.warnings(), Contains(HasSubstr("no tabular list")));
  const std::string before = report_.release().fingerprint();
  const grpc::Status status = SendFiles(OptionsFor("2025"), tabular);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(report_.outcome(), v1::LOAD_OUTCOME_GROUP_ADDED);
  EXPECT_NE(report_.release().fingerprint(), before);
  EXPECT_THAT(report_.release().facet_groups(), SizeIs(2));
  EXPECT_THAT(report_.release().sources(), SizeIs(2));
  EXPECT_GT(report_.release().counts().order_rows(), 0);
  EXPECT_GT(report_.release().counts().chapters(), 0);
}

TEST_F(LoadTest, KeepsNoSourcesWhenToldNotTo) {
  v1::LoadReleaseRequest options = OptionsFor("2025");
  options.mutable_options()->set_discard_sources(true);
  ASSERT_TRUE(SendFiles(options, MiniatureFiles("2025")).ok());
  EXPECT_THAT(*fixture_.store().Sources("2025"), IsEmpty());
}

TEST_F(LoadTest, ADryRunWritesNothing) {
  v1::LoadReleaseRequest options = OptionsFor("2025");
  options.mutable_options()->set_dry_run(true);
  ASSERT_TRUE(SendFiles(options, MiniatureFiles("2025")).ok());
  EXPECT_EQ(report_.outcome(), v1::LOAD_OUTCOME_DRY_RUN);
  const std::string fingerprint = report_.release().fingerprint();
  EXPECT_FALSE(IsLoaded("2025"));
  ASSERT_TRUE(SendFiles(OptionsFor("2025"), MiniatureFiles("2025")).ok());
  EXPECT_EQ(report_.release().fingerprint(), fingerprint);
  // What would be on loan is told as it will be.
  v1::LoadReleaseRequest next = OptionsFor("2031");
  next.mutable_options()->set_dry_run(true);
  ASSERT_TRUE(SendFiles(next, {{"a.txt", SmallOrder()}}).ok());
  EXPECT_EQ(report_.release().structure_from(), "2025");
}

TEST_F(LoadTest, VerifyFindsTheBaseOfAddendaOnceItIsThere) {
  fixture_.Load("2026");
  v1::VerifyReleaseRequest request;
  request.set_release_id("2026");
  const auto verify = [&] {
    grpc::ClientContext context;
    v1::VerifyReleaseResponse response;
    const grpc::Status status = stub_->VerifyRelease(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_GT(response.pages_checked(), 0);
    return response.release().addenda().outcome();
  };
  EXPECT_EQ(verify(), v1::ADDENDA_OUTCOME_BASE_NOT_LOADED);
  fixture_.Load("2025");
  EXPECT_EQ(verify(), v1::ADDENDA_OUTCOME_REPRODUCED);
  EXPECT_EQ(fixture_.store().catalog()->Find("2026")->entry.release().addenda().base_release_id(),
            "2025");
}

TEST_F(LoadTest, RefusesBadInputAndGoesOnServing) {
  fixture_.Load("2025");
  const std::string zip = testing::ZipOf({{"order.txt", SmallOrder()}});
  const std::string bomb =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE b [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
      "\"&a;&a;&a;&a;&a;&a;\">]>\n<ICD10CM.tabular><version>&b;</version></ICD10CM.tabular>\n";
  const std::string unclosed =
      testing::TabularXml("<diag>\n<name>A00</name>\n<desc>Cholera</desc>\n");
  const struct {
    const char* name;
    const char* id;
    std::vector<InputFile> files;
    const char* reason;
    const char* line;
  } cases[] = {
      {"truncated zip",
       "2031",
       {{"a.zip", zip.substr(0, zip.size() / 2)}},
       "SOURCE_UNREADABLE",
       ""},
      {"other text",
       "2031",
       {{"a.txt", "Dear all,\nplease find attached\n"}},
       "SOURCE_NOT_RECOGNISED",
       ""},
      {"broken line", "2031", {{"a.txt", SmallOrder() + "00003 A01  x"}}, "SOURCE_MALFORMED", "3"},
      {"duplicated code",
       "2031",
       {{"a.txt", SmallOrder() + OrderLine(3, "A009", true, "Cholera, unspecified")}},
       "SOURCE_MALFORMED",
       "3"},
      {"missing end tag",
       "2031",
       {{"o.txt", SmallOrder()}, {"t.xml", unclosed}},
       "SOURCE_MALFORMED",
       nullptr},
      {"entity bomb",
       "2031",
       {{"o.txt", SmallOrder()}, {"t.xml", bomb}},
       "SOURCE_MALFORMED",
       nullptr},
      {"tabular list alone",
       "2031",
       {{"t.xml", testing::TabularXml(testing::DiagXml("A00", "Cholera"))}},
       "SOURCE_NOT_RECOGNISED",
       ""},
      {"other editions",
       "2031",
       {{"o.txt", SmallOrder()},
        {"t.xml", testing::TabularXml(testing::DiagXml("A01", "Typhoid"))}},
       "RECONCILIATION_REFUSED",
       ""},
      {"other content", "2025", {{"a.txt", SmallOrder()}}, "RELEASE_CONTENT_DIFFERS", ""},
      {"bad id", "2031-13", {{"a.txt", SmallOrder()}}, "RELEASE_ID_INVALID", ""},
      {"no file", "2031", {}, "ARGUMENT_INVALID", ""},
  };
  for (const auto& test : cases) {
    const grpc::Status status = SendFiles(OptionsFor(test.id), test.files);
    EXPECT_EQ(ReasonIn(status), test.reason) << test.name << ": " << status.error_message();
    if (test.line != nullptr) {
      EXPECT_EQ(FactIn(status, "line"), test.line) << test.name;
    }
    EXPECT_EQ(fixture_.store().catalog()->releases().size(), 1u) << test.name;
    v1::GetConceptRequest request;
    request.mutable_release()->set_release("2025");
    request.set_id("M99");
    EXPECT_TRUE(GetConcept(fixture_.backend(), request).ok()) << test.name;
  }
  EXPECT_TRUE(SendFiles(OptionsFor("2031"), {{"a.txt", SmallOrder()}}).ok());
}

TEST_F(LoadTest, RefusesBadOptionsBeforeTheFilesHaveCome) {
  v1::LoadReleaseRequest options = OptionsFor("2026");
  options.mutable_options()->set_effective_date("2026-10-01");
  options.mutable_options()->add_allow("NO_SUCH_CLASS");
  const grpc::Status status = Send({options});
  EXPECT_EQ(ReasonIn(status), "ARGUMENT_INVALID");
  EXPECT_THAT(status.error_message(), HasSubstr("2026-09-30"));
  EXPECT_THAT(status.error_message(), HasSubstr("NO_SUCH_CLASS"));
  // An edition is in force when its id says; a mistyped day would leave days to its neighbour.
  v1::LoadReleaseRequest late = OptionsFor("2022-04");
  late.mutable_options()->set_effective_date("2022-05-15");
  EXPECT_THAT(Send({late}).error_message(), HasSubstr("2022-04 is in force from 2022-04-01"));
}

TEST_F(LoadTest, LoadsKnowinglyWhatDisagrees) {
  v1::LoadReleaseRequest options = OptionsFor("2031");
  const std::vector<InputFile> files = {
      {"o.txt", SmallOrder()}, {"t.xml", testing::TabularXml(testing::DiagXml("A01", "Typhoid"))}};
  grpc::Status status = SendFiles(options, files);
  // The message names what to allow, one class after another.
  for (int i = 0; i < 10 && ReasonIn(status) == "RECONCILIATION_REFUSED"; ++i) {
    EXPECT_THAT(status.error_message(), HasSubstr("--allow " + FactIn(status, "class")));
    options.mutable_options()->add_allow(FactIn(status, "class"));
    status = SendFiles(options, files);
  }
  ASSERT_TRUE(status.ok()) << status.error_message();
  int allowed = 0;
  for (const v1::Disagreement& found : report_.release().disagreements()) {
    allowed += found.allowed() ? 1 : 0;
  }
  EXPECT_EQ(allowed, options.options().allow_size());
}

TEST_F(LoadTest, ACorrectionTakesItsOwnDate) {
  v1::LoadReleaseRequest options = OptionsFor("2031.1");
  options.mutable_options()->set_effective_date("2030-12-01");
  ASSERT_TRUE(SendFiles(options, {{"a.txt", SmallOrder()}}).ok());
  EXPECT_EQ(report_.release().effective_date(), "2030-12-01");
  // Without the date it is the same release.
  ASSERT_TRUE(SendFiles(OptionsFor("2031.1"), {{"a.txt", SmallOrder()}}).ok());
  EXPECT_EQ(report_.outcome(), v1::LOAD_OUTCOME_UNCHANGED);
}

TEST_F(LoadTest, ADeletedIdTakesItsOwnContentOnly) {
  ASSERT_TRUE(SendFiles(OptionsFor("2031"), {{"a.txt", SmallOrder()}}).ok());
  ASSERT_TRUE(Delete("2031").ok());
  EXPECT_EQ(ReasonIn(Delete("2031")), "RELEASE_NOT_FOUND");
  EXPECT_EQ(ReasonIn(Delete("current")), "RELEASE_ID_INVALID");
  EXPECT_EQ(ReasonIn(SendFiles(OptionsFor("2031"), {{"a.txt", SmallOrder("Other")}})),
            "RELEASE_CONTENT_DIFFERS");
  EXPECT_TRUE(SendFiles(OptionsFor("2031"), {{"a.txt", SmallOrder()}}).ok());
}

TEST_F(LoadTest, OneLoadAtATime) {
  grpc::ClientContext context;
  const std::unique_ptr<Call> first = stub_->LoadRelease(&context);
  // More than gRPC buffers, so that the server has taken the call when this returns.
  ASSERT_TRUE(first->Write(OptionsFor("2031")));
  ASSERT_TRUE(first->Write(Chunk("a.txt", SmallOrder())));
  while (ReasonIn(Send({OptionsFor("2032"), Chunk("a.txt", "x")})) != "LOAD_IN_PROGRESS") {
  }
  ASSERT_TRUE(first->Write(EndOf({{"a.txt", SmallOrder()}})));
  EXPECT_TRUE(first->WritesDone());
  v1::LoadReleaseResponse response;
  while (first->Read(&response)) {
  }
  EXPECT_TRUE(first->Finish().ok());
  EXPECT_TRUE(IsLoaded("2031"));
  EXPECT_TRUE(SendFiles(OptionsFor("2032"), {{"a.txt", SmallOrder()}}).ok());
}

TEST_F(LoadTest, ACancelledUploadLeavesNothing) {
  {
    grpc::ClientContext context;
    const std::unique_ptr<Call> call = stub_->LoadRelease(&context);
    ASSERT_TRUE(call->Write(OptionsFor("2031")));
    // All of it: were the break taken for the half-close, it would be loaded.
    ASSERT_TRUE(call->Write(Chunk("a.txt", SmallOrder())));
    ASSERT_TRUE(call->Write(EndOf({{"a.txt", SmallOrder()}})));
    context.TryCancel();
    EXPECT_EQ(call->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  // The next load gets its turn when the cancelled one has ended.
  grpc::Status status;
  do {
    status = SendFiles(OptionsFor("2032"), {{"a.txt", SmallOrder()}});
  } while (ReasonIn(status) == "LOAD_IN_PROGRESS");
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_FALSE(IsLoaded("2031"));
}

// The last moment to cancel is right before publishing.
TEST_F(LoadTest, CancellingBetweenStepsLeavesNothing) {
  v1::LoadOptions options;
  options.set_release_id("2025");
  std::vector<std::string> steps;
  LoadHooks count;
  count.progress = [&](absl::string_view step) { steps.emplace_back(step); };
  v1::LoadOptions dry_run = options;
  dry_run.set_dry_run(true);
  ASSERT_TRUE(LoadRelease(fixture_.store(), dry_run, MiniatureFiles("2025"), count).ok());
  ASSERT_THAT(steps, SizeIs(4));
  for (size_t cancel_at = 0; cancel_at < steps.size(); ++cancel_at) {
    size_t asked = 0;
    LoadHooks hooks;
    hooks.cancelled = [&] { return asked++ == cancel_at; };
    EXPECT_EQ(
        ReasonOf(LoadRelease(fixture_.store(), options, MiniatureFiles("2025"), hooks).status()),
        Reason::kCancelled);
    EXPECT_FALSE(IsLoaded("2025")) << cancel_at;
  }
}

// Readers of a release that stays are never disturbed by others that come and go.
TEST_F(LoadTest, ReadersGoOnWhileReleasesComeAndGo) {
  fixture_.Load("2026");
  std::atomic<bool> stop = false;
  std::atomic<int> answered = 0, failed = 0;
  std::vector<std::thread> readers;
  readers.reserve(2);
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&, i] {
      const auto stub = v1::Terminology::NewStub(
          i == 0 ? fixture_.server().InProcessChannel()
                 : grpc::CreateChannel(fixture_.server().address(),
                                       grpc::InsecureChannelCredentials()));
      while (!stop) {
        grpc::ClientContext context;
        v1::GetConceptRequest request;
        request.mutable_release()->set_release("2026");
        request.set_id("M99.86");
        v1::GetConceptResponse response;
        const bool ok = stub->GetConcept(&context, request, &response).ok() &&
                        response.found().id() == "M99.86";
        ++(ok ? answered : failed);
      }
    });
  }
  for (int round = 0; round < 5; ++round) {
    for (const char* id : {"2025", "2027"}) {
      EXPECT_TRUE(SendFiles(OptionsFor(id), MiniatureFiles(id), 1 << 20).ok());
    }
    for (const char* id : {"2025", "2027"}) EXPECT_TRUE(Delete(id).ok());
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_GT(answered, 0);
  EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace codeset::server
