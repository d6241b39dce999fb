#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "client/codesetctl/arguments.h"

namespace codeset::ctl {
namespace {

class ArgumentsTest : public ::testing::Test {
 protected:
  std::variant<Arguments, Answered> Parse(const std::vector<std::string>& args) {
    const Environment environment{out_,
                                  err_,
                                  std::nullopt,
                                  false,
                                  [this](const std::string& name) { return variables_[name]; },
                                  nullptr,
                                  nullptr};
    return ParseArguments(args, environment);
  }

  std::map<std::string, std::string> variables_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ArgumentsTest, RefusesWrongCommandLines) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"nonsense"},
      {"--nonsense"},
      {"lookup"},
      {"lookup", "M99", "--view", "everything"},
      {"lookup", "M99", "--output", "xml"},
      {"lookup", "M99", "--release", "2026", "--date", "2026-01-01"},
      {"children"},
      {"children", "M99", "M98"},
      {"subsumes", "M99"},
      {"common-ancestor", "M99"},
      {"list", "--range", "A00"},
      {"list", "--kind", "letter"},
      {"diff", "2025"},
      {"diff", "2025", "2026", "--release", "2026"},
      {"diff", "2025", "2026", "--facet", "colour"},
      {"diff", "2025", "2026", "--format", "addenda", "--summary"},
      {"diff", "2025", "2026", "--format", "addenda", "--under", "M99"},
      {"release"},
      {"release", "load", "2026"},
      {"release", "delete"},
      {"release", "list", "--date", "2026-01-01"},
      {"release", "compare", "2027"},
      {"release", "activate"},
      {"release", "rollback"},
      {"label"},
      {"label", "set", "prod"},
      {"label", "history"},
      {"history"},
      {"history", "M99", "--date", "2026-01-01"},
      {"export"},
      {"export", "everything"},
      {"export", "validity", "--format", "xml"},
      {"check-list", "file", "--from", "2024"},
      {"watch", "--from", "t", "--from-start"},
      {"watch", "--count", "0"},
      {"diff", "2025", "2026", "--notes", "colour"},
      {"diff", "2025", "2026", "--format", "addenda", "--billable"},
      {"validate", "M99.86", "A\xff"},
      {"children", "\xff"},
  };
  for (const std::vector<std::string>& args : wrong) {
    const auto parsed = Parse(args);
    ASSERT_TRUE(std::holds_alternative<Answered>(parsed)) << ::testing::PrintToString(args);
    const Answered& answered = std::get<Answered>(parsed);
    EXPECT_EQ(answered.exit_code, ExitCode::kUsage);
    EXPECT_THAT(answered.err, ::testing::StartsWith("codesetctl: "));
    EXPECT_EQ(answered.out, "");
  }
}

TEST_F(ArgumentsTest, RefusesEmptyValuesByName) {
  const struct {
    std::vector<std::string> args;
    const char* name;
  } cases[] = {
      {{"lookup", "M99", "--date", ""}, "--date"},
      {{"lookup", "M99", "--date", " "}, "--date"},
      {{"lookup", "M99", "--date="}, "--date"},
      {{"--release", "", "lookup", "M99"}, "--release"},
      {{"--release=", "lookup", "M99"}, "--release"},
      {{"list", "--under", ""}, "--under"},
      {{"list", "--prefix", ""}, "--prefix"},
      {{"list", "--range", "A00", ""}, "--range"},
      {{"lookup", "M99", ""}, "CODE"},
      {{"children", ""}, "ID"},
      {{"subsumes", "M99", ""}, "B"},
      {{"common-ancestor", "", "M99"}, "ID"},
      {{"diff", "", "2026"}, "FROM"},
      {{"diff", "2025", ""}, "TO"},
      {{"diff", "2025", "2026", "--under", ""}, "--under"},
      {{"release", "show", ""}, "ID"},
  };
  for (const auto& test : cases) {
    const auto parsed = Parse(test.args);
    ASSERT_TRUE(std::holds_alternative<Answered>(parsed)) << ::testing::PrintToString(test.args);
    const Answered& answered = std::get<Answered>(parsed);
    EXPECT_EQ(answered.exit_code, ExitCode::kUsage);
    EXPECT_THAT(answered.err, ::testing::StartsWith(std::string("codesetctl: ") + test.name));
    EXPECT_THAT(answered.err, ::testing::HasSubstr("empty"));
  }
}

TEST_F(ArgumentsTest, OnlyTheHelpOfAllExplainsExitCodes) {
  EXPECT_THAT(std::get<Answered>(Parse({"--help"})).out, ::testing::HasSubstr("Exit codes:"));
  for (const char* command : {"subsumes", "common-ancestor", "diff", "list"}) {
    const std::string help = std::get<Answered>(Parse({command, "--help"})).out;
    EXPECT_THAT(help, ::testing::Not(::testing::HasSubstr("Exit codes:")));
    EXPECT_THAT(help, ::testing::HasSubstr("codesetctl --help"));
    EXPECT_THAT(help, ::testing::Not(::testing::ContainsRegex("[(][0-9]+x[)]| x [0-9]")));
  }
}

TEST_F(ArgumentsTest, AnswersHelpAndVersionOnStandardOutput) {
  for (const char* flag : {"--help", "--version"}) {
    const Answered answered = std::get<Answered>(Parse({flag}));
    EXPECT_EQ(answered.exit_code, ExitCode::kDone);
    EXPECT_THAT(answered.out, ::testing::HasSubstr("codesetctl"));
    EXPECT_EQ(answered.err, "");
  }
}

TEST_F(ArgumentsTest, TakesGlobalFlagsBeforeAndAfterTheCommand) {
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"--server", "x:1", "--output", "json", "lookup", "M99", "E11"},
        std::vector<std::string>{"lookup", "M99", "E11", "--output", "json", "--server", "x:1"}}) {
    const Arguments arguments = std::get<Arguments>(Parse(args));
    EXPECT_EQ(arguments.command, Command::kLookup);
    EXPECT_EQ(arguments.server, "x:1");
    EXPECT_EQ(arguments.format, Format::kJson);
    EXPECT_THAT(arguments.ids, ::testing::ElementsAre("M99", "E11"));
  }
}

TEST_F(ArgumentsTest, ReadsALoad) {
  const Arguments arguments = std::get<Arguments>(
      Parse({"release", "load", "2026", "--allow", "ONE", "--allow", "TWO", "a.zip", "folder",
             "--no-keep-sources", "--dry-run", "--data-dir", "data"}));
  EXPECT_EQ(arguments.command, Command::kReleaseLoad);
  EXPECT_THAT(arguments.ids, ::testing::ElementsAre("2026"));
  EXPECT_THAT(arguments.paths, ::testing::ElementsAre("a.zip", "folder"));
  EXPECT_THAT(arguments.allow, ::testing::ElementsAre("ONE", "TWO"));
  EXPECT_TRUE(arguments.dry_run);
  EXPECT_FALSE(arguments.keep_sources);
  EXPECT_EQ(AdminAddressOf(arguments), "unix:data/admin.sock");
}

TEST_F(ArgumentsTest, ReadsListsAndDiffs) {
  const Arguments list = std::get<Arguments>(Parse(
      {"list", "--range", "A00", "A09", "--kind", "code", "--kind", "category", "--billable"}));
  EXPECT_THAT(list.range, ::testing::ElementsAre("A00", "A09"));
  EXPECT_THAT(list.kinds, ::testing::ElementsAre(v1::CONCEPT_KIND_CODE, v1::CONCEPT_KIND_CATEGORY));
  EXPECT_EQ(list.billable, true);
  const Arguments diff = std::get<Arguments>(
      Parse({"diff", "2025", "2026-01-15", "--facet", "short-title", "--format", "csv"}));
  EXPECT_THAT(diff.facets, ::testing::ElementsAre(v1::FACET_SHORT_TITLE));
  EXPECT_EQ(diff.format, Format::kCsv);
  EXPECT_EQ(SelectorOf(diff, diff.ids[0]).release(), "2025");
  EXPECT_EQ(SelectorOf(diff, diff.ids[1]).date(), "2026-01-15");
}

TEST_F(ArgumentsTest, ReadsHoldingBackBasesAndLabels) {
  const Arguments load = std::get<Arguments>(Parse(
      {"release", "load", "2020-04", "a.txt", "--base", "2020", "--activate-on", "2020-05-01"}));
  EXPECT_EQ(load.base, "2020");
  EXPECT_EQ(load.activate_on, "2020-05-01");
  const Arguments activate =
      std::get<Arguments>(Parse({"release", "activate", "2027", "--on", "never", "--by", "ann"}));
  EXPECT_EQ(activate.command, Command::kReleaseActivate);
  EXPECT_EQ(activate.activate_on, "never");
  EXPECT_EQ(activate.by, "ann");
  const Arguments set = std::get<Arguments>(Parse({"label", "set", "prod", "2026", "--exact"}));
  EXPECT_EQ(set.command, Command::kLabelSet);
  EXPECT_EQ(set.label, "prod");
  EXPECT_THAT(set.ids, ::testing::ElementsAre("2026"));
  EXPECT_TRUE(set.exact);
  EXPECT_EQ(std::get<Arguments>(Parse({"label", "history", "prod"})).command,
            Command::kLabelHistory);
  EXPECT_EQ(std::get<Arguments>(Parse({"release", "rollback", "prod"})).command,
            Command::kLabelRollback);
}

TEST_F(ArgumentsTest, ReadsComparisonsListsAndWatches) {
  const Arguments compare = std::get<Arguments>(
      Parse({"release", "compare", "2027", "2026", "--max", "deleted=10", "--max", "Moved=0"}));
  EXPECT_THAT(compare.ids, ::testing::ElementsAre("2027", "2026"));
  EXPECT_THAT(compare.thresholds,
              ::testing::ElementsAre(Threshold{"deleted", 10}, Threshold{"moved", 0}));
  const Arguments check =
      std::get<Arguments>(Parse({"check-list", "-", "--from", "2024", "--to", "2026-10-01"}));
  EXPECT_THAT(check.paths, ::testing::ElementsAre("-"));
  EXPECT_EQ(SelectorOf(check, check.to).date(), "2026-10-01");
  const Arguments watch = std::get<Arguments>(Parse({"watch", "--from", "token", "--count", "3"}));
  EXPECT_EQ(watch.resume_token, "token");
  EXPECT_EQ(watch.count, 3);
  const Arguments diff = std::get<Arguments>(Parse(
      {"diff", "prod", "@pin", "--pin", "f", "--notes", "excludes1", "--notes", "code-first"}));
  EXPECT_THAT(diff.note_kinds,
              ::testing::ElementsAre(v1::NOTE_KIND_EXCLUDES1, v1::NOTE_KIND_CODE_FIRST));
  EXPECT_EQ(diff.pin_file, "f");
}

TEST_F(ArgumentsTest, TakesDefaultsFromVariables) {
  EXPECT_EQ(std::get<Arguments>(Parse({"resolve"})).server, "127.0.0.1:7460");
  EXPECT_EQ(AdminAddressOf(std::get<Arguments>(Parse({"resolve"}))), "");
  variables_ = {{"CODESET_SERVER", "s:1"}, {"CODESET_DATA_DIR", "/d"}};
  EXPECT_EQ(std::get<Arguments>(Parse({"resolve"})).server, "s:1");
  EXPECT_EQ(std::get<Arguments>(Parse({"resolve", "--server", "t:2"})).server, "t:2");
  EXPECT_EQ(AdminAddressOf(std::get<Arguments>(Parse({"resolve"}))), "unix:/d/admin.sock");
  variables_["CODESET_ADMIN"] = "a:3";
  EXPECT_EQ(AdminAddressOf(std::get<Arguments>(Parse({"resolve"}))), "a:3");
  EXPECT_EQ(AdminAddressOf(std::get<Arguments>(Parse({"resolve", "--data-dir", "/e"}))),
            "unix:/e/admin.sock");
}

TEST_F(ArgumentsTest, MakesTheSelector) {
  EXPECT_EQ(SelectorOf(std::get<Arguments>(Parse({"resolve"}))).release(), "current");
  const v1::ReleaseSelector dated =
      SelectorOf(std::get<Arguments>(Parse({"resolve", "--date", "2023-06-01", "--allow-stale"})));
  EXPECT_EQ(dated.date(), "2023-06-01");
  EXPECT_TRUE(dated.allow_stale());
}

}  // namespace
}  // namespace codeset::ctl
