// What an import takes and refuses, field by field, and the calls as clients make them.
#include "server/reference_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/references.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "tests/server/reference_fixture.h"

namespace codeset::server {
namespace {

using model::Reason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ReferenceImportTest : public ::testing::Test {
 protected:
  ReferenceImportTest() {
    fixture_.Publish("2025", query::Burns());
    query::Edition after = query::Burns();
    after.Remove("T36");
    fixture_.Publish("2026", after);
  }

  // The fields that are refused of a page after a change, without the document.
  std::string Refused(const std::function<void(v1::Reference&)>& change) {
    v1::Reference page = Page("T20");
    change(page);
    const auto report = fixture_.TryImport({page}, "2026");
    if (report.ok()) return "taken";
    EXPECT_EQ(model::ReasonOf(report.status()), Reason::kReferenceInvalid) << report.status();
    EXPECT_EQ(fixture_.store().ledger().pages().pages.size(), 0U);
    std::vector<std::string> fields;
    for (const Violation& violation : ViolationsOf(report.status())) {
      EXPECT_EQ(violation.field.rfind("documents[0].", 0), 0U) << violation.field;
      fields.push_back(violation.field.substr(std::string("documents[0].").size()));
    }
    return absl::StrJoin(fields, " ");
  }

  ReferenceFixture fixture_;
};

TEST_F(ReferenceImportTest, BadPagesAreRefusedByField) {
  EXPECT_EQ(Refused([](auto& p) { p.set_code(""); }), "code");
  EXPECT_EQ(Refused([](auto& p) { p.set_code("T20-T25"); }), "code");
  EXPECT_EQ(Refused([](auto& p) { p.set_code("T36"); }), "code");
  EXPECT_EQ(Refused([](auto& p) { p.clear_state(); }), "state");
  EXPECT_EQ(Refused([](auto& p) { p.mutable_summary()->clear_text(); }), "summary.text");
  EXPECT_EQ(Refused([](auto& p) { p.mutable_summary()->set_text(std::string(65537, 'x')); }),
            "summary.text");
  EXPECT_EQ(Refused([](auto& p) { p.mutable_summary()->set_text(std::string(2 << 20, 'x')); }),
            "code");
  EXPECT_EQ(Refused([](auto& p) { p.set_author(std::string(201, 'x')); }), "author");
  EXPECT_EQ(Refused([](auto& p) { p.set_author("two\nlines"); }), "author");
  EXPECT_EQ(Refused([](auto& p) { p.mutable_summary()->set_text(std::string("a\0b", 3)); }),
            "summary.text");
  EXPECT_EQ(Refused([](auto& p) {
              p.mutable_documentation_tips()->mutable_items(0)->set_id("Tip 1");
              p.mutable_documentation_tips()->mutable_items(1)->clear_text();
            }),
            "documentation_tips.items[0].id documentation_tips.items[1].text");
  EXPECT_EQ(Refused([](auto& p) {
              auto* question = p.mutable_questions()->add_items();
              question->set_id("tip-1");
              question->set_question("Why?");
              question->set_answer("");
            }),
            "questions.items[0].id questions.items[0].answer");
  EXPECT_EQ(Refused([](auto& p) { p.mutable_related_procedures()->add_items()->set_id("p-1"); }),
            "related_procedures.items[0].system related_procedures.items[0].code");
  EXPECT_EQ(
      Refused([](auto& p) { p.mutable_summary()->mutable_provenance()->add_source_numbers(1); }),
      "summary.provenance.source_numbers[0]");
}

TEST_F(ReferenceImportTest, BadSourcesAreRefusedByField) {
  const auto with = [&](const std::function<void(v1::Source&)>& change) {
    return Refused([&](v1::Reference& page) {
      v1::Source source = SourceOf(v1::SOURCE_KIND_GUIDELINES, "2026");
      change(source);
      *page.add_sources() = source;
    });
  };
  EXPECT_EQ(with([](auto& s) { s.set_number(2); }), "sources[0].number");
  EXPECT_EQ(with([](auto& s) { s.clear_title(); }), "sources[0].title");
  EXPECT_EQ(with([](auto& s) { s.clear_kind(); }), "sources[0].kind");
  EXPECT_EQ(with([](auto& s) { s.set_edition("FY26"); }), "sources[0].edition");
  EXPECT_EQ(with([](auto& s) { s.clear_edition(); }), "sources[0].edition");
  EXPECT_EQ(with([](auto& s) { s.set_series("coding-book"); }), "sources[0].series");
  EXPECT_EQ(with([](auto& s) {
              s.set_kind(v1::SOURCE_KIND_PUBLICATION);
              s.set_series("coding-book");
            }),
            "sources[0].series");
  EXPECT_EQ(with([](auto& s) { s.set_effective_date("2025-10-02"); }), "sources[0].effective_date");
  EXPECT_EQ(with([](auto& s) { s.set_accessed_on("2026-11-24"); }), "sources[0].accessed_on");
  EXPECT_EQ(with([](auto& s) {
              s.set_kind(v1::SOURCE_KIND_WEB_PAGE);
              s.set_effective_date("2027-01-01");
            }),
            "sources[0].effective_date");
  for (const char* url :
       {"www.cdc.gov", "ftp://cdc.gov/x", "https://", "https://a b.gov", "https://.gov/",
        "javascript:alert(1)", "https://cdc.gov:x/", "https://user@cdc.gov/"}) {
    EXPECT_EQ(with([&](auto& s) { s.set_url(url); }), "sources[0].url") << url;
  }
}

TEST_F(ReferenceImportTest, GoodSourcesAreTaken) {
  v1::Reference page = Page("T20");
  v1::Source source = SourceOf(v1::SOURCE_KIND_TABULAR_LIST, "2026");
  source.set_effective_date("2025-10-01");
  source.set_url("https://www.cdc.gov:443/nchs/icd/?a=b#c");
  source.set_accessed_on("2026-11-23");
  *page.add_sources() = source;
  // Published ahead, as the register knows.
  source = SourceOf(v1::SOURCE_KIND_GUIDELINES, "2027");
  source.set_number(2);
  source.set_effective_date("2026-10-01");
  *page.add_sources() = source;
  EXPECT_TRUE(fixture_.TryImport({page}, "2026").ok());
}

TEST_F(ReferenceImportTest, LinksStandInTheTextAndWereCodesOnce) {
  const auto linked = [&](const std::string& text, const std::vector<std::string>& codes) {
    return Refused([&](v1::Reference& page) {
      page.mutable_summary()->set_text(text);
      for (const std::string& code : codes) {
        page.mutable_summary()->add_links()->set_code(code);
      }
    });
  };
  EXPECT_EQ(linked("Not T31.", {"T25"}), "summary.links[0].code");
  EXPECT_EQ(linked("Not T25.01.", {"T25"}), "summary.links[0].code");
  EXPECT_EQ(linked("Not T25.0.", {"T25.0", "T250"}), "summary.links[1].code");
  EXPECT_EQ(linked("Not Z99.", {"Z99"}), "summary.links[0].code");
  v1::Reference page = Page("T20");
  page.mutable_summary()->set_text("See T25.01, T36 and T25.0, not vitamin B12.5 or e.g. this.");
  page.mutable_summary()->add_links()->set_code("t2501");
  page.mutable_summary()->add_links()->set_code("T36");
  const auto report = fixture_.TryImport({page}, "2026");
  ASSERT_TRUE(report.ok()) << report.status();
  std::vector<std::string> warnings;
  for (const v1::ImportWarning& warning : report->warnings()) {
    warnings.push_back(absl::StrCat(warning.field(), ": ", warning.text()));
  }
  EXPECT_THAT(
      warnings,
      ElementsAre("summary.links[1].code: release 2026 has no code T36; release 2025 has it",
                  "summary.links: the text names T25.0, which is no link",
                  "summary.links: the text names B12.5, which is no link"));
  const auto stored = fixture_.store().ledger().Read("T20", 0);
  EXPECT_EQ(stored->reference.summary().links(0).code(), "T25.01");
}

TEST_F(ReferenceImportTest, AllOfAnImportOrNothing) {
  v1::Reference bad = Page("T31");
  bad.clear_state();
  auto report = fixture_.TryImport({Page("T20"), bad}, "2026");
  EXPECT_EQ(ViolationsOf(report.status())[0].field, "documents[1].state");
  report = fixture_.TryImport({Page("T20"), Page("t20")}, "2026");
  EXPECT_EQ(ViolationsOf(report.status())[0].field, "documents[1].code");
  EXPECT_EQ(fixture_.store().ledger().pages().pages.size(), 0U);
  report = fixture_.TryImport({Page("T20"), Page("T31")}, "2026", true);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->created(), 2);
  EXPECT_TRUE(report->dry_run());
  EXPECT_EQ(fixture_.store().ledger().pages().pages.size(), 0U);
  report = fixture_.TryImport({Page("T20"), Page("T31")}, "2026");
  ASSERT_TRUE(report.ok());
  v1::Reference revised = Page("T31");
  revised.set_author("Robin");
  report = fixture_.TryImport({Page("T20"), revised, Page("L55")}, "2026");
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->created(), 1);
  EXPECT_EQ(report->revised(), 1);
  EXPECT_EQ(report->unchanged(), 1);
  ASSERT_EQ(report->revisions_size(), 2);
  EXPECT_EQ(report->revisions(0).code(), "T31");
  EXPECT_EQ(report->revisions(0).number(), 2);
  EXPECT_EQ(report->revisions(0).recorded_by(), "alex");
}

TEST_F(ReferenceImportTest, TheOrderOfMessagesIsKept) {
  ImportSession session(fixture_.backend());
  v1::ImportReferencesRequest documents;
  *documents.mutable_documents()->add_references() = Page("T20");
  EXPECT_EQ(ViolationsOf(session.Take(documents))[0].field, "options");
  v1::ImportReferencesRequest nothing;
  EXPECT_EQ(ViolationsOf(session.Take(nothing))[0].field, "part");
  EXPECT_EQ(ViolationsOf(session.Commit().status())[0].field, "options");
  v1::ImportReferencesRequest options;
  *options.mutable_options()->mutable_release() = ByName("2026");
  ASSERT_TRUE(session.Take(options).ok());
  EXPECT_EQ(ViolationsOf(session.Take(options))[0].field, "options");
  EXPECT_EQ(ViolationsOf(session.Commit().status())[0].field, "documents");
  ASSERT_TRUE(session.Take(documents).ok());
  EXPECT_EQ(ViolationsOf(session.Commit().status())[0].field, "end");
  v1::ImportReferencesRequest end = EndOfImport(2);
  EXPECT_EQ(ViolationsOf(session.Take(end))[0].field, "end.documents");
  end = EndOfImport(1);
  ASSERT_TRUE(session.Take(end).ok());
  EXPECT_EQ(ViolationsOf(session.Take(documents))[0].field, "end");
  EXPECT_TRUE(session.Commit().ok());
}

// Over gRPC.

using ImportStream =
    grpc::ClientReaderWriter<v1::ImportReferencesRequest, v1::ImportReferencesResponse>;

class ReferenceServicesTest : public ReferenceImportTest {
 protected:
  ReferenceServicesTest()
      : admin_(v1::Admin::NewStub(fixture_.server().InProcessAdminChannel())),
        references_(v1::References::NewStub(fixture_.server().InProcessChannel())),
        terminology_(v1::Terminology::NewStub(fixture_.server().InProcessChannel())) {}

  static void WriteOptions(ImportStream& stream) {
    v1::ImportReferencesRequest request;
    *request.mutable_options()->mutable_release() = ByName("2026");
    stream.Write(request);
  }
  static void WritePages(ImportStream& stream, const std::vector<std::string>& codes) {
    v1::ImportReferencesRequest request;
    for (const std::string& code : codes) {
      *request.mutable_documents()->add_references() = Page(code);
    }
    stream.Write(request);
  }

  std::unique_ptr<v1::Admin::Stub> admin_;
  std::unique_ptr<v1::References::Stub> references_;
  std::unique_ptr<v1::Terminology::Stub> terminology_;
};

TEST_F(ReferenceServicesTest, PagesAreImportedVerifiedAndToldOnLookUps) {
  grpc::ClientContext context;
  auto stream = admin_->ImportReferences(&context);
  WriteOptions(*stream);
  WritePages(*stream, {"T20", "T31"});
  v1::ImportReferencesResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.progress().documents(), 2);
  WritePages(*stream, {"L55"});
  // In a process nothing is buffered: the server reads on when its answer has been taken.
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.progress().documents(), 3);
  stream->Write(EndOfImport(3));
  stream->WritesDone();
  v1::ImportReport report;
  while (stream->Read(&response)) {
    if (response.has_report()) report = response.report();
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(report.created(), 3);

  v1::RecordVerificationRequest record;
  *record.add_verifications() = fixture_.Confirmation("T20", "2026", "2026-11-20");
  v1::RecordVerificationResponse recorded;
  grpc::ClientContext record_context;
  ASSERT_TRUE(admin_->RecordVerification(&record_context, record, &recorded).ok());

  v1::BatchGetConceptsRequest batch;
  *batch.mutable_release() = ByName("2026");
  for (const char* id : {"T20", "T31", "T25", "T20-T25", "Z99"}) batch.add_ids(id);
  batch.set_include_verification(true);
  v1::BatchGetConceptsResponse answer;
  grpc::ClientContext batch_context;
  ASSERT_TRUE(terminology_->BatchGetConcepts(&batch_context, batch, &answer).ok());
  EXPECT_EQ(answer.results(0).verification().status(), v1::VERIFICATION_STATUS_VERIFIED);
  EXPECT_EQ(answer.results(0).verification().last_verified(), "2026-11-20");
  EXPECT_EQ(answer.results(1).verification().status(), v1::VERIFICATION_STATUS_UNVERIFIED);
  for (int i = 2; i < 5; ++i) EXPECT_FALSE(answer.results(i).has_verification()) << i;

  v1::GetConceptRequest one;
  *one.mutable_release() = ByName("2026");
  one.set_id("T20");
  v1::GetConceptResponse concept_answer;
  grpc::ClientContext plain;
  ASSERT_TRUE(terminology_->GetConcept(&plain, one, &concept_answer).ok());
  EXPECT_FALSE(concept_answer.has_verification());
  one.set_include_verification(true);
  grpc::ClientContext asked;
  ASSERT_TRUE(terminology_->GetConcept(&asked, one, &concept_answer).ok());
  EXPECT_EQ(concept_answer.verification().revision(), 1);

  v1::StreamReferencesRequest all;
  grpc::ClientContext all_context;
  auto pages = references_->StreamReferences(&all_context, all);
  v1::StreamReferencesResponse some;
  std::vector<std::string> codes;
  while (pages->Read(&some)) {
    for (const v1::Reference& page : some.references()) codes.push_back(page.code());
  }
  EXPECT_TRUE(pages->Finish().ok());
  EXPECT_THAT(codes, ElementsAre("L55", "T20", "T31"));
}

TEST_F(ReferenceServicesTest, ABrokenOffImportLeavesNothingAndTheNextCanBegin) {
  {
    grpc::ClientContext context;
    auto stream = admin_->ImportReferences(&context);
    WriteOptions(*stream);
    WritePages(*stream, {"T20"});
    v1::ImportReferencesResponse response;
    ASSERT_TRUE(stream->Read(&response));
    // A second one meanwhile.
    grpc::ClientContext other_context;
    auto other = admin_->ImportReferences(&other_context);
    WriteOptions(*other);
    v1::ImportReferencesResponse none;
    EXPECT_FALSE(other->Read(&none));
    EXPECT_EQ(ReasonIn(other->Finish()), "IMPORT_IN_PROGRESS");
    stream->Write(EndOfImport(1));
    context.TryCancel();
    stream->Finish();
  }
  // The server learns of it a moment later.
  bool taken = false;
  for (int tries = 0; tries < 200 && !taken; ++tries) {
    taken = fixture_.TryImport({Page("T31")}, "2026").ok();
    if (!taken) absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_TRUE(taken);
  EXPECT_EQ(fixture_.store().ledger().Find("T20"), nullptr);
}

TEST_F(ReferenceServicesTest, ErrorsNameTheDocumentAndField) {
  grpc::ClientContext context;
  auto stream = admin_->ImportReferences(&context);
  WriteOptions(*stream);
  WritePages(*stream, {"T20", "T36"});
  stream->WritesDone();
  v1::ImportReferencesResponse response;
  while (stream->Read(&response)) {
  }
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(ReasonIn(status), "REFERENCE_INVALID");
  EXPECT_THAT(status.error_message(), HasSubstr("documents[1].code"));
}

TEST_F(ReferenceServicesTest, CodesWithoutPagesAreNotFound) {
  v1::GetReferenceRequest request;
  request.set_code("T25");
  *request.mutable_release() = ByName("2026");
  v1::GetReferenceResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(ReasonIn(references_->GetReference(&context, request, &response)),
            "REFERENCE_NOT_FOUND");
  v1::ListVerificationsRequest list;
  list.set_code("T25");
  v1::ListVerificationsResponse none;
  grpc::ClientContext list_context;
  EXPECT_TRUE(references_->ListVerifications(&list_context, list, &none).ok());
  EXPECT_EQ(none.verifications_size(), 0);
}

}  // namespace
}  // namespace codeset::server
