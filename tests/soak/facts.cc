#include "tests/soak/facts.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "storage/model/status_macros.h"

namespace codeset::soak {
namespace {

using Cells = std::vector<absl::string_view>;

constexpr size_t kConceptCells = 16;

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file.good()) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  return std::move(content).str();
}

absl::StatusOr<ConceptFacts> ConceptOf(const Cells& cells) {
  if (cells.size() != kConceptCells) {
    return absl::InvalidArgumentError("a concept has another number of cells");
  }
  ConceptFacts facts;
  facts.id = cells[1];
  facts.parent = cells[3];
  facts.chapter = cells[4];
  facts.section = cells[5];
  facts.row = cells[7] != "-";
  facts.billable = cells[7] == "1";
  facts.short_title = cells[9];
  facts.title = cells[10];
  facts.tabular_title = cells[11];
  facts.placeholder = cells[12] == "1";
  facts.notes = cells[13];
  facts.seventh = cells[14];
  facts.table = cells[15];
  if (!v1::ConceptKind_Parse(absl::StrCat("CONCEPT_KIND_", cells[2]), &facts.kind) ||
      !v1::Placement_Parse(absl::StrCat("PLACEMENT_", cells[6]), &facts.placement) ||
      !absl::SimpleAtoi(cells[8], &facts.order_number)) {
    return absl::InvalidArgumentError("kind, placement or order number cannot be read");
  }
  return facts;
}

absl::Status TakeGroup(const Cells& cells, ReleaseFacts* release) {
  const std::map<absl::string_view, v1::FacetGroup> names = {
      {"order", v1::FACET_GROUP_ORDER},
      {"tabular", v1::FACET_GROUP_TABULAR},
      {"poa", v1::FACET_GROUP_POA},
      {"conversion", v1::FACET_GROUP_CONVERSION}};
  const auto group = names.find(cells[1]);
  if (cells.size() != 3 || group == names.end()) {
    return absl::InvalidArgumentError("no such facet group");
  }
  release->groups[group->second] = std::string(cells[2]);
  return absl::OkStatus();
}

absl::Status TakeLine(const Cells& cells, ReleaseFacts* release) {
  if (cells[0] == "concept") {
    ASSIGN_OR_RETURN(ConceptFacts facts, ConceptOf(cells));
    release->by_id.emplace(facts.id, release->concepts.size());
    release->concepts.push_back(std::move(facts));
    return absl::OkStatus();
  }
  if (cells[0] == "exempt" && cells.size() == 2) {
    release->exempt.insert(cells[1]);
    return absl::OkStatus();
  }
  if (cells[0] == "group" && cells.size() == 3) return TakeGroup(cells, release);
  if (cells[0] == "count" && cells.size() == 3) {
    int count = 0;
    if (!absl::SimpleAtoi(cells[2], &count)) return absl::InvalidArgumentError("no number");
    release->counts[std::string(cells[1])] = count;
    return absl::OkStatus();
  }
  if (cells[0] == "release" && cells.size() == 5) {
    release->id = std::string(cells[1]);
    release->date = std::string(cells[2]);
    release->fingerprint = std::string(cells[3]);
    release->structure_from = std::string(cells[4]);
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("not a line of such a table");
}

absl::StatusOr<ReleaseFacts> ReadRelease(const std::string& path) {
  ASSIGN_OR_RETURN(std::string content, ReadFile(path));
  ReleaseFacts release;
  release.table = std::make_shared<const std::string>(std::move(content));
  int place = 0;
  for (const absl::string_view line : absl::StrSplit(*release.table, '\n', absl::SkipEmpty())) {
    ++place;
    const absl::Status taken = TakeLine(absl::StrSplit(line, '\t'), &release);
    if (!taken.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", place, ": ", taken.message()));
    }
  }
  for (size_t i = 0; i < release.concepts.size(); ++i) {
    const absl::string_view parent = release.concepts[i].parent;
    if (parent.empty()) continue;
    const auto found = release.by_id.find(parent);
    if (found == release.by_id.end()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": ", parent, " is missing"));
    }
    release.concepts[found->second].children.push_back(i);
  }
  return release;
}

absl::StatusOr<std::vector<Edition>> ReadEditions(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  std::vector<Edition> editions;
  for (const absl::string_view line : absl::StrSplit(content, '\n', absl::SkipEmpty())) {
    const Cells cells = absl::StrSplit(line, '\t');
    if (cells.size() != 4) return absl::InvalidArgumentError(absl::StrCat(path, ": ", line));
    editions.push_back(
        {std::string(cells[0]), std::string(cells[1]), cells[2] == "1", cells[3] == "1"});
  }
  return editions;
}

}  // namespace

const ConceptFacts* ReleaseFacts::Find(absl::string_view sought) const {
  const auto found = by_id.find(sought);
  return found == by_id.end() ? nullptr : &concepts[found->second];
}

std::vector<const ConceptFacts*> ReleaseFacts::AncestorsOf(const ConceptFacts& facts) const {
  std::vector<const ConceptFacts*> found;
  for (const ConceptFacts* at = Find(facts.parent); at != nullptr; at = Find(at->parent)) {
    found.push_back(at);
  }
  return found;
}

std::vector<const ConceptFacts*> ReleaseFacts::DescendantsOf(const ConceptFacts& facts) const {
  std::vector<const ConceptFacts*> found;
  for (const size_t place : facts.children) {
    found.push_back(&concepts[place]);
    const std::vector<const ConceptFacts*> below = DescendantsOf(concepts[place]);
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

absl::StatusOr<Oracle> ReadOracle(const std::string& folder, const std::vector<std::string>& ids) {
  Oracle oracle;
  ASSIGN_OR_RETURN(oracle.editions, ReadEditions(absl::StrCat(folder, "/editions.tsv")));
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(oracle.releases[id], ReadRelease(absl::StrCat(folder, "/", id, ".tsv")));
  }
  return oracle;
}

std::string Undotted(absl::string_view id) { return absl::StrReplaceAll(id, {{".", ""}}); }

int FiscalYear(absl::string_view date) {
  int year = 0;
  if (date.size() < 7 || !absl::SimpleAtoi(date.substr(0, 4), &year)) return 0;
  return date.substr(5, 2) >= "10" ? year + 1 : year;
}

}  // namespace codeset::soak
