// The commands that set two releases against each other.
#include <map>

#include "client/codesetctl/arguments_flags.h"

namespace codeset::ctl {
namespace {

const std::map<std::string, Format> kDiffFormats = {{"table", Format::kTable},
                                                    {"json", Format::kJson},
                                                    {"csv", Format::kCsv},
                                                    {"addenda", Format::kAddenda}};

constexpr char kCheckListFooter[] = R"(
FILE has one entry a line: a code (M99.86), a pattern (E11.-: the billable codes that begin so)
or a range (S72.0-S72.9: the billable codes from the first through all below the second). What
follows a comma or white space is not read, nor are empty lines and lines that begin with #. A
first line `code` is taken for a heading.

Each code has a row, in the order of the file, with one outcome or more: UNCHANGED, GONE,
NOW_HEADER, NOW_BILLABLE, TITLE_CHANGED, NOTES_CHANGED, INHERITED_NOTES_CHANGED, MORE_SPECIFIC,
NEWLY_MATCHED, UNKNOWN, MALFORMED. GONE, NOW_HEADER, UNKNOWN and MALFORMED break the list: the
exit code is then 1.

Global flags go with every command; codesetctl --help tells of them.)";

constexpr char kReplacementsFooter[] = R"(
Releases: id, label, current, next, @pin or YYYY-MM-DD. The way to each code is told hop by hop,
with the row of the publisher's conversion table that says so, or `derived` where a code became
a header and the table is silent. Kinds: one to one, split, merge, headers child, carved out
(the previous code is still billable). LOSSY: the record must be looked at, since the two do not
mean the same. The exit code is 1 where nothing is known to stand for a code.

Global flags go with every command; codesetctl --help tells of them.)";

}  // namespace

void AddDiffCommands(CLI::App& app, Arguments* arguments) {
  CLI::App* diff =
      AddCommand(app, "diff", "What changed between two releases", Command::kDiff, arguments);
  AddIdPair(diff, "FROM", "TO", "A release: id, label, current, next, @pin or YYYY-MM-DD",
            arguments);
  diff->add_option("--facet", arguments->facets, absl::StrCat(kFacetNames, "; repeatable"))
      ->allow_extra_args(false)
      ->transform(OneOf(Facets()));
  diff->add_option("--notes", arguments->note_kinds,
                   "Of notes only edits of this kind: includes, excludes1, excludes2, code-first, "
                   "code-also, use-additional-code, note or inclusion-term; repeatable. Without "
                   "--facet, notes alone")
      ->allow_extra_args(false)
      ->transform(OneOf(NoteKinds()));
  diff->add_option("--under", arguments->under, "Only this concept and what lies below");
  diff->add_flag_function(
      "--billable", [=](std::int64_t) { arguments->billable = true; },
      "Only codes that are billable in either release");
  diff->add_flag("--summary", arguments->summary, "Counts alone");
  diff->add_flag("--by-chapter", arguments->by_chapter, "Counts by chapter too; implies --summary");
  diff->add_option("--format", arguments->format,
                   "table, json, csv or addenda, the publisher's own layout")
      ->transform(OneOf(kDiffFormats));
  CLI::App* check =
      AddCommand(app, "check-list", "What became of a list of codes between two releases",
                 Command::kCheckList, arguments);
  check->add_option("FILE", arguments->paths, "The list; - reads standard input")
      ->required()
      ->expected(1);
  check->add_option("--from", arguments->from, "The release that the list was drawn up for")
      ->required();
  check->add_option("--to", arguments->to, "The release that it is to be used with")->required();
  check->footer(kCheckListFooter);
  CLI::App* replacements =
      AddCommand(app, "replacements", "What codes of one release are coded as in another",
                 Command::kReplacements, arguments);
  replacements->add_option("CODE", arguments->ids, "Codes of --from, with or without dot")
      ->required();
  replacements->add_option("--from", arguments->from, "The release in which the codes were used")
      ->required();
  replacements
      ->add_option("--to", arguments->to, "The release to be used now; it may be the older one")
      ->required();
  replacements->footer(kReplacementsFooter);
}

}  // namespace codeset::ctl
