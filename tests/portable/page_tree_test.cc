#include "storage/portable/page_tree.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/model/digest.h"
#include "storage/model/error.h"
#include "storage/model/text.h"
#include "storage/portable/pages.h"
#include "tests/portable/hostile_pages.h"
#include "tests/support/status_is.h"

namespace codeset::portable {
namespace {

using model::Digest;
using model::FacetGroup;
using model::Reason;
using testing::FailsWith;

absl::Status Walk(const Pages& pages, FacetGroup group, const Digest& root, int* visited) {
  return WalkPages(
      {RootOf(group, root)},
      [&](const PageNeed& need) { return pages.Find(need.group, need.digest).get(); },
      [&](const PageNeed&, const std::string&) {
        ++*visited;
        return absl::OkStatus();
      });
}

TEST(PageTreeTest, RefusesAPageThatNamesAnotherTwice) {
  Pages pages;
  const std::string category =
      AddText(pages, FacetGroup::kOrder, "codeset/1 order category A00\nA00\t1\tx\tx\n");
  const std::string line = absl::StrCat("A00\t", category, "\n");
  const std::string once =
      AddText(pages, FacetGroup::kOrder, absl::StrCat("codeset/1 order block A\n", line));
  const std::string twice =
      AddText(pages, FacetGroup::kOrder, absl::StrCat("codeset/1 order block A\n", line, line));
  const auto walk = [&](const std::string& block) {
    const std::string root =
        AddText(pages, FacetGroup::kOrder, absl::StrCat("codeset/1 order root\nA\t", block, "\n"));
    int visited = 0;
    return Walk(pages, FacetGroup::kOrder, *model::ParseDigest(root), &visited);
  };
  EXPECT_TRUE(walk(once).ok());
  EXPECT_TRUE(FailsWith(walk(twice), Reason::kDataDamaged, "the page of order block A, ",
                        "names order category A00 twice"));
}

TEST(PageTreeTest, RefusesAPageOfTwoNames) {
  Pages pages;
  const std::string category =
      AddText(pages, FacetGroup::kOrder, "codeset/1 order category A00\nA00\t1\tx\tx\n");
  const std::string block =
      AddText(pages, FacetGroup::kOrder,
              absl::StrCat("codeset/1 order block A\nA00\t", category, "\nA01\t", category, "\n"));
  const std::string root =
      AddText(pages, FacetGroup::kOrder, absl::StrCat("codeset/1 order root\nA\t", block, "\n"));
  int visited = 0;
  EXPECT_TRUE(FailsWith(Walk(pages, FacetGroup::kOrder, *model::ParseDigest(root), &visited),
                        Reason::kDataDamaged, "the page of order category A01, ",
                        "is named as that of order category A00 too"));
}

TEST(PageTreeTest, RefusesSectionsThatSeveralOthersName) {
  Pages pages;
  const Digest root = AddDiamonds(pages, 3);
  int visited = 0;
  EXPECT_TRUE(FailsWith(Walk(pages, FacetGroup::kTabular, root, &visited), Reason::kDataDamaged,
                        "the page of tabular section ", "is named twice"));
}

TEST(PageTreeTest, GoesIntoACategoryThatTwoSectionsNameOnce) {
  Pages pages;
  const std::string category =
      AddText(pages, FacetGroup::kTabular, "codeset/1 tabular category A00\ndiag\tA00\t0\tx\n");
  std::string chapter = "codeset/1 tabular chapter 1\ntitle\tx\n";
  for (const char* id : {"A00-A00", "A01-A01"}) {
    const std::string section =
        AddText(pages, FacetGroup::kTabular,
                absl::StrCat("codeset/1 tabular section ", id, "\ntitle\tx\ncategory\tA00\t",
                             category, "\n"));
    absl::StrAppend(&chapter, "section\t", id, "\t", section, "\n");
  }
  const std::string root =
      AddText(pages, FacetGroup::kTabular,
              absl::StrCat("codeset/1 tabular root\nchapter\t1\t",
                           AddText(pages, FacetGroup::kTabular, chapter), "\n"));
  int visited = 0;
  EXPECT_TRUE(Walk(pages, FacetGroup::kTabular, *model::ParseDigest(root), &visited).ok());
  EXPECT_EQ(visited, 5);
}

// Whoever sends pages may name anything; what is said of it is text of bounded length.
TEST(PageTreeTest, TellsWhatIsNoTextAsText) {
  const std::string wild = absl::StrCat("\xff\x1b[2J", std::string(10'000, 'x'));
  const std::string digest(64, '0');
  const std::string line = absl::StrCat("chapter\t", wild, "\t", digest, "\n");
  const PageNeed root = RootOf(FacetGroup::kTabular, model::Digest());
  for (const std::string& text : {absl::StrCat("codeset/1 tabular root\n", line, line),
                                  absl::StrCat("codeset/1 tabular root\n", "note\t", wild, "\n")}) {
    const absl::Status status = ChildrenOf(root, text).status();
    EXPECT_TRUE(
        testing::FailsWith(status, model::Reason::kDataDamaged, "the page of tabular root", "\\x"));
    EXPECT_LT(status.message().size(), 500U);
    EXPECT_EQ(model::CleanName(status.message()), status.message());
  }
}

}  // namespace
}  // namespace codeset::portable
