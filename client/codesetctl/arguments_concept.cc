// The commands that ask about concepts in one release, and about the lives of codes.
#include <map>
#include <tuple>
#include <utility>

#include "client/codesetctl/arguments_flags.h"

namespace codeset::ctl {
namespace {

const std::map<std::string, v1::ConceptKind> kKinds = {
    {"chapter", v1::CONCEPT_KIND_CHAPTER},   {"section", v1::CONCEPT_KIND_SECTION},
    {"category", v1::CONCEPT_KIND_CATEGORY}, {"subcategory", v1::CONCEPT_KIND_SUBCATEGORY},
    {"code", v1::CONCEPT_KIND_CODE},
};
const std::map<std::string, v1::ConceptView> kViews = {
    {"basic", v1::CONCEPT_VIEW_BASIC},
    {"full", v1::CONCEPT_VIEW_FULL},
    {"effective", v1::CONCEPT_VIEW_EFFECTIVE},
};
const std::map<std::string, Format> kExportFormats = {{"csv", Format::kCsv},
                                                      {"jsonl", Format::kJson}};

constexpr char kValidityFooter[] = R"(
csv: the columns code, status, from_date, until_date, from_release, begins_after_gap,
ends_in_gap, short_title, title; a record for each time during which status (BILLABLE or
HEADER) and titles were the same, from from_date up to but without until_date, which is empty
if the time lasts. begins_after_gap: it may have begun earlier; ends_in_gap: it may have lasted
longer. NOT_KNOWN: nobody knows whether the code was there, since an edition is not loaded; such
records are given for a code that is there right before or after. The records first in the file
have the code * and are NOT_KNOWN: in these times a code without a record of its own may have
been there as well; at any other time it was not.

jsonl: the first line has releases, gaps and asOf, each other line a codeset.v1.CodeHistory in
protobuf JSON, its notes left out (see proto/codeset/v1/history.proto).

Global flags go with every command; codesetctl --help tells of them.)";

constexpr char kConceptsFooter[] = R"(
Concepts come in tabular order, chapters and sections among them; those of categories that no
tabular list places come last.

csv (RFC 4180): the columns id, kind, billable, title, short_title, tabular_title, parent_id,
chapter_id, section_id, placement, order_number, placeholder, poa_exempt, tabular_state. A field
that does not apply, or is not known, is empty, and never false: billable, short_title and
order_number are empty for chapters and sections, poa_exempt for all that is not billable and
where no list in force is known. placement NOT_KNOWN: parent (of a category), chapter and section
are not known, and not none. tabular_state NOT_KNOWN: neither are notes, placeholder and
tabular_title.

jsonl: the first line has release, totalSize and complete, each other line a codeset.v1.Concept
in protobuf JSON, with its notes (see proto/codeset/v1/concept.proto); what is not known is left
out.

Global flags go with every command; codesetctl --help tells of them.)";

}  // namespace

void AddConceptCommands(CLI::App& app, Arguments* arguments) {
  CLI::App* lookup = AddCommand(app, "lookup", "What concepts are", Command::kLookup, arguments);
  lookup->add_option("CODE", arguments->ids, "Concepts, with or without dot")->required();
  lookup
      ->add_option("--view", arguments->view,
                   "basic; full, with its own notes; or effective, with all notes that apply and "
                   "facts (default: basic)")
      ->transform(OneOf(kViews));
  lookup->add_flag("--verification", arguments->verification,
                   "Tell of each code's page when it was verified and what that is worth today");
  for (const auto& [name, relation] :
       {std::pair{"parents", v1::RELATION_PARENTS}, std::pair{"ancestors", v1::RELATION_ANCESTORS},
        std::pair{"children", v1::RELATION_CHILDREN}, std::pair{"siblings", v1::RELATION_SIBLINGS},
        std::pair{"descendants", v1::RELATION_DESCENDANTS}}) {
    CLI::App* sub = app.add_subcommand(name, absl::StrCat("The ", name, " of a concept"));
    AddId(sub, "The concept", arguments);
    sub->callback([=, relation = relation] {
      arguments->command = Command::kRelatives;
      arguments->relation = relation;
    });
  }
  CLI::App* list =
      AddCommand(app, "list", "Concepts that meet all conditions", Command::kList, arguments);
  list->add_option("--under", arguments->under, "Only this concept and what lies below");
  list->add_option("--prefix", arguments->prefix, "Only codes that begin so: E11.-");
  list->add_option("--range", arguments->range, "Only codes from A up to what lies below B")
      ->option_text("A B")
      ->expected(2);
  list->add_option("--kind", arguments->kinds,
                   "chapter, section, category, subcategory or code; repeatable")
      ->allow_extra_args(false)
      ->transform(OneOf(kKinds));
  list->add_flag_function(
      "--billable", [=](std::int64_t) { arguments->billable = true; }, "Only billable codes");
  CLI::App* referencing = AddCommand(app, "referencing", "The notes that name a concept",
                                     Command::kReferencing, arguments);
  AddId(referencing, "The concept", arguments);
  referencing
      ->add_option("--kind", arguments->note_kinds,
                   "includes, excludes1, excludes2, code-first, code-also, use-additional-code, "
                   "note or inclusion-term; repeatable")
      ->allow_extra_args(false)
      ->transform(OneOf(NoteKinds()));
  referencing->add_flag("--named-only", arguments->named_only,
                        "Not those that name what it lies in");
  CLI::App* subsumes =
      AddCommand(app, "subsumes", "Whether B is A or lies below A", Command::kSubsumes, arguments);
  AddIdPair(subsumes, "A", "B", "A concept", arguments);
  CLI::App* ancestor = AddCommand(app, "common-ancestor", "The lowest concept above all",
                                  Command::kCommonAncestor, arguments);
  ancestor->add_option("ID", arguments->ids, "The concepts, two or more")->required();
}

void AddHistoryCommands(CLI::App& app, Arguments* arguments) {
  CLI::App* history =
      AddCommand(app, "history", "The lives of codes over all releases, drawn along a line of time",
                 Command::kHistory, arguments);
  history->add_option("CODE", arguments->ids, "Codes, with or without dot")->required();
  CLI::App* exports = app.add_subcommand("export", "Everything of a kind, for pipelines");
  exports->require_subcommand(1);
  CLI::App* validity =
      AddCommand(*exports, "validity", "Every code ever seen, when it was valid and its titles",
                 Command::kExportValidity, arguments);
  validity->add_option("--format", arguments->format, "csv or jsonl (default: csv)")
      ->transform(OneOf(kExportFormats));
  validity->add_option("--prefix", arguments->prefix, "Only codes that begin so: E11.-");
  validity->add_flag_function(
      "--billable", [=](std::int64_t) { arguments->billable = true; },
      "Only codes that were ever billable");
  validity->footer(kValidityFooter);
  CLI::App* concepts =
      AddCommand(*exports, "concepts", "All concepts of the release that --release or --date names",
                 Command::kExportConcepts, arguments);
  concepts->add_option("--format", arguments->format, "csv or jsonl (default: csv)")
      ->transform(OneOf(kExportFormats));
  concepts
      ->add_option("-o,--to", arguments->output_file,
                   "The file to write, there whole or not at all (default: standard output)")
      ->option_text("FILE");
  concepts->footer(kConceptsFooter);
}

}  // namespace codeset::ctl
