// release export, release import and export concepts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "client/cpp/error.h"
#include "storage/model/date.h"
#include "storage/portable/page_tree.h"
#include "storage/portable/portable_file.h"
#include "tests/client/ctl_fixture.h"
#include "tests/portable/small_set.h"

namespace codeset::ctl {
namespace {

using ::testing::HasSubstr;

class CtlPortableTest : public CtlTest {
 protected:
  static std::string Content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  // A server that has the small set's releases, and sends all pages that are asked for.
  void Serve() {
    EXPECT_CALL(*connection_, ExportRelease)
        .WillRepeatedly([](const client::CallOptions&, const v1::ExportReleaseRequest& request) {
          using Stream = client::ListedStream<v1::ExportReleaseResponse>;
          const portable::PortableSet set = portable::SmallSet();
          for (const portable::PortableRelease& release : set.releases) {
            if (release.spec.release_id != request.release().release()) continue;
            return std::make_unique<Stream>(MessagesOf(release, set.pages));
          }
          return std::make_unique<Stream>(
              std::vector<v1::ExportReleaseResponse>(),
              client::MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_RELEASE_NOT_FOUND,
                                "release 2020 is not loaded", {{"release", "2020"}}));
        });
  }

  static std::vector<v1::ExportReleaseResponse> MessagesOf(const portable::PortableRelease& release,
                                                           const portable::Pages& pages) {
    const image::ImageSpec& spec = release.spec;
    std::vector<v1::ExportReleaseResponse> messages(1);
    v1::ResolvedRelease& resolved = *messages[0].mutable_release();
    resolved.set_release_id(spec.release_id);
    resolved.set_effective_date(model::FormatDate(spec.effective));
    resolved.set_fingerprint(model::FormatDigest(model::ReleaseFingerprint(spec.groups)));
    resolved.mutable_coverage()->set_kind(v1::COVERAGE_KIND_EXACT);
    for (const auto& [group, digest] : spec.groups) {
      auto* message = resolved.add_facet_groups();
      message->set_group(static_cast<v1::FacetGroup>(group));
      message->set_fingerprint(model::FormatDigest(digest));
    }
    if (spec.lender.has_value()) {
      resolved.set_structure_from(spec.lender->release_id);
      messages[0].set_structure_fingerprint(model::FormatDigest(spec.lender->tabular_root));
    }
    resolved.set_poa_from(spec.poa->release_id);
    messages[0].set_poa_fingerprint(model::FormatDigest(spec.poa->root));
    *messages[0].mutable_description() = release.description;
    const absl::Status walked = portable::WalkPages(
        portable::RootsOf(spec),
        [&](const portable::PageNeed& need) { return pages.Find(need.group, need.digest).get(); },
        [&](const portable::PageNeed& need, const std::string& text) {
          v1::ExportedPage& page = *messages.emplace_back().add_pages();
          page.set_group(static_cast<v1::FacetGroup>(need.group));
          page.set_text(text);
          return absl::OkStatus();
        });
    EXPECT_TRUE(walked.ok()) << walked;
    return messages;
  }

  // Two pages of concepts: a chapter, a header, a billable code of which the exemption is known,
  // and one that no list places.
  void List(absl::Status end = absl::OkStatus()) {
    EXPECT_CALL(*connection_, ListConcepts)
        .WillOnce([](const client::CallOptions&, const v1::ListConceptsRequest& request) {
          EXPECT_EQ(request.release().release(), "2027");
          EXPECT_EQ(request.view(), v1::CONCEPT_VIEW_FULL);
          v1::ListConceptsResponse page;
          page.mutable_release()->set_release_id("2027");
          page.mutable_release()->mutable_coverage()->set_kind(v1::COVERAGE_KIND_EXACT);
          page.set_total_size(4);
          page.set_complete(true);
          page.set_next_page_token("next");
          v1::Concept* chapter = page.add_concepts();
          chapter->set_id("13");
          chapter->set_kind(v1::CONCEPT_KIND_CHAPTER);
          chapter->set_title("Diseases, of \"bone\"");
          chapter->set_chapter_id("13");
          chapter->set_placement(v1::PLACEMENT_OWN);
          chapter->set_tabular_state(v1::TABULAR_STATE_KNOWN);
          v1::Note* note = chapter->add_notes();
          note->set_kind(v1::NOTE_KIND_NOTE);
          note->add_groups()->add_items("a note");
          v1::Concept* header = page.add_concepts();
          header->set_id("M99");
          header->set_kind(v1::CONCEPT_KIND_CATEGORY);
          header->set_title("Lesions");
          header->set_short_title("Lesions");
          header->set_billable(false);
          header->set_parent_id("M99-M99");
          header->set_chapter_id("13");
          header->set_section_id("M99-M99");
          header->set_order_number(1);
          header->set_placeholder(false);
          header->set_placement(v1::PLACEMENT_OWN);
          header->set_tabular_state(v1::TABULAR_STATE_KNOWN);
          return page;
        })
        .WillOnce([end](const client::CallOptions&, const v1::ListConceptsRequest& request)
                      -> absl::StatusOr<v1::ListConceptsResponse> {
          EXPECT_EQ(request.page_token(), "next");
          if (!end.ok()) return end;
          v1::ListConceptsResponse page;
          v1::Concept* code = page.add_concepts();
          code->set_id("M99.86");
          code->set_kind(v1::CONCEPT_KIND_CODE);
          code->set_title("Other, lower extremity");
          code->set_short_title("Oth");
          code->set_tabular_title("Other lower");
          code->set_billable(true);
          code->set_parent_id("M99.8");
          code->set_chapter_id("13");
          code->set_section_id("M99-M99");
          code->set_order_number(2);
          code->set_poa_exempt(false);
          code->set_placement(v1::PLACEMENT_OWN);
          code->set_tabular_state(v1::TABULAR_STATE_KNOWN);
          v1::Concept* lost = page.add_concepts();
          lost->set_id("K6A");
          lost->set_kind(v1::CONCEPT_KIND_CATEGORY);
          lost->set_title("New");
          lost->set_short_title("New");
          lost->set_billable(true);
          lost->set_order_number(3);
          lost->set_placement(v1::PLACEMENT_NOT_KNOWN);
          lost->set_tabular_state(v1::TABULAR_STATE_NOT_KNOWN);
          return page;
        });
  }

  // By RFC 4180 and the help of the command.
  const std::string csv_ =
      "id,kind,billable,title,short_title,tabular_title,parent_id,chapter_id,section_id,placement,"
      "order_number,placeholder,poa_exempt,tabular_state\r\n"
      "13,CHAPTER,,\"Diseases, of \"\"bone\"\"\",,,,13,,OWN,,,,KNOWN\r\n"
      "M99,CATEGORY,false,Lesions,Lesions,,M99-M99,13,M99-M99,OWN,1,false,,KNOWN\r\n"
      "M99.86,CODE,true,\"Other, lower extremity\",Oth,Other lower,M99.8,13,M99-M99,OWN,2,,false,"
      "KNOWN\r\n"
      "K6A,CATEGORY,true,New,New,,,,,NOT_KNOWN,3,,,NOT_KNOWN\r\n";
};

TEST_F(CtlPortableTest, ExportsConceptsAsCsv) {
  List();
  EXPECT_EQ(Call({"export", "concepts", "--release", "2027"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(), csv_);
  EXPECT_THAT(err_.str(), HasSubstr("release 2027"));
}

TEST_F(CtlPortableTest, ExportsConceptsAsJsonLines) {
  List();
  EXPECT_EQ(Call({"export", "concepts", "--release", "2027", "--format", "jsonl"}),
            ExitCode::kDone);
  EXPECT_EQ(
      out_.str(),
      R"({"release":{"releaseId":"2027","coverage":{"kind":"COVERAGE_KIND_EXACT"}},"totalSize":4,"complete":true}
{"id":"13","kind":"CONCEPT_KIND_CHAPTER","title":"Diseases, of \"bone\"","chapterId":"13","placement":"PLACEMENT_OWN","tabularState":"TABULAR_STATE_KNOWN","notes":[{"kind":"NOTE_KIND_NOTE","groups":[{"items":["a note"]}]}]}
{"id":"M99","kind":"CONCEPT_KIND_CATEGORY","title":"Lesions","shortTitle":"Lesions","billable":false,"parentId":"M99-M99","orderNumber":1,"chapterId":"13","sectionId":"M99-M99","placement":"PLACEMENT_OWN","tabularState":"TABULAR_STATE_KNOWN","placeholder":false}
{"id":"M99.86","kind":"CONCEPT_KIND_CODE","title":"Other, lower extremity","shortTitle":"Oth","billable":true,"tabularTitle":"Other lower","parentId":"M99.8","orderNumber":2,"chapterId":"13","sectionId":"M99-M99","placement":"PLACEMENT_OWN","tabularState":"TABULAR_STATE_KNOWN","poaExempt":false}
{"id":"K6A","kind":"CONCEPT_KIND_CATEGORY","title":"New","shortTitle":"New","billable":true,"orderNumber":3,"placement":"PLACEMENT_NOT_KNOWN","tabularState":"TABULAR_STATE_NOT_KNOWN"}
)");
}

TEST_F(CtlPortableTest, WritesAFileWholeOrNotAtAll) {
  const std::string path = WriteFile("concepts.csv", "old");
  List(absl::UnavailableError("gone"));
  EXPECT_EQ(Call({"export", "concepts", "--release", "2027", "-o", path}), ExitCode::kRefused);
  EXPECT_EQ(Content(path), "old");
  EXPECT_EQ(out_.str(), "");
  List();
  EXPECT_EQ(Call({"export", "concepts", "--release", "2027", "-o", path}), ExitCode::kDone);
  EXPECT_EQ(Content(path), csv_);
  EXPECT_EQ(out_.str(), "");
  EXPECT_CALL(*connection_, ListConcepts).WillOnce([](auto&&...) {
    v1::ListConceptsResponse page;
    page.mutable_release()->set_release_id("2027");
    return page;
  });
  EXPECT_EQ(Call({"export", "concepts", "--release", "2027", "-o", path + "/no"}),
            ExitCode::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("codesetctl: "));
}

TEST_F(CtlPortableTest, ExportsReleasesIntoOneFile) {
  Serve();
  const std::string path = WriteFile("all.codeset", "old");
  // Named in any order, once or twice.
  EXPECT_EQ(Call({"release", "export", "2025-04", "2025", "2025", path}), ExitCode::kDone);
  EXPECT_EQ(Content(path), *portable::FormatPortable(portable::SmallSet()));
  EXPECT_THAT(out_.str(), HasSubstr("release 2025 exported to " + path + "; fingerprint "));
  EXPECT_THAT(err_.str(), HasSubstr("release 2025-04, in force from 2025-04-01"));

  EXPECT_EQ(Call({"release", "export", "2020", path + ".none"}), ExitCode::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("release 2020 is not loaded"));
  EXPECT_EQ(Content(path + ".none"), "");
  EXPECT_EQ(Call({"release", "export", "2025", path + "/no"}), ExitCode::kRefused);
}

TEST_F(CtlPortableTest, ImportsPortableFilesAlone) {
  EXPECT_EQ(Call({"--data-dir", "d", "release", "import", WriteFile("a.zip", "PK")}),
            ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("codesetctl release load ID PATH..."));
  EXPECT_EQ(Call({"--data-dir", "d", "release", "import", "none"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("there is no file or folder none"));
  EXPECT_EQ(Call({"release", "import", "none"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--data-dir"));
}

TEST_F(CtlPortableTest, RefusesWrongCommandLines) {
  for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{
           {"release", "export", "2026"},
           {"release", "export"},
           {"release", "export", "2026", "f", "--release", "2026"},
           {"release", "import"},
           {"release", "import", "a", "b"},
           {"export", "concepts", "2026"},
           {"export", "concepts", "--format", "xml"},
           {"export", "concepts", "-o", ""}}) {
    EXPECT_EQ(Call(args), ExitCode::kUsage) << ::testing::PrintToString(args);
    EXPECT_EQ(out_.str(), "");
  }
}

}  // namespace
}  // namespace codeset::ctl
